"""A reviewed answer must not change unnoticed: golden files per scheme, with the sentence a user reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from risk import schemes
from tests.risk.cases import answer, files, read

CASES = [(path, case) for path in files() for case in read(path)["cases"]]


@pytest.mark.parametrize(("path", "case"), CASES, ids=[f"{p.stem}-{c['name']}" for p, c in CASES])
def test_the_reviewed_answer_stands(path: Path, case: dict[str, Any]) -> None:
    expected = {key: value for key, value in case.items() if key not in ("name", "change")}
    assert answer(read(path), case) == expected


def test_every_scheme_has_reviewed_cases() -> None:
    counted = {path.stem: len(read(path)["cases"]) for path in files()}
    assert {name for name in schemes.names() if counted.get(name, 0) >= 10} == set(schemes.names())
