"""A tiny city, and files made on the spot."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely
import xlsxwriter
from sqlalchemy import Engine, text

from data.imports import ImportOptions, Summary, run_import
from data.regions import write_regions

TODAY = date(2026, 11, 22)
WEST, SOUTH, EAST, NORTH = 120.30, 36.00, 120.50, 36.20


def tiny_tree() -> pd.DataFrame:
    """A city with two districts; the western one has two streets, the southern street two grids in a community."""
    middle = (WEST + EAST) / 2
    half = (SOUTH + NORTH) / 2
    box = shapely.box
    rows: list[tuple[str, str, int, str | None, Any]] = [
        ("370200", "示例市", 1, None, box(WEST, SOUTH, EAST, NORTH)),
        ("370202", "市南区", 2, "370200", box(WEST, SOUTH, middle, NORTH)),
        ("370203", "市北区", 2, "370200", box(middle, SOUTH, EAST, NORTH)),
        ("370202001", "香港中路街道", 3, "370202", box(WEST, SOUTH, middle, half)),
        ("370202002", "镇江路街道", 3, "370202", box(WEST, half, middle, NORTH)),
        ("370202001001", "云霄路社区", 4, "370202001", box(WEST, SOUTH, middle, half)),
        ("370202001001001", "第一网格", 5, "370202001001", box(WEST, SOUTH, 120.35, half)),
        ("370202001001002", "第二网格", 5, "370202001001", box(120.35, SOUTH, middle, half)),
        ("370202002001", "江西路社区", 4, "370202002", None),
    ]
    return pd.DataFrame(rows, columns=["code", "name", "level", "parent_code", "geometry"])


@pytest.fixture
def city(db: Engine) -> Engine:
    """A database with the tiny tree and nothing else."""
    with db.begin() as connection:
        write_regions(connection, tiny_tree(), "test")
    return db


Import = Callable[..., Summary]


@pytest.fixture
def load(city: Engine, tmp_path: Path) -> Import:
    """Import text (as CSV), bytes or a path into the tiny city; options by name."""

    def run(content: str | bytes | Path, kind: str = "enterprise", name: str = "表.csv", **options: Any) -> Summary:
        if isinstance(content, Path):
            path = content
        else:
            path = tmp_path / name
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return run_import(city, path, kind, ImportOptions(**{"today": TODAY} | options))

    return run


def workbook(rows: Sequence[Sequence[Any]], fill: Callable[[Any, Any], None] | None = None) -> bytes:
    """An XLSX of rows; `fill(workbook, sheet)` may add what rows cannot say (merged cells, formulas)."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
    sheet = book.add_worksheet()
    for at, row in enumerate(rows):
        for to, value in enumerate(row):
            if value is not None:
                sheet.write(at, to, value)
    if fill:
        fill(book, sheet)
    book.close()
    return buffer.getvalue()


def scalar(engine: Engine, query: str, **values: Any) -> Any:
    """One value out of the database."""
    with engine.connect() as connection:
        return connection.scalar(text(query), values)


def rows_of(engine: Engine, query: str, **values: Any) -> list[dict[str, Any]]:
    """Rows out of the database as dicts."""
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(query), values).mappings()]
