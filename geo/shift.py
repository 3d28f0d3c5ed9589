"""Does an outline lie beside its place? A shift is proposed with its evidence, and never applied here.

Two kinds of borders tell. Inside: the outer border of what the outline should just hold (a district's streets, drawn by
others). Outside: the borders of its neighbours. Both give, point by point, how far the outline's edge lies beyond the
other edge along the outward normal; a shifted outline is too far out on one side and too far in on the other. Where
children were cut at a wrong outline, the side that should stand out shows nothing, so a zero is no evidence against.
All coordinates are metres of a plane.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Array = NDArray[np.float64]

SPACING_M = 50.0
REACH_M = 1_500.0
STEP_M = 100.0
FINE_M = 10.0
LEAST_POINTS = 20
LEAST_MOVED_M = 30.0


@dataclass(frozen=True)
class Shift:
    """A proposal: move the outline by (`east_m`, `north_m`) metres.

    Evidence: mean distance in metres between the edges at `points` places of the border before and after, and
    `explained`, the share of the distance that the one movement takes away (1: all of it). `tried_m`: the mean distance
    that remains after each of the movements that the caller asked about.
    """

    east_m: float
    north_m: float
    before_m: float
    after_m: float
    points: int
    tried_m: tuple[float, ...] = ()

    @property
    def explained(self) -> float:
        """Return the share of the distance that the movement explains."""
        return 1 - self.after_m / self.before_m if self.before_m else 0.0

    @property
    def length_m(self) -> float:
        """Return how far the outline would move."""
        return float(np.hypot(self.east_m, self.north_m))


def propose_inside(
    outline: shapely.Geometry, children: shapely.Geometry, tried: Sequence[tuple[float, float]] = (),
    reach_m: float = REACH_M,
) -> Shift | None:  # fmt: skip
    """Return the movement of `outline` that best fits the outer border of its `children`; None where there is none.

    Both are polygons in metres; `tried` are movements (east, north) to be judged beside it. Points further than
    `reach_m` from the other edge say nothing (a bay, a missing child).
    None: fewer than LEAST_POINTS places tell, or what is proposed would be below LEAST_MOVED_M.
    """
    at, normal = _edge(outline)
    beyond = np.asarray(shapely.distance(shapely.points(at), children), dtype=float)
    return _fit(normal, beyond, tried, reach_m, clipped=True)


def propose_beside(
    outline: shapely.Geometry, neighbours: shapely.Geometry, tried: Sequence[tuple[float, float]] = (),
    reach_m: float = REACH_M,
) -> Shift | None:  # fmt: skip
    """Return the movement of `outline` that best closes gaps and overlaps to its `neighbours` (their union)."""
    at, normal = _edge(outline)
    points = shapely.points(at)
    gap = np.asarray(shapely.distance(points, neighbours), dtype=float)
    over = np.asarray(shapely.distance(points, shapely.boundary(neighbours)), dtype=float)
    beyond = np.where(gap > 0, -gap, over)  # a gap: the edge lies too far in; inside the neighbour: too far out
    facing = shapely.intersects_xy(shapely.buffer(neighbours, reach_m), at)
    return _fit(normal[facing], beyond[facing], tried, reach_m, clipped=False)


def _edge(outline: shapely.Geometry) -> tuple[Array, Array]:
    """Return points along the outer rings every SPACING_M, and the unit normal pointing out of the outline at each."""
    places, normals = [], []
    for part in shapely.get_parts(shapely.orient_polygons(outline)):
        ring = shapely.get_exterior_ring(part)
        steps = np.arange(0.0, shapely.length(ring), SPACING_M)
        here = shapely.get_coordinates(shapely.line_interpolate_point(ring, steps))
        ahead = shapely.get_coordinates(shapely.line_interpolate_point(ring, steps + SPACING_M / 2))
        way = ahead - here
        length = np.hypot(way[:, 0], way[:, 1])
        fine = length > 0
        places.append(((here + ahead) / 2)[fine])
        normals.append((np.column_stack([way[:, 1], -way[:, 0]]) / np.maximum(length, 1e-9)[:, None])[fine])
    return np.concatenate(places), np.concatenate(normals)


def _fit(
    normal: Array, beyond: Array, tried: Sequence[tuple[float, float]], reach_m: float, clipped: bool
) -> Shift | None:
    telling = np.abs(beyond) <= reach_m
    normal, beyond = normal[telling], beyond[telling]
    if len(beyond) < LEAST_POINTS or not (np.abs(beyond) > LEAST_MOVED_M).any():
        return None
    best = np.zeros(2)
    for step, around in ((STEP_M, reach_m), (FINE_M, STEP_M)):
        best = best + _grid(normal, beyond, best, step, around, clipped)
    before, after = float(np.abs(beyond).mean()), float(_misfit(normal, beyond, best[None, :], clipped)[0])
    if np.hypot(*best) < LEAST_MOVED_M:
        return None
    asked = -np.array(tried, dtype=float).reshape(-1, 2)
    remains = tuple(_misfit(normal, beyond, asked, clipped).tolist())
    return Shift(-float(best[0]), -float(best[1]), before, after, len(beyond), remains)


def _grid(normal: Array, beyond: Array, centre: Array, step: float, around: float, clipped: bool) -> Array:
    """Return the offset from `centre` with the least misfit on a square of side 2 · `around`."""
    line = np.arange(-around, around + step / 2, step)
    offsets = np.array(np.meshgrid(line, line)).reshape(2, -1).T
    return np.asarray(offsets[int(np.argmin(_misfit(normal, beyond, centre + offsets, clipped)))])


def _misfit(normal: Array, beyond: Array, shifts: Array, clipped: bool) -> Array:
    """Return (k,) mean distances between what is seen and what an outline shifted by each of (k, 2) would show."""
    shown = normal @ shifts.T
    if clipped:
        shown = np.maximum(shown, 0.0)
    return np.asarray(np.abs(beyond[:, None] - shown).mean(axis=0))
