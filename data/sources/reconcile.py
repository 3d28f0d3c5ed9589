"""After a full delivery: which stored rows it no longer holds. They are proposed as gone; a person decides each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from data import drawn
from data.access.viewer import LOCAL, Viewer
from data.imports.model import ImportOptions
from data.imports.run import audit
from data.sources.plan import RECONCILED
from data.sql import pieces

MOST_GONE = 0.2
"""A full delivery that lacks more than this share of what stands is told to be perhaps incomplete."""


class DecisionError(ValueError):
    """A proposal cannot be decided; the text is one Chinese sentence."""


@dataclass(frozen=True)
class Gone:
    """One stored row that the last full delivery of its source did not hold."""

    id: int
    source: str
    table: str
    row_id: int
    key: str
    name: str | None
    noticed_at: datetime


def _pieces(table: str) -> dict[str, Any]:
    if table not in RECONCILED:
        raise ValueError(f"{table} is not reconciled")
    return pieces("sources.sql", table=table, open="t.state <> 'closed'" if table == "place" else "true")


def reconcile(connection: Connection, source: str, table: str, keys: Sequence[str], batch: int) -> tuple[int, int, int]:
    """Propose what a full delivery lacks, take back what has returned. Returns (gone, returned, stood before it)."""
    sql = _pieces(table)
    connection.exec_driver_sql("CREATE TEMP TABLE delivered (key text PRIMARY KEY) ON COMMIT DROP")
    with connection.connection.cursor().copy("COPY delivered FROM STDIN") as copy:
        for key in dict.fromkeys(keys):
            copy.write_row((key,))
    stood = int(connection.execute(sql["stored"], {"source": source}).scalar_one())
    returned = connection.execute(sql["returned"], {"source": source}).rowcount
    gone = connection.execute(sql["gone"], {"source": source, "batch": batch}).rowcount
    connection.exec_driver_sql("DROP TABLE delivered")
    return gone, returned, stood


def read_gone(connection: Connection, viewer: Viewer = LOCAL, source: str | None = None) -> list[Gone]:
    """Return the open proposals, places of the viewer's regions only; other tables belong to the whole city."""
    sql = pieces("sources.sql", table="place", open="true")
    rows = connection.execute(sql["proposed"], {"source": source}).all()
    return [
        Gone(r.id, r.source, r.table_name, r.row_id, r.source_key, r.name, r.noticed_at)
        for r in rows
        if viewer.everywhere or (r.table_name == "place" and _sees(connection, viewer, r.row_id))
    ]


def _sees(connection: Connection, viewer: Viewer, place_id: int) -> bool:
    sql = pieces("sources.sql", table="place", open="true")
    path = connection.execute(sql["path_of_place"], {"id": place_id}).scalar()
    return path is not None and bool(viewer.sees(path))


def decide(connection: Connection, gone_id: int, decision: str, viewer: Viewer = LOCAL) -> None:
    """Settle a proposal: `closed` closes the place (it stays, with its records), `kept` leaves everything as it is.

    Raises DecisionError when it is settled already, lies outside the viewer's regions, or the viewer may not import.
    """
    allowed = viewer.may("import")
    if not allowed:
        raise DecisionError(f"不能处理：{allowed.reason}")
    if decision not in ("kept", "closed"):
        raise DecisionError("处理只能是 kept（保留）或 closed（确认停业）")
    sql = pieces("sources.sql", table="place", open="true")
    row = connection.execute(sql["decide"], {"id": gone_id, "decision": decision, "who": viewer.name}).one_or_none()
    if row is None:
        raise DecisionError(f"没有编号为 {gone_id} 的待处理项：可能已有人处理，或后来又送来了")
    inside = viewer.everywhere or (row.table_name == "place" and _sees(connection, viewer, row.row_id))
    if not inside:
        raise DecisionError("这一项不在您的管辖区域内")
    if decision == "closed":
        if row.table_name != "place":
            raise DecisionError("只有场所可以确认停业；其他表请选 kept，再在来源里更正")
        connection.execute(sql["close_place"], {"id": row.row_id})
        drawn.refresh(connection, [row.row_id])
    subject = f"{row.table_name}:{row.row_id}"
    detail = {"source": row.source, "key": row.source_key, "decision": decision}
    audit(connection, "gone", subject, detail, ImportOptions(viewer=viewer))
