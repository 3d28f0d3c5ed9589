"""Which region a point lies in, for many points at once.

A point on an edge that regions share belongs to exactly one of them: the one with the lowest code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

_FEW = 2000  # below this many points the tree of polygons is asked, above it a tree of the points


class Locator:
    """A set of polygons with their codes, ready to be asked many times where points lie."""

    def __init__(self, polygons: ArrayLike, ids: Sequence[str] | NDArray[np.object_]) -> None:
        """Keep `polygons` (n,) and their `ids` (n,) in the order of the ids; refuse lengths that differ."""
        shapes = np.asarray(polygons, dtype=object)
        names = np.asarray(ids, dtype=object)
        if shapes.shape != names.shape or shapes.ndim != 1:
            raise ValueError(
                f"polygons and ids must be two arrays of one length, but are {shapes.shape}, {names.shape}"
            )
        order = np.argsort(names.astype(str), kind="stable")
        self.ids = names[order]
        self._shapes = shapes[order]
        self._tree = shapely.STRtree(self._shapes)

    def items(self) -> Iterator[tuple[str, shapely.Geometry]]:
        """Yield each id with its polygon."""
        yield from zip(self.ids, self._shapes, strict=True)

    def locate(self, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.object_]:
        """Return (m,) ids of the region each point (degrees, m of them) lies in; None outside all or without place."""
        index = self.index(lon, lat)
        found = np.full(len(index), None, dtype=object)
        inside = index >= 0
        found[inside] = self.ids[index[inside]]
        return found

    def index(self, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.int64]:
        """Return (m,) positions in `self.ids` of the region each point lies in; -1 where there is none."""
        x, y = np.atleast_1d(np.asarray(lon, dtype=float)), np.atleast_1d(np.asarray(lat, dtype=float))
        if x.shape != y.shape or x.ndim != 1:
            raise ValueError(f"lon and lat must be two arrays of one length, but are {x.shape} and {y.shape}")
        known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        points = shapely.points(x[known], y[known])
        if len(points) < _FEW:
            point, polygon = self._tree.query(points, predicate="intersects")
        else:  # polygons asked against a tree of points are prepared once each, which is many times faster
            polygon, point = shapely.STRtree(points).query(self._shapes, predicate="intersects")
        best = np.full(len(x), len(self.ids), dtype=np.int64)
        np.minimum.at(best, known[point], polygon)
        return np.where(best == len(self.ids), -1, best)


def locate(
    lon: ArrayLike, lat: ArrayLike, polygons: ArrayLike, ids: Sequence[str] | NDArray[np.object_]
) -> NDArray[np.object_]:
    """Return (m,) ids of the polygon each point (degrees) lies in, None where there is none; see `Locator`."""
    return Locator(polygons, ids).locate(lon, lat)
