"""Where nobody is looking: grids without an officer, visits never made or due, shops without a sensor, fire cover.

A gap is defined once, as SQL in `data/sql/gaps.sql` with the numbers of `data/standards/coverage.yaml`. The page counts
with it here; the map draws with it: :func:`definition` gives the same text and values to `layers`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection

from data.access.viewer import Viewer
from data.drill import SEVERE, Node
from data.places import PlaceRow, read_rows
from data.reading import first, rows, whole
from data.sql import pieces
from data.standards import coverage

SQL = "gaps.sql"
PLACE_GAPS = ("never_inspected", "inspection_overdue", "shop_no_sensor")
GAPS = ("grid_no_officer", *PLACE_GAPS, "station_cover")
"""The gaps, named as their layers in the catalogue."""

METRES_PER_DEGREE = 60_000.0
"""Fewer metres than a degree of longitude has anywhere south of 57° N: a search box that is never too small."""


@dataclass(frozen=True)
class Definition:
    """A gap as SQL: `sql` is a SELECT with named parameters, `values` are what to bind."""

    sql: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class PlaceGap:
    """Places in a gap: `n` of `total` (closed ones left out), `severe` of `severe_total` red or orange, proven.

    `judged` is how many places the gap's rules name at all; the rest is unknown, not in order. `places`: worst first.
    """

    name: str
    n: int
    total: int
    unmapped: int
    severe: int
    severe_total: int
    judged: int
    places: tuple[PlaceRow, ...]


@dataclass(frozen=True)
class GridRow:
    """A grid in the worst list: who lives there, what stands there, how much of it is red or orange."""

    code: str
    name: str
    region_name: str | None
    people: int | None
    places: int
    severe: int


@dataclass(frozen=True)
class GridGap:
    """Grids in a gap: `n` of `total`, with the people (None: population unknown) and red or orange places in them."""

    name: str
    n: int
    total: int
    people: int | None
    people_total: int | None
    severe: int
    severe_total: int
    grids: tuple[GridRow, ...]


@dataclass(frozen=True)
class CoverGap:
    """Straight-line 5-minute cover, an estimate: the interval between the greatest and the least reach.

    `people_low`…`people_high` live beyond (None: population unknown); `people_from` says what was counted: `cells`,
    `grids` or `nothing`. `severe_low`…`severe_high` of `severe_total` red or orange places with a point lie beyond.
    """

    stations: int
    stations_unmapped: int
    reach_m: tuple[float, float]
    people_from: str
    people_low: int | None
    people_high: int | None
    people_total: int | None
    severe_low: int
    severe_high: int
    severe_total: int
    severe_unmapped: int
    places: tuple[PlaceRow, ...]


def values_of(today: date, now: datetime) -> dict[str, Any]:
    """Return what every gap's SQL is bound to on a day and at an instant (with zone)."""
    numbers = coverage()
    near, far = numbers.station_cover.reach_m
    return {
        "today": today,
        "grid_roles": list(numbers.grid_officer.roles),
        "visit_types": list(numbers.visit.types),
        "visit_not_results": list(numbers.visit.not_results),
        "periods": orjson.dumps(
            [
                {"kinds": p.kinds, "scales": p.scales, "at_least": p.at_least, "types": p.types, "days": p.days}
                for p in numbers.periods
            ]
        ).decode(),
        "sensor_kinds": list(numbers.silence.kinds),
        "heard_since": now - timedelta(hours=numbers.silence.hours),
        "near_m": near,
        "far_m": far,
        "far_deg": far / METRES_PER_DEGREE,
    }


def definition(name: str, today: date, now: datetime) -> Definition:
    """Return the SQL of a gap (one of GAPS) and its values. Raises KeyError for another name."""
    sql = pieces(SQL)[f"gap_{name}"]
    bound = values_of(today, now)
    return Definition(sql.text, {key: bound[key] for key in sql.compile().params})


def read_place_gap(
    conn: Connection, viewer: Viewer, name: str, node: Node, today: date, now: datetime, limit: int = 50
) -> PlaceGap:
    """Return one of PLACE_GAPS below `node`, with its `limit` worst places."""
    gap = definition(name, today, now)
    row = first(
        conn, viewer, SQL, "place_gap", {"gap": gap.sql}, node=node.id, severe=SEVERE, limit=limit,
        shops_only=name == "shop_no_sensor", **gap.values,
    )  # fmt: skip
    assert row is not None  # noqa: S101  (an aggregate has one row)
    count = dict(row)
    worst = count.pop("worst")
    judged = count["total"]
    if name == "inspection_overdue":
        named = first(conn, viewer, SQL, "count_judged", node=node.id, periods=gap.values["periods"])
        judged = whole(named and named["judged"])
    return PlaceGap(name=name, judged=judged, places=tuple(read_rows(conn, viewer, worst, today)), **count)


def read_grid_gap(conn: Connection, viewer: Viewer, node: Node, today: date, now: datetime, limit: int = 50) -> GridGap:
    """Return the grids below `node` that nobody looks after, the most dangerous first."""
    name = "grid_no_officer"
    gap = definition(name, today, now)
    values: dict[str, Any] = {"node": node.id, "severe": SEVERE, **gap.values}
    count = first(conn, viewer, SQL, "count_grids", {"gap": gap.sql}, **values)
    assert count is not None  # noqa: S101  (an aggregate has one row)
    worst = rows(conn, viewer, SQL, "worst_grids", {"gap": gap.sql}, limit=limit, **values)
    people = count["people_total"] is not None
    return GridGap(
        name=name,
        grids=tuple(GridRow(**{**row, "places": whole(row["places"])}) for row in worst),
        **{**count, "people": whole(count["people"]) if people else None},
    )


def read_cover_gap(conn: Connection, viewer: Viewer, node: Node, today: date, limit: int = 50) -> CoverGap:
    """Return who lives and what stands beyond the straight-line reach of every fire station, below `node`."""
    near, far = coverage().station_cover.reach_m
    values: dict[str, Any] = {"node": node.id, "near_m": near, "far_m": far, "far_deg": far / METRES_PER_DEGREE}
    sources = first(conn, viewer, SQL, "people_sources", node=node.id)
    assert sources is not None  # noqa: S101  (one row always)
    people_from = "cells" if sources["cells"] else "grids"
    people = first(conn, viewer, SQL, f"cover_people_{people_from}", **values)
    severe = first(conn, viewer, SQL, "cover_places", severe=SEVERE, limit=limit, **values)
    assert people is not None and severe is not None  # noqa: S101, PT018  (aggregates)
    known = people["total"] is not None
    return CoverGap(
        stations=sources["stations"],
        stations_unmapped=sources["stations_unmapped"],
        reach_m=(near, far),
        people_from=people_from if known else "nothing",
        people_low=_people(people["beyond_far"]) if known else None,
        people_high=_people(people["beyond_near"]) if known else None,
        people_total=_people(people["total"]) if known else None,
        severe_low=severe["beyond_far"],
        severe_high=severe["beyond_near"],
        severe_total=severe["total"],
        severe_unmapped=severe["unmapped"],
        places=tuple(read_rows(conn, viewer, severe["worst"], today)),
    )


def _people(value: float | None) -> int:
    return math.floor((value or 0) + 0.5)
