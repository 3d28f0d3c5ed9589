"""Places as rows of lists: what a list shows of a place, and the worst of a region first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from data.access.viewer import Viewer
from data.drill import Node, scope_roots
from data.reading import first, rows

SQL = "places.sql"


@dataclass(frozen=True)
class PlaceRow:
    """What a list shows of a place. `severity`, value and sentence are of `layer`: the asked one, or its worst.

    `value_low` = `value_high` is a value, otherwise an interval; both None: not scored. `lon` None: 未上图.
    """

    id: int
    name: str
    kinds: tuple[str, ...]
    state: str
    address: str | None
    uscc: str | None
    lon: float | None
    lat: float | None
    region_code: str
    region_name: str | None
    layer: str | None
    severity: int
    at_least: int
    scheme: str | None
    grade: str | None
    value_low: float | None
    value_high: float | None
    sentence: str | None
    open_hazards: int
    overdue: int
    last_inspected: date | None


@dataclass(frozen=True)
class Spot:
    """Where a place is: its leaf region, and its point or none."""

    id: int
    region_code: str
    path: tuple[int, ...]
    lon: float | None
    lat: float | None


def read_rows(
    conn: Connection, viewer: Viewer, ids: Sequence[int], today: date, layer: str | None = None
) -> list[PlaceRow]:
    """Return a row for each of `ids` in scope, in the given order; `layer` None shows each place's worst layer."""
    found = rows(conn, viewer, SQL, "list_rows", ids=list(ids), layer=layer, today=today) if ids else []
    return [
        PlaceRow(
            kinds=tuple(row["kinds"]), severity=row["severity"] or 0, at_least=row["at_least"] or 0,
            **{name: row[name] for name in PLAIN},
        )
        for row in found
    ]  # fmt: skip


PLAIN = tuple(name for name in PlaceRow.__dataclass_fields__ if name not in ("kinds", "severity", "at_least"))


def read_worst(
    conn: Connection, viewer: Viewer, node: Node, today: date, layer: str | None = None, limit: int = 50,
    offset: int = 0, lower_is_worse: Sequence[str] = (),
) -> list[PlaceRow]:  # fmt: skip
    """Return places below `node`, the worst first: by what is proven, then by severity, then by value.

    `layer` None takes all layers, each place once with its worst. `lower_is_worse` names the schemes whose smaller
    values are the worse ones (points of 100). `limit` and `offset` page through the whole list: nothing is left out.
    """
    values: dict[str, Any] = {
        "node": node.id, "limit": limit, "offset": offset, "floor": _floor(conn, viewer, node, layer, offset + limit),
    }  # fmt: skip
    if layer is not None:
        values |= {"layer": layer, "lower_is_worse": list(lower_is_worse)}
    found = rows(conn, viewer, SQL, "worst_of_all" if layer is None else "worst_of_layer", **values)
    return read_rows(conn, viewer, [row["id"] for row in found], today, layer)


def _floor(conn: Connection, viewer: Viewer, node: Node, layer: str | None, wanted: int) -> int:
    """Return a proven severity below which nothing can be among the first `wanted`, so that the sort stays small.

    A place in several layers is counted in each, so over all layers up to four times as many are asked for.
    """
    parts = rows(conn, viewer, "drill.sql", "parts", nodes=[node.id], roots=scope_roots(conn, viewer))
    enough = wanted if layer else wanted * 4
    for step in rows(conn, viewer, SQL, "steps", ids=[part["part"] for part in parts], layer=layer):
        enough -= step["n"]
        if enough <= 0:
            return int(step["at_least"])
    return -1


def read_spot(conn: Connection, viewer: Viewer, place_id: int) -> Spot | None:
    """Return where a place is, or None when it is unknown or out of scope."""
    row = first(conn, viewer, SQL, "where_is", place=place_id)
    if row is None:
        return None
    return Spot(row["id"], row["region_code"], tuple(row["path"]), row["lon"], row["lat"])
