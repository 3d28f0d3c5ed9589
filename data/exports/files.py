"""A writer per format. Each takes rows one by one and keeps only a piece of them in memory."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import orjson
import shapely
import xlsxwriter

from data.exports.cells import Cell, neutral, number_text
from data.exports.columns import OutColumn, remark

MOST_XLSX_ROWS = 1_048_575
MOST_XLSX_TEXT = 32_767
_PIECE = 5_000
_DIGITS = 15
"""More digits than Excel's numbers carry are written as text, which the importer reads in full."""


class TooLarge(ValueError):
    """More rows or longer texts than the format can hold; the text is a Chinese sentence."""


class Writer(Protocol):
    """Takes rows in order; `close` finishes the file."""

    def row(self, cells: list[Cell], shape: bytes | None) -> None:
        """Write one row; `shape` is its geometry in WGS-84 as WKB."""

    def close(self) -> None:
        """Finish the file."""


class CsvWriter:
    """CSV in UTF-8 with a mark, which Excel reads as such."""

    def __init__(self, path: Path, columns: list[OutColumn], title: str) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._out = csv.writer(self._file)
        self._out.writerow([column.heading for column in columns])

    def row(self, cells: list[Cell], shape: bytes | None) -> None:
        """Write one row."""
        self._out.writerow([_csv_cell(cell) for cell in cells])

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    return neutral(cell) if isinstance(cell, str) else number_text(cell)


class XlsxWriter:
    """XLSX, written row by row; a second sheet says what the columns are."""

    def __init__(self, path: Path, columns: list[OutColumn], title: str) -> None:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(str(path), options)
        self._sheet = self._book.add_worksheet(title)
        self._sheet.freeze_panes(1, 0)
        self._columns = columns
        bold = self._book.add_format({"bold": True})
        for at, column in enumerate(columns):
            self._sheet.write_string(0, at, column.heading, bold)
        self._sheet.set_column(0, max(0, len(columns) - 1), 16)
        self._at = 0

    def row(self, cells: list[Cell], shape: bytes | None) -> None:
        """Write one row: texts as texts, never as formulas. Raises TooLarge beyond Excel's limits."""
        self._at += 1
        if self._at > MOST_XLSX_ROWS:
            raise TooLarge(f"一个工作表最多 {MOST_XLSX_ROWS} 行：请用 --region 分区导出，或用 csv、gpkg")
        for to, cell in enumerate(cells):
            if isinstance(cell, str):
                if len(cell) > MOST_XLSX_TEXT:
                    where = f"第 {self._at + 1} 行的“{self._columns[to].heading}”"
                    raise TooLarge(f"{where}有 {len(cell)} 个字，Excel 放不下：请用 csv 或 gpkg")
                self._sheet.write_string(self._at, to, cell)
            elif cell is not None:
                if float(f"{cell:.{_DIGITS}g}") == cell:
                    self._sheet.write_number(self._at, to, cell)
                else:
                    self._sheet.write_string(self._at, to, number_text(cell))

    def close(self) -> None:
        """Add the sheet about the columns and finish the file."""
        said = self._book.add_worksheet("说明")
        said.set_column(0, 0, 24)
        said.set_column(1, 1, 80)
        for to, text in enumerate(("列", "内容")):
            said.write_string(0, to, text)
        for at, column in enumerate(self._columns, start=1):
            said.write_string(at, 0, column.heading)
            said.write_string(at, 1, remark(column.spec))
        self._book.close()


class GeoJsonWriter:
    """GeoJSON: one FeatureCollection, a feature a line."""

    def __init__(self, path: Path, columns: list[OutColumn], title: str) -> None:
        self._file = path.open("wb")
        self._names = [column.heading for column in columns]
        self._file.write(b'{"type":"FeatureCollection","features":[')
        self._first = True

    def row(self, cells: list[Cell], shape: bytes | None) -> None:
        """Write one feature; without a shape its geometry is null."""
        geometry = b"null" if shape is None else shapely.to_geojson(shapely.from_wkb(shape)).encode()
        properties = orjson.dumps(dict(zip(self._names, cells, strict=True)))
        self._file.write(b"\n" if self._first else b",\n")
        self._file.write(b'{"type":"Feature","properties":' + properties + b',"geometry":' + geometry + b"}")
        self._first = False

    def close(self) -> None:
        """Finish the file."""
        self._file.write(b"\n]}\n")
        self._file.close()


class GpkgWriter:
    """GeoPackage in EPSG:4326, appended in pieces."""

    def __init__(self, path: Path, columns: list[OutColumn], title: str) -> None:
        self._path, self._title, self._columns = path, title, columns
        self._rows: list[list[Cell]] = []
        self._shapes: list[Any] = []
        self._begun = False

    def row(self, cells: list[Cell], shape: bytes | None) -> None:
        """Take one row; every few thousand are written."""
        self._rows.append(cells)
        self._shapes.append(None if shape is None else shapely.from_wkb(shape))
        if len(self._rows) >= _PIECE:
            self._flush()

    def _flush(self) -> None:
        import geopandas as gpd
        import pandas as pd

        data = {
            column.heading: pd.Series([row[at] for row in self._rows], dtype=_dtype(column))
            for at, column in enumerate(self._columns)
        }
        frame = gpd.GeoDataFrame(data, geometry=self._shapes, crs=4326)
        frame.to_file(
            self._path, layer=self._title, driver="GPKG", engine="pyogrio", mode="a" if self._begun else "w",
            geometry_type="Unknown", promote_to_multi=False,
        )  # fmt: skip
        self._begun = True
        self._rows, self._shapes = [], []

    def close(self) -> None:
        """Write what is left."""
        if self._rows or not self._begun:
            self._flush()


def _dtype(column: OutColumn) -> str:
    return "float64" if column.spec.type in ("int", "number", "longitude", "latitude") else "object"


FORMATS: dict[str, Callable[[Path, list[OutColumn], str], Writer]] = {
    "xlsx": XlsxWriter, "csv": CsvWriter, "geojson": GeoJsonWriter, "gpkg": GpkgWriter,
}  # fmt: skip
"""Format → its writer; the name is also the ending of the file."""
