"""Which datum a pair of numbers is in, judged by a region that the pair's own record names.

The evidence does not come from the point: a shop that says it is in a street must lie in that street once its
coordinates are un-shifted from the right datum. Near an outline nothing is proved, for outlines are drawn coarsely.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.datum import convert

CANDIDATES = ("wgs84", "gcj02", "bd09")
"""CGCS2000 is not told apart from WGS-84: they differ by centimetres."""
MARGIN_M = 100.0
"""A position proves something from this far inside or outside the named outline; the shifts are some 500 m and more."""
_METRES_PER_DEGREE = 111_320.0


def judge(
    x: ArrayLike, y: ArrayLike, region: ArrayLike, outlines: ArrayLike, margin_m: float = MARGIN_M
) -> NDArray[np.int8]:
    """Return (n, 3): for each pair and each of CANDIDATES 1 (inside the named outline), -1 (outside), 0 (too near).

    `x`, `y`: (n,) degrees in an unknown datum, NaN where there is none. `region`: (n,) positions in `outlines`, -1 for
    none. `outlines`: polygons in WGS-84 degrees; None proves nothing. `margin_m`: metres from the outline.
    """
    lon, lat = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    named, shapes = np.asarray(region, dtype=np.int64), np.asarray(outlines, dtype=object)
    found = np.zeros((len(lon), len(CANDIDATES)), dtype=np.int8)
    usable = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= 90) & (named >= 0)
    for at_region in np.unique(named[usable]).tolist():
        shape = shapes[at_region]
        if shape is None or shape.is_empty:
            continue
        at = np.flatnonzero(usable & (named == at_region))
        flat, stretch = _flat(shape)
        edge = shapely.boundary(flat)
        shapely.prepare(flat)
        for number, source in enumerate(CANDIDATES):
            moved_x, moved_y = convert(lon[at], lat[at], source, "wgs84")
            points = shapely.points(moved_x * stretch, moved_y)
            inside = shapely.contains(flat, points)
            far = shapely.distance(edge, points) * _METRES_PER_DEGREE >= margin_m
            found[at, number] = np.where(far, np.where(inside, 1, -1), 0)
    return found


def decided(judged: NDArray[np.int8]) -> NDArray[np.int64]:
    """Return (n,) positions in CANDIDATES: the one datum that puts a pair inside, all others outside; else -1."""
    one = ((judged == 1).sum(axis=1) == 1) & ((judged == -1).sum(axis=1) == len(CANDIDATES) - 1)
    return np.where(one, judged.argmax(axis=1), -1)


def _flat(shape: shapely.Geometry) -> tuple[shapely.Geometry, float]:
    """Return the outline with its longitudes shrunk so that a degree is equally long both ways, and the factor."""
    _, south, _, north = shape.bounds
    stretch = float(np.cos(np.radians((south + north) / 2)))
    return shapely.transform(shape, lambda xy: xy * (stretch, 1.0)), stretch
