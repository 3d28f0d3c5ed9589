"""What travels through an import: options, the sheet as read, faults by row, and the summary."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.access.viewer import LOCAL, Viewer

MB = 1_000_000


class Unusable(Exception):
    """Nothing of the file can be used; the text is one Chinese sentence that says why and how to mend it."""


@dataclass(frozen=True)
class Limits:
    """The most an import takes in: bytes of the file and unpacked, how far a zip may shrink, rows and columns."""

    file_bytes: int = 200 * MB
    unpacked_bytes: int = 600 * MB
    unpacked_ratio: int = 100
    ratio_free_bytes: int = 20 * MB
    rows: int = 1_000_000
    columns: int = 500
    sheet_cells: int = 60_000_000


@dataclass(frozen=True)
class ImportOptions:
    """How one file is to be read. `maps`: column heading → field; `constants`: field → text for every row."""

    datum: str | None = None
    crs: str | None = None
    maps: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    source: str | None = None
    dry_run: bool = False
    layer: str | None = None
    encoding: str | None = None
    file_name: str | None = None
    viewer: Viewer = LOCAL
    today: date | None = None
    rejected_dir: Path | None = None
    limits: Limits = field(default_factory=Limits)

    def as_json(self) -> dict[str, Any]:
        """Return what is kept with the batch: only what was set."""
        kept = {name: getattr(self, name) for name in ("datum", "crs", "maps", "constants", "layer", "encoding")}
        return {name: value for name, value in kept.items() if value}


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one row: `row` as the spreadsheet numbers it (0: the file as a whole)."""

    row: int
    column: str
    value: str
    reason: str


@dataclass
class Sheet:
    """A table as read: headings, one array of cells (n,) per heading, the row numbers people see, shapes if any.

    `broken` are rows that could not be cut into cells at all; they count as read and rejected.
    `crs` is what the file itself declares about `shapes`; `notes` are sentences about the file as a whole. `above`: the
    texts of the rows down to the headings; `parts`: the worksheet (n,) each row stands in, where there are several.
    """

    columns: list[str]
    cells: list[NDArray[np.object_]]
    rows: NDArray[np.int64]
    shapes: NDArray[np.object_] | None = None
    crs: str | None = None
    broken: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    encoding: str | None = None
    above: list[list[str]] = field(default_factory=list)
    parts: NDArray[np.object_] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def of_row(self, at: int) -> list[str]:
        """Return the cells of one row as text, for the file of rejected rows."""
        return ["" if cells[at] is None else str(cells[at]) for cells in self.cells]


class Ledger:
    """What is wrong with which row. A row with one rejecting fault stays out; a warning lets it in.

    `parts`: the worksheet of each row; where there are several, a fault's column names it too ("市南!地址").
    """

    def __init__(self, rows: NDArray[np.int64], parts: NDArray[np.object_] | None = None) -> None:
        self._rows = rows
        self._parts = None if parts is None or len(set(parts.tolist())) < 2 else parts
        self.rejected = np.zeros(len(rows), dtype=bool)
        self._faults: dict[int, list[Fault]] = {}
        self._warnings: dict[int, list[Fault]] = {}

    def reject(self, where: NDArray[Any], column: str, values: Any, reason: str) -> None:
        """Reject rows (mask or positions); `values`: the cells of the whole column, or one text for all."""
        self._note(self._faults, where, column, values, reason)
        self.rejected[where] = True

    def warn(self, where: NDArray[Any], column: str, values: Any, reason: str) -> None:
        """Note something about rows that still go in."""
        self._note(self._warnings, where, column, values, reason)

    def _note(self, into: dict[int, list[Fault]], where: NDArray[Any], column: str, values: Any, reason: str) -> None:
        at = np.flatnonzero(where) if np.asarray(where).dtype == bool else np.asarray(where, dtype=int)
        for i in at.tolist():
            value = values if isinstance(values, str) else values[i]
            text = "" if value is None else str(value)
            named = column if self._parts is None else f"{self._parts[i]}!{column}"
            into.setdefault(i, []).append(Fault(int(self._rows[i]), named, text, reason))

    def absorb(self, other: Ledger, at: NDArray[np.intp]) -> None:
        """Take over what another ledger says of the rows `at` of this one."""
        for into, found in ((self._faults, other._faults), (self._warnings, other._warnings)):
            for i, faults in found.items():
                into.setdefault(int(at[i]), []).extend(faults)
        self.rejected[at[other.rejected]] = True

    @property
    def good(self) -> NDArray[np.intp]:
        """Return the positions of rows that still go in."""
        return np.flatnonzero(~self.rejected)

    def faults(self) -> list[tuple[int, Fault]]:
        """Return (position, fault) of every rejected row, its faults joined into one, in the order of the file."""
        return [(i, _joined(self._faults[i])) for i in sorted(self._faults)]

    def reasons(self) -> Counter[str]:
        """Return how many rows each reason rejects; a row counts once, under its first reason."""
        return Counter(faults[0].reason for faults in self._faults.values())

    def warnings(self) -> list[tuple[int, Fault]]:
        """Return (position, fault) of every warning about rows that went in."""
        return [(i, fault) for i in sorted(self._warnings) if not self.rejected[i] for fault in self._warnings[i]]


def _joined(faults: list[Fault]) -> Fault:
    if len(faults) == 1:
        return faults[0]
    parts = [dict.fromkeys(getattr(f, name) for f in faults) for name in ("column", "value", "reason")]
    return Fault(faults[0].row, *("；".join(p for p in part if p) for part in parts))


@dataclass
class Summary:
    """What became of an import; `as_json` is the one line the command prints.

    `read` = `accepted` + `rejected`. `reasons` and `warnings`: sentence → number of rows.
    """

    kind: str
    source: str
    file: str
    datum: str | None = None
    read: int = 0
    accepted: int = 0
    rejected: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    also: dict[str, dict[str, int]] = field(default_factory=dict)
    warnings: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unused_columns: list[str] = field(default_factory=list)
    batch: int | None = None
    rejected_file: str | None = None
    warnings_file: str | None = None
    dry_run: bool = False
    error: str | None = None

    @property
    def exit_code(self) -> int:
        """Return 0 when all rows went in, 1 when some were rejected, 2 when nothing was usable."""
        if self.error is not None or self.accepted == 0:
            return 2
        return 1 if self.rejected else 0

    def as_json(self) -> dict[str, Any]:
        """Return every field, in reading order, ready for JSON."""
        return dict(vars(self))
