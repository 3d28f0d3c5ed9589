"""Cut districts into streets, communities and grids that tile them, smaller where more people live."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from data.demo.terrain import Outline, People
from data.demo.terrain_plan import DENSE_STREET, DENSE_STREET_COMMUNITIES, ORIGIN_M, District, Plan
from geo.grid import Style, mass, split

Array = NDArray[np.float64]

_URBAN_DENSITY = 1_500.0
_UNIFORM_BELOW = 3.0  # a community whose density varies less than this along its outline is cut by area


@dataclass
class Community:
    """A community in metres, its grids and the cuts between them; an island may be one more grid."""

    polygon: shapely.Polygon | shapely.MultiPolygon
    code: str = ""
    name: str = ""
    grids: list[shapely.Polygon | shapely.MultiPolygon] = field(default_factory=list)
    grid_cuts: list[Array] = field(default_factory=list)


@dataclass
class Street:
    """A street in metres with its communities; `urban` by its mean density."""

    district: str
    polygon: shapely.Polygon | shapely.MultiPolygon
    urban: bool
    dense: bool
    angle: float
    code: str = ""
    name: str = ""
    communities: list[Community] = field(default_factory=list)
    community_cuts: list[Array] = field(default_factory=list)


@dataclass
class Tree:
    """All streets, and the cuts between the streets of a district."""

    streets: list[Street]
    street_cuts: list[Array]
    people: People


def grow(plan: Plan, outline: Outline, people: People, seed: int) -> Tree:
    """Return the tree of the plan's land: streets, communities, grids, with every cut that made them."""
    streets: list[Street] = []
    street_cuts: list[Array] = []
    for number, district in enumerate(plan.districts):
        made, cuts = _streets(district, outline, people, np.random.default_rng([seed, 1, number]))
        streets += made
        street_cuts += cuts
    towns = [kilometres(s.polygon.representative_point()) for s in streets if not s.urban]
    settled = People.of_plan(plan, towns)
    weights = mass([s.polygon for s in streets], settled.potential)
    usual = [k for k, s in enumerate(streets) if not s.dense]
    counts = np.full(len(streets), len(DENSE_STREET_COMMUNITIES))
    counts[usual] = apportion(weights[usual], plan.communities - len(DENSE_STREET_COMMUNITIES), fewest=3)
    for number, (street, count) in enumerate(zip(streets, counts, strict=True)):
        cut_communities(street, int(count), settled, np.random.default_rng([seed, 2, number]))
    cut_grids(plan.grids, streets, settled, seed)
    _add_islands(streets, outline.islands)
    return Tree(streets, street_cuts, settled)


def apportion(weights: Array, total: int, fewest: int) -> NDArray[np.int64]:
    """Return whole numbers that sum to `total`, by largest remainder, none below `fewest` (which may raise the sum)."""
    spare = max(total - fewest * len(weights), 0)
    exact = weights / weights.sum() * spare
    counts = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - counts), kind="stable")
    counts[order[: spare - int(counts.sum())]] += 1
    return counts + fewest


def kilometres(point: shapely.Point) -> tuple[float, float]:
    """Return a point in metres as plan kilometres."""
    return (point.x - ORIGIN_M[0]) / 1000.0, (point.y - ORIGIN_M[1]) / 1000.0


def _streets(
    district: District, outline: Outline, people: People, rng: np.random.Generator
) -> tuple[list[Street], list[Array]]:
    style = Style(people.spacing, bend=0.05 if district.urban else 0.1, orientation=district.angle, grain=0.6)
    here = outline.districts[district.code]
    has_dense = district.code == DENSE_STREET[0]
    weights = rng.lognormal(0.0, 0.25, district.streets - has_dense)
    pieces = split(here, weights.tolist(), rng=rng, style=style, potential=people.street_potential)
    polygons = [*pieces.polygons, *([outline.dense_street] if has_dense else [])]
    made = []
    for polygon in polygons:
        density = mass(polygon, people.potential) / (polygon.area / 1e6)
        dense = polygon is outline.dense_street
        urban = district.urban or density > _URBAN_DENSITY
        made.append(Street(district.code, polygon, urban, dense, district.angle + float(rng.normal(0, 0.08))))
    return made, pieces.cuts


def cut_communities(street: Street, count: int, people: People, rng: np.random.Generator) -> None:
    """Cut the street into `count` communities, in place."""
    bend = 0.025 if street.urban else 0.09
    style = Style(people.spacing, bend=bend, orientation=street.angle, grain=1.0 if street.urban else 0.3)
    weights = np.ones(count) if street.dense else rng.lognormal(0.0, 0.22, count)
    potential = None if street.dense else people.potential
    pieces = split(street.polygon, weights.tolist(), rng=rng, style=style, potential=potential)
    street.communities = [Community(p) for p in pieces.polygons]
    street.community_cuts = pieces.cuts


def cut_grids(total: int, streets: list[Street], people: People, seed: int) -> None:
    """Cut all communities into about `total` grids by their people, in place; the dense street gets its own number."""
    usual = [(s, c) for s in streets if not s.dense for c in s.communities]
    weights = mass([c.polygon for _, c in usual], people.potential)
    counts = apportion(weights, total - sum(DENSE_STREET_COMMUNITIES), fewest=2)
    jobs = [(s, c, int(n)) for (s, c), n in zip(usual, counts, strict=True)]
    for street in streets:
        if street.dense:
            ordered = sorted(street.communities, key=lambda c: c.polygon.centroid.x)
            jobs += [(street, c, n) for c, n in zip(ordered, DENSE_STREET_COMMUNITIES, strict=True)]
    for number, (street, community, count) in enumerate(jobs):
        density = people.density(shapely.get_coordinates(community.polygon))
        varied = bool(density.max() > _UNIFORM_BELOW * density.min())
        spacing = people.spacing if varied else float(people.spacing_at(density.mean()))
        style = Style(spacing, bend=0.012 if street.urban else 0.08, orientation=street.angle, grain=1.2)
        rng = np.random.default_rng([seed, 3, number])
        pieces = split(community.polygon, count, rng=rng, style=style, potential=people.potential if varied else None)
        community.grids = list(pieces.polygons)
        community.grid_cuts = pieces.cuts


def _add_islands(streets: list[Street], islands: list[shapely.Polygon]) -> None:
    communities = [c for s in streets for c in s.communities]
    for island in islands:
        near = int(np.argmin(shapely.distance([c.polygon for c in communities], island)))
        communities[near].grids.append(island)
