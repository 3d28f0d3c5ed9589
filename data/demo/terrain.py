"""Coast and district outlines of the invented city, and its field of people, in metres of the plan's zone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from data.demo.terrain_plan import ORIGIN_M, Centre, Km, Line, Plan, Site
from geo.grid import densify

Array = NDArray[np.float64]

_CELL_M = 200.0
_DENSE_STREET_KM2 = (0.75, 0.985)
_FINEST_M = 60.0  # control lines are roughened down to legs of this length
_PEOPLE_A_GRID = 670.0

TOWN_PEAK, TOWN_REACH = 6_500.0, 0.55
"""People per km² in the middle of a country town, and how it falls off (km)."""


def to_metres(points_km: list[tuple[float, float]]) -> Array:
    """Return plan kilometres (n, 2) as metres of the plan's zone."""
    return np.asarray(points_km, dtype=float) * 1000.0 + np.asarray(ORIGIN_M)


class People:
    """The density of people per km² over a city, and what is made of it: vertex spacing and potentials."""

    def __init__(self, low: Array, density: Array) -> None:
        """Keep a lattice: `low` is its south-west corner in km, `density` (rows northward, columns eastward)."""
        self._low = low
        self._cells = np.array([density.shape[1], density.shape[0]])
        self._density = density
        self._by_power: dict[float, Array] = {}

    @classmethod
    def of_plan(cls, plan: Plan, towns: list[Km] | None = None) -> People:
        """Return the people of a plan's centres and sites, and of small `towns` (km)."""
        low, x, y = lattice(plan.coast.points + plan.border.points)
        density = np.full((len(y), len(x)), plan.rural_density)
        for centre in plan.centres:
            _add(density, x, y, centre)
        for town in towns or []:
            _add(density, x, y, Centre(town, TOWN_PEAK, TOWN_REACH))
        return cls(low, thinned(density, x, y, plan.sites))

    def density(self, xy: Array) -> Array:
        """Return people per km² at metres (n, 2)."""
        return self._look_up(self._density, xy)

    def spacing(self, xy: Array) -> Array:
        """Return the wanted distance in metres between vertices at (n, 2): a seventh of a grid's side there."""
        return self.spacing_at(self.density(xy))

    @staticmethod
    def spacing_at(density: Array) -> Array:
        """Return the spacing in metres for people per km² (see `spacing`)."""
        return np.clip(1000.0 * np.sqrt(_PEOPLE_A_GRID / density) / 7.0, 16.0, 190.0)

    def potential(self, xy: Array) -> Array:
        """Return G at (n, 2) with ∂G/∂x = people per m²; see geo.grid."""
        return self._integral(1.0, xy)

    def street_potential(self, xy: Array) -> Array:
        """Return the potential that streets are balanced by: flatter than people, so that outskirts are wide."""
        return self._integral(0.62, xy)

    def _integral(self, power: float, xy: Array) -> Array:
        if power not in self._by_power:
            field = self._density**power
            steps = (field[:, 1:] + field[:, :-1]) / 2 * _CELL_M / 1e6
            self._by_power[power] = np.hstack([np.zeros((len(field), 1)), np.cumsum(steps, axis=1)])
        return self._look_up(self._by_power[power], xy)

    def _look_up(self, lattice: Array, xy: Array) -> Array:
        at = ((xy - np.asarray(ORIGIN_M)) / 1000.0 - self._low) * (1000.0 / _CELL_M)
        at = np.clip(at, 0.0, self._cells - 1.001)
        column, row = at[:, 0].astype(int), at[:, 1].astype(int)
        u, v = at[:, 0] - column, at[:, 1] - row
        near = lattice[row, column] * (1 - u) + lattice[row, column + 1] * u
        far = lattice[row + 1, column] * (1 - u) + lattice[row + 1, column + 1] * u
        return near * (1 - v) + far * v


def lattice(points_km: list[Km]) -> tuple[Array, Array, Array]:
    """Return the south-west corner (km) and the x and y (km) of a lattice that covers the points."""
    corners = np.array(points_km)
    low = corners.min(axis=0) - 3.0
    x, y = (np.arange(low[k], corners[:, k].max() + 3.0 + _CELL_M / 500.0, _CELL_M / 1000.0) for k in (0, 1))
    return low, x, y


def thinned(density: Array, x: Array, y: Array, sites: list[Site]) -> Array:
    """Return the density with each site's factor applied inside it, fading over its edge."""
    for site in sites:
        away = np.hypot(x[None, :] - site.at[0], y[:, None] - site.at[1]) / site.radius
        inside = np.clip((1.15 - away) / 0.3, 0.0, 1.0)
        density = density * (1.0 - inside * (1.0 - site.people))
    return density


def _add(density: Array, x: Array, y: Array, centre: Centre) -> None:
    """Add a centre's people to the lattice in place, as far out as they count."""
    (east, north), reach = centre.at, 9 * centre.reach
    left, right = np.searchsorted(x, [east - reach, east + reach])
    low, high = np.searchsorted(y, [north - reach, north + reach])
    away = np.hypot(x[None, left:right] - east, y[low:high, None] - north)
    density[low:high, left:right] += centre.peak * np.exp(-away / centre.reach)


@dataclass(frozen=True)
class Outline:
    """Land in metres: districts by code, the dense street cut out of its district, coast, islands, rivers, sea."""

    districts: dict[str, shapely.Polygon]
    dense_street: shapely.Polygon
    inner_lines: list[Array]
    coast: Array
    islands: list[shapely.Polygon]
    rivers: dict[str, Array]
    sea: shapely.Polygon


def draw(plan: Plan, people: People, rng: np.random.Generator) -> Outline:
    """Return the outline of the plan, roughened by rng; every shared edge has the same vertices on both sides.

    A drawing whose coast crosses itself, or whose dense street is not a little under 1 km², is thrown away and drawn
    again. Raises ValueError when no drawing will do: the plan is wrong.
    """
    low, high = _DENSE_STREET_KM2
    for _ in range(40):
        coast, border = (_roughen(line, people, rng) for line in (plan.coast, plan.border))
        land = shapely.Polygon(np.concatenate([coast, border[1:-1]]))
        if land.is_valid:
            faces = _faces(plan, land, people, rng)
            districts, dense_street = _name_faces(faces, plan)
            if low < dense_street.area / 1e6 < high:
                break
    else:
        raise ValueError("no drawing of the plan has a whole coast and a dense street of the right size")
    islands = [_island(to_metres([at])[0], radius, people, rng) for at, radius, _ in plan.islands]
    rivers = {name: _roughen(Line(points, 0.35), people, rng) for name, points, _ in plan.rivers}
    sea = shapely.Polygon(np.concatenate([coast, to_metres(plan.sea_corners)])).difference(shapely.union_all(islands))
    shore = shapely.get_coordinates(land.exterior)
    return Outline(districts, dense_street, between(faces), shore, islands, rivers, sea)


def _faces(plan: Plan, land: shapely.Polygon, people: People, rng: np.random.Generator) -> list[shapely.Polygon]:
    """Return what the plan's lines leave of the land, noded on a centimetre and with vertices for later cuts."""
    inner = [_roughen(line, people, rng) for line in [*plan.lines, Line(plan.dense_street, 0.03)]]
    lines = [land.exterior, *(shapely.LineString(xy) for xy in inner)]
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(lines, grid_size=0.01))))
    wide = land.buffer(0.5)
    return [densify(face, people.spacing) for face in faces if wide.contains(face.representative_point())]


def character_at(sites: list[Site], xy: Array) -> NDArray[np.object_]:
    """Return the character of the first site that holds each place in metres (n, 2), or None."""
    found = np.full(len(xy), None, dtype=object)
    for site in reversed(sites):
        middle = to_metres([site.at])[0]
        found[np.hypot(*(xy - middle).T) < site.radius * 1000.0] = site.character
    return found


def _roughen(line: Line, people: People, rng: np.random.Generator) -> Array:
    """Return the line in metres with its legs displaced at their middles, again and again, down to _FINEST_M."""
    xy = to_metres(line.points)
    rough = line.rough
    while True:
        step = np.diff(xy, axis=0)
        length = np.hypot(step[:, 0], step[:, 1])
        middle = (xy[1:] + xy[:-1]) / 2
        finest = np.maximum(_FINEST_M, people.spacing(middle) * 1.5)
        long = length > finest
        if not long.any():
            return xy
        shift = rng.normal(0.0, rough / 2, len(step)).clip(-rough, rough)
        middle = middle + np.column_stack([-step[:, 1], step[:, 0]]) * shift[:, None]
        xy = np.insert(xy, np.flatnonzero(long) + 1, middle[long], axis=0)
        rough *= 0.93


def _name_faces(faces: list[shapely.Polygon], plan: Plan) -> tuple[dict[str, shapely.Polygon], shapely.Polygon]:
    """Return the district polygons by code and the dense street; crumbs of coast go to whom they border longest."""
    block = shapely.Point(to_metres([plan.dense_inside])[0])
    parts: dict[str, list[shapely.Polygon]] = {}
    crumbs = []
    dense: shapely.Polygon | None = None
    for face in faces:
        own = [d.code for d in plan.districts if face.contains(shapely.Point(to_metres([d.inside])[0]))]
        if face.contains(block):
            dense = face
        elif own:
            parts.setdefault(own[0], []).append(face)
        else:
            crumbs.append(face)
    if dense is None or len(parts) != len(plan.districts):
        raise ValueError("the plan's lines do not enclose every district and the dense street")
    for crumb in crumbs:
        shared = {code: sum(crumb.intersection(p).length for p in own) for code, own in parts.items()}
        parts[max(shared, key=lambda code: shared[code])].append(crumb)
    merged = {code: shapely.coverage_union_all(own) if len(own) > 1 else own[0] for code, own in parts.items()}
    return merged, dense


def between(faces: list[shapely.Polygon]) -> list[Array]:
    """Return the vertices of every line along which two faces meet."""
    tree = shapely.STRtree(faces)
    found = []
    for a, b in zip(*tree.query(faces, predicate="touches"), strict=True):
        if a < b:
            shared = shapely.line_merge(shapely.intersection(faces[a].exterior, faces[b].exterior))
            found += [shapely.get_coordinates(p) for p in shapely.get_parts(shared) if p.geom_type == "LineString"]
    return found


def _island(middle: Array, radius_km: float, people: People, rng: np.random.Generator) -> shapely.Polygon:
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    waves = sum(rng.normal(0, 0.42 / k) * np.sin(k * angle + rng.uniform(0, 6.3)) for k in range(2, 16))
    radius = radius_km * 1000.0 * np.clip(1.0 + waves, 0.35, 1.9)
    turn = rng.uniform(0, np.pi)
    ring = np.column_stack([np.cos(angle) * 1.5, np.sin(angle) * 0.75]) * radius[:, None]
    ring = middle + ring @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return densify(shapely.Polygon(ring), people.spacing)
