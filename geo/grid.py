"""Split polygons into block-like pieces that tile them exactly: communities inside streets, grids inside communities.

How exactness is had: a cut runs only from one existing vertex of the ring to another, and its own new vertices go to
both sides unchanged. Pieces therefore share every vertex bit for bit, with each other and with whatever shared an edge
with the input; there is nothing to snap. `densify` puts the vertices on the outline first, the same ones on both
sides of a shared edge. Coordinates are those of a plane (metres of a zone); lon/lat works but is a little squeezed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Field = Callable[[Array], Array]
"""A function of places: (n, 2) coordinates in, (n,) values out."""

_MOST_CORNERS = 40  # vertices of a ring that are tried as ends of a cut
_MISSES = (0.12, 0.6, 1.0)  # cuts are tried that miss their goal by this part of the whole, then by more


class SplitError(ValueError):
    """A polygon that cannot be split as asked; the message says why."""


@dataclass(frozen=True)
class Style:
    """How cuts look.

    spacing: distance between the vertices of a cut (a number, or a Field), in the unit of the coordinates.
    bend: how far a cut swerves, as a part of its length. orientation: radians from the x axis that cuts prefer, as
    well as square to it; None for no preference. grain: how strongly it is preferred (0 to about 2).
    """

    spacing: float | Field
    bend: float = 0.03
    orientation: float | None = None
    grain: float = 0.5


@dataclass(frozen=True)
class Pieces:
    """Pieces in the order of the weights, and the cuts between them as (k, 2) coordinate arrays, first cut first."""

    polygons: list[shapely.Polygon | shapely.MultiPolygon]
    cuts: list[Array]


def split(
    polygon: shapely.Polygon | shapely.MultiPolygon,
    parts: int | Sequence[float],
    *,
    rng: np.random.Generator,
    style: Style,
    potential: Field | None = None,
) -> Pieces:
    """Split `polygon` into pieces that tile it without gaps or overlaps; the same rng state gives the same pieces.

    parts: how many, or the weight of each; a piece's share of the mass is about its weight's share of the sum.
    potential: a field G with ∂G/∂x = density, for mass other than area (see `mass`); None is area.
    Of a MultiPolygon, parts too small for a piece of their own go with the nearest piece (which is then a
    MultiPolygon). Holes stay holes. Raises SplitError for an empty or invalid polygon, no parts, weights not above
    zero, or a ring without enough vertices for the cuts (densify it first).
    """
    weights = _weights(parts)
    if polygon is None or polygon.is_empty or not polygon.is_valid:
        raise SplitError("only a valid polygon with area can be split")
    members = sorted(shapely.get_parts(polygon), key=lambda p: (-p.area, p.bounds))
    shares = _share(members, weights, potential or _area)
    made: dict[int, list[shapely.Polygon]] = {}
    splitter = _Splitter(weights, rng, style, potential, [])
    for member, own in zip(members, shares, strict=True):
        if not own:
            continue
        close = _unbridged if len(member.interiors) else shapely.Polygon
        for index, ring in splitter.pieces(_bridged(member), own):
            made.setdefault(index, []).append(close(ring))
    for member, own in zip(members, shares, strict=True):
        if not own:
            near = min(sorted(made), key=lambda i: min(member.distance(p) for p in made[i]))
            made[near].append(member)
    if not shapely.is_valid([piece for own in made.values() for piece in own]).all():
        raise SplitError("a cut crosses another: the outline is finer than its vertices can tell")
    polygons = [made[i][0] if len(made[i]) == 1 else shapely.MultiPolygon(made[i]) for i in range(len(weights))]
    return Pieces(polygons, splitter.cuts)


def densify(geometry: shapely.Geometry, spacing: float | Field) -> shapely.Geometry:
    """Return the geometry with vertices about `spacing` apart on longer edges; all old vertices stay.

    An edge gets the same new vertices whichever polygon it comes in and whichever way it runs.
    """
    shape = shapely.force_2d(geometry)
    parts = shapely.get_parts(shape)
    rings = shapely.get_rings(parts) if "Polygon" in shape.geom_type else parts
    dense = [_densify_line(shapely.get_coordinates(r), spacing) for r in rings]
    if shape.geom_type == "LineString":
        return shapely.LineString(dense[0])
    if shape.geom_type == "MultiLineString":
        return shapely.MultiLineString(dense)
    polygons, at = [], 0
    for part in parts:
        count = 1 + len(part.interiors)
        polygons.append(shapely.Polygon(dense[at], dense[at + 1 : at + count]))
        at += count
    return polygons[0] if shape.geom_type == "Polygon" else shapely.MultiPolygon(polygons)


def mass(polygons: shapely.Geometry | ArrayLike, potential: Field) -> Array:
    """Return ∬ density over polygons (one or an array) as ∮ G dy, where ∂G/∂x = density and G is `potential`."""
    shapes = np.atleast_1d(np.asarray(polygons, dtype=object))
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    g = potential(xy)
    steps = ((g[1:] + g[:-1]) / 2 * np.diff(xy[:, 1]))[same]
    total = np.asarray(np.bincount(owner[part[ring[1:][same]]], weights=steps, minlength=len(shapes)), dtype=float)
    return total if np.ndim(polygons) else total[0]


def _weights(parts: int | Sequence[float]) -> Array:
    weights = np.ones(parts) if isinstance(parts, int | np.integer) else np.asarray(parts, dtype=float)
    if weights.size == 0 or not (weights > 0).all():
        raise SplitError(f"a polygon is split into at least one part, of weights above zero, not {parts!r}")
    return weights


def _share(members: list[shapely.Polygon], weights: Array, field: Field) -> list[list[int]]:
    """Deal the weights out to the members of a MultiPolygon, heaviest room first; small members may get none."""
    if len(members) == 1:
        return [list(range(len(weights)))]
    room = mass(np.array(members), field)
    room = room / max(room.sum(), 1e-300) * weights.sum()
    shares: list[list[int]] = [[] for _ in members]
    for index in np.argsort(-weights, kind="stable"):
        best = int(np.argmax(room))
        shares[best].append(int(index))
        room[best] -= weights[index]
    return shares


@dataclass
class _Splitter:
    """One call of `split`: what stays the same from cut to cut."""

    weights: Array
    rng: np.random.Generator
    style: Style
    potential: Field | None
    cuts: list[Array]

    def pieces(self, ring: Array, own: list[int]) -> list[tuple[int, Array]]:
        """Return (index of weight, ring) for every weight in `own`."""
        done: list[tuple[int, Array]] = []
        stack = [(ring, list(own))]
        while stack:
            here, left = stack.pop()
            if len(left) == 1:
                done.append((left[0], here))
                continue
            shuffled = [left[i] for i in self.rng.permutation(len(left))]
            first, second, count = self._cut(here, self.weights[shuffled])
            stack.append((first, shuffled[:count]))
            stack.append((second, shuffled[count:]))
        return done

    def _cut(self, ring: Array, weights: Array) -> tuple[Array, Array, int]:
        """Return the two rings of the best cut that fits, and how many of the weights go to the first."""
        line = shapely.linearrings(ring)
        shapely.prepare(line)
        bends = (self.style.bend * self.rng.uniform(0.5, 1.0), 0.0) if self.style.bend else (0.0,)
        waves = self.rng.normal(size=3)
        pairs = _pairs(ring, weights, self.potential)
        for allowed in _MISSES:
            near = pairs.within(allowed * len(weights) if allowed < 1 else np.inf)
            for at in np.argsort(_costs(ring, near, self.style), kind="stable"):
                i, j = int(near.start[at]), int(near.end[at])
                if not _inward(ring, i, j):
                    continue
                for bend in bends:
                    path = _path(ring[i], ring[j], self.style.spacing, bend, waves)
                    if _fits(path, line):
                        self.cuts.append(path)
                        first = np.concatenate([ring[i : j + 1], path[-2:0:-1]])
                        second = np.concatenate([ring[j:], ring[: i + 1], path[1:-1]])
                        return first, second, int(near.parts[at])
        raise SplitError(f"no cut fits a ring of {len(ring)} vertices for {len(weights)} parts: densify it first")


@dataclass(frozen=True)
class _Pairs:
    """Pairs of vertices of a ring between which it may be cut.

    start < end: indices into the ring. parts: how many parts lie on the side from start to end; miss: by how many
    parts the cut would miss them.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    parts: NDArray[np.int64]
    miss: Array

    def within(self, most: float) -> _Pairs:
        """Return the pairs that miss by at most `most` parts."""
        near = self.miss <= most
        return _Pairs(self.start[near], self.end[near], self.parts[near], self.miss[near])


def _pairs(ring: Array, weights: Array, potential: Field | None) -> _Pairs:
    """Return all pairs of corners of the ring that leave something on both sides."""
    corners = _corners(ring)
    first, second = _upper(len(corners))
    start, end = corners[first], corners[second]
    before = _running_mass(ring, potential or _area)
    share = (before[end] - before[start] + _chord_mass(ring[start], ring[end], potential)) / before[-1]
    goals = np.cumsum(weights)[:-1] / weights.sum()
    lowest = min(max(len(weights) // 3 - 1, 0), (len(goals) - 1) // 2)
    goals = goals[lowest : len(goals) - lowest]
    best = np.searchsorted((goals[1:] + goals[:-1]) / 2, share)
    miss = np.abs(share - goals[best]) * len(weights)
    gap = end - start
    miss[(share <= 0) | (share >= 1) | (gap < 2) | (gap > len(ring) - 2)] = np.nan
    return _Pairs(start, end, best + lowest + 1, miss)


@lru_cache(maxsize=64)
def _upper(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.triu_indices(count, k=1)


def _corners(ring: Array) -> NDArray[np.int64]:
    """Return indices of at most _MOST_CORNERS vertices, evenly along the ring."""
    count = len(ring)
    if count <= _MOST_CORNERS:
        return np.arange(count)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(ring, axis=0).T))])
    chosen = np.searchsorted(along, np.linspace(0, along[-1], _MOST_CORNERS))
    return chosen[np.concatenate([[True], chosen[1:] > chosen[:-1]])]


def _costs(ring: Array, pairs: _Pairs, style: Style) -> Array:
    """Return for every pair what a straight cut there costs: long, slanting, unequal cuts are dear."""
    step = ring[pairs.end] - ring[pairs.start]
    length = np.hypot(step[:, 0], step[:, 1])
    unit = step / np.maximum(length, 1e-12)[:, None]
    cost = length / np.sqrt(abs(_shoelace(ring))) + 2.5 * pairs.miss + 1.2 * _acute(ring, pairs, unit)
    if style.orientation is None:
        return cost
    turn = np.arctan2(step[:, 1], step[:, 0]) - style.orientation
    return cost + style.grain * np.sin(2 * turn) ** 2


def _acute(ring: Array, pairs: _Pairs, unit: Array) -> Array:
    """Return a penalty 0..1 for cuts that leave an end nearly along the outline, which makes slivers."""
    forth = ring[np.arange(1, len(ring) + 1) % len(ring)] - ring
    forth = forth / np.maximum(np.hypot(forth[:, 0], forth[:, 1]), 1e-12)[:, None]
    back = -forth[np.arange(-1, len(ring) - 1)]
    leave = np.maximum(_along(unit, forth[pairs.start]), _along(unit, back[pairs.start]))
    arrive = np.minimum(_along(unit, forth[pairs.end]), _along(unit, back[pairs.end]))
    return np.clip(np.maximum(leave, -arrive) - 0.5, 0, None) * 2


def _along(unit: Array, edge: Array) -> Array:
    return unit[:, 0] * edge[:, 0] + unit[:, 1] * edge[:, 1]


def _inward(ring: Array, i: int, j: int) -> bool:
    """Return whether the chord leaves vertex i into the inside of the counter-clockwise ring."""
    here, forth, back, to = ring[i], ring[(i + 1) % len(ring)], ring[i - 1], ring[j]
    left_of_next = _cross(forth - here, to - here) > 0
    right_of_last = _cross(to - here, back - here) > 0
    if _cross(forth - here, back - here) > 0:
        return bool(left_of_next and right_of_last)
    return bool(left_of_next or right_of_last)


def _path(start: Array, end: Array, spacing: float | Field, bend: float, waves: Array) -> Array:
    """Return a path from start to end with vertices about `spacing` apart (two at least), swerving by `bend`."""
    step = end - start
    t = _stations(start, end, spacing, fewest=3)
    swerve = sum(w * np.sin(np.pi * (k + 1) * t) / (k + 1) for k, w in enumerate(waves))
    across = np.array([-step[1], step[0]]) * bend / 1.5
    path = start + t[:, None] * step + np.outer(swerve, across)
    path[0], path[-1] = start, end
    return path


def _stations(start: Array, end: Array, spacing: float | Field, fewest: int) -> Array:
    """Return positions 0..1 along a segment, about `spacing` apart, `fewest` steps at least."""
    length = float(np.hypot(*(end - start)))
    if not callable(spacing):
        return np.linspace(0, 1, max(fewest, round(length / spacing)) + 1)
    t = np.linspace(0, 1, 33)
    wanted = spacing(start + t[:, None] * (end - start))
    pace = length / np.maximum(wanted, 1e-9)
    run = np.concatenate([[0.0], np.cumsum((pace[1:] + pace[:-1]) / 64)])
    return np.interp(np.linspace(0, run[-1], max(fewest, round(run[-1])) + 1), run, t)


def _fits(path: Array, line: shapely.LinearRing) -> bool:
    """Return whether the path lies inside the ring, touches it at its ends only, and keeps clear of it between."""
    inner = path[1:-1]
    room = float(np.hypot(*(path[1:] - path[:-1]).T).min())
    if shapely.distance(shapely.multipoints(inner), line) < 0.3 * room:
        return False
    short = path.copy()  # a path that stops a thousandth of a leg before its ends must not touch the ring at all
    short[0] += (path[1] - path[0]) * 1e-3
    short[-1] += (path[-2] - path[-1]) * 1e-3
    return not shapely.intersects(line, shapely.linestrings(short))


def _shoelace(ring: Array) -> float:
    x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
    return float(np.dot(x[:-1], y[1:]) - np.dot(y[:-1], x[1:])) / 2


def _running_mass(ring: Array, field: Field) -> Array:
    """Return (n + 1,) the part of ∮ G dy collected before each vertex; the last is the whole."""
    closed = np.vstack([ring, ring[:1]])
    g = field(closed)
    return np.concatenate([[0.0], np.cumsum((g[1:] + g[:-1]) / 2 * np.diff(closed[:, 1]))])


def _chord_mass(a: Array, b: Array, potential: Field | None) -> Array:
    """Return ∫ G dy along the straight lines from b back to a, by four-point averages where G is not just x."""
    rise = a[:, 1] - b[:, 1]
    if potential is None:
        return rise * (a[:, 0] + b[:, 0]) / 2
    t = np.array([0.125, 0.375, 0.625, 0.875])[None, :, None]
    places = a[:, None, :] + t * (b - a)[:, None, :]
    return potential(places.reshape(-1, 2)).reshape(-1, 4).mean(axis=1) * rise


def _area(xy: Array) -> Array:
    return xy[:, 0]


def _cross(a: Array, b: Array) -> float:
    return float(a[0] * b[1] - a[1] * b[0])


def _densify_line(xy: Array, spacing: float | Field) -> Array:
    pieces = []
    for start, end in pairwise(xy):
        turned = tuple(end) < tuple(start)
        low, high = (end, start) if turned else (start, end)
        t = _stations(low, high, spacing, fewest=1)[: -1 if not turned else None]
        edge = low + t[:, None] * (high - low)
        if turned:
            edge[-1] = high
            edge = edge[::-1][:-1]
        pieces.append(edge)
    return np.vstack([*pieces, xy[-1:]])


def _bridged(polygon: shapely.Polygon) -> Array:
    """Return the counter-clockwise ring of the polygon (first vertex not repeated); holes hang on it by bridges."""
    polygon = shapely.orient_polygons(polygon)
    ring = shapely.get_coordinates(polygon.exterior)[:-1]
    holes = [shapely.get_coordinates(h)[:-1] for h in polygon.interiors]
    while holes:
        gaps = [np.hypot(*(ring[:, None, :] - h[None, :, :]).transpose(2, 0, 1)) for h in holes]
        nearest = int(np.argmin([g.min() for g in gaps]))
        hole = holes.pop(nearest)
        i, j = np.unravel_index(int(gaps[nearest].argmin()), gaps[nearest].shape)
        ring = np.concatenate([ring[: i + 1], hole[j:], hole[: j + 1], ring[i:]])
    return ring


def _unbridged(ring: Array) -> shapely.Polygon:
    """Return the polygon of a ring; bridges that are walked both ways fall away and leave their hole."""
    if len(np.unique(ring, axis=0)) == len(ring):
        return shapely.Polygon(ring)
    edges = {(tuple(a), tuple(b)) for a, b in zip(ring, np.roll(ring, -1, axis=0), strict=True)}
    once = [shapely.LineString(e) for e in sorted(edges) if (e[1], e[0]) not in edges]
    faces = shapely.get_parts(shapely.polygonize(once))
    return max(faces, key=lambda face: face.area)
