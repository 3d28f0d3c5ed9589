"""XLSX into a Sheet by calamine, after a look at what the parts really hold.

calamine lays a sheet out as a full rectangle: one cell at XFD1048576 would take all memory. So every part is unpacked
once under the budget of `archive`, and the farthest cell is found before calamine sees the file.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import python_calamine
from defusedxml import DefusedXmlException, ElementTree

from data.imports import archive
from data.imports.model import Limits, Sheet, Unusable
from data.imports.sheetcells import sheet_of

_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml$")
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br=[\"'](\d+)[\"']")
_FAR_CELL = re.compile(rb"\br=[\"']([A-Za-z]{2,3})\d+[\"']")
_CELL_ROW = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br=[\"'][A-Za-z]{1,3}(\d{5,})[\"']")
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
    hidden: dict[str, dict[tuple[int, int], str]] = field(default_factory=dict)
    parts: dict[str, bytes] = field(default_factory=dict)


def read(content: bytes, known: Callable[[Sequence[str]], int], layer: str | None, limits: Limits) -> Sheet:
    """Return the sheet called `layer`, else the one whose headings fit best. Raises Unusable with a sentence."""
    scan = _scan(content, limits)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        name, rows, notes = _choose(book, known, layer)
    except (python_calamine.CalamineError, python_calamine.XmlError, python_calamine.ZipError, OSError) as error:
        raise Unusable(f"Excel 文件读不出来，可能已损坏：请在 Excel 里打开另存一次（{error}）") from None
    sheet = book.get_sheet_by_name(name)
    cells = [list(row) for row in rows]
    top = sheet.start[0] if sheet.start else 0
    left = sheet.start[1] if sheet.start else 0
    filled = _fill_merged(cells, sheet.merged_cell_ranges or [], top, left, known)
    if filled:
        notes.append(f"合并单元格 {filled} 处：同列合并的已按左上角的值填满")
    _put_hidden(cells, scan, name, top, left)
    result = sheet_of(cells, range(top + 1, top + 1 + len(cells)), known, limits, ragged=False)
    result.notes.extend(notes)
    return result


def _choose(
    book: Any, known: Callable[[Sequence[str]], int], layer: str | None
) -> tuple[str, list[list[Any]], list[str]]:
    names = list(book.sheet_names)
    if layer is not None:
        if layer not in names:
            raise Unusable(f"没有名为“{layer}”的工作表，有：{'、'.join(names)}")
        return layer, _rows(book, layer), []
    visible = [m.name for m in book.sheets_metadata if m.visible == python_calamine.SheetVisibleEnum.Visible] or names
    best: tuple[int, str, list[list[Any]]] | None = None
    for name in visible:
        rows = _rows(book, name)
        score = max((known([str(c).strip() for c in row]) for row in rows[:15]), default=0)
        if rows and (best is None or score > best[0]):
            best = (score, name, rows)
    if best is None:
        raise Unusable("工作簿里没有任何内容")
    others = [name for name in visible if name != best[1]]
    notes = [f"读的是工作表“{best[1]}”，没有读：{'、'.join(others)}（用 --layer 指定）"] if others else []
    return best[1], best[2], notes


def _rows(book: Any, name: str) -> list[list[Any]]:
    return list(book.get_sheet_by_name(name).to_python(skip_empty_area=True))


def _scan(content: bytes, limits: Limits) -> _Scan:
    """Unpack every part under the budget and find the farthest cell; Unusable when the rectangle is too large."""
    found = _Scan()
    for name, chunks in archive.unpack(content, limits):
        sheet = _SHEET.match(name)
        tail = b""
        kept: list[bytes] = []
        odd = False
        for chunk in chunks:
            if sheet:
                part = tail + chunk
                _measure(part, found)
                odd = odd or b"<f" in part or b't="e"' in part
                tail = part[-_OVERLAP:]
            if sheet or name in _PARTS:
                kept.append(chunk)
        if name in _PARTS:
            found.parts[name] = b"".join(kept)
        if odd:
            found.hidden[name] = _hidden_cells(b"".join(kept))
    if found.rows * found.columns > limits.sheet_cells:
        raise Unusable(
            f"工作表铺开有 {found.rows} 行 × 约 {found.columns} 列，远处有零星单元格：请删掉数据区以外的行列再另存"
        )
    return found


def _measure(part: bytes, found: _Scan) -> None:
    rows = _ROW.findall(part)
    far = _CELL_ROW.findall(part) if rows == [] or max(map(len, rows)) > 4 else []
    found.rows = max(found.rows, max(map(int, rows), default=0), max(map(int, far), default=0))
    for letters in set(_FAR_CELL.findall(part)):
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
