"""A merge taken apart: rows as they were, what was re-pointed back, and what others learnt since stays."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from data import drawn
from data.access import Viewer, audit
from data.bulk import quoted
from data.matching.catalogue import Catalogue
from data.matching.keep import OWN, fold
from data.matching.merge import Refused, check_right, read_records, take_locks
from data.sql import pieces


@dataclass
class Apart:
    """What came of it: places that are their own again, columns of the kept one that changed since (and stay so)."""

    merge: int
    kept: int
    restored: tuple[int, ...]
    later: list[str] = field(default_factory=list)
    missing: int = 0


def split(connection: Connection, merge_id: int, viewer: Viewer) -> Apart:
    """Take one merge apart, in the caller's transaction; the last merge of a place first.

    Raises :class:`Refused` when it was taken apart already, a later one stands in the way, or the viewer may not.
    """
    check_right(viewer)
    take_locks(connection)
    row = connection.execute(
        text("SELECT * FROM place_merge WHERE id = :id FOR UPDATE"), {"id": merge_id}
    ).one_or_none()
    if row is None:
        raise Refused("没有这次合并")
    if row.undone_at is not None:
        raise Refused(f"这次合并已由“{row.undone_by}”拆开")
    sql, catalogue = pieces("matching.sql"), Catalogue(connection)
    later = connection.execute(sql["later_merges"], {"merge": merge_id, "kept": row.kept_id}).scalars().all()
    if later:
        raise Refused(f"这一处后来又合并过（第 {later[0]} 次合并），请先拆开那一次")
    _check_scope(connection, viewer, merge_id, row.kept_id)
    apart = Apart(merge_id, row.kept_id, tuple(row.absorbed_ids))
    _put_back(connection, catalogue, apart)
    _take_what_came_later(connection, catalogue, apart, row.made_at)
    connection.execute(sql["drop_added"], {"merge": merge_id})
    connection.execute(sql["undone"], {"id": merge_id, "actor": viewer.name})
    _remember(connection, apart, viewer)
    _follow_regions(connection, catalogue, apart)
    detail = {"kept": apart.kept, "restored": list(apart.restored), "later": apart.later, "missing": apart.missing}
    audit(connection, viewer, "place_split", f"merge:{merge_id}", detail)
    drawn.refresh(connection, [apart.kept, *apart.restored])
    return apart


def _check_scope(connection: Connection, viewer: Viewer, merge_id: int, kept: int) -> None:
    """All the places must be the viewer's: the kept one where it is, the absorbed ones where they were."""
    paths = connection.execute(
        text("SELECT r.path FROM region r WHERE r.id IN (SELECT region_id FROM place WHERE id = :kept UNION "
             "SELECT CAST(before ->> 'region_id' AS integer) FROM place_merge_row "
             "WHERE merge_id = :merge AND what = 'removed' AND table_name = 'place')"),
        {"kept": kept, "merge": merge_id},
    ).scalars()  # fmt: skip
    for path in paths:
        answer = viewer.sees(path)
        if not answer:
            raise Refused(f"不能拆开：有一处{answer.reason}")


def _put_back(connection: Connection, catalogue: Catalogue, apart: Apart) -> None:
    noted = connection.execute(
        text("SELECT what, table_name, column_name, count(*) AS n, min(id) AS first FROM place_merge_row "
             "WHERE merge_id = :id GROUP BY 1, 2, 3 ORDER BY first"),
        {"id": apart.merge},
    ).all()  # fmt: skip
    sql = pieces("matching.sql")
    # the place that stayed first gives up what is unique among places, then rows come back from the top of the tree
    for row in sorted((r for r in noted if r.what == "changed"), key=lambda r: r.first):
        if row.table_name != "assessment":
            apart.later += [f"{row.table_name}.{name}" for name in catalogue.change_back(row.table_name, apart.merge)]
    removed = [row.table_name for row in noted if row.what == "removed"]
    for table in sorted(removed, key=lambda name: name != "place"):
        catalogue.put_back(table, apart.merge)
    connection.execute(sql["newer_grades"], {"merge": apart.merge, "kept": apart.kept})
    connection.execute(
        text("UPDATE assessment SET superseded_at = now() WHERE superseded_at IS NULL AND id IN (SELECT row_id "
             "FROM place_merge_row WHERE merge_id = :id AND what = 'changed' AND table_name = 'assessment')"),
        {"id": apart.merge},
    )  # fmt: skip
    for row in noted:
        if row.what == "moved":
            apart.missing += row.n - _move_back(connection, apart.merge, row.table_name, row.column_name)
    connection.execute(sql["grades_back"], {"merge": apart.merge})


def _move_back(connection: Connection, merge_id: int, table: str, column: str) -> int:
    statement = pieces("matching.sql", table=quoted(table), column=quoted(column))["move_back"]
    return connection.execute(statement, {"merge": merge_id, "table_name": table, "column_name": column}).rowcount


def _take_what_came_later(connection: Connection, catalogue: Catalogue, apart: Apart, made_at: datetime) -> None:
    """Give each place what its own senders told since the merge."""
    newer = connection.execute(
        text("SELECT DISTINCT place_id FROM place_source WHERE place_id = ANY(:ids) AND changed_at > :at"),
        {"ids": [apart.kept, *apart.restored], "at": made_at},
    ).scalars()
    for place in newer:
        values = fold("place", read_records(connection, place)).values
        catalogue.update("place", place, {name: value for name, value in values.items() if name not in OWN})
        connection.execute(text("UPDATE place SET updated_at = now() WHERE id = :id"), {"id": place})


def _remember(connection: Connection, apart: Apart, viewer: Viewer) -> None:
    members = [apart.kept, *apart.restored]
    pairs = [(a, b) for i, a in enumerate(members) for b in members[i + 1 :]]
    given: dict[str, Any] = {"a": [a for a, _ in pairs], "b": [b for _, b in pairs]}
    who = {"actor": viewer.name, "account": viewer.account_id}
    connection.execute(pieces("matching.sql")["no_longer_same"], who)
    connection.execute(
        pieces("matching.sql")["apart"], given | {"actor": viewer.name, "account": viewer.account_id}
    )  # fmt: skip


def _follow_regions(connection: Connection, catalogue: Catalogue, apart: Apart) -> None:
    """Where the region tree changed since, hang the places on the leaves of today."""
    from data.imports.place import Regions, rehang

    changed = connection.scalar(
        text("SELECT EXISTS (SELECT FROM layer_version v, place_merge m WHERE v.layer = 'region' AND m.id = :id "
             "AND v.changed_at > m.made_at)"),
        {"id": apart.merge},
    )  # fmt: skip
    if changed:
        rehang(connection, Regions.load(connection))
