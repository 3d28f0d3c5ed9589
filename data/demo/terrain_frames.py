"""Frames out of a named tree: grids with their people, the levels above, where it is built, the stored form."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.demo.terrain import People, character_at
from data.demo.terrain_plan import DENSE_STREET_PEOPLE, Plan, Site
from data.demo.terrain_tree import Tree
from geo.codes import number_grids
from geo.crs import STORED, transformer
from geo.grid import mass

Array = NDArray[np.float64]

REGION_COLUMNS = [
    "code", "name", "level", "parent_code", "character", "population_day", "population_night", "geometry",
]  # fmt: skip

_COMMITTEE = re.compile("(居民委员会|居委会|村民委员会|村委会)$")  # left off the names of grids
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


def stored(frame: pd.DataFrame, zone: int) -> gpd.GeoDataFrame:
    """Return a frame in metres of `zone` in EPSG:4326, rounded to 1e-7 degrees (1 cm); shared vertices stay shared."""
    moved = shapely.transform(frame["geometry"].to_numpy(), lambda xy: degrees(xy, zone))
    return gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=moved, crs=STORED)


def degrees(xy: Array, zone: int) -> Array:
    """Return metres (n, 2) of `zone` as stored: lon, lat rounded to 1e-7 degrees."""
    return np.round(np.column_stack(transformer(zone, STORED).transform(xy[:, 0], xy[:, 1])), 7)


def numbers(polygons: list[shapely.Geometry]) -> list[int]:
    """Return the numbers 1… of sibling polygons in metres: rows from the north, west to east in a row."""
    middles = shapely.get_coordinates(shapely.centroid(polygons))
    return [int(n) for n in number_grids(middles[:, 0], middles[:, 1])]


def grid_frame(sites: list[Site], tree: Tree, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return every grid in metres: code, name, the names above, dense, rural, character, people, level, parent_code."""
    rows = []
    for street in tree.streets:
        for community in street.communities:
            short = _COMMITTEE.sub("", community.name)
            for number, grid in zip(numbers(community.grids), community.grids, strict=True):
                rows.append(
                    {"code": f"{community.code}{number:03d}", "name": f"{short}第{number}网格",
                     "community": community.name, "street": street.name, "dense": street.dense, "geometry": grid}
                )  # fmt: skip
    grids = gpd.GeoDataFrame(rows, geometry="geometry").sort_values("code").reset_index(drop=True)
    _people(sites, grids, tree.people, rng)
    return grids


def _people(sites: list[Site], grids: gpd.GeoDataFrame, people: People, rng: np.random.Generator) -> None:
    """Add character, population_night and population_day to the grids."""
    shapes = grids.geometry.to_numpy()
    area = shapely.area(shapes) / 1e6
    night = mass(shapes, people.potential)
    character = character_at(sites, shapely.get_coordinates(shapely.point_on_surface(shapes)))
    density = night / area
    usual = np.select([density > 4_000, density > 1_200], ["residential", "suburban"], "village").astype(object)
    quiet = np.array([c in ("cbd", "old_town") for c in character]) & (density < 4_000)
    character = np.where((character == None) | quiet, usual, character)  # noqa: E711
    dense = grids["dense"].to_numpy()
    character[dense] = "old_town"
    night = night * np.where(
        density < 1_200, rng.lognormal(-0.12, 0.5, len(grids)), rng.lognormal(-0.02, 0.2, len(grids))
    )
    if dense.any():
        night[dense] *= DENSE_STREET_PEOPLE / night[dense].sum()
    day = night * np.array([_DAY.get(c, 1.0) for c in character])
    day += area * np.array([_WORKERS_KM2.get(c, 0.0) for c in character])
    grids["character"] = character
    grids["rural"] = np.isin(character, ["village", "forest"])
    grids["population_night"] = np.maximum(night.round(), 3).astype(int)
    grids["population_day"] = np.maximum(day.round(), 3).astype(int)
    grids["level"] = 5
    grids["parent_code"] = grids["code"].str[:12]


def levels(plan: Plan, grids: gpd.GeoDataFrame) -> list[gpd.GeoDataFrame]:
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


def built(grids: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
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
