"""The sheet's columns as the kind's fields: matched, filled with constants and defaults, typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from data.imports import headings
from data.imports.cells import Objects, texts
from data.imports.kinds import Kind
from data.imports.model import ImportOptions, Ledger, Sheet
from data.imports.values import SPATIAL, Column, objects, typed


@dataclass
class Fields:
    """Typed columns by field name, each (n,); only fields that the file or the caller gives are there."""

    columns: dict[str, Any]
    headings: dict[str, str]
    words: dict[str, list[str]]
    cells: dict[str, Objects]
    datums: dict[str, str]
    size: int
    unused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def get(self, name: str) -> Any:
        """Return the column of a field, all None when the file does not give it."""
        return self.columns.get(name, objects([None] * self.size))

    def heading(self, name: str) -> str:
        """Return the heading a field stands under, or the field's name."""
        return self.headings.get(name, name)


def read_fields(sheet: Sheet, kind: Kind, options: ImportOptions, today: date, ledger: Ledger) -> Fields:
    """Match, clean and type every field of the kind. Raises Unusable when a required field has no column."""
    for name in options.constants:
        kind.spec(name)
    matched = headings.match(sheet.columns, kind, options.maps)
    given = kind.defaults | options.constants
    headings.require(matched, kind, given, sheet.columns)
    fields = Fields({}, {}, {}, {}, matched.datums, len(sheet), matched.unused, matched.notes)
    for name in kind.fields:
        at = matched.columns.get(name)
        if at is not None:
            fields.cells[name], fields.headings[name] = sheet.cells[at], sheet.columns[at]
            words = texts(sheet.cells[at])
        elif name in given:
            fields.cells[name] = objects([given[name]] * len(sheet))
            words = [given[name]] * len(sheet)
        else:
            continue
        if at is not None and name in given:
            words = [word or given[name] for word in words]
        fields.words[name] = words
    units = _unit_column(fields)
    for name, words in fields.words.items():
        spec = kind.fields[name]
        if spec.type in SPATIAL:
            continue
        column = Column(
            name, fields.heading(name), spec, fields.cells[name], words, matched.units.get(name), units, today
        )
        fields.columns[name] = typed(column, ledger)
    return fields


def _unit_column(fields: Fields) -> list[str | None] | None:
    from data.imports.units import known

    if "unit" not in fields.words:
        return None
    return [known(word) if word else None for word in fields.words["unit"]]


def row_key(fields: Fields, kind: Kind, extra: Callable[[str], list[str] | None]) -> Objects:
    """Return each row's key (n,): the texts of the first list of key fields whose first field is filled.

    `extra(name)`: texts of what is no column of the table (coordinates, shapes), asked only where it is needed. Rows
    without any key have an empty text.
    """
    keys = np.full(fields.size, "", dtype=object)
    for names in (("yzt_key",), *kind.key):
        if not (keys == "").any():
            break
        columns = [extra(name) or fields.words.get(name) or [""] * fields.size for name in names]
        first = np.array([bool(word) for word in columns[0]], dtype=bool)
        take = np.flatnonzero(first & (keys == ""))
        if len(take) == fields.size:
            keys[:] = ["|".join(row) for row in zip(*columns, strict=True)]
        elif len(take):
            rows = list(zip(*columns, strict=True))
            keys[take] = ["|".join(rows[i]) for i in take.tolist()]
    return keys
