"""Two premises must not become one, nor one stay two, without a reviewed case changing: golden pairs."""

from __future__ import annotations

from typing import Any

import pytest

from data.matching.rules import rules
from tests.matching.cases import answer, read

FILE = read()


@pytest.mark.parametrize("case", FILE["cases"], ids=[case["name"] for case in FILE["cases"]])
def test_the_reviewed_pair_stands(case: dict[str, Any]) -> None:
    outcome, rule, said = answer(case, FILE["base"])
    assert (outcome, rule) == (case["expect"], case["rule"]), said
    if rule:
        assert said[0] == next(one.reason for one in rules().rules if one.name == rule)


def test_a_pair_is_judged_alike_from_both_sides() -> None:
    for case in FILE["cases"]:
        turned = {**case, "a": case["b"], "b": case["a"]}
        assert answer(turned, FILE["base"])[:2] == (case["expect"], case["rule"]), case["name"]


def test_every_rule_has_a_case() -> None:
    shown = {case["rule"] for case in FILE["cases"]}
    untested = {rule.name for rule in rules().rules} - shown
    assert untested == set()
