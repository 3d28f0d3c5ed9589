"""What a target gets: the connection, typed fields, points, the tree, the ledger; and what it gives back."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, Table, exists, select

from data.bulk import Upserted, copy_rows, upsert
from data.imports import exported
from data.imports.fields import Fields, row_key
from data.imports.kinds import Kind
from data.imports.model import ImportOptions, Ledger, Sheet
from data.imports.place import Regions
from data.imports.points import Points, from_shapes, read_points
from data.imports.values import objects


def shape_key(shape: shapely.Geometry | None) -> str:
    """Return a short text that is equal for equal shapes; empty for none."""
    return "" if shape is None else hashlib.sha256(shapely.to_wkb(shape)).hexdigest()[:24]


@dataclass
class Work:
    """One import inside its transaction. Rows are positions 0…n-1; a rejected row is never written."""

    connection: Connection
    kind: Kind
    sheet: Sheet
    fields: Fields
    ledger: Ledger
    options: ImportOptions
    source: str
    batch_id: int
    today: date
    written: dict[str, Counter[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    """Keys of the rows, once `keys` was asked."""

    @cached_property
    def regions(self) -> Regions:
        """The region tree, read once."""
        return Regions.load(self.connection)

    @cached_property
    def points(self) -> Points:
        """The rows' points, from columns or from the file's shapes; read once, faults told once."""
        bounds = self.regions.bounds
        found = read_points(self.fields, self.kind, self.options, bounds, self.ledger)
        exported.place_points(found, self.fields, self.ledger)
        if found.given or self.sheet.shapes is None:
            return found
        return from_shapes(self.sheet.shapes, self.sheet.crs, self.fields, self.options, bounds, self.ledger)

    def keys(self) -> NDArray[np.object_]:
        """Return each row's key; rows without one and second rows with the same one are rejected."""
        keys = row_key(self.fields, self.kind, self._key_words)
        empty = keys == ""
        self.seen = keys[~empty].tolist()
        if empty.any():
            titles = "、".join(self.kind.fields[names[0]].title for names in self.kind.key)
            self.ledger.reject(empty, "", "", f"没有{titles}中的任何一项，认不出是哪一个")
        if len(np.unique(pd.util.hash_array(keys, categorize=False))) == len(keys):
            return keys  # the usual case, without a copy of all keys
        series = pd.Series(keys)
        again = series[~self.ledger.rejected & ~empty].duplicated()
        if again.any():
            at = again.index[again.to_numpy()].to_numpy()
            first = series[~self.ledger.rejected & ~empty].drop_duplicates()
            rows = dict(zip(first, self.sheet.rows[first.index], strict=True))
            shown = objects([f"{key}（同第 {rows[key]} 行）" if key in rows else key for key in keys])
            self.ledger.reject(
                at, self._key_heading(), shown, "与文件中前面的行重复：编号（或代码、名称、地址）完全相同"
            )
        return keys

    def _key_words(self, name: str) -> list[str] | None:
        """Return what may stand in a key without being a column: original coordinates, a shape."""
        if name in ("lon", "lat"):
            return self.points.key_words(name)
        if name == "shape" and self.sheet.shapes is not None:
            return [shape_key(shape) for shape in self.sheet.shapes]
        return None

    def _key_heading(self) -> str:
        names = dict.fromkeys(name for names in self.kind.key for name in names if name in self.fields.words)
        return "、".join(self.fields.heading(name) for name in names)

    def sourced(self, keys: NDArray[np.object_], at: NDArray[Any]) -> dict[str, Any]:
        """Return the columns every sourced table has, for the rows `at`."""
        return {"source": self.source, "source_key": list(keys[at]), "batch_id": self.batch_id}

    def frame(self, keys: NDArray[np.object_], at: NDArray[Any], names: Iterable[str]) -> pd.DataFrame:
        """Return a frame of the rows `at` with source, key, batch and those of the named fields the file gives."""
        frame = pd.DataFrame(self.sourced(keys, at), index=at)
        for name in names:
            if name in self.fields:
                frame[name] = self.fields.columns[name][at]
        return frame

    def upsert(self, table: Table, frame: pd.DataFrame) -> Upserted:
        """Merge a frame into a table and count it under the table's name; returns the ids in the frame's order."""
        done = upsert(self.connection, table, frame)
        self.count(str(table.name), done)
        return done

    def merge(self, table: Table, frame: pd.DataFrame) -> None:
        """Like `upsert` for who needs no ids: the first rows of a source go straight in."""
        there = self.connection.scalar(select(exists().where(table.c.source == self.source)))
        if there:
            self.upsert(table, frame)
            return
        copy_rows(self.connection, table, frame)
        self.count(str(table.name), Upserted(len(frame), 0, 0, pd.Series(dtype="int64")))

    def count(self, name: str, done: Upserted) -> None:
        """Add what a merge did to the counts of a table."""
        counts = self.written.setdefault(name, Counter(inserted=0, updated=0, unchanged=0))
        counts.update(inserted=done.inserted, updated=done.updated, unchanged=done.unchanged)

    @property
    def changed(self) -> bool:
        """Return whether anything was written that was not there before."""
        return any(counts["inserted"] or counts["updated"] for counts in self.written.values())
