"""The demo city's geography, invented from a seed: regions, roads, areas, water. No database, no clock, no download.

`invent` draws 示例市, a coastal city of Qingdao's size that does not exist: its plan is in terrain_plan.py, and it lies
in the open sea so that no point of it falls on a real street. The same seed and size give the same geography.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.demo import terrain_areas, terrain_roads
from data.demo.terrain import People, character_at, draw
from data.demo.terrain_names import Namer
from data.demo.terrain_plan import DENSE_STREET, DENSE_STREET_PEOPLE, FULL, SMALL, ZONE, Plan
from data.demo.terrain_tree import Street, Tree, grow
from geo.codes import number_grids
from geo.crs import STORED, transformer
from geo.grid import mass

Size = Literal["full", "small"]
Array = NDArray[np.float64]

REGION_COLUMNS = [
    "code", "name", "level", "parent_code", "character", "population_day", "population_night", "geometry",
]  # fmt: skip
CHARACTERS = (
    "old_town", "cbd", "residential", "port", "chemical_park", "industrial", "suburban", "village", "forest", "tourism",
)  # fmt: skip

_DAY = {
    "old_town": 1.1,
    "cbd": 2.6,
    "residential": 0.75,
    "suburban": 0.9,
    "village": 0.8,
    "tourism": 1.7,
    "forest": 0.9,
}
_WORKERS_KM2 = {"port": 900.0, "industrial": 2_600.0, "chemical_park": 700.0}
_FIRST_VILLAGE = 201  # statistical codes number residents' committees from 001, villagers' from 201


@dataclass(frozen=True)
class Geography:
    """A city's geography in EPSG:4326, ordered the same way every time.

    regions: code, name, level (1 city … 5 grid), parent_code, character, population_day, population_night, geometry;
    children tile their parent exactly. built: code of a grid, geometry: where people and premises of the grid are.
    roads: u, v (node numbers), road_class, name, speed_kmh, length_m, geometry, one row between two junctions.
    areas: kind (as table zone), name, geometry. water: kind (sea, river, reservoir), name, geometry.
    notes: what the maker decided, in sentences.
    """

    regions: gpd.GeoDataFrame
    built: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    dense_street: str
    notes: list[str] = field(default_factory=list)

    def level(self, level: int) -> gpd.GeoDataFrame:
        """Return the regions of one level (1 city … 5 grid)."""
        return self.regions[self.regions["level"] == level]


def invent(seed: int, size: Size = "full") -> Geography:
    """Return the invented city: `full` (10 districts, 140 streets, 2,100 communities, 15,000 grids) or `small`.

    small is one district with 6 streets, 40 communities and 300 grids, the dense old-town street among them.
    """
    plan = {"full": FULL, "small": SMALL}[size]
    people = People(plan)
    outline = draw(plan, people, np.random.default_rng([seed, 0]))
    tree = grow(plan, outline, people, seed)
    grids = _grid_frame(plan, tree, seed)
    frames = _upper_levels(plan, tree, grids, seed)
    built = _built(grids, np.random.default_rng([seed, 5]))
    villages = shapely.get_coordinates(shapely.centroid(built.geometry.array[grids["rural"].to_numpy()]))
    roads = terrain_roads.lay(plan, outline, tree, villages, np.random.default_rng([seed, 6]))
    regions = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True)[REGION_COLUMNS], geometry="geometry")
    return Geography(
        regions=_stored(regions),
        built=_stored(built),
        roads=_stored(roads),
        areas=_stored(terrain_areas.areas(plan, outline, grids, frames[3], frames[2])),
        water=_stored(terrain_areas.water(plan, outline)),
        dense_street=str(grids.loc[grids["dense"], "code"].iloc[0])[:9],
        notes=[
            f"{plan.city_name} is invented (seed {seed}); codes 9901… belong to no real place (GB/T 2260 ends at 82)."
        ],
    )


def _stored(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the frame in EPSG:4326, coordinates rounded to 1e-7 degrees (a centimetre); shared vertices stay so."""
    move = transformer(ZONE, STORED).transform
    moved = shapely.transform(
        frame["geometry"].to_numpy(), lambda xy: np.round(np.column_stack(move(xy[:, 0], xy[:, 1])), 7)
    )
    return gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=moved, crs=STORED)


def _grid_frame(plan: Plan, tree: Tree, seed: int) -> gpd.GeoDataFrame:
    """Return every grid in metres with its code, names of the levels above, character and people."""
    rows = []
    namer = Namer(np.random.default_rng([seed, 4]))
    for district in plan.districts:
        streets = [s for s in tree.streets if s.district == district.code]
        taken = {DENSE_STREET[1]}
        for number, street in zip(_numbers([s.polygon for s in streets]), streets, strict=True):
            code = f"{district.code}{number:03d}"
            name = DENSE_STREET[1] if street.dense else namer.street(street.urban, taken)
            rows += _grids_of(code, name, street, tree.people, namer)
    grids = gpd.GeoDataFrame(rows, geometry="geometry")
    _people(plan, grids, tree.people, np.random.default_rng([seed, 7]))
    return grids.sort_values("code").reset_index(drop=True)


def _grids_of(code: str, name: str, street: Street, people: People, namer: Namer) -> list[dict[str, object]]:
    polygons = [c.polygon for c in street.communities]
    density = mass(polygons, people.potential) / (shapely.area(polygons) / 1e6)
    numbers = _numbers(polygons)
    taken: set[str] = set()
    rows: list[dict[str, object]] = []
    for community, place, people_km2 in zip(street.communities, numbers, density, strict=True):
        village = people_km2 < 1_200
        own = f"{code}{place + (_FIRST_VILLAGE - 1 if village else 0):03d}"
        title = namer.community(village, taken)
        for number, grid in zip(_numbers(community.grids), community.grids, strict=True):
            rows.append(
                {"code": f"{own}{number:03d}", "name": f"{title}第{number}网格", "community": title, "street": name,
                 "dense": street.dense, "rural": village, "geometry": grid}
            )  # fmt: skip
    return rows


def _numbers(polygons: list[shapely.Geometry]) -> list[int]:
    middles = shapely.get_coordinates(shapely.centroid(polygons))
    return [int(n) for n in number_grids(middles[:, 0], middles[:, 1])]


def _people(plan: Plan, grids: gpd.GeoDataFrame, people: People, rng: np.random.Generator) -> None:
    """Add character, population_night and population_day to the grids."""
    shapes = grids.geometry.to_numpy()
    area = shapely.area(shapes) / 1e6
    night = mass(shapes, people.potential)
    character = character_at(plan.sites, shapely.get_coordinates(shapely.point_on_surface(shapes)))
    density = night / area
    usual = np.select([density > 4_000, density > 1_200], ["residential", "suburban"], "village").astype(object)
    quiet = np.array([c in ("cbd", "old_town") for c in character]) & (density < 4_000)
    character = np.where((character == None) | quiet, usual, character)  # noqa: E711
    dense = grids["dense"].to_numpy()
    character[dense] = "old_town"
    night = night * np.where(
        density < 1_200, rng.lognormal(-0.12, 0.5, len(grids)), rng.lognormal(-0.02, 0.2, len(grids))
    )
    night[dense] *= DENSE_STREET_PEOPLE / night[dense].sum()
    day = night * np.array([_DAY.get(c, 1.0) for c in character])
    day += area * np.array([_WORKERS_KM2.get(c, 0.0) for c in character])
    grids["character"] = character
    grids["rural"] = np.isin(character, ["village", "forest"])
    grids["population_night"] = np.maximum(night.round(), 3).astype(int)
    grids["population_day"] = np.maximum(day.round(), 3).astype(int)
    grids["level"] = 5
    grids["parent_code"] = grids["code"].str[:12]


def _upper_levels(plan: Plan, tree: Tree, grids: gpd.GeoDataFrame, seed: int) -> list[gpd.GeoDataFrame]:
    """Return frames of levels 1 to 5: each level is the union of its children, so that they tile it exactly."""
    districts = {d.code: d.name for d in plan.districts}
    communities = _parents(grids, 12, 4, grids.groupby(grids["code"].str[:12])["community"].first())
    streets = _parents(communities, 9, 3, grids.groupby(grids["code"].str[:9])["street"].first())
    district = _parents(streets, 6, 2, pd.Series(districts))
    city = _parents(district, 0, 1, pd.Series({plan.city_code: plan.city_name}), plan.city_code)
    district["parent_code"] = plan.city_code
    communities["district_name"] = communities["code"].str[:6].map(districts)
    return [city, district, streets, communities, grids]


def _parents(
    children: gpd.GeoDataFrame, digits: int, level: int, names: pd.Series, only: str | None = None
) -> gpd.GeoDataFrame:
    keys = np.array([only or code[:digits] for code in children["code"]], dtype=object)
    most = children.groupby([keys, "character"])["population_night"].sum().unstack(fill_value=0).idxmax(axis=1)
    frame = children.groupby(keys)[["population_day", "population_night"]].sum()
    codes = frame.index.to_numpy()
    shapes = children.geometry.to_numpy()
    order = np.argsort(keys, kind="stable")
    groups = np.split(order, np.flatnonzero(keys[order][1:] != keys[order][:-1]) + 1)
    frame = frame.assign(
        code=codes,
        name=[names[c] for c in codes],
        level=level,
        parent_code=[c[:-3] if level > 2 else None for c in codes],
        character=most[codes].to_numpy(),
    )
    unions = [shapely.coverage_union_all(shapes[group]) for group in groups]
    return gpd.GeoDataFrame(frame.reset_index(drop=True), geometry=unions)


def _village_middles(shapes: NDArray[np.object_], radius: Array, rng: np.random.Generator) -> Array:
    """Return a place for the houses in each shape (n, 2): off its middle where there is room."""
    middle = shapely.get_coordinates(shapely.point_on_surface(shapes))
    moved = middle + rng.normal(0, 0.2, middle.shape) * np.sqrt(shapely.area(shapes))[:, None]
    points = shapely.points(moved)
    room = shapely.contains(shapes, points) & (shapely.distance(points, shapely.boundary(shapes)) > 0.8 * radius)
    return np.where(room[:, None], moved, middle)


def _built(grids: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return where the people of each grid are: a town's whole block, a cluster of houses in a village."""
    shapes = grids.geometry.to_numpy()
    inner = shapely.buffer(shapes, -9.0, quad_segs=1, join_style="mitre")
    rural = np.flatnonzero(grids["rural"].to_numpy())
    radius = np.sqrt(grids["population_night"].to_numpy()[rural] / 3_600.0 / np.pi) * 1000.0 + 25.0
    middle = _village_middles(shapes[rural], radius, rng)
    angle = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    reach = radius[:, None] * rng.uniform(0.65, 1.25, (len(rural), 12))
    rings = middle[:, None, :] + np.stack([np.cos(angle) * reach, np.sin(angle) * reach], axis=2)
    inner[rural] = shapely.intersection(shapely.polygons(rings), inner[rural])
    empty = shapely.is_empty(inner)
    inner[empty] = shapes[empty]
    return gpd.GeoDataFrame({"code": grids["code"], "geometry": inner}, geometry="geometry")
