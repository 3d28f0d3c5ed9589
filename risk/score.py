"""The shared machinery of schemes: inputs with their age, three-valued truth, points in columns, and the grade.

Everything is vectorised: one array element per subject (place or unit). A good value that is too old counts as
missing; a bad one stays until it is checked again, because nothing repairs itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from risk.result import ABSENT, KNOWN, MISSING, STALE, Dates, DirectTerm, Ints, Judged, Kind, Shown, Term
from risk.rulefile import SEVERITY, Condition, Flags, Floats, Input, RuleFile

Small = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Column:
    """A column of a scheme's input frame: its kind, the column with its date, and its record (table, id column)."""

    kind: Kind
    on: str | None = None
    record: tuple[str, str] | None = None


@dataclass(frozen=True)
class Truth:
    """A statement about every subject: `yes` where it is proven, `maybe` where it could hold (never less)."""

    yes: Flags
    maybe: Flags

    def __and__(self, other: Truth) -> Truth:
        return Truth(self.yes & other.yes, self.maybe & other.maybe)

    def __or__(self, other: Truth) -> Truth:
        return Truth(self.yes | other.yes, self.maybe | other.maybe)

    def __invert__(self) -> Truth:
        return Truth(~self.maybe, ~self.yes)


@dataclass(frozen=True)
class Reading:
    """One input column: numbers (flags as 0/1), where they are known, and where they are still fresh."""

    value: Floats
    known: Flags
    fresh: Flags
    shown: Shown

    def bad(self, condition: Flags) -> Truth:
        """Return the statement "this bad thing holds": proven by a known value of any age, excluded by a fresh one."""
        yes = self.known & condition
        return Truth(yes, yes | ~(self.known & self.fresh))

    def good(self, condition: Flags) -> Truth:
        """Return the statement "this good thing holds": proven by a fresh value only."""
        return ~self.bad(~condition)

    @property
    def state(self) -> Small:
        """Return KNOWN, STALE or MISSING for each subject."""
        return np.where(self.known, np.where(self.fresh, KNOWN, STALE), MISSING).astype(np.int8)


class Sheet:
    """The working sheet of one scheme over one frame: reads inputs, collects terms, and grades."""

    def __init__(self, frame: pd.DataFrame, rule: RuleFile, as_of: date, columns: Mapping[str, Column]) -> None:
        self.frame = frame
        self.rule = rule
        self.as_of = np.datetime64(as_of, "D")
        self.columns = columns
        self.terms: list[Term] = []
        self.directs: list[DirectTerm] = []

    def __len__(self) -> int:
        return len(self.frame)

    def input(self, key: str) -> Input:
        """Return what the rule file says of an input."""
        return self.rule.inputs[key]

    def limit(self, key: str) -> Condition:
        """Return a threshold of the rule file."""
        return self.rule.limits[key].when

    def points(self, key: str, name: str) -> float:
        """Return a weight of the rule file."""
        return self.rule.inputs[key].points[name]

    def numbers(self, column: str) -> Floats:
        """Return a number or flag column as floats; NaN is missing, a column that is not there is all missing."""
        if column not in self.frame:
            return np.full(len(self), np.nan)
        return pd.to_numeric(self.frame[column]).to_numpy(dtype=float, na_value=np.nan)

    def dates(self, column: str | None) -> Dates:
        """Return a date column as days; NaT is missing."""
        if column is None or column not in self.frame:
            return np.full(len(self), np.datetime64("NaT"), dtype="datetime64[D]")
        return pd.to_datetime(self.frame[column]).to_numpy().astype("datetime64[D]")

    def ids(self, column: str | None) -> Ints:
        """Return an id column; 0 where there is no record."""
        if column is None or column not in self.frame:
            return np.zeros(len(self), dtype=np.int64)
        return self.frame[column].to_numpy(dtype=float, na_value=0).astype(np.int64)

    def shown(self, column: str) -> Shown:
        """Return value, date and record behind a column, as a contribution shows them."""
        spec = self.columns[column]
        table, id_column = spec.record or (None, None)
        value = self.dates(column) if spec.kind == "date" else (
            self.frame[column].to_numpy(dtype=object) if spec.kind == "text" else self.numbers(column)
        )  # fmt: skip
        return Shown(spec.kind, value, self.dates(spec.on), table, self.ids(id_column))

    def within(self, dates: Dates, days: float | None) -> Flags:
        """Return where `dates` lie at most `days` before the as-of day, and not after it. No date: False."""
        if days is None:
            return np.ones(len(self), dtype=bool)
        age = (self.as_of - dates).astype("timedelta64[D]").astype(float)
        age[np.isnat(dates)] = np.nan
        with np.errstate(invalid="ignore"):
            return np.asarray((age >= 0) & (age <= days), dtype=bool)

    def age_days(self, column: str) -> Floats:
        """Return days from a date column to the as-of day; NaN where the date is missing or lies in the future."""
        dates = self.dates(column)
        age = (self.as_of - dates).astype("timedelta64[D]").astype(float)
        age[np.isnat(dates)] = np.nan
        age[age < 0] = np.nan
        return age

    def read(self, column: str, key: str | None = None) -> Reading:
        """Read the input `key` (default: named like the column): out of range or infinite counts as unknown."""
        rule = self.input(key or column)
        value = self.numbers(column)
        with np.errstate(invalid="ignore"):
            sound = np.isfinite(value)
            if rule.minimum is not None:
                sound &= value >= rule.minimum
            if rule.maximum is not None:
                sound &= value <= rule.maximum
        fresh = self.within(self.dates(self.columns[column].on), rule.valid_days)
        return Reading(np.where(sound, value, np.nan), sound, fresh, self.shown(column))

    def add(self, key: str, low: Floats, high: Floats, state: Small, shown: Shown) -> Term:
        """Add a term; `low` ≤ `high` are points of the input `key`."""
        term = Term(key, low, high, state, shown)
        self.terms.append(term)
        return term

    def truth(self, key: str, points: float, bad: Truth, shown: Shown, state: Small) -> Term:
        """Add `points` where `bad` is proven, up to `points` where it could hold."""
        low, high = np.where(bad.yes, points, 0.0), np.where(bad.maybe, points, 0.0)
        return self.add(key, low, high, _listed(low, high, state), shown)

    def flag(self, reading: Reading, key: str, points: float, bad: float = 1.0, where: Truth | None = None) -> Term:
        """Add `points` where the flag has its bad value; `where` the question applies at all."""
        truth = reading.bad(reading.value == bad)
        if where is not None:
            truth = truth & where
        term = self.truth(key, points, truth, reading.shown, reading.state)
        return self._applies(term, where)

    def steps(
        self, reading: Reading, key: str, steps: Sequence[tuple[Condition, float]], where: Truth | None = None
    ) -> Term:
        """Add the largest points of the conditions that the value meets; unknown or too old: up to the worst."""
        low = np.zeros(len(self))
        for condition, points in steps:
            low = np.maximum(low, np.where(condition.holds(reading.value), points, 0.0))
        worst = max(points for _, points in steps)
        high = np.where(reading.known & reading.fresh, low, worst)
        if where is not None:
            low, high = np.where(where.yes, low, 0.0), np.where(where.maybe, high, 0.0)
        term = self.add(key, low, high, _listed(low, high, reading.state), reading.shown)
        return self._applies(term, where)

    def _applies(self, term: Term, where: Truth | None) -> Term:
        if where is None:
            return term
        term.state[~where.maybe] = ABSENT
        return term

    def direct(self, key: str, statement: Truth, shown: Shown) -> DirectTerm:
        """Add a direct rule: its grade is the least there is where the statement is proven."""
        term = DirectTerm(key, statement.yes, statement.maybe, shown)
        self.directs.append(term)
        return term

    def judge(
        self,
        na: Mapping[str, Flags] | None = None,
        value: tuple[Floats, Floats] | None = None,
        withhold: Flags | None = None,
        says_nothing: int = 1,
    ) -> Judged:
        """Sum the terms, grade both ends, let direct rules speak, and return the results.

        `na`: reason → where the scheme does not apply (a proven direct rule is stronger). `value` replaces the plain
        sum. `withhold`: where a grade below orange must not be given. `says_nothing`: the lowest severity, which
        proves nothing when it is the lower end of an unknown.
        """
        low, high = value if value is not None else self.total()
        ends = self.rule.bands.severity(low), self.rule.bands.severity(high)
        least, most = np.minimum(*ends), np.maximum(*ends)
        floor = proven_floor(self.rule, self.directs, len(self))
        for term in self.directs:
            settled = SEVERITY[self.rule.directs[term.key].grade]
            most = np.maximum(most, np.where(term.possible, settled, 0))
        least, most = np.maximum(least, floor), np.maximum(most, floor)
        agreed = least == most
        if withhold is not None:
            agreed &= ~(withhold & (least < SEVERITY["orange"]))
        severity: Small = np.where(agreed, least, 0).astype(np.int8)
        at_least: Small = np.where(agreed | (least > says_nothing), least, 0).astype(np.int8)
        reason = np.full(len(self), "", dtype=object)
        for name, where in (na or {}).items():
            excluded = where & (floor == 0) & (reason == "")
            reason[excluded] = name
            severity[excluded] = at_least[excluded] = SEVERITY["na"]
        return Judged(self.rule, low, high, severity, at_least, self.terms, self.directs, reason)

    def total(self) -> tuple[Floats, Floats]:
        """Return the sums of low and high points."""
        low, high = np.zeros(len(self)), np.zeros(len(self))
        for term in self.terms:
            low, high = low + term.low, high + term.high
        return low, high


def proven_floor(rule: RuleFile, directs: Sequence[DirectTerm], n: int) -> Small:
    """Return the severity that the proven direct rules settle for each of `n` subjects; 0 where none is proven."""
    floor: Small = np.zeros(n, dtype=np.int8)
    for term in directs:
        severity = SEVERITY[rule.directs[term.key].grade]
        floor = np.maximum(floor, np.where(term.proven, severity, 0)).astype(np.int8)
    return floor


def _listed(low: Floats, high: Floats, state: Small) -> Small:
    """Return the state to list: a missing input that cannot change the points does not apply."""
    return np.where((low == high) & (low == 0) & (state == MISSING), ABSENT, state).astype(np.int8)
