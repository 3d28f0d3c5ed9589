"""Rebuild whole tables beside the live ones and swap them in at the end of the transaction.

Filling a table without indexes and building them afterwards is several times quicker than changing it row by row,
and readers see the old table until the commit; only the swap itself holds an exclusive lock.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

SUFFIX = "_aside"


def _indexes(connection: Connection, table: str) -> list[tuple[str, str, bool]]:
    rows = connection.execute(
        text(
            "SELECT c.relname, pg_get_indexdef(i.indexrelid), i.indisprimary FROM pg_index i "
            "JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = CAST(:table AS regclass) ORDER BY c.relname"
        ),
        {"table": table},
    )
    return [(name, definition, primary) for name, definition, primary in rows]


def _swap(connection: Connection, table: str) -> None:
    aside = table + SUFFIX
    found = _indexes(connection, table)
    for name, definition, _ in found:
        # "CREATE [UNIQUE] INDEX name ON public.table USING …": only the two names change
        moved = definition.replace(f"INDEX {name} ON ", f"INDEX {name}{SUFFIX} ON ", 1)
        connection.exec_driver_sql(moved.replace(f".{table} USING", f".{aside} USING", 1).replace("%", "%%"))
    for name, _, primary in found:
        if primary:
            connection.exec_driver_sql(f"ALTER TABLE {aside} ADD PRIMARY KEY USING INDEX {name}{SUFFIX}")
    connection.exec_driver_sql(f"ANALYZE {aside}")
    connection.exec_driver_sql(f"DROP TABLE {table}")
    connection.exec_driver_sql(f"ALTER TABLE {aside} RENAME TO {table}")
    for name, _, _ in found:
        connection.exec_driver_sql(f"ALTER INDEX {name}{SUFFIX} RENAME TO {name}")


@contextmanager
def built_aside(connection: Connection, tables: list[str]) -> Iterator[dict[str, str]]:
    """Give empty copies of `tables` (without indexes) to fill; on leaving they replace the tables, indexes built.

    Table names are ours, never text from outside. Tables with foreign keys or generated columns are not meant for it.
    """
    for table in tables:
        connection.exec_driver_sql(
            f"CREATE TABLE {table}{SUFFIX} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
        )
    yield {table: table + SUFFIX for table in tables}
    for table in tables:
        _swap(connection, table)
