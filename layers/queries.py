"""The SQL of one tile: the rows of a source, wrapped into what `ST_AsMVT` wants, with its bound values."""

import math
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import psycopg

from data.access import Viewer
from data.gaps import definition
from layers.catalogue import CELLS_TO, Source, read_sql
from layers.scope import condition

EARTH_RADIUS_M = 6378137.0
HALF_WORLD_M = math.pi * EARTH_RADIUS_M
TILE_UNITS = 4096
SLACK_DEG = 1e-7
"""What the rough filter in degrees is wider by; the exact one in metres follows."""
CELLS_A_SIDE = 64
"""Cells on a side of a tile in data.drawn; the same for cells that are summed on the fly for a narrow scope."""
NEAR_FROM = 11
"""Zoom from which stored cells are drawn per street instead of being summed over streets."""
COARSE_CELLS = 32
"""Cells on a side where a tile has more single points than the limit."""
BUBBLE_CELLS = 8
"""Cells on a side for work and gap layers, whose cells carry a number that must be readable."""
MOST_POINTS = 4000
"""Single points a tile may have; above, it is summed to cells."""
MOST_IN_BLOCK = 12_000
"""Single points a block may have; above, its tiles are made one by one."""
POINT = (
    "ST_MakePoint(round((c.x - (%(edges_x)s::float8[])[c.tx - %(x)s::int + 1]) * %(units)s), "
    "round(((%(edges_y)s::float8[])[c.ty - %(y)s::int + 1] - c.y) * %(units)s))"
)
"""A point in the 4096 units of its own tile of the block."""
TX = "width_bucket(ST_X(q.geom), %(edges_x)s::float8[]) - 1 + %(x)s::int"
TY = "width_bucket(-ST_Y(q.geom), %(southward)s::float8[]) - 1 + %(y)s::int"
WITHIN = (
    "ST_X(q.geom) >= %(west)s AND ST_X(q.geom) < %(east)s AND ST_Y(q.geom) > %(south)s AND ST_Y(q.geom) <= %(north)s"
)


@dataclass(frozen=True)
class Query:
    """SQL text (psycopg named placeholders): one row (x, y, features, mvt) for each tile that has any."""

    text: str
    values: dict[str, Any]
    limit: int | None = None
    """Most features the query may have read; with more, the next query is to be tried."""


@dataclass(frozen=True)
class Address:
    """One tile, or a square block of `side` × `side` tiles whose north-west one it names."""

    z: int
    x: int
    y: int
    side: int = 1

    def block(self, side: int) -> "Address":
        """Return the block of `side` × `side` tiles (a power of two) that holds this tile; the world's edge cuts it."""
        side = min(side, 2**self.z)
        return Address(self.z, self.x // side * side, self.y // side * side, side)

    @property
    def values(self) -> dict[str, Any]:
        """Return the edges in metres (EPSG:3857), tile by tile and of the whole, and the cells, as bound values."""
        size = 2 * HALF_WORLD_M / 2**self.z
        # each edge is computed as its neighbour computes it, so that no point falls between two tiles or in both
        edges_x = [(self.x + i) * size - HALF_WORLD_M for i in range(self.side + 1)]
        edges_y = [HALF_WORLD_M - (self.y + i) * size for i in range(self.side + 1)]
        west, east, north, south = edges_x[0], edges_x[-1], edges_y[0], edges_y[-1]
        first, cells = self.x * CELLS_A_SIDE, self.side * CELLS_A_SIDE
        return {
            "z": self.z,
            "x": self.x,
            "y": self.y,
            "edges_x": edges_x,
            "edges_y": edges_y,
            "southward": [-edge for edge in edges_y],
            "west": west,
            "east": east,
            "north": north,
            "south": south,
            "units": TILE_UNITS / size,
            "west_deg": _lon(west) - SLACK_DEG,
            "east_deg": _lon(east) + SLACK_DEG,
            "north_deg": _lat(north) + SLACK_DEG,
            "south_deg": _lat(south) - SLACK_DEG,
            "cx0": first,
            "cx1": first + cells - 1,
            "cy0": self.y * CELLS_A_SIDE,
            "cy1": self.y * CELLS_A_SIDE + cells - 1,
        }

    def cell_m(self, cells: int) -> float:
        """Return the side of a cell in metres (EPSG:3857) when a tile is cut into `cells` × `cells`."""
        return 2 * HALF_WORLD_M / 2**self.z / cells


@dataclass(frozen=True)
class Moment:
    """The time as given by the caller: today in the city, and the instant."""

    today: date
    now: datetime


@cache
def _gap_sql(text: str) -> str:
    """Return the SQL of a gap with psycopg's placeholders instead of SQLAlchemy's."""
    return str(sa.text(text).compile(dialect=psycopg.dialect()))


def _gap(source: Source, moment: Moment) -> tuple[str, dict[str, Any]]:
    if source.gap is None:
        return "", {}
    gap = definition(source.gap, moment.today, moment.now)
    return _gap_sql(gap.sql), dict(gap.values)


def _fill(template: str, **parts: str) -> str:
    for name, part in (parts | {"point": POINT, "tx": TX, "ty": TY}).items():
        template = template.replace("{" + name + "}", part)
    degrees = "ST_MakeEnvelope(%(west_deg)s, %(south_deg)s, %(east_deg)s, %(north_deg)s, 4326)"
    tile = "ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857)"
    return template.replace("{degrees}", degrees).replace("{tile}", tile).replace("{within}", WITHIN)


def _lon(x: float) -> float:
    return math.degrees(x / EARTH_RADIUS_M)


def _lat(y: float) -> float:
    return math.degrees(math.atan(math.sinh(y / EARTH_RADIUS_M)))


def _values(source: Source, viewer: Viewer, at: Address, moment: Moment) -> dict[str, Any]:
    scope = list(viewer.regions) if viewer.regions is not None else None
    limit = MOST_POINTS if at.side == 1 else MOST_IN_BLOCK
    return {**source.values, **at.values, "today": moment.today, "scope": scope, "limit": limit}


def _listed(columns: tuple[str, ...], form: str) -> str:
    return "".join(form.format(column) for column in columns)


def drawn(source: Source, name: str, viewer: Viewer, at: Address, moment: Moment, fine: bool) -> list[Query]:
    """Return the queries of a counted layer (one tile or a block), to be tried in turn until one is within its limit.

    `fine`: the viewer's scope is narrower than a street, so stored cells (keyed by street) cannot answer.
    """
    values = _values(source, viewer, at, moment)
    given = {"name": f"'{name}'", "layer": f"'{source.drawn}'"}
    if at.z <= CELLS_TO and not fine:
        nodes = "true" if viewer.regions is None else read_sql("nodes.sql")
        file = "mvt_drawn_cells_near.sql" if at.z >= NEAR_FROM else "mvt_drawn_cells.sql"
        return [Query(_fill(read_sql(file), grades=read_sql("grades.sql"), nodes=nodes, **given), values)]
    rows = _fill(read_sql("drawn_rows.sql"), scope=condition(source.scope, viewer), **given)
    summed = _fill(read_sql("mvt_drawn_points_cells.sql"), grades=read_sql("grades.sql"), rows=rows, **given)
    cells = CELLS_A_SIDE if at.z <= CELLS_TO else COARSE_CELLS
    on_the_fly = Query(summed, values | {"cell_m": at.cell_m(cells)})
    if at.z <= CELLS_TO:
        return [on_the_fly]
    single = _fill(read_sql("mvt_single.sql"), columns=_listed(("severity", "at_least"), ", c.{0}"), rows=rows, **given)
    return [Query(single, values, values["limit"]), on_the_fly]


def from_file(source: Source, name: str, viewer: Viewer, at: Address, moment: Moment) -> list[Query]:
    """Return the queries of a source with a file of its own, to be tried in turn until one is within its limit."""
    gap, gap_values = _gap(source, moment)
    values = _values(source, viewer, at, moment) | gap_values
    rows = _fill(read_sql(source.sql or ""), scope=condition(source.scope, viewer), gap=gap)
    given = {"name": f"'{name}'", "rows": rows}
    if source.shape in ("areas", "lines"):
        return [Query(_fill(read_sql("mvt_shapes.sql"), columns=_listed(source.columns, ", q.{0}"), **given), values)]
    columns = _listed(source.columns, ", c.{0}")
    single = Query(_fill(read_sql("mvt_single.sql"), columns=columns, **given), values, MOST_POINTS)
    if source.shape == "labels":
        return [Query(single.text, values | {"limit": None})]
    sums = _listed(source.sums, ", sum(q.{0})::int AS {0}")
    cells = Query(_fill(read_sql("mvt_cells.sql"), sums=sums, **given), values | {"cell_m": at.cell_m(BUBBLE_CELLS)})
    return [single, cells] if at.z >= source.single_from else [cells]
