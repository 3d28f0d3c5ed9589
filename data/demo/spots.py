"""Doorways: points along the roads of each grid, and plots behind them, that the places of the city are put on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from data.demo.dice import Floats, Ints, Objects
from geo.locate import Locator

METRES_PER_DEGREE = 111_195.0
COARSE_M = 100.0
"""Spacing at which roads are first walked to learn which grids they serve."""
HOUSE_M = 9.0
"""Frontage of a house: two doorways closer than this share a number."""


def metres(lat: Floats) -> tuple[Floats, float]:
    """Return metres per degree of longitude and of latitude at the latitudes (a sphere: good to 0.5 %)."""
    return METRES_PER_DEGREE * np.cos(np.radians(lat)), METRES_PER_DEGREE


@dataclass
class Spots:
    """Points in degrees with their grid (index), road (index, −1 for none) and house number, best ones of a grid first.

    `first` (grids + 1,) marks where each grid's spots begin; `used` (grids,) counts those that are taken.
    """

    lon: Floats
    lat: Floats
    grid: Ints
    road: Ints
    number: Ints
    first: Ints
    used: Ints

    def take(self, grids: Ints, tenants: float = 1.0) -> Ints:
        """Return (n,) indexes of spots for rows in the given grids, about `tenants` rows to a spot.

        Spots go in their order and are used once until a grid has no more; then its spots are shared.
        """
        order = np.argsort(grids, kind="stable")
        ranked = grids[order]
        start = np.searchsorted(ranked, ranked, side="left")
        rank = np.empty(len(grids), dtype=np.int64)
        rank[order] = np.arange(len(grids)) - start
        room = np.diff(self.first)
        if (room[grids] == 0).any():
            raise ValueError("a grid without a single spot was asked for one")
        at = self.used[grids] + (rank / tenants).astype(np.int64)
        np.maximum.at(self.used, grids, at + 1)
        return self.first[grids] + at % room[grids]


def along_roads(rng: np.random.Generator, polygons: Objects, lines: Objects, appeal: Floats, wanted: Ints) -> Spots:
    """Return doorways on both sides of the roads: about `wanted` (grids,) in each grid, at least two.

    `lines` (roads,) LineStrings in degrees; `appeal` (roads,) how much a shop likes the road: spots of roads with
    more come first. Grids that no road serves, and grids with too few doorways, are filled with points inside them.
    """
    locator = Locator(polygons, np.array([f"{i:06d}" for i in range(len(polygons))], dtype=object))
    network = _Network(lines)
    road, distance, side, grid = _walk(network, locator)
    served = np.bincount(grid, minlength=len(polygons))
    each = np.floor(wanted[grid] / served[grid] + rng.random(len(grid))).astype(np.int64)
    road, distance, side = np.repeat(road, each), np.repeat(distance, each), np.repeat(side, each)
    distance = np.clip(distance + rng.uniform(-COARSE_M / 2, COARSE_M / 2, len(road)), 0.0, network.length[road])
    lon, lat = network.beside(road, distance, side * rng.uniform(10.0, 24.0, len(road)))
    number = 2 * (distance / HOUSE_M).astype(np.int64) + np.where(side > 0, 1, 2)
    grid = locator.index(lon, lat)
    kept = grid >= 0
    lon, lat, number, road, grid = lon[kept], lat[kept], number[kept], road[kept], grid[kept]
    short = np.maximum(np.maximum(wanted, 2) - np.bincount(grid, minlength=len(polygons)), 0)
    more = np.repeat(np.arange(len(polygons)), short)
    more_lon, more_lat = inside(rng, polygons, more)
    lon, lat = np.append(lon, more_lon), np.append(lat, more_lat)
    grid, road = np.append(grid, more), np.append(road, np.full(len(more), -1))
    number = np.append(number, rng.integers(1, 400, len(more)))
    liking = np.where(road >= 0, appeal[road], -1.0) + rng.uniform(0, 0.6, len(road))
    return _ordered(lon, lat, grid, road, number, liking, len(polygons))


def plots(rng: np.random.Generator, polygons: Objects, wanted: Ints) -> Spots:
    """Return `wanted` (grids,) points inside each grid, away from the roads: yards, plants, farms."""
    grid = np.repeat(np.arange(len(polygons)), wanted)
    lon, lat = inside(rng, polygons, grid)
    road, number = np.full(len(grid), -1), rng.integers(1, 200, len(grid))
    return _ordered(lon, lat, grid, road, number, rng.random(len(grid)), len(polygons))


def inside(rng: np.random.Generator, polygons: Objects, which: Ints) -> tuple[Floats, Floats]:
    """Return a random point (lon, lat) strictly inside the polygon of each row; slivers get their inner point."""
    box = shapely.bounds(polygons)[which] if len(which) else np.zeros((0, 4))
    lon, lat = np.empty(len(which)), np.empty(len(which))
    left = np.arange(len(which))
    for _ in range(12):
        draw = rng.random((len(left), 2))
        lon[left] = box[left, 0] + draw[:, 0] * (box[left, 2] - box[left, 0])
        lat[left] = box[left, 1] + draw[:, 1] * (box[left, 3] - box[left, 1])
        left = left[~shapely.contains_xy(polygons[which[left]], lon[left], lat[left])]
    if len(left):
        points = shapely.point_on_surface(polygons[which[left]])
        lon[left], lat[left] = shapely.get_x(points), shapely.get_y(points)
    return lon, lat


def jitter(rng: np.random.Generator, lon: Floats, lat: Floats, reach_m: float) -> tuple[Floats, Floats]:
    """Return the points moved at random by up to `reach_m` metres."""
    east, north = metres(lat)
    angle, far = rng.uniform(0, 2 * np.pi, len(lon)), reach_m * np.sqrt(rng.random(len(lon)))
    return lon + far * np.cos(angle) / east, lat + far * np.sin(angle) / north


class _Network:
    """Roads laid end to end, so that "d metres along road r" is one look-up in one ascending array."""

    def __init__(self, lines: Objects) -> None:
        self._xy, owner = shapely.get_coordinates(lines, return_index=True)
        self._east, self._north = metres(self._xy[:, 1])
        step = np.zeros((len(self._xy), 2))
        step[1:] = np.diff(self._xy, axis=0) * np.column_stack([self._east[1:], np.full(len(owner) - 1, self._north)])
        step[1:][owner[1:] != owner[:-1]] = 0.0
        self._along = np.cumsum(np.hypot(step[:, 0], step[:, 1]))
        self._first = np.searchsorted(owner, np.arange(len(lines)))
        self._last = np.searchsorted(owner, np.arange(len(lines)), side="right") - 1
        self.length = self._along[self._last] - self._along[self._first]

    def beside(self, road: Ints, distance: Floats, off: Floats) -> tuple[Floats, Floats]:
        """Return the points (lon, lat) `off` metres to the left of the roads (negative: right) at the distances (m)."""
        at = self._along[self._first[road]] + distance
        b = np.clip(np.searchsorted(self._along, at), self._first[road] + 1, self._last[road])
        a = b - 1
        leg = np.maximum(self._along[b] - self._along[a], 1e-9)
        way = self._xy[b] - self._xy[a]
        here = self._xy[a] + way * ((at - self._along[a]) / leg)[:, None]
        ahead = way * np.column_stack([self._east[a], np.full(len(a), self._north)]) / leg[:, None]
        return here[:, 0] - ahead[:, 1] * off / self._east[a], here[:, 1] + ahead[:, 0] * off / self._north


def _walk(network: _Network, locator: Locator) -> tuple[Ints, Floats, Ints, Ints]:
    """Walk both sides of the roads in coarse steps: road, distance along it (m), side (±1), grid of every step.

    Steps whose doorstep lies in no grid are left out. Roads often are the borders of grids, so that each side serves
    another grid.
    """
    steps = np.maximum(np.rint(network.length / COARSE_M), 1).astype(np.int64)
    road = np.repeat(np.arange(len(steps)), steps)
    number = np.arange(len(road)) - np.repeat(np.cumsum(steps) - steps, steps)
    distance = (number + 0.5) / steps[road] * network.length[road]
    road, distance = np.tile(road, 2), np.tile(distance, 2)
    side = np.repeat([1, -1], len(number))
    grid = locator.index(*network.beside(road, distance, side * 16.0))
    kept = grid >= 0
    return road[kept], distance[kept], side[kept], grid[kept]


def _ordered(lon: Floats, lat: Floats, grid: Ints, road: Ints, number: Ints, liking: Floats, grids: int) -> Spots:
    order = np.lexsort((-liking, grid))
    first = np.searchsorted(grid[order], np.arange(grids + 1))
    return Spots(lon[order], lat[order], grid[order], road[order], number[order], first, np.zeros(grids, np.int64))
