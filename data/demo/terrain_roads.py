"""The invented city's roads in one network: the cuts of its tree, through roads across it, links to villages."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from data.demo import terrain_frames
from data.demo.terrain import Outline, People, character_at, to_metres
from data.demo.terrain_names import Namer
from data.demo.terrain_plan import Plan, ThroughRoad
from data.demo.terrain_tree import Tree

Array = NDArray[np.float64]

SPEED_KMH = {
    "motorway": (90.0, 110.0), "trunk": (65.0, 80.0), "primary": (45.0, 70.0), "secondary": (38.0, 60.0),
    "tertiary": (30.0, 45.0), "residential": (20.0, 30.0),
}  # fmt: skip
"""Usual speed of fire engines by class: where many live, and outside."""

_TOWN = 1_500.0  # people per km² from which blocks have streets between them


_LED_M = 2_500.0  # an open end of a through road is led to a bigger road within this


@dataclass
class Road:
    """A road in metres before it is cut at its junctions."""

    xy: Array
    road_class: str
    name: str | None


def smooth(points: Array, step: float) -> Array:
    """Return a Catmull-Rom curve through the points with vertices about `step` metres apart."""
    ends = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    pieces = []
    for p0, p1, p2, p3 in zip(ends[:-3], ends[1:-2], ends[2:-1], ends[3:], strict=True):
        t = np.linspace(0, 1, max(2, round(float(np.hypot(*(p2 - p1))) / step)), endpoint=False)[:, None]
        curve = 2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
        pieces.append(curve / 2)
    return np.vstack([*pieces, points[-1:]])


def lay(
    plan: Plan, outline: Outline, tree: Tree, villages: Array, zone: int, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """Return the roads in metres, one row per stretch between junctions: u, v, road_class, name, speed_kmh, length_m.

    `villages` (n, 2) are middles in metres that get a link to the nearest road and a few lanes. What would not hang
    together with the main network is not built.
    """
    namer = Namer(rng)
    local = _from_cuts(plan, outline, tree, namer)
    through = [Road(smooth(points, 150.0), r.road_class, r.name) for r, points in _led(plan, local)]
    through += _between_towns(outline, tree, rng)
    roads = _cross(through, local)
    roads += _lanes(roads, villages, rng)
    return _network(roads, tree.people, zone)


def _led(plan: Plan, local: list[Road]) -> list[tuple[ThroughRoad, Array]]:
    """Return the through roads' points in metres; an end that meets no other through road goes to a bigger road."""
    big = np.vstack([r.xy for r in local if r.road_class in ("primary", "secondary")])
    near = cKDTree(big)
    ends = []
    for road in plan.roads:
        points = to_metres(road.points)
        for at in (0, -1):
            shared = sum(road.points[at] in other.points for other in plan.roads) > 1
            away, index = near.query(points[at])
            if not shared and away < _LED_M:
                points[at] = big[index]
        ends.append((road, points))
    return ends


def _from_cuts(plan: Plan, outline: Outline, tree: Tree, namer: Namer) -> list[Road]:
    taken: set[str] = set()
    cuts = [(xy, 2) for xy in outline.inner_lines] + [(xy, 3) for xy in tree.street_cuts]
    for street in tree.streets:
        cuts += [(xy, 4) for xy in street.community_cuts]
        cuts += [(xy, 5) for c in street.communities for xy in c.grid_cuts]
    middles = np.array([xy[len(xy) // 2] for xy, _ in cuts])
    density = tree.people.density(middles)
    character = character_at(plan.sites, middles)
    roads: list[Road] = []
    for (xy, level), people, kind in zip(cuts, density, character, strict=True):
        road_class = _class_of(level, float(people), kind)
        if road_class:
            town = people > _TOWN
            named = road_class in ("primary", "secondary") or (road_class == "tertiary" and town)
            name = namer.road(taken) if named and town else f"X{len(roads) % 900 + 100}县道" if level <= 3 else None
            roads.append(Road(xy, road_class, name))
    return roads + _sea_front(plan, outline, tree.people)


def _class_of(level: int, people: float, character: str | None) -> str | None:
    if level == 5:
        worked = character in ("industrial", "chemical_park", "port")
        return "residential" if people > _TOWN or worked else None
    if character == "forest" and level == 4:
        return None
    if level == 4:
        return "tertiary"
    return "primary" if people > _TOWN else "secondary"


def _sea_front(plan: Plan, outline: Outline, people: People) -> list[Road]:
    """Return the stretches of coast along which a town's promenade runs."""
    xy = outline.coast
    wanted = (people.density(xy) > 2_500) & (character_at(plan.sites, xy) != "port")
    at_sea = shapely.distance(shapely.points(xy), outline.sea) < 1.0
    runs = np.flatnonzero(np.diff(np.concatenate([[0], (wanted & at_sea).astype(int), [0]])))
    return [Road(xy[a:b], "secondary", "滨海路") for a, b in zip(runs[::2], runs[1::2], strict=True) if b - a > 3]


def _between_towns(outline: Outline, tree: Tree, rng: np.random.Generator) -> list[Road]:
    """Return country roads between neighbouring towns: pairs with no third town nearer to both."""
    towns = np.array(
        [shapely.get_coordinates(s.polygon.representative_point())[0] for s in tree.streets if not s.urban]
    )
    if len(towns) < 2:
        return []
    land = shapely.union_all([*outline.districts.values(), outline.dense_street])
    shapely.prepare(land)
    away = np.hypot(*(towns[:, None, :] - towns[None, :, :]).transpose(2, 0, 1))
    roads: list[Road] = []
    for a, b in zip(*np.triu_indices(len(towns), k=1), strict=True):
        if (np.maximum(away[a], away[b]) < away[a, b]).any():
            continue
        step = towns[b] - towns[a]
        swerve = np.array([-step[1], step[0]])[None, :] * rng.normal(0, 0.05, (2, 1))
        points = towns[a] + np.array([[0.0], [0.33], [0.67], [1.0]]) * step
        points[1:3] += swerve
        curve = smooth(points, 150.0)
        if land.contains(shapely.LineString(curve)):
            roads.append(Road(curve, "secondary", f"S{len(roads) + 201}省道"))
    return roads


def _cross(through: list[Road], local: list[Road]) -> list[Road]:
    """Return all roads with a shared vertex wherever a through road meets another (motorways: bigger roads only)."""
    roads = through + local
    lines = np.array([shapely.LineString(r.xy) for r in roads])
    first, second = shapely.STRtree(lines).query(lines[: len(through)], predicate="intersects")
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a < b and _meet(roads[a], roads[b])]
    extra: dict[int, list[tuple[float, Array]]] = {}
    for a, b in pairs:
        for point in shapely.get_parts(shapely.intersection(lines[a], lines[b])):
            if point.geom_type == "Point":
                place = shapely.get_coordinates(point)[0]
                for k in (a, b):
                    extra.setdefault(k, []).append((float(shapely.line_locate_point(lines[k], point)), place))
    for k, found in extra.items():
        roads[k].xy = _with_vertices(roads[k].xy, found)
    return roads


def _meet(a: Road, b: Road) -> bool:
    if "motorway" in (a.road_class, b.road_class):
        return {a.road_class, b.road_class} <= {"motorway", "trunk", "primary", "secondary"}
    return "residential" not in (a.road_class, b.road_class)


def _with_vertices(xy: Array, found: list[tuple[float, Array]]) -> Array:
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    for at, place in sorted(found, key=lambda f: (-f[0], *f[1])):
        k = int(np.clip(np.searchsorted(along, at, side="right"), 1, len(xy) - 1))
        xy = np.insert(xy, k, place, axis=0)
        along = np.insert(along, k, at)
    keep = np.concatenate([[True], np.any(np.diff(xy, axis=0) != 0, axis=1)])
    return xy[keep]


def _lanes(roads: list[Road], villages: Array, rng: np.random.Generator) -> list[Road]:
    """Return a link from every village to the nearest road, and three lanes in it."""
    if not len(villages):
        return []
    ends = np.vstack([r.xy for r in roads if r.road_class not in ("motorway", "trunk", "residential")])
    far, nearest = cKDTree(ends).query(villages)
    lanes = []
    for middle, end, distance in zip(villages, ends[nearest], far, strict=True):
        if not 20.0 < distance < 4_000.0:
            continue
        bent = (middle + end) / 2 + rng.normal(0, 0.06, 2) * distance
        lanes.append(Road(np.array([middle, bent, end]), "tertiary" if distance > 1_200 else "residential", None))
        out = (middle - end) / distance
        for turn in (0.0, 1.57, -1.57):
            turned = turn + rng.normal(0, 0.12)
            way = np.array([[np.cos(turned), -np.sin(turned)], [np.sin(turned), np.cos(turned)]]) @ out
            lanes.append(Road(np.array([middle, middle + way * rng.uniform(120, 260)]), "residential", None))
    return lanes


def _network(roads: list[Road], people: People, zone: int) -> gpd.GeoDataFrame:
    """Return the roads cut at every junction, with node numbers, without what the main network does not reach."""
    xy = np.vstack([r.xy for r in roads])
    owner = np.repeat(np.arange(len(roads)), [len(r.xy) for r in roads])
    lon, lat = terrain_frames.degrees(xy, zone).T  # vertices that are stored as one place are one
    _, vertex = np.unique(lon + 1j * lat, return_inverse=True)
    first = np.concatenate([[True], owner[1:] != owner[:-1]])
    last = np.concatenate([owner[1:] != owner[:-1], [True]])
    used = np.bincount(np.unique(np.column_stack([vertex, owner]), axis=0)[:, 0], minlength=vertex.max() + 1)
    node = (used[vertex] > 1) | first | last
    starts = np.flatnonzero(node & ~last)
    ends = np.flatnonzero(node & ~first)
    real = vertex[starts] != vertex[ends]
    starts, ends = starts[real], ends[real]
    lines = np.array([shapely.LineString(xy[a : b + 1]) for a, b in zip(starts, ends, strict=True)])
    frame = gpd.GeoDataFrame(
        {
            "u": vertex[starts],
            "v": vertex[ends],
            "road_class": [roads[k].road_class for k in owner[starts]],
            "name": [roads[k].name for k in owner[starts]],
            "length_m": shapely.length(lines),
        },
        geometry=lines,
    )
    frame = frame.drop_duplicates(["u", "v", "length_m"])
    frame = frame[_main_part(frame)].reset_index(drop=True)
    numbers = np.unique(frame[["u", "v"]].to_numpy(), return_inverse=True)[1].reshape(-1, 2)
    frame["u"], frame["v"] = numbers[:, 0] + 1, numbers[:, 1] + 1
    middle = shapely.get_coordinates(shapely.line_interpolate_point(frame.geometry.array, 0.5, normalized=True))
    town = people.density(middle) > _TOWN
    frame["speed_kmh"] = [SPEED_KMH[c][0 if t else 1] for c, t in zip(frame["road_class"], town, strict=True)]
    return frame


def _main_part(frame: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    u, v = frame["u"].to_numpy(), frame["v"].to_numpy()
    size = int(max(u.max(), v.max())) + 1
    _, part = connected_components(coo_matrix((np.ones(len(u)), (u, v)), shape=(size, size)), directed=False)
    lengths = np.bincount(part[u], weights=frame["length_m"])
    return np.asarray(part[u] == int(lengths.argmax()))
