"""Which schemes there are: every folder of `risk/rules` with a `rule.py`, found by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from risk.result import Judged
from risk.rulefile import RuleFile, RuleFileError, load_rule
from risk.score import Column

RULES = Path(__file__).parent / "rules"
EXAMPLE = "minimal"
"""The scheme to copy: it is tested, and never run on the city."""


class UnknownScheme(ValueError):
    """There is no scheme of that name; the text lists those there are."""


@dataclass(frozen=True)
class Scheme:
    """A scheme: its rule file, the columns of its inputs, and how it judges a frame.

    `judge(frame, rule, as_of)` takes one row per subject. `frame_of(record)` makes such a frame of one JSON record.
    """

    rule: RuleFile
    columns: Mapping[str, Column]
    judge: Callable[[pd.DataFrame, RuleFile, date], Judged]
    frame_of: Callable[[dict[str, Any]], pd.DataFrame]

    @property
    def name(self) -> str:
        """Return the scheme's id."""
        return self.rule.id


def names() -> list[str]:
    """Return the schemes that run on the city, in alphabetical order."""
    found = sorted(path.parent.name for path in RULES.glob("*/rule.py"))
    return [name for name in found if name != EXAMPLE]


@cache
def load(name: str) -> Scheme:
    """Load a scheme by name. Raises :class:`UnknownScheme` or :class:`RuleFileError`, each one sentence."""
    if name not in [*names(), EXAMPLE]:
        raise UnknownScheme(f"没有名为 {name} 的评定方案，现有：{'、'.join(names())}。")
    module = import_module(f"risk.rules.{name}.rule")
    return Scheme(load_rule(RULES / name), module.COLUMNS, module.judge, module.frame_of)


def load_in_force(name: str, as_of: date) -> Scheme:
    """Load a scheme that must be in force on `as_of`; else :class:`RuleFileError`."""
    scheme = load(name)
    rule = scheme.rule
    if not rule.in_force(as_of):
        until = f"至 {rule.effective_to} 前" if rule.effective_to else "起"
        raise RuleFileError(
            f"risk/rules/{name}/thresholds.yaml：版本 {rule.version} 自 {rule.effective_from} {until}有效，"
            f"{as_of} 不在其中，请改 effective_from/effective_to 或换评定日期。"
        )
    return scheme
