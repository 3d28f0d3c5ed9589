"""Import batches as a page lists them, and the outlines that a preview of points is drawn over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, text

from data.access.viewer import Viewer


@dataclass(frozen=True)
class BatchRow:
    """One import: who brought what, when, and what became of its rows."""

    id: int
    started_at: datetime
    actor: str
    kind: str
    source: str
    file_name: str
    read: int
    accepted: int
    rejected: int
    state: str


def read_batches(connection: Connection, viewer: Viewer, limit: int = 30) -> list[BatchRow]:
    """Return the newest batches: all for who sees the whole city, else one's own."""
    rows = connection.execute(
        text(
            "SELECT id, started_at, actor, kind, source, file_name, COALESCE((summary ->> 'read')::int, 0), "
            "COALESCE((summary ->> 'accepted')::int, 0), COALESCE((summary ->> 'rejected')::int, 0), state "
            "FROM import_batch WHERE (:every OR actor = :actor) ORDER BY id DESC LIMIT :limit"
        ),
        {"every": viewer.everywhere, "actor": viewer.name, "limit": limit},
    )
    return [BatchRow(*row) for row in rows]


def read_outlines(connection: Connection, viewer: Viewer) -> list[dict[str, Any]]:
    """Return the districts (else the city) as GeoJSON features, simplified for a small picture."""
    rows = connection.execute(
        text(
            "SELECT ST_AsGeoJSON(ST_ForcePolygonCW(ST_SimplifyPreserveTopology(geom, 0.003)), 5) FROM region "
            "WHERE geom IS NOT NULL AND level = (SELECT max(level) FROM region WHERE geom IS NOT NULL AND level <= 2)"
        )
    ).scalars()
    return [{"type": "Feature", "properties": {}, "geometry": orjson.loads(row)} for row in rows]
