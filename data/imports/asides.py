"""Rows of a spreadsheet that are no records: headings printed again on every page, totals, signatures at the end.

Headings that stand again are passed over and told; totals, signatures and dividing titles are rejected with a reason,
so that whoever brought the file sees each of them.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from data.imports.cells import Objects
from data.imports.heads import text_of
from data.imports.model import Fault, Sheet

TOTAL = "合计、小计行，不是一条记录：不导入"
SIGNATURE = "表尾的填表说明，不是一条记录：不导入"
DIVIDER = "分组的标题行，不是一条记录：不导入"

_TOTAL = re.compile(
    r"\s*(?:本页|本表|[一-龥]{0,10}(?:市|区|县|街道|镇|乡|社区|村|所|队))?\s*(?:合\s*计|小\s*计|总\s*计|共\s*计|累\s*计)"
    r"\s*[:：]?\s*(?:\d+\s*[家户个条处]?)?\s*"
)
_SIGNATURE = re.compile(
    r"(?:备\s*注|说\s*明|注"
    r"|(?:填\s*表|制\s*表|填\s*报|审\s*核|复\s*核|审\s*批|统\s*计|经\s*办|报\s*送)\s*(?:人员?|日\s*期|时\s*间|单\s*位|部\s*门|负责人)?"
    r"|(?:单位|部门|分管)?(?:负责人|领导|经手人))\s*(?:[（(]?(?:签字|签名|签章|盖章)[)）]?)?\s*[:：]"
)
_DIVIDER = re.compile(r"(?:[一二三四五六七八九十]{1,3}[、.．]|[(（][一二三四五六七八九十]{1,3}[)）])\s*\S+")
_LOOK = 6
"""Totals call themselves so in one of the first columns."""
_MOST_FILLED = 6


def skip_headings(sheet: Sheet) -> Sheet:
    """Take out the rows that repeat, cell by cell, a row that stands above the data; told in the notes."""
    again = _headings_again(sheet)
    if not again.any():
        return sheet
    sheet.notes.append(f"表头在表中又出现了 {int(again.sum())} 次：跳过（第 {_listed(sheet.rows[again])} 行）")
    return _without(sheet, again)


def set_aside(sheet: Sheet) -> Sheet:
    """Take totals, signatures and dividing titles out of `sheet`; they are rejected with their reason."""
    gone = np.zeros(len(sheet), dtype=bool)
    for reason, found in ((TOTAL, _totals(sheet)), (SIGNATURE, _signatures(sheet)), (DIVIDER, _dividers(sheet))):
        for at in [at for at in found if not gone[at]]:
            shown = next((text for text in map(text_of, sheet.of_row(at)) if text), "")
            sheet.broken.append(Fault(int(sheet.rows[at]), "", shown[:200], reason))
            gone[at] = True
    if not gone.any():
        return sheet
    sheet.broken.sort(key=lambda fault: fault.row)
    return _without(sheet, gone)


def _without(sheet: Sheet, gone: NDArray[np.bool_]) -> Sheet:
    sheet.cells = [cells[~gone] for cells in sheet.cells]
    sheet.rows = sheet.rows[~gone]
    if sheet.parts is not None:
        sheet.parts = sheet.parts[~gone]
    return sheet


def _listed(rows: NDArray[np.int64]) -> str:
    return "、".join(map(str, rows[:5].tolist())) + ("…" if len(rows) > 5 else "")


def _headings_again(sheet: Sheet) -> NDArray[np.bool_]:
    """Return which rows repeat a row above the data; a heading merged down may stand in the first of its rows only."""
    out = np.zeros(len(sheet), dtype=bool)
    width = len(sheet.cells)
    before = [""] * width
    for row in sheet.above:
        due = [*row, *[""] * width][:width]
        allowed = [{new, new if new else old, "" if new == old else new} for new, old in zip(due, before, strict=True)]
        before = due
        at = next((at for at, words in enumerate(allowed) if "" not in words), None)
        if at is None:
            continue
        text = due[at]
        for i, cell in enumerate(sheet.cells[at]):
            if cell.__class__ is str and cell.lstrip()[:1] == text[:1] and text_of(cell) == text:
                out[i] |= all(text_of(cells[i]) in words for cells, words in zip(sheet.cells, allowed, strict=True))
    return out


def _with(cells: Objects, *signs: str) -> list[tuple[int, str]]:
    """Return (position, text) of the text cells with one of the signs in them; quick where a column has none."""
    words = [cell if cell.__class__ is str else "" for cell in cells]
    whole = "\x1f".join(words)
    return [(at, word) for sign in signs if sign in whole for at, word in enumerate(words) if sign in word]


def _totals(sheet: Sheet) -> list[int]:
    found = {at for cells in sheet.cells[:_LOOK] for at, word in _with(cells, "计") if _TOTAL.fullmatch(word)}
    return sorted(found)


def _signatures(sheet: Sheet) -> list[int]:
    """Return rows of few cells whose first text reads "填表人：…"."""
    found: list[int] = []
    for to, cells in enumerate(sheet.cells[:_LOOK]):
        for at, word in _with(cells, "：", ":"):
            if _SIGNATURE.match(word.lstrip()):
                first = not any(text_of(before[at]) for before in sheet.cells[:to])
                if first and _filled(sheet, at) <= _MOST_FILLED:
                    found.append(at)
    return found


def _dividers(sheet: Sheet) -> list[int]:
    """Return rows with nothing but "一、化工企业" in their first column, in sheets of three columns and more."""
    if len(sheet.cells) < 3:
        return []
    marked = _with(sheet.cells[0], "、", ".", "．", ")", "）")
    return [at for at, word in marked if _DIVIDER.fullmatch(word.strip()) and _filled(sheet, at) == 1]


def _filled(sheet: Sheet, at: int) -> int:
    return sum(bool(text_of(cells[at])) for cells in sheet.cells)
