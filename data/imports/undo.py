"""Undo a whole import: what it added goes, what it changed or took away is put back, all in one transaction.

Nothing is undone blindly. A batch on whose rows something later depends (a later import, an inspection that hangs on
an added place, a merge) is refused with the reason; so is one that brought regions, on which everything hangs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, Table, text

from data import drawn
from data.access.viewer import LOCAL, Viewer
from data.bulk import quoted
from data.imports import hand_placed
from data.imports.kinds import load_kind
from data.imports.model import ImportOptions
from data.imports.run import IMPORT_LOCK, audit
from data.tables import Base

FIXED_TARGETS = ("region",)
NOT_THEIRS = ("gone_row", "place_source")
"""What names a batch without being written by an import alone: proposals, records of merged places."""
DERIVED = ("assessment",)
"""What is computed from places goes with them and is computed again."""


class UndoError(ValueError):
    """A batch cannot be undone; the text is one Chinese sentence that says why."""


@dataclass
class Undone:
    """What undoing did (or, tried only, would do), by table."""

    batch: int
    removed: dict[str, int] = field(default_factory=dict)
    restored: dict[str, int] = field(default_factory=dict)
    dry_run: bool = False

    @property
    def rows(self) -> int:
        """Return all rows removed or put back."""
        return sum(self.removed.values()) + sum(self.restored.values())

    def as_json(self) -> dict[str, Any]:
        """Return every field, ready for JSON."""
        return dict(vars(self))


class _Tried(Exception):
    """Raised inside the transaction of a trial, so that it is rolled back."""


def undo(engine: Engine, batch_id: int, viewer: Viewer = LOCAL, dry_run: bool = False) -> Undone:
    """Undo a batch and say what went and came back. Raises UndoError; the caller has the city scored again after it."""
    done = Undone(batch_id, dry_run=dry_run)
    try:
        with engine.begin() as connection:
            _undo(connection, done, viewer)
            if dry_run:
                raise _Tried
    except _Tried:
        pass
    return done


def _undo(connection: Connection, done: Undone, viewer: Viewer) -> None:
    allowed = viewer.may("import")
    if not allowed:
        raise UndoError(f"不能撤销：{allowed.reason}")
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": IMPORT_LOCK})
    batch = connection.execute(
        text("SELECT id, kind, state, summary, actor FROM import_batch WHERE id = :id FOR UPDATE"), {"id": done.batch}
    ).one_or_none()
    _check_batch(batch, done.batch)
    tables = list(_tables())
    _check_later(connection, done.batch, tables)
    _check_whole(connection, done.batch, batch)
    _check_scope(connection, done.batch, viewer)
    if placed := hand_placed.since(connection, done.batch):
        raise UndoError(f"这一批里有 {placed} 家后来由人工在地图上确定了位置：请先在“未上图”页撤销，再撤销这一批")
    for table in reversed(tables):
        _check_hangs(connection, done.batch, table)
        removed = connection.execute(text(f"DELETE FROM {quoted(table.name)} t WHERE {_added()}"), _given(done, table))  # noqa: S608
        if removed.rowcount:
            done.removed[str(table.name)] = removed.rowcount
    for table in tables:
        restored = _restore(connection, done, table)
        if restored:
            done.restored[str(table.name)] = restored
    connection.execute(text("DELETE FROM former_row WHERE batch_id = :batch"), {"batch": done.batch})
    connection.execute(text("UPDATE import_batch SET state = 'undone' WHERE id = :batch"), {"batch": done.batch})
    drawn.refresh(connection)
    detail = {"removed": done.removed, "restored": done.restored}
    audit(connection, "undo", f"batch:{done.batch}", detail, ImportOptions(viewer=viewer))


def _tables() -> Iterator[Table]:
    """Yield the tables that imports write, those others hang on first."""
    for table in Base.metadata.sorted_tables:
        if {"id", "batch_id", "source_key"} <= set(table.c.keys()) and table.name not in NOT_THEIRS:
            yield table


def _given(done: Undone, table: Table) -> dict[str, Any]:
    return {"batch": done.batch, "table": table.name}


def _added() -> str:
    """Return the condition of the rows `t` that the batch added and nobody has written since."""
    return (
        "t.batch_id = :batch AND NOT EXISTS (SELECT FROM former_row f WHERE f.batch_id = :batch "
        "AND f.table_name = :table AND f.row_id = t.id)"
    )


def _check_batch(batch: Any, number: int) -> None:
    if batch is None:
        raise UndoError(f"没有第 {number} 批导入")
    if batch.state == "undone":
        raise UndoError(f"第 {number} 批已经撤销过了")
    if batch.state != "done":
        raise UndoError(f"第 {number} 批没有导入成功，没有可撤销的")
    if load_kind(batch.kind).target in FIXED_TARGETS:
        raise UndoError(f"第 {number} 批是区划，场所都挂在上面，不能撤销：请导入更正后的区划")


def _check_later(connection: Connection, number: int, tables: list[Table]) -> None:
    """Refuse when a later import, or somebody, wrote over rows of the batch."""
    later = connection.execute(
        text("SELECT min(o.batch_id) FROM former_row o WHERE o.batch_id > :batch AND "
             "(o.former ->> 'batch_id')::bigint = :batch"),
        {"batch": number},
    ).scalar()  # fmt: skip
    if later is not None:
        raise UndoError(f"后来的第 {later} 批改过这一批的数据：请先撤销第 {later} 批")
    for table in tables:
        changed = connection.execute(
            text(f"SELECT count(*) FROM former_row f JOIN {quoted(table.name)} t ON t.id = f.row_id "  # noqa: S608
                 "WHERE f.batch_id = :batch AND f.table_name = :table AND NOT f.deleted AND "
                 "t.batch_id IS DISTINCT FROM :batch"),
            {"batch": number, "table": table.name},
        ).scalar_one()  # fmt: skip
        if changed:
            raise UndoError(f"这一批改过的 {changed} 行（{table.name}）后来又有改动，不能撤销")


def _check_whole(connection: Connection, number: int, batch: Any) -> None:
    """Refuse when rows the batch added are no longer there by themselves: merged, for one."""
    merged = connection.execute(
        text("SELECT count(*) FROM place_source WHERE batch_id = :batch"), {"batch": number}
    ).scalar_one()
    if merged:
        raise UndoError(f"这一批里有 {merged} 条是已合并场所的记录：请先在“疑似重复”页拆开，再撤销")
    if load_kind(batch.kind).target != "place":
        return
    there = connection.execute(
        text(f"SELECT count(*) FROM place t WHERE {_added()}"), {"batch": number, "table": "place"}  # noqa: S608
    ).scalar_one()
    missing = int(batch.summary.get("inserted", 0)) - there
    if missing > 0:
        raise UndoError(f"这一批新增的场所有 {missing} 个已被合并或删除：请先拆开，再撤销")


def _check_scope(connection: Connection, number: int, viewer: Viewer) -> None:
    if viewer.everywhere:
        return
    paths = connection.execute(
        text("SELECT DISTINCT r.path FROM place p JOIN region r ON r.id = p.region_id WHERE p.batch_id = :batch"),
        {"batch": number},
    ).scalars()
    if not all(viewer.sees(path) for path in paths):
        raise UndoError("这一批里有不在您管辖区域内的场所，不能撤销")


def _check_hangs(connection: Connection, number: int, table: Table) -> None:
    """Refuse when rows that are not of the batch hang on rows it added; asked of the database's own foreign keys."""
    keys = connection.execute(
        text("SELECT c.conrelid::regclass::text AS child, a.attname AS named FROM pg_constraint c "
             "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
             "WHERE c.contype = 'f' AND c.confrelid = CAST(:parent AS regclass) AND cardinality(c.conkey) = 1"),
        {"parent": quoted(table.name)},
    ).all()  # fmt: skip
    own = {t.name for t in _tables()}
    for child, named in keys:
        if child.strip('"') in DERIVED:
            continue
        other = "c.batch_id IS DISTINCT FROM :batch AND " if child.strip('"') in own else ""
        hanging = connection.execute(
            text(f"SELECT count(*) FROM {child} c JOIN {quoted(table.name)} t ON t.id = c.{quoted(named)} "  # noqa: S608
                 f"WHERE {other}{_added()}"),
            {"batch": number, "table": table.name},
        ).scalar_one()  # fmt: skip
        if hanging:
            raise UndoError(f"这一批新增的数据上已挂有 {hanging} 条后来的记录（{child}），不能撤销")


def _restore(connection: Connection, done: Undone, table: Table) -> int:
    """Put back what the batch changed or deleted of a table."""
    names = [c.name for c in table.columns if c.computed is None and c.name != "id"]
    listed = ", ".join(quoted(name) for name in names)
    values = ", ".join(f"r.{quoted(name)}" for name in names)
    record = f"former_row f, jsonb_populate_record(NULL::{quoted(table.name)}, f.former) r"
    which = "f.batch_id = :batch AND f.table_name = :table"
    changed = connection.execute(
        text(f"UPDATE {quoted(table.name)} t SET ({listed}) = ROW({values}) FROM {record} "  # noqa: S608
             f"WHERE {which} AND NOT f.deleted AND t.id = f.row_id"),
        _given(done, table),
    ).rowcount  # fmt: skip
    back = connection.execute(
        text(f"INSERT INTO {quoted(table.name)} (id, {listed}) OVERRIDING SYSTEM VALUE SELECT f.row_id, {values} "  # noqa: S608
             f"FROM {record} WHERE {which} AND f.deleted"),
        _given(done, table),
    ).rowcount  # fmt: skip
    return int(changed + back)
