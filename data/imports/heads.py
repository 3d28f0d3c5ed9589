"""The heading rows of a sheet: up to four rows of merged headings become one heading a column, "群组 / 小标题".

Where the workbook says which cells are merged, that decides how far a group reaches; in text, where merged cells leave
blanks, a group reaches right over the columns that have a heading of their own below it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

JOIN = " / "
"""Between a group and the heading below it."""
LOOK = 15
"""The headings stand within the first rows; above them there may be a title and a date."""
MOST_ROWS = 4

Merged = tuple[int, int, int, int]
"""First row, first column, last row, last column of merged cells, counted from 0 in the records."""
Known = Callable[[Sequence[str]], int]

_LABEL = re.compile(r"[:：]\s*\S")
_LONGEST = 20


@dataclass(frozen=True)
class Head:
    """The last row of headings (from 0), one heading per column, and the texts of every row down to it."""

    last: int
    names: list[str]
    above: list[list[str]]


def find(records: Sequence[Sequence[Any]], known: Known, merged: Sequence[Merged] = ()) -> Head:
    """Return where the headings of `records` end and what they say.

    The row that, with what stands above its blank cells, has most known headings is one of them (the first of
    equals); rows above and below that belong to it are joined. `known(cells)`: how many cells are known headings.
    """
    rows = [[text_of(cell) for cell in record] for record in records[:LOOK]]
    width = max(len(row) for row in rows)
    rows = [row + [""] * (width - len(row)) for row in rows]
    scores = [known(_filled_from_above(rows, at)) if known(row) else 0 for at, row in enumerate(rows)]
    best = scores.index(max(scores)) if any(scores) else 0
    merged = [m for m in merged if 0 <= m[0] < len(rows) and 0 <= m[1] < width and rows[m[0]][m[1]]]
    top = _top(rows, best, merged)
    last = _last(rows, top, best, known, merged)
    wide = max(len(record) for record in records[top : last + 1])
    names = _names(rows, top, last, merged)[:wide]
    for above in reversed(rows[:top]):  # a lone heading over a blank column, beyond the group rows
        if sum(map(bool, above)) >= 2:
            names = [name or above[at] for at, name in enumerate(names)]
    return Head(last, names, rows[: last + 1])


def text_of(cell: Any) -> str:
    """Return a cell of a heading row as text."""
    return "" if cell is None else " ".join(str(cell).split())


def _filled_from_above(rows: Sequence[Sequence[str]], at: int) -> list[str]:
    names = list(rows[at])
    for filled in reversed(rows[:at]):
        if sum(map(bool, filled)) >= 2:
            names = [name or filled[i] for i, name in enumerate(names)]
    return names


def _top(rows: Sequence[Sequence[str]], best: int, merged: Sequence[Merged]) -> int:
    """Return the first of the rows directly above `best` that hold groups (not a title, not "填报单位：…")."""
    top = best
    while top > 0 and best - top < MOST_ROWS - 1 and _groups(rows[top - 1], top - 1, merged):
        top -= 1
    return top


def _groups(row: Sequence[str], at: int, merged: Sequence[Merged]) -> bool:
    filled = [i for i, cell in enumerate(row) if cell]
    if not filled or any(_LABEL.search(row[i]) or len(row[i]) > _LONGEST for i in filled):
        return False
    wide = any(m[0] == at and m[3] - m[1] + 1 > max(2, 0.8 * len(row)) for m in merged)
    return not wide and (len(filled) >= 2 or filled[0] > 0)


def _last(rows: list[list[str]], top: int, best: int, known: Known, merged: Sequence[Merged]) -> int:
    """Return the last heading row: as far as a heading is merged down, else as long as joined headings say more."""
    down = [m[2] for m in merged if top <= m[0] <= best < m[2] and m[2] - top < MOST_ROWS]
    last = min(max(down, default=best), len(rows) - 1)
    while last - top < MOST_ROWS - 1 and last + 1 < len(rows) and _below(rows, last + 1):
        if known(_names(rows, top, last + 1, merged)) <= known(_names(rows, top, last, merged)):
            break
        last += 1
    return last


def _below(rows: Sequence[Sequence[str]], at: int) -> bool:
    """Whether row `at` may be headings below groups: short words only, one of them under a blank cell."""
    filled = [i for i, cell in enumerate(rows[at]) if cell]
    if not filled or any(len(rows[at][i]) > _LONGEST or rows[at][i][0].isdigit() for i in filled):
        return False
    return any(not rows[at - 1][i] for i in filled)


def _names(rows: list[list[str]], top: int, last: int, merged: Sequence[Merged]) -> list[str]:
    block = [list(row) for row in rows[top : last + 1]]
    across = [m for m in merged if top <= m[0] <= last and m[3] > m[1]]
    for row, left, _, right in across:
        for at in range(left + 1, min(right + 1, len(block[0]))):
            block[row - top][at] = block[row - top][at] or block[row - top][left]
    if not across:
        for level in reversed(range(len(block) - 1)):  # from below: what stands above is still as it was written
            _reach_right(block, level)
    return [JOIN.join(dict.fromkeys(part for part in parts if part)) for parts in zip(*block, strict=True)]


def _reach_right(block: list[list[str]], level: int) -> None:
    """Let each group of a row stand over the blank cells right of it, as far as columns have headings below."""
    group = ""
    for at in range(len(block[level])):
        below = any(row[at] for row in block[level + 1 :])
        if block[level][at]:
            group = block[level][at] if below else ""
        elif not below:
            group = ""
        elif group and not any(row[at] for row in block[:level]):
            block[level][at] = group
