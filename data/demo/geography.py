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

from data.demo import terrain_areas, terrain_frames, terrain_roads
from data.demo.terrain import Outline, People, draw
from data.demo.terrain_names import Namer
from data.demo.terrain_plan import DENSE_STREET, FULL, SMALL, ZONE, Plan
from data.demo.terrain_tree import Street, Tree, grow
from geo.grid import mass

Size = Literal["full", "small"]
Array = NDArray[np.float64]

CHARACTERS = (
    "old_town", "cbd", "residential", "port", "chemical_park", "industrial", "suburban", "village", "forest", "tourism",
)  # fmt: skip

_VILLAGE_BELOW = 1_200.0  # people per km²
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
    people = People.of_plan(plan)
    outline = draw(plan, people, np.random.default_rng([seed, 0]))
    tree = grow(plan, outline, people, seed)
    _name(plan, tree, np.random.default_rng([seed, 4]))
    note = f"{plan.city_name}是虚构的（种子 {seed}）；代码 9901… 不属于任何真实地方（GB/T 2260 最大为 82）。"
    return assemble(plan, outline, tree, ZONE, seed, [note])


def assemble(plan: Plan, outline: Outline, tree: Tree, zone: int, seed: int, notes: list[str]) -> Geography:
    """Return the frames of a named tree that lies in metres of `zone` (EPSG code of a 3° zone)."""
    grids = terrain_frames.grid_frame(plan.sites, tree, np.random.default_rng([seed, 7]))
    levels = terrain_frames.levels(plan, grids)
    built = terrain_frames.built(grids, np.random.default_rng([seed, 5]))
    villages = shapely.get_coordinates(shapely.centroid(built.geometry.array[grids["rural"].to_numpy()]))
    roads = terrain_roads.lay(plan, outline, tree, villages, zone, np.random.default_rng([seed, 6]))
    areas = terrain_areas.areas(plan, outline, grids, levels[3], levels[2])
    water = terrain_areas.water(plan, outline)
    regions = pd.concat(levels, ignore_index=True)[terrain_frames.REGION_COLUMNS]
    dense = grids.loc[grids["dense"], "code"]
    return Geography(
        regions=terrain_frames.stored(regions, zone),
        built=terrain_frames.stored(built, zone),
        roads=terrain_frames.stored(roads, zone),
        areas=terrain_frames.stored(areas, zone),
        water=terrain_frames.stored(water, zone),
        dense_street=str(dense.iloc[0])[:9] if len(dense) else "",
        notes=notes,
    )


def _name(plan: Plan, tree: Tree, rng: np.random.Generator) -> None:
    """Give every street and community of an invented tree its code and name, in place."""
    namer = Namer(rng)
    for district in plan.districts:
        streets = [s for s in tree.streets if s.district == district.code]
        taken = {DENSE_STREET[1]}
        for number, street in zip(terrain_frames.numbers([s.polygon for s in streets]), streets, strict=True):
            street.code = f"{district.code}{number:03d}"
            street.name = DENSE_STREET[1] if street.dense else namer.street(street.urban, taken)
            _name_communities(street, tree.people, namer)


def _name_communities(street: Street, people: People, namer: Namer) -> None:
    polygons = [c.polygon for c in street.communities]
    density = mass(polygons, people.potential) / (shapely.area(polygons) / 1e6)
    taken: set[str] = set()
    for community, number, people_km2 in zip(
        street.communities, terrain_frames.numbers(polygons), density, strict=True
    ):
        village = people_km2 < _VILLAGE_BELOW
        community.code = f"{street.code}{number + (_FIRST_VILLAGE - 1 if village else 0):03d}"
        community.name = namer.community(village, taken)
