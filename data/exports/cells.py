"""Stored values as cells that the importer reads back to the same values; texts that no program runs as formulas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from data.access.fields import HIDDEN
from data.exports.columns import OutColumn
from data.settings import TIME_ZONE

Cell = str | float | int | None

_RUNS = re.compile(r"'*[=+\-@\t\r]")


def cells_of(columns: list[OutColumn], row: Mapping[str, Any], see_person: bool) -> list[Cell]:
    """Return a row's cells in the order of the columns; persons as 无权查看 to who may not see them."""
    facts = row.get("facts") or {}
    out: list[Cell] = []
    for column in columns:
        name = column.name
        value = facts.get(name.removeprefix("facts.")) if name.startswith("facts.") else row[name]
        cell = _cell(column, value)
        out.append(HIDDEN if cell is not None and column.spec.personal and not see_person else cell)
    return out


def _cell(column: OutColumn, value: Any) -> Cell:
    if value is None:
        return None
    spec = column.spec
    if spec.type == "bool":
        return "是" if value else "否"
    if spec.type in ("choice", "choices"):
        values = value if isinstance(value, list) else [str(value)]
        return "、".join(_word(spec.words, str(one)) for one in values) or None
    if spec.type == "list":
        return "、".join(value) or None
    if spec.type in ("int", "number", "longitude", "latitude"):
        return int(value) if spec.type == "int" else float(value)
    if isinstance(value, datetime):
        return _moment(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _word(words: Mapping[str, tuple[str, ...]], value: str) -> str:
    return words[value][0] if words.get(value) else value


def _moment(value: datetime) -> str:
    """Return a moment in Asia/Shanghai; one with parts of a second with its zone, which the importer reads exactly."""
    local = value.astimezone(TIME_ZONE)
    return local.isoformat() if local.microsecond else f"{local:%Y-%m-%d %H:%M:%S}"


def neutral(text: str) -> str:
    """Return a text that no spreadsheet program runs as a formula; `restored` takes the apostrophe away again."""
    return "'" + text if _RUNS.match(text) else text


def number_text(value: float) -> str:
    """Return a number with as many digits as it takes to read the same number again."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
