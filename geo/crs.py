"""Coordinate systems: the proper 3° zone, cached transformers, areas and lengths on the ellipsoid.

Every transformer is always_xy (lon, lat). Geometry is stored in EPSG:4326; CGCS2000 counts as equal to WGS-84.
Nothing is measured in EPSG:3857.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Geod, Transformer

STORED = 4326
"""EPSG code of stored geometry (lon, lat in degrees)."""

_GEOD = Geod(ellps="GRS80")  # the ellipsoid of CGCS2000: 6378137, 1/298.257222101
_EQUAL_AREA = 6933  # cylindrical equal-area on the ellipsoid: exact areas, any longitude, arrays at once


class CrsError(ValueError):
    """A place or a coordinate system that cannot be measured in; the message says which and why."""


@lru_cache(maxsize=64)
def transformer(source: int | str, target: int | str) -> Transformer:
    """Return the cached always_xy transformer between two CRS given as EPSG numbers or text pyproj understands."""
    return Transformer.from_crs(_crs(source), _crs(target), always_xy=True)


def zone_epsg(lon: float) -> int:
    """Return the EPSG code of the CGCS2000 3° zone around longitude `lon` (degrees): 4534 + (CM - 75) / 3.

    The central meridian CM is the multiple of 3° nearest to `lon`; a point exactly between two zones goes east.
    Raises CrsError outside 73.5°..136.5°E, where no Chinese 3° zone exists.
    """
    if not 73.5 <= lon <= 136.5:
        raise CrsError(f"longitude {lon!r} lies in no CGCS2000 3° zone (73.5 to 136.5 degrees east)")
    meridian = min(int((lon + 1.5) // 3) * 3, 135)
    return 4534 + (meridian - 75) // 3


def measure_crs(geometry: shapely.Geometry | ArrayLike) -> int:
    """Return the EPSG code of the 3° zone under the middle of the bounds of lon/lat geometry (one or an array).

    Raises CrsError when there is nothing to measure or the middle lies in no zone.
    """
    west, _, east, _ = shapely.total_bounds(geometry)
    if not np.isfinite(west + east):
        raise CrsError("empty geometry has no place and so no zone to measure in")
    return zone_epsg((west + east) / 2)


def reproject(geometry: ArrayLike | shapely.Geometry, source: int | str, target: int | str) -> Any:
    """Return the geometry (one or an array) moved from CRS `source` to CRS `target`, x before y."""
    move = transformer(source, target).transform
    return shapely.transform(geometry, lambda xy: np.column_stack(move(xy[:, 0], xy[:, 1])))


def area_km2(geometry: shapely.Geometry | ArrayLike) -> NDArray[np.float64]:
    """Return the area in km² on the ellipsoid of lon/lat geometry, of the input's shape (0 for lines, points, None)."""
    flat = reproject(geometry, STORED, _EQUAL_AREA)
    area = np.nan_to_num(np.asarray(shapely.area(flat), dtype=float))
    return np.asarray(area / 1e6)[()]


def length_m(geometry: shapely.Geometry | ArrayLike) -> NDArray[np.float64]:
    """Return the length (of polygons: the perimeter) in metres on the ellipsoid of lon/lat geometry, input's shape."""
    shapes = np.atleast_1d(np.asarray(geometry, dtype=object))
    rings, owner = _parts(shapes)
    xy, line = shapely.get_coordinates(rings, return_index=True)
    total = np.zeros(len(shapes))
    if len(xy) > 1:
        same = line[1:] == line[:-1]
        start, end = xy[:-1][same], xy[1:][same]
        metres = _GEOD.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])[2]
        np.add.at(total, owner[line[1:][same]], metres)
    return total if np.ndim(geometry) else total[0]


def distance_m(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> NDArray[np.float64]:
    """Return the geodesic distance in metres between points given in degrees (arrays of one shape, or numbers)."""
    shape = np.broadcast_shapes(*(np.shape(v) for v in (lon1, lat1, lon2, lat2)))
    a, b, c, d = (np.broadcast_to(np.asarray(v, dtype=float), shape).ravel() for v in (lon1, lat1, lon2, lat2))
    return np.asarray(_GEOD.inv(a, b, c, d)[2]).reshape(shape)[()]


def looks_projected(lon: ArrayLike, lat: ArrayLike) -> bool:
    """Return whether most finite numbers are metres of a projected CRS (beyond ±360) and not degrees."""
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return False
    return bool(np.mean((np.abs(x[known]) > 360) | (np.abs(y[known]) > 360)) > 0.5)


def _crs(given: int | str) -> CRS:
    try:
        return CRS.from_user_input(given)
    except Exception as error:
        raise CrsError(f"unknown coordinate system {given!r}: {error}") from None


def _parts(shapes: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Return every line and ring of the shapes, and the index of the shape it belongs to."""
    simple, owner = shapely.get_parts(shapes, return_index=True)
    is_polygon = shapely.get_type_id(simple) == shapely.GeometryType.POLYGON
    rings, ring_owner = shapely.get_rings(simple[is_polygon], return_index=True)
    lines = np.concatenate([simple[~is_polygon], rings])
    return lines, np.concatenate([owner[~is_polygon], owner[is_polygon][ring_owner]])
