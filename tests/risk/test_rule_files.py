"""A rule file somebody broke by hand is refused with the file, the key and the mend; it never scores a city."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from risk import schemes
from risk.rulefile import Condition, RuleFileError, load_rule
from risk.schemes import RULES

FIRE = "  fire: {label: 火, clause: 无, mark: ？, valid_days: null}\n  hazards: {label"
BROKEN = [
    ("unknown key", "version:", "colour: x\nversion:", "colour 没有这个键"),
    ("gap", 'blue: ["< 3"]', 'blue: ["< 2"]', "空档"),
    ("boundary in neither", 'red: [">= 3"]', 'red: ["> 3"]', "空档"),
    ("overlap", 'blue: ["< 3"]', 'blue: ["<= 3"]', "重叠"),
    ("overlap of numbers", 'blue: ["< 3"]', 'blue: ["< 4"]', "重叠"),
    ("no operator", 'red: [">= 3"]', 'red: ["3"]', "不是条件"),
    ("key twice", "id: minimal", "id: minimal\nid: minimal", "写了两次"),
    ("not a number", "points: {many: 3}", "points: {many: .nan}", "有限"),
    ("unknown grade", "grade: red", "grade: purple", "没有等级 purple"),
    ("contradicting dates", "effective_to: null", "effective_to: 2025-01-01", "必须晚于"),
    ("banding that is not there", "banding: only", "banding: other", "不在 bandings"),
    ("no words", "  hazards: {label", FIRE, "words.yaml"),
    ("no mark", "clause: 无, mark: ？}", "clause: 无}", "mark 缺这个键"),
    ("other name", "id: minimal", "id: maximal", "文件夹名"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "says"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_a_broken_rule_file_is_refused_with_a_sentence(tmp_path: Path, old: str, new: str, says: str) -> None:
    folder = shutil.copytree(RULES / "minimal", tmp_path / "rules" / "minimal")
    path = folder / "thresholds.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RuleFileError, match=says) as refused:
        load_rule(folder)
    assert "thresholds.yaml" in str(refused.value)


def test_a_deleted_file_and_a_future_version_are_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(RULES / "minimal", tmp_path / "minimal")
    (folder / "words.yaml").unlink()
    with pytest.raises(RuleFileError, match=r"words\.yaml：文件不存在"):
        load_rule(folder)
    with pytest.raises(RuleFileError, match="effective_from"):
        schemes.load_in_force("gas_shop", date(2020, 1, 1))
    with pytest.raises(schemes.UnknownScheme, match="gas_shop"):
        schemes.load("gone")


@pytest.mark.parametrize("name", [*schemes.names(), schemes.EXAMPLE])
def test_every_boundary_falls_on_the_side_its_operator_says(name: str) -> None:
    rule = schemes.load(name).rule
    for banding in rule.bandings.values():
        conditions, order = banding.steps
        for number, condition in enumerate(conditions):
            near = np.array([condition.number - 1e-9, condition.number, condition.number + 1e-9])
            at = order[number + 1] if condition.op == ">=" else order[number]
            assert banding.severity(near).tolist() == [order[number], at, order[number + 1]]
    with pytest.raises(ValueError, match="NaN"):
        rule.bands.severity(np.array([np.nan]))


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [("> 2", 2.1, 2.0), (">= 2", 2.0, 1.9), ("< 2", 1.9, 2.0), ("<= 2", 2.0, 2.1)],
)
def test_conditions_keep_their_operator_and_nan_meets_none(text: str, yes: float, no: float) -> None:
    condition = Condition.model_validate(text)
    assert condition.holds(np.array([yes, no, np.nan])).tolist() == [True, False, False]


def test_every_source_carries_a_mark_and_every_weight_is_ours_or_cited() -> None:
    for name in schemes.names():
        rule = schemes.load(name).rule
        assert rule.source.mark
        assert all(spec.clause.strip() and spec.mark for spec in rule.inputs.values())
        assert all(spec.clause.strip() for spec in [*rule.limits.values(), *rule.directs.values()])
