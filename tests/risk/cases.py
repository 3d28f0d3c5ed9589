"""Golden cases: what a scheme must say of a record, readable by somebody who knows the field and not the code.

`python -m tests.risk.cases` writes the present answers into the files; review the difference before committing it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from risk import schemes
from risk.explain import result_of

GOLDEN = Path(__file__).parent / "golden"
AS_OF = date(2026, 11, 22)


def assess(scheme: str, record: dict[str, Any], as_of: date = AS_OF) -> dict[str, Any]:
    """The whole result of one record, as the command line prints it."""
    found = schemes.load(scheme)
    return result_of(found.judge(found.frame_of(record), found.rule, as_of), as_of).as_dict()


def files() -> list[Path]:
    """Every golden file."""
    return sorted(GOLDEN.glob("*.yaml"))


def read(path: Path) -> dict[str, Any]:
    """A golden file: scheme, as_of, base (a record), cases (change → grade, at_least, value, sentence)."""
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def answer(file: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """What the scheme says of a case, in the form of the golden file."""
    told = assess(file["scheme"], {**file["base"], **case["change"]}, file["as_of"])
    return {key: told[key] for key in ("grade", "at_least", "value", "sentence")} | {
        key: told[key] for key in ("S", "R", "level") if key in told
    }


def bless() -> None:
    """Write the present answers into every golden file; the comment at its top stays."""
    for path in files():
        head = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
        file = read(path)
        file["cases"] = [{"name": c["name"], "change": c["change"]} | answer(file, c) for c in file["cases"]]
        body = yaml.safe_dump(file, allow_unicode=True, sort_keys=False, width=110, default_flow_style=None)
        path.write_text("\n".join([*head, body]), encoding="utf-8")


if __name__ == "__main__":
    bless()
