"""A rule file: thresholds with their operators, sources and dates, and the words; typed, and refused when it is wrong.

Each scheme has `thresholds.yaml` and `words.yaml` in its folder. Unknown keys, keys given twice, bands with a gap or
an overlap, and words that do not fit the inputs are refused with one sentence naming the file, the key and the mend.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Hashable
from datetime import date
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

Mark = Literal["✓", "②", "？", "="]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SEVERITY = {
    "red": 4, "orange": 3, "yellow": 2, "blue": 1, "green": 1,
    "level_1": 4, "level_2": 3, "level_3": 2, "level_4": 1, "unknown": 0, "na": -1,
}  # fmt: skip
"""Every grade name of every scheme, as the one small number that the map and the lists use."""

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq,
}  # fmt: skip
COMPLEMENT = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}
CONDITION = re.compile(r"(>=|<=|>|<|=)\s*(-?\d+(?:\.\d+)?)")


class RuleFileError(ValueError):
    """A rule file cannot be used; the text names the file, the key and the mend."""


class Strict(BaseModel):
    """A part of a rule file: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(Strict):
    """A comparison with its boundary operator, written as `">= 60"`."""

    op: str
    number: float

    @model_validator(mode="before")
    @classmethod
    def _parse(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        match = CONDITION.fullmatch(value.strip())
        if match is None:
            raise ValueError(f'“{value}”不是条件，要写成 ">= 60" 这样')
        return {"op": match.group(1), "number": float(match.group(2))}

    def holds(self, values: Floats) -> Flags:
        """Return where `values` (any shape) satisfy the condition; NaN never does."""
        with np.errstate(invalid="ignore"):
            return np.asarray(OPERATORS[self.op](values, self.number), dtype=bool)

    def __str__(self) -> str:
        return f"{self.op} {self.number:g}"


class Source(Strict):
    """Where a rule comes from, and how far that was verified (✓ read, ② second hand, ？ not verified, = computed)."""

    title: str
    clause: str
    mark: Mark
    note: str | None = None


class Limit(Strict):
    """A threshold of the field with its operator, unit, clause and mark."""

    when: Condition
    unit: str
    clause: str
    mark: Mark


class Input(Strict):
    """One input: what it is called, how long it stays valid, what it may be, and the points it can give.

    `valid_days` null means that it never goes stale. `points` are weights; `points_mark` says whose they are.
    """

    label: str
    unit: str | None = None
    clause: str
    mark: Mark
    valid_days: int | None = Field(ge=1)
    minimum: float | None = None
    maximum: float | None = None
    points: dict[str, float] = {}
    points_mark: Mark = "？"

    @field_validator("points")
    @classmethod
    def _finite(cls, value: dict[str, float]) -> dict[str, float]:
        for key, number in value.items():
            if not np.isfinite(number):
                raise ValueError(f"points.{key} 必须是有限的数")
        return value


class Direct(Strict):
    """A rule that settles a grade by itself: the result is never below it once it is proven."""

    label: str
    grade: str
    clause: str
    mark: Mark

    @field_validator("grade")
    @classmethod
    def _known(cls, value: str) -> str:
        if SEVERITY.get(value, 0) < 1:
            raise ValueError(f"没有等级 {value}")
        return value


class Prior(Strict):
    """What a kind, scale or industry (codes beginning with) says before anything is known: at least so much.

    A prior gives a lower end only: an industry never says how harmless a place is.
    """

    label: str
    kinds: list[str] = []
    scales: list[str] = []
    industries: list[str] = []
    at_least: float = Field(ge=1, le=4)
    clause: str
    mark: Mark


class Banding(Strict):
    """Bands of the value: a grade each, with conditions at its ends; together they cover every number once."""

    source: Source
    bands: dict[str, list[Condition]]

    @field_validator("bands")
    @classmethod
    def _covers(cls, bands: dict[str, list[Condition]]) -> dict[str, list[Condition]]:
        ends = sorted(((_ends(name, parts), name) for name, parts in bands.items()), key=lambda e: e[0][0][0])
        if len(ends) < 2:
            raise ValueError("至少要有两档")
        (first, _), first_name = ends[0]
        if first[0] != -np.inf:
            raise ValueError(f"最低一档 {first_name} 不应有下限")
        if ends[-1][0][1][0] != np.inf:
            raise ValueError(f"最高一档 {ends[-1][1]} 不应有上限")
        for ((_, upper), below), ((lower, _), above) in pairwise(ends):
            _fits(below, upper, above, lower)
        order = [SEVERITY[name] for _, name in ends]
        if order not in (sorted(order), sorted(order, reverse=True)):
            raise ValueError("各档的轻重次序颠倒")
        return bands

    @cached_property
    def steps(self) -> tuple[list[Condition], list[int]]:
        """Return the lower-bound conditions in rising order and the severities between them."""
        ends = sorted(((_ends(name, parts), name) for name, parts in self.bands.items()), key=lambda e: e[0][0][0])
        conditions = [Condition(op=lower[1], number=lower[0]) for (lower, _), _ in ends[1:]]
        return conditions, [SEVERITY[name] for _, name in ends]

    def severity(self, values: Floats) -> npt.NDArray[np.int8]:
        """Return the severity of each value (shape kept). NaN has none: a ValueError."""
        if np.isnan(values).any():
            raise ValueError("NaN has no band")
        conditions, order = self.steps
        index = np.zeros(values.shape, dtype=np.intp)
        for condition in conditions:
            index += condition.holds(values)
        return np.asarray(order, dtype=np.int8)[index]


End = tuple[float, str]


def _ends(name: str, parts: list[Condition]) -> tuple[End, End]:
    if SEVERITY.get(name, 0) < 1:
        raise ValueError(f"没有等级 {name}")
    lower: End = (-np.inf, "")
    upper: End = (np.inf, "")
    for part in parts:
        if part.op in (">", ">="):
            lower = (part.number, part.op)
        elif part.op in ("<", "<="):
            upper = (part.number, part.op)
        else:
            raise ValueError(f"{name} 的边界不能用等号")
    if len(parts) != (lower[1] != "") + (upper[1] != "") or lower[0] > upper[0]:
        raise ValueError(f"{name} 的两端自相矛盾")
    return lower, upper


def _fits(below: str, upper: End, above: str, lower: End) -> None:
    if upper[0] < lower[0] or (upper[0] == lower[0] and (upper[1], lower[1]) == ("<", ">")):
        raise ValueError(f"{below} 与 {above} 之间有空档（{upper[0]:g} 到 {lower[0]:g}），请把两端接上")
    if upper[0] > lower[0] or COMPLEMENT[lower[1]] != upper[1]:
        raise ValueError(f"{below} 与 {above} 重叠（在 {lower[0]:g} 处），请改其中一端的数或符号")


class Phrase(Strict):
    """What a sentence says of an input: when it gives points, and when it is missing."""

    points: str
    missing: str


class Words(Strict):
    """Everything a scheme says on screens."""

    grades: dict[str, str]
    value: str
    fine: str
    inputs: dict[str, Phrase]
    directs: dict[str, str] = {}
    na: dict[str, str] = {}


class RuleFile(Strict):
    """One version of one scheme: `thresholds.yaml` with its `words.yaml`."""

    id: str
    version: str
    title: str
    subject: Literal["place", "unit"]
    effective_from: date
    effective_to: date | None
    source: Source
    banding: str
    bandings: dict[str, Banding]
    limits: dict[str, Limit] = {}
    priors: list[Prior] = []
    inputs: dict[str, Input]
    directs: dict[str, Direct] = {}
    words: Words

    @model_validator(mode="after")
    def _whole(self) -> RuleFile:
        if self.banding not in self.bandings:
            raise ValueError(f"banding 指定的 {self.banding} 不在 bandings（{'、'.join(self.bandings)}）里")
        if self.effective_to is not None and self.effective_to <= self.effective_from:
            raise ValueError("effective_to 必须晚于 effective_from")
        self._same("inputs", set(self.inputs), set(self.words.inputs))
        self._same("directs", set(self.directs), set(self.words.directs))
        named = {grade for banding in self.bandings.values() for grade in banding.bands}
        self._same("grades", named | {d.grade for d in self.directs.values()} | {"unknown", "na"},
                   set(self.words.grades))  # fmt: skip
        return self

    def _same(self, key: str, rules: set[str], words: set[str]) -> None:
        if rules - words:
            raise ValueError(f"words.yaml 的 {key} 缺少 {'、'.join(sorted(rules - words))}")
        if words - rules:
            raise ValueError(f"words.yaml 的 {key} 多出 {'、'.join(sorted(words - rules))}")

    @property
    def bands(self) -> Banding:
        """Return the banding that is in use."""
        return self.bandings[self.banding]

    @cached_property
    def grade_names(self) -> dict[int, str]:
        """Return the scheme's own grade name of each severity."""
        return {SEVERITY[name]: name for name in self.words.grades}

    def in_force(self, as_of: date) -> bool:
        """Return whether this version is in force on `as_of` (the last day is `effective_to` − 1)."""
        return self.effective_from <= as_of and (self.effective_to is None or as_of < self.effective_to)


class _OnceLoader(yaml.SafeLoader):
    """YAML in which a key given twice is an error and not a silent overwriting."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Build a mapping; refuse a key that stands there already."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"键 {key} 写了两次，请删去一个", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """Return what a YAML file holds. Raises :class:`RuleFileError` when it is missing or malformed."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_OnceLoader)  # noqa: S506  (a SafeLoader)
    except FileNotFoundError:
        raise RuleFileError(f"{_shown(path)}：文件不存在，请补上或删去整个文件夹。") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"第 {mark.line + 1} 行：" if mark else ""
        raise RuleFileError(f"{_shown(path)}：{where}{getattr(error, 'problem', error)}。") from None


def load_rule(folder: Path) -> RuleFile:
    """Load the rule of one scheme's folder. Raises :class:`RuleFileError` with one sentence holding every fault."""
    path = folder / "thresholds.yaml"
    given = read_yaml(path)
    if not isinstance(given, dict):
        raise RuleFileError(f"{_shown(path)}：内容不是键和值，请参照 risk/rules/minimal。")
    if "words" in given:
        raise RuleFileError(f"{_shown(path)}：words 应写在 words.yaml 里，请移过去。")
    try:
        rule = RuleFile(**given, words=read_yaml(folder / "words.yaml"))
    except ValidationError as error:
        raise RuleFileError(f"{_shown(path)}：{_faults(error)}。") from None
    if rule.id != folder.name:
        raise RuleFileError(f"{_shown(path)}：id 是 {rule.id}，与文件夹名 {folder.name} 不同，请改成一致。")
    return rule


MENDS = {
    "extra_forbidden": "没有这个键，请删去或改正拼写",
    "missing": "缺这个键，请补上",
    "float_parsing": "要写成数",
    "finite_number": "要写成有限的数",
    "greater_than_equal": "太小",
    "literal_error": "不是可用的值",
    "date_from_datetime_parsing": "要写成 2026-01-01 这样的日期",
}


def _faults(error: ValidationError) -> str:
    said = []
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"]) or "文件"
        reason = fault.get("ctx", {}).get("error") or MENDS.get(fault["type"], fault["msg"])
        said.append(f"{key} {reason}")
    return "；".join(said)


def _shown(path: Path) -> str:
    return "/".join(path.parts[-4:]) if "rules" in path.parts[-4:] else path.name
