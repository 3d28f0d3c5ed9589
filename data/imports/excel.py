"""XLSX into a Sheet by calamine, after a look at what the parts really hold.

calamine lays a sheet out as a full rectangle: one cell at XFD1048576 would take all memory. So every part is unpacked
once under the budget of `archive`, and the farthest cell is found before calamine sees the file.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import python_calamine
from defusedxml import DefusedXmlException, ElementTree

from data.imports import archive, sheets
from data.imports.heads import LOOK, Merged
from data.imports.model import Limits, Sheet, Unusable
from data.imports.sheetcells import sheet_of

_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml$")
_USUAL = re.compile(rb"r=\"(?:([A-Za-z]{2,3}|(?=\d))(\d+)|[A-Za-z](\d{7,}))")
_ANY = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{0,3})(\d+)()")
_EMPTY_FORMULA = re.compile(
    rb"<c\b[^>]*?\br=\"([A-Z]{1,3})(\d+)\"[^>]*>\s*<f\b[^>]*?(?:/>|>([^<]*)</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>"
)
_ERROR_CELL = re.compile(
    rb"<c\b(?=[^>]*?\bt=\"e\")[^>]*?\br=\"([A-Z]{1,3})(\d+)\"[^>]*>(?:\s*<f\b[^>]*?(?:/>|>[^<]*</f>))?\s*<v>([^<]*)</v>"
)
_OVERLAP = 400
_PARTS = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")


@dataclass
class _Scan:
    """What a workbook's XML shows: farthest row and column, cells calamine leaves empty by part, small parts whole."""

    rows: int = 0
    columns: int = 26
    odd: bool = False
    hidden: dict[str, dict[tuple[int, int], str]] = field(default_factory=dict)
    parts: dict[str, bytes] = field(default_factory=dict)


def read(content: bytes, known: Callable[[Sequence[str]], int], layer: str | None, limits: Limits) -> Sheet:
    """Return the sheet called `layer`, else the one whose headings fit best. Raises Unusable with a sentence."""
    scan = _scan(content, limits)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        name, sheet, rows, others = _choose(book, known, layer)
        first = _sheet(sheet, rows, name, scan, known, limits)
        return sheets.read_all(
            first, name, others, lambda other: _top(book.get_sheet_by_name(other)),
            lambda other: _sheet(book.get_sheet_by_name(other), None, other, scan, known, limits), known, limits,
        )  # fmt: skip
    except (python_calamine.CalamineError, python_calamine.XmlError, python_calamine.ZipError, OSError) as error:
        raise Unusable(f"Excel 文件读不出来，可能已损坏：请在 Excel 里打开另存一次（{error}）") from None


def _sheet(
    sheet: Any, rows: list[list[Any]] | None, name: str, scan: _Scan, known: Callable[[Sequence[str]], int],
    limits: Limits,
) -> Sheet:  # fmt: skip
    """Return one worksheet (`rows`: its rows, where they were read already)."""
    cells = sheet.to_python(skip_empty_area=True) if rows is None else rows
    top, left = sheet.start or (0, 0)
    filled = _fill_merged(cells, sheet.merged_cell_ranges or [], top, left, known)
    _put_hidden(cells, scan, name, top, left)
    numbers = range(top + 1, top + 1 + len(cells))
    result = sheet_of(cells, numbers, known, limits, ragged=False, merged=_merged_in_head(sheet))
    if filled:
        result.notes.append(f"合并单元格 {filled} 处：同列合并的已按左上角的值填满")
    return result


def _top(sheet: Any) -> sheets.Top:
    return sheet.to_python(skip_empty_area=True, nrows=LOOK), _merged_in_head(sheet)


def _merged_in_head(sheet: Any) -> list[Merged]:
    """Return the merged cells that begin within the first rows, counted from the first filled cell."""
    top, left = sheet.start or (0, 0)
    ranges = sheet.merged_cell_ranges or []
    return [(r - top, c - left, last - top, right - left) for (r, c), (last, right) in ranges if r - top < LOOK]


def _choose(
    book: Any, known: Callable[[Sequence[str]], int], layer: str | None
) -> tuple[str, Any, list[list[Any]], list[str]]:
    """Return the sheet's name, calamine's sheet, its rows and the names of the other visible sheets."""
    names = list(book.sheet_names)
    if layer is not None:
        if layer not in names:
            raise Unusable(f"没有名为“{layer}”的工作表，有：{'、'.join(names)}")
        sheet = book.get_sheet_by_name(layer)
        return layer, sheet, sheet.to_python(skip_empty_area=True), []
    visible = [m.name for m in book.sheets_metadata if m.visible == python_calamine.SheetVisibleEnum.Visible] or names
    best: tuple[int, str, Any, list[list[Any]]] | None = None
    for name in visible:
        sheet = book.get_sheet_by_name(name)
        rows = sheet.to_python(skip_empty_area=True)
        score = max((known([str(c).strip() for c in row]) for row in rows[:15]), default=0)
        if rows and (best is None or score > best[0]):
            best = (score, name, sheet, rows)
    if best is None:
        raise Unusable("工作簿里没有任何内容")
    others = [name for name in visible if name != best[1]]
    return best[1], best[2], best[3], others


def _scan(content: bytes, limits: Limits) -> _Scan:
    """Unpack every part under the budget and find the farthest cell; Unusable when the rectangle is too large.

    The quick look passes over cells of columns A–Z above row 1,000,000 (26 million cells at most, which is bearable);
    where columns go on after Z, or references are written in an unusual way, every reference is read.
    """
    found = _Scan()
    with_hidden: list[str] = []
    for name, chunks in archive.unpack(content, limits):
        if name in _PARTS:
            found.parts[name] = b"".join(chunks)
        for part in _overlapping(chunks):
            if not _SHEET.match(name):
                continue
            _measure(part, _USUAL, found)
            found.odd = found.odd or _oddly_written(part)
            if name not in with_hidden and (b"<f" in part or b't="e"' in part):
                with_hidden.append(name)
    if found.odd or found.columns > 26:
        for name, chunks in archive.unpack(content, limits):
            for part in _overlapping(chunks):
                if _SHEET.match(name):
                    _measure(part, _ANY, found)
    if found.rows * found.columns > limits.sheet_cells:
        raise Unusable(
            f"工作表铺开有 {found.rows} 行 × {found.columns} 列，远处有零星单元格：请删掉数据区以外的行列再另存"
        )
    for name, chunks in archive.unpack(content, limits) if with_hidden else ():
        whole = b"".join(chunks)
        if name in with_hidden:
            found.hidden[name] = _hidden_cells(whole)
    return found


def _oddly_written(part: bytes) -> bool:
    """Whether an equals sign stands otherwise than `name="`: then references are looked for the slow way."""
    signs = np.frombuffer(part, dtype=np.uint8)
    at = np.flatnonzero(signs[1:-1] == ord("=")) + 1
    return bool((signs[at + 1] != ord('"')).any() or np.isin(signs[at - 1], np.frombuffer(b" \t\r\n", np.uint8)).any())


def _overlapping(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the chunks, each with the end of the one before, so that nothing is cut in two."""
    tail = b""
    for chunk in chunks:
        yield tail + chunk
        tail = chunk[-_OVERLAP:]


def _measure(part: bytes, pattern: re.Pattern[bytes], found: _Scan) -> None:
    """Note the farthest row and column that a piece of sheet XML names."""
    for letters, row, far_row in set(pattern.findall(part)):
        found.rows = max(found.rows, int(row or far_row))
        found.columns = max(found.columns, _number(letters))


def _hidden_cells(xml: bytes) -> dict[tuple[int, int], str]:
    """Return by (row, column) from 0 what calamine reads as empty: formulas never computed ("=…"), errors ("#REF!")."""
    out: dict[tuple[int, int], str] = {}
    for sign, pattern in (("=", _EMPTY_FORMULA), ("", _ERROR_CELL)):
        for letters, row, shown in pattern.findall(xml):
            out[int(row) - 1, _number(letters) - 1] = sign + html.unescape(shown.decode("utf-8", errors="replace"))
    return out


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _put_hidden(cells: list[list[Any]], scan: _Scan, name: str, top: int, left: int) -> None:
    hidden = scan.hidden.get(_part_of(scan, name), {}) if scan.hidden else {}
    for (row, column), text in hidden.items():
        at, to = row - top, column - left
        if 0 <= at < len(cells) and 0 <= to < len(cells[at]) and cells[at][to] == "":
            cells[at][to] = text


def _part_of(scan: _Scan, name: str) -> str:
    """Return the part that holds the sheet called `name`, by the workbook and its relations."""
    try:
        sheets = ElementTree.fromstring(scan.parts[_PARTS[0]]).iter()
        links = ElementTree.fromstring(scan.parts[_PARTS[1]]).iter()
    except (KeyError, ElementTree.ParseError, DefusedXmlException):
        return ""
    wanted = next((s for s in sheets if s.tag.endswith("}sheet") and s.get("name") == name), None)
    ids = set() if wanted is None else {value for key, value in wanted.attrib.items() if key.endswith("}id")}
    target = next((link.get("Target", "") for link in links if link.get("Id") in ids), "")
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _fill_merged(
    cells: list[list[Any]],
    ranges: Sequence[tuple[tuple[int, int], tuple[int, int]]],
    top: int,
    left: int,
    known: Callable[[Sequence[str]], int],
) -> int:
    """Copy the value of cells merged downwards into every row they cover; return how many ranges were filled."""
    filled = 0
    for (row, column), (last, _) in ranges:
        at, to = row - top, column - left
        if last == row or not 0 <= at < len(cells) or not 0 <= to < len(cells[at]):
            continue
        value = cells[at][to]
        if value == "" or known([str(value)]):
            continue
        for below in range(at + 1, min(last - top, len(cells) - 1) + 1):
            cells[below][to] = value
        filled += 1
    return filled
