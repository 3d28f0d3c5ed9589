"""Make a Sheet of records: find the row of headings, check every row's width, turn rows into columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from data.imports import heads
from data.imports.model import Fault, Limits, Sheet, Unusable


def sheet_of(
    records: Sequence[Sequence[Any]],
    rows: Sequence[int],
    known: Callable[[Sequence[str]], int],
    limits: Limits,
    ragged: bool = True,
    spoilt: Sequence[Fault] = (),
    merged: Sequence[heads.Merged] = (),
) -> Sheet:
    """Return the sheet below the row of headings.

    `known(cells)`: how many of these cells are headings of this kind. `ragged`: short and long rows are broken
    (CSV); otherwise every row has the same width already (XLSX). `spoilt`: rows the caller could not cut at all.
    `merged`: merged cells of a workbook, by place in `records`.
    Raises Unusable when there are no headings, no rows, or too many rows or columns.
    """
    if not records:
        raise Unusable("文件里没有任何内容")
    found = heads.find(records, known, merged)
    head = found.last
    columns = _without_tail(list(found.names), records[head:])
    if len(columns) > limits.columns:
        raise Unusable(f"有 {len(columns)} 列，上限 {limits.columns} 列：请删掉空列再导入")
    body, numbers = list(records[head + 1 :]), list(rows[head + 1 :])
    if not body and not spoilt:
        raise Unusable("只有表头，没有数据行")
    if len(body) > limits.rows:
        raise Unusable(f"有 {len(body)} 行，上限 {limits.rows} 行：请拆成几份分别导入")
    broken = list(spoilt)
    if ragged:
        body, numbers, short = _right_width(body, numbers, columns)
        broken = sorted(broken + short, key=lambda fault: fault.row)
    width = len(columns)
    cells = [np.empty(len(body), dtype=object) for _ in range(width)]
    for column, values in zip(cells, zip(*body, strict=True), strict=False):
        column[:] = values
    sheet = Sheet(columns, cells, np.array(numbers, dtype=np.int64), broken=broken, above=found.above)
    return _without_empty(sheet)


def _without_tail(names: list[str], records: Sequence[Sequence[Any]]) -> list[str]:
    """Return the headings without columns at the right end that hold nothing at all."""
    while names and not names[-1] and all(len(r) < len(names) or not _text(r[len(names) - 1]) for r in records):
        names.pop()
    return names


def _right_width(
    body: list[Sequence[Any]], numbers: list[int], columns: list[str]
) -> tuple[list[Sequence[Any]], list[int], list[Fault]]:
    width = len(columns)
    kept: list[Sequence[Any]] = []
    kept_rows: list[int] = []
    broken: list[Fault] = []
    for whole, number in zip(body, numbers, strict=True):
        record = whole if any(_text(cell) for cell in whole[width:]) else whole[:width]
        if len(record) == width:
            kept.append(record)
            kept_rows.append(number)
            continue
        what = "多于" if len(record) > width else "少于"
        mend = "检查有没有没加引号的逗号" if len(record) > width else "检查是否漏了逗号，或文件在这里被截断"
        shown = f"{len(record)} 格：{','.join(map(_text, record))[:200]}"
        broken.append(Fault(number, "", shown, f"这一行的格数{what}表头的 {width} 列：{mend}"))
    return kept, kept_rows, broken


def _without_empty(sheet: Sheet) -> Sheet:
    """Drop rows with nothing in them (spreadsheets end in hundreds of those)."""
    filled = np.zeros(len(sheet), dtype=bool)
    for cells in sheet.cells:
        filled |= np.array([cell is not None and cell != "" and not _blank(cell) for cell in cells], dtype=bool)
        if filled.all():
            return sheet
    if not filled.any() and not sheet.broken:
        raise Unusable("只有表头，没有数据行")
    sheet.cells = [cells[filled] for cells in sheet.cells]
    sheet.rows = sheet.rows[filled]
    return sheet


def _blank(cell: Any) -> bool:
    return isinstance(cell, str) and not cell.strip()


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()
