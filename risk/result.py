"""What a scheme says: one result (`Result`), and the results of many subjects at once in columns (`Judged`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from risk.rulefile import Flags, Floats, RuleFile

KNOWN, MISSING, STALE, ABSENT = 0, 1, 2, 3
"""State of an input in a row; ABSENT means that it does not apply there, and it is not listed."""

STATE_NAMES = {KNOWN: "known", MISSING: "missing", STALE: "stale"}

Dates = npt.NDArray[np.datetime64]
Ints = npt.NDArray[np.int64]
Kind = Literal["number", "flag", "date", "text"]


@dataclass(frozen=True)
class Shown:
    """What stands behind a contribution, row by row: the value as entered, its record and its date."""

    kind: Kind
    value: npt.NDArray[Any]
    dates: Dates
    table: str | None
    record_ids: Ints

    def take(self, rows: npt.NDArray[np.intp]) -> Shown:
        """Return what is shown of the subjects at `rows`."""
        return Shown(self.kind, self.value[rows], self.dates[rows], self.table, self.record_ids[rows])


@dataclass(frozen=True)
class Term:
    """Points of one input for every subject: between `low` and `high`, equal where the input is known."""

    key: str
    low: Floats
    high: Floats
    state: npt.NDArray[np.int8]
    shown: Shown

    def take(self, rows: npt.NDArray[np.intp]) -> Term:
        """Return the term of the subjects at `rows`."""
        return Term(self.key, self.low[rows], self.high[rows], self.state[rows], self.shown.take(rows))


@dataclass(frozen=True)
class DirectTerm:
    """A direct rule for every subject: where it is proven, and where it could hold (never less than proven)."""

    key: str
    proven: Flags
    possible: Flags
    shown: Shown

    def take(self, rows: npt.NDArray[np.intp]) -> DirectTerm:
        """Return the direct rule of the subjects at `rows`."""
        return DirectTerm(self.key, self.proven[rows], self.possible[rows], self.shown.take(rows))


@dataclass(frozen=True)
class Judged:
    """Results of one scheme for many subjects, in the order of the frame they were judged from.

    `low`/`high`: the value as an interval (NaN: none; inf: no upper end known). `severity` 0 is unknown and then
    `at_least` is what is proven; −1 is not applicable, for the reason `na_reason` (a key of the words).
    """

    rule: RuleFile
    low: Floats
    high: Floats
    severity: npt.NDArray[np.int8]
    at_least: npt.NDArray[np.int8]
    terms: list[Term]
    directs: list[DirectTerm]
    na_reason: npt.NDArray[np.object_]
    extras: dict[str, tuple[Floats, Floats]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.severity)

    def take(self, rows: npt.NDArray[np.intp]) -> Judged:
        """Return the results of the subjects at `rows`, in that order."""
        return Judged(
            self.rule, self.low[rows], self.high[rows], self.severity[rows], self.at_least[rows],
            [term.take(rows) for term in self.terms], [direct.take(rows) for direct in self.directs],
            self.na_reason[rows], {name: (low[rows], high[rows]) for name, (low, high) in self.extras.items()},
        )  # fmt: skip


@dataclass(frozen=True)
class Result:
    """One subject's result, as `python -m risk assess` prints it."""

    scheme: str
    rule_version: str
    as_of: date
    value: tuple[float | None, float | None]
    grade: str
    severity: int
    at_least: int
    sentence: str
    contributions: list[dict[str, Any]]
    missing: list[str]
    data_from: date | None
    extras: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the result as plain JSON values; extras (such as `S`, `R`, `level`) stand beside the rest."""
        return {
            "scheme": self.scheme,
            "rule_version": self.rule_version,
            "as_of": self.as_of.isoformat(),
            "value": list(self.value),
            "grade": self.grade,
            "severity": self.severity,
            "at_least": self.at_least,
            "sentence": self.sentence,
            "contributions": self.contributions,
            "missing": self.missing,
            "data_from": None if self.data_from is None else self.data_from.isoformat(),
            **self.extras,
        }
