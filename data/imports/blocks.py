"""Two or more blocks of records side by side, under the same headings: read as more rows, each with its own number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.imports.headings import plain
from data.imports.model import Limits, Sheet, Unusable
from data.imports.values import Objects

_LEAST = 2
"""A single heading that stands twice is two columns, not two blocks."""


def unfold(sheet: Sheet, limits: Limits) -> Sheet:
    """Return the sheet with blocks side by side put below each other, in the order of the rows; told in its notes.

    Columns left of the first block belong to every block. Rows of a block with nothing in them are no rows. Raises
    Unusable beyond `limits.rows`.
    """
    found = _layout([plain(name) for name in sheet.columns])
    if found is None:
        return sheet
    shared, blocks = found
    cells, rows, order = [], [], []
    for block in blocks:
        there = np.flatnonzero(filled_rows([sheet.cells[at] for at in block]))
        cells.append([sheet.cells[at][there] for at in (*shared, *block)])
        rows.append(sheet.rows[there])
        order.append(there)
    if sum(map(len, rows)) > limits.rows:
        raise Unusable(f"并排的几块共有 {sum(map(len, rows))} 行，上限 {limits.rows} 行：请拆成几份分别导入")
    at = np.argsort(np.concatenate(order), kind="stable")
    sheet.notes.append(f"表里并排有 {len(blocks)} 块相同的表头：按 {len(blocks)} 组行读，行号是原来的行号")
    sheet.columns = [sheet.columns[to] for to in (*shared, *blocks[0])]
    sheet.cells = [np.concatenate(column)[at] for column in zip(*cells, strict=True)]
    sheet.rows = np.concatenate(rows)[at]
    if sheet.parts is not None:
        sheet.parts = np.concatenate([sheet.parts[there] for there in order])[at]
    return sheet


def filled_rows(cells: Sequence[Objects]) -> NDArray[np.bool_]:
    """Return which rows hold anything in these columns."""
    out = np.zeros(len(cells[0]), dtype=bool)
    for column in cells:
        out |= np.array([c is not None and c != "" and not (c.__class__ is str and c.isspace()) for c in column], bool)
        if out.all():
            break
    return out


def _layout(names: list[str]) -> tuple[list[int], list[list[int]]] | None:
    """Return the columns all blocks share and the columns of each block; None where the headings do not repeat."""
    at = [i for i, name in enumerate(names) if name]
    for left in range(len(at) - 2 * _LEAST + 1):
        rest = at[left:]
        for count in range(len(rest) // _LEAST, 1, -1):
            if len(rest) % count:
                continue
            wide = len(rest) // count
            blocks = [rest[start : start + wide] for start in range(0, len(rest), wide)]
            first = [names[i] for i in blocks[0]]
            if len(set(first)) == wide and all([names[i] for i in block] == first for block in blocks[1:]):
                return at[:left], blocks
    return None
