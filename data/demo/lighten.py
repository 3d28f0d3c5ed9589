"""Filling big tables fast: their foreign keys and plain indexes are taken down and built again, in the transaction.

A foreign key checked row by row costs more than the row (2 million readings: 30 s against 9 s); added again, it is
checked by one join. What a kill leaves is the table as it was, for all of it is one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, text

from data.bulk import quoted

_KEYS = """
SELECT conrelid::regclass::text AS owner, conname AS name, pg_get_constraintdef(oid) AS definition
FROM pg_constraint
WHERE contype = 'f' AND connamespace = CAST('public' AS regnamespace) AND conrelid = ANY (CAST(:tables AS regclass[]))
ORDER BY 1, 2
"""
_INDEXES = """
SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY (CAST(:tables AS regclass[])) AND NOT i.indisunique
ORDER BY 1
"""


@contextmanager
def lightened(connection: Connection, tables: Sequence[str]) -> Iterator[None]:
    """Within the block the tables have no foreign keys and only unique indexes; afterwards all stand as before.

    Definitions are read from the database itself, so that a later migration needs no change here. A row that breaks
    a foreign key makes the end of the block fail, and with it the transaction.
    """
    named = {"tables": [quoted(table) for table in tables]}
    keys = connection.execute(text(_KEYS), named).all()
    indexes = connection.execute(text(_INDEXES), named).all()
    for owner, name, _ in keys:
        connection.exec_driver_sql(f"ALTER TABLE {owner} DROP CONSTRAINT {quoted(name)}")
    for name, _ in indexes:
        connection.exec_driver_sql(f"DROP INDEX {quoted(name)}")
    yield
    for _, definition in indexes:
        connection.exec_driver_sql(definition)
    for owner, name, definition in keys:
        connection.exec_driver_sql(f"ALTER TABLE {owner} ADD CONSTRAINT {quoted(name)} {definition}")
