"""Places without coordinates (未上图): the list, one of them with the region it hangs in, and what was placed lately.

Counts are those of the drill-down (`data.drill`): `RegionRow.unmapped` and `Grades.unmapped`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from data.access.viewer import Viewer
from data.drill import Bounds, Node
from data.places import PlaceRow, read_rows
from data.reading import first, rows
from data.search import MOST_WORDS, clean, escaped

SQL = "unmapped.sql"


@dataclass(frozen=True)
class Listed:
    """A page of unmapped places, the worst first, and how many fit in all."""

    places: tuple[PlaceRow, ...]
    total: int


@dataclass(frozen=True)
class Lost:
    """A place to be put on the map. `hangs_in`: the regions it hangs in; `outline_…`: the deepest with a polygon."""

    id: int
    name: str
    address: str | None
    kinds: tuple[str, ...]
    source: str
    named_region: str | None
    hangs_in: str | None
    updated_at: datetime
    mapped: bool
    outline_id: int | None
    outline_name: str | None
    outline_level: int | None
    bounds: Bounds | None


@dataclass(frozen=True)
class Placed:
    """A point that a person has set: the line of the audit log, who, when, which place."""

    entry: int
    at: datetime
    actor: str
    place_id: int
    name: str


def read_unmapped(
    conn: Connection, viewer: Viewer, node: Node, today: date, layer: str | None = None, query: str = "",
    limit: int = 50, offset: int = 0,
) -> Listed:  # fmt: skip
    """Return places without a point below `node`, the worst first; `query`: words that stand in name or address."""
    words = {f"word{n}": f"%{escaped(word)}%" for n, word in enumerate(clean(query).split()[:MOST_WORDS])}
    condition = " AND ".join(f"(p.name ILIKE :{word} OR p.address ILIKE :{word})" for word in words) or "true"
    found = rows(
        conn,
        viewer,
        SQL,
        "listed",
        {"words": condition},
        node=node.id,
        layer=layer,
        limit=limit,
        offset=offset,
        **words,
    )
    ids = [row["id"] for row in found]
    return Listed(tuple(read_rows(conn, viewer, ids, today, layer)), found[0]["total"] if found else 0)


def read_lost(conn: Connection, viewer: Viewer, place_id: int) -> Lost | None:
    """Return a place with the region it hangs in, or None when it is unknown or out of scope."""
    row = first(conn, viewer, SQL, "chosen", place=place_id)
    if row is None:
        return None
    bounds = None if row["west"] is None else (row["west"], row["south"], row["east"], row["north"])
    plain = {name: row[name] for name in Lost.__dataclass_fields__ if name not in ("kinds", "bounds")}
    return Lost(kinds=tuple(row["kinds"]), bounds=bounds, **plain)


def read_recent(conn: Connection, viewer: Viewer, since: datetime, limit: int = 8) -> tuple[Placed, ...]:
    """Return the points set by hand since an instant that still stand, the newest first."""
    return tuple(Placed(**row) for row in rows(conn, viewer, SQL, "recent", since=since, limit=limit))
