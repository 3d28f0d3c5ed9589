"""What hangs on a place, read from the database's own catalogue: foreign keys, columns, rows as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from data.bulk import quoted
from data.sql import pieces

OF_THE_ROW = ("updated_at", "batch_id")
"""Columns that change with every write and tell nothing of the premises."""


@dataclass(frozen=True)
class Reference:
    """A column of a table that points to another table; `single`: at most one row may point to one target."""

    table: str
    column: str
    single: bool


class Catalogue:
    """Foreign keys and columns of the tables, asked once per transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._sql = pieces("matching.sql")
        self._columns: dict[str, list[tuple[str, str, bool]]] = {}

    def references(self, table: str) -> list[Reference]:
        """Return what points to `table`'s id. A foreign key of several columns is a ValueError."""
        found = self.connection.execute(self._sql["references"], {"target": table}).all()
        for row in found:
            if row.columns != 1 or not row.has_id:
                raise ValueError(f"{row.table_name} points to {table} in a way that merging does not know")
        return [Reference(row.table_name, row.column_name, row.single) for row in found]

    def columns(self, table: str) -> list[tuple[str, str, bool]]:
        """Return the stored columns of a table: name, type, whether it is a geometry. Generated ones are left out."""
        if table not in self._columns:
            found = self.connection.execute(self._sql["columns"], {"target": table}).all()
            self._columns[table] = [(row.name, row.type, row.is_geometry) for row in found]
        return self._columns[table]

    def row_json(self, table: str, alias: str = "t") -> str:
        """Return SQL for a row as JSON that comes back byte for byte: geometry as hexadecimal EWKB."""
        parts = []
        for name, _, is_geometry in self.columns(table):
            value = f"{alias}.{quoted(name)}" + ("::text" if is_geometry else "")
            parts.append(f"jsonb_build_object('{name}', {value})")
        return "(" + " || ".join(parts) + ")"

    def read(self, table: str, ids: Sequence[int], column: str = "id") -> list[dict[str, Any]]:
        """Return whole rows by id (or another column), in the order of ids of the rows; locked to the commit."""
        query = (
            f"SELECT {self.row_json(table)} FROM {quoted(table)} t "
            f"WHERE t.{quoted(column)} = ANY(CAST(:ids AS bigint[])) ORDER BY t.id FOR UPDATE"
        )
        return list(self.connection.execute(text(query), {"ids": list(ids)}).scalars())

    def update(self, table: str, row_id: int, values: dict[str, Any]) -> None:
        """Give columns of one row other values (as in `row_json`)."""
        if not values:
            return
        sets = ", ".join(f"{quoted(name)} = r.{quoted(name)}" for name in values)
        query = (
            f"UPDATE {quoted(table)} t SET {sets} "
            f"FROM jsonb_populate_record(NULL::{quoted(table)}, CAST(:values AS jsonb)) r WHERE t.id = :id"
        )
        self.connection.execute(text(query), {"values": as_json(values), "id": row_id})

    def note(self, what: str, table: str, merges: Sequence[int], ids: Sequence[int]) -> None:
        """Write rows down as they stand, one for each merge and id, before they are removed or changed."""
        query = (
            "INSERT INTO place_merge_row (merge_id, what, table_name, row_id, before) "
            f"SELECT m.merge_id, :what, :table, t.id, {self.row_json(table)} "
            "FROM unnest(CAST(:merges AS bigint[]), CAST(:ids AS bigint[])) AS m(merge_id, row_id) "
            f"JOIN {quoted(table)} t ON t.id = m.row_id ORDER BY t.id"
        )
        given = {"what": what, "table": table, "merges": list(merges), "ids": list(ids)}
        self.connection.execute(text(query), given)

    def note_after(self, table: str, merges: Sequence[int]) -> None:
        """Write down how the changed rows of merges stand now."""
        query = (
            f"UPDATE place_merge_row r SET after = {self.row_json(table)} FROM {quoted(table)} t "
            "WHERE r.merge_id = ANY(CAST(:merges AS bigint[])) AND r.what = 'changed' AND r.table_name = :table "
            "AND t.id = r.row_id"
        )
        self.connection.execute(text(query), {"merges": list(merges), "table": table})

    def put_back(self, table: str, merge_id: int) -> int:
        """Insert the rows that a merge removed from a table, as they were; columns that came later have defaults."""
        names = ", ".join(quoted(name) for name in self._noted(table, merge_id))
        if not names:
            return 0
        query = (
            f"INSERT INTO {quoted(table)} ({names}) SELECT "
            + ", ".join(f"p.{name}" for name in names.split(", "))
            + f" FROM place_merge_row r, jsonb_populate_record(NULL::{quoted(table)}, r.before) p "
            "WHERE r.merge_id = :merge AND r.what = 'removed' AND r.table_name = :table ORDER BY r.id"
        )
        return self.connection.execute(text(query), {"merge": merge_id, "table": table}).rowcount

    def _noted(self, table: str, merge_id: int) -> list[str]:
        keys = set(
            self.connection.execute(
                text("SELECT DISTINCT jsonb_object_keys(before) FROM place_merge_row "
                     "WHERE merge_id = :merge AND what = 'removed' AND table_name = :table"),
                {"merge": merge_id, "table": table},
            ).scalars()
        )  # fmt: skip
        return [name for name, _, _ in self.columns(table) if name in keys]

    def change_back(self, table: str, merge_id: int) -> list[str]:
        """Give the rows a merge changed their former values; returns the columns that somebody changed since.

        Those keep the later value: a merge that is taken apart must not take newer knowledge away.
        """
        query = (
            f"SELECT t.id, r.before, r.after, {self.row_json(table)} AS now, "
            f"r.after = {self.row_json(table)} AS untouched "
            f"FROM place_merge_row r JOIN {quoted(table)} t ON t.id = r.row_id "
            "WHERE r.merge_id = :merge AND r.what = 'changed' AND r.table_name = :table ORDER BY r.id"
        )
        later: list[str] = []
        for row in self.connection.execute(text(query), {"merge": merge_id, "table": table}).all():
            changed = [name for name, value in row.before.items() if row.after.get(name) != value]
            since = [name for name in row.now if name in row.after and row.now[name] != row.after[name]]
            later += [name for name in since if name not in OF_THE_ROW]
            mine = [name for name in changed if row.untouched or name not in since]
            self._from_note(table, merge_id, row.id, mine)
        return later

    def _from_note(self, table: str, merge_id: int, row_id: int, names: Sequence[str]) -> None:
        if not names:
            return
        sets = ", ".join(f"{quoted(name)} = p.{quoted(name)}" for name in names)
        query = (
            f"UPDATE {quoted(table)} t SET {sets} FROM place_merge_row r, "
            f"jsonb_populate_record(NULL::{quoted(table)}, r.before) p "
            "WHERE r.merge_id = :merge AND r.what = 'changed' AND r.table_name = :table "
            "AND r.row_id = :id AND t.id = :id"
        )
        self.connection.execute(text(query), {"merge": merge_id, "table": table, "id": row_id})

    def delete(self, table: str, ids: Sequence[int]) -> None:
        """Delete rows by id."""
        query = f"DELETE FROM {quoted(table)} WHERE id = ANY(CAST(:ids AS bigint[]))"
        self.connection.execute(text(query), {"ids": list(ids)})


def as_json(value: Any) -> str:
    """Return a value as JSON text, floats with all their digits."""
    import orjson

    return orjson.dumps(value).decode()
