"""The demo city as ordered text: every row of every table, without ids and times of the run, so that cities compare."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Column, Connection, Table

from data.bulk import quoted
from data.demo.write import CONTENT, SOURCE
from data.tables import Base

TABLES = ("region", *CONTENT)
_OF_THE_RUN = ("id", "batch_id", "created_at", "updated_at", "path", "source")
_CITY = "SELECT name, is_demo, seed, as_of, attribution, notes FROM city"

Write = Callable[[bytes], object]


def export(connection: Connection, write: Write) -> dict[str, int]:
    """Hand the city's rows to `write` as text, tables and rows in a fixed order. Returns rows by table.

    A reference is written as the source key of the row it points to; geometry as hexadecimal EWKB.
    """
    counts = {"city": _copy(connection, "city", _CITY, write)}
    for name in TABLES:
        counts[name] = _copy(connection, name, query_of(Base.metadata.tables[name]), write)
    return counts


def query_of(table: Table) -> str:
    """Return the SELECT that writes a table's demo rows in order."""
    columns, joins = [], []
    for column in table.c:
        if column.name in _OF_THE_RUN or column.computed is not None:
            continue
        expression, join = _column(column)
        columns.append(expression)
        joins += join
    owner = "row" if "source" in table.c else "by_sensor_id"
    order = f'{owner}.source_key COLLATE "C"' + ("" if owner == "row" else ", row.at")
    return (
        f"SELECT {', '.join(columns)} FROM {quoted(table.name)} AS row {' '.join(joins)} "  # noqa: S608  (our own names)
        f"WHERE {owner}.source = '{SOURCE}' ORDER BY {order}"
    )


def _column(column: Column[object]) -> tuple[str, list[str]]:
    own = f"row.{quoted(column.name)}"
    if column.name == "hazard_ids":
        keys = f"SELECT string_agg(h.source_key, ',' ORDER BY h.source_key) FROM hazard h WHERE h.id = ANY ({own})"  # noqa: S608
        return f"({keys})", []
    for key in column.foreign_keys:
        other = f"by_{column.name}"
        return f"{other}.source_key", [f"LEFT JOIN {quoted(key.column.table.name)} AS {other} ON {other}.id = {own}"]
    return own, []


def _copy(connection: Connection, name: str, query: str, write: Write) -> int:
    write(f"# {name}\n".encode())
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
        for block in copy:
            write(bytes(block))
    return int(cursor.rowcount)
