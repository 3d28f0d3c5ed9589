"""Check points and polygons that come from outside: mend what can be mended and say so, refuse the rest and say why.

Sentences are Chinese: they are read by the person who brought the row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.crs import area_km2
from geo.datum import CHINA

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

_NOTHING_DEG2 = 1e-13  # a thousandth of a square metre: a line drawn as a polygon


class PointFault(StrEnum):
    """What can be wrong with a point; OK is the empty text."""

    OK = ""
    MISSING = "missing"
    ZERO = "zero"
    PROJECTED = "projected"
    OUT_OF_RANGE = "out_of_range"
    SWAPPED = "swapped"
    OUTSIDE_CHINA = "outside_china"
    OUTSIDE_CITY = "outside_city"


SENTENCES: dict[PointFault, str] = {
    PointFault.OK: "",
    PointFault.MISSING: "没有坐标",
    PointFault.ZERO: "坐标是 0,0,等于没有填",
    PointFault.PROJECTED: "数值像投影坐标(米),不是经纬度:请声明坐标系或换成度",
    PointFault.OUT_OF_RANGE: "经度超出 ±180° 或纬度超出 ±90°",
    PointFault.SWAPPED: "经纬度可能颠倒:对调后就在本市范围内",
    PointFault.OUTSIDE_CHINA: "坐标不在中国范围内",
    PointFault.OUTSIDE_CITY: "坐标不在本市范围内",
}


@dataclass(frozen=True)
class CheckedShape:
    """A shape after the check: the geometry to store (None when refused), what was mended, why it was refused."""

    geometry: shapely.Geometry | None
    mended: list[str] = field(default_factory=list)
    refused: str = ""


def check_points(lon: ArrayLike, lat: ArrayLike, city: Bounds | None = None) -> NDArray[np.object_]:
    """Return (n,) PointFault for points in degrees (n,); `city` is the city's bounding box, unknown when None.

    The worst fault wins, in this order: missing, 0,0, projected, out of range, swapped, outside China, outside city.
    A point is called swapped only when it is wrong as it stands and right after swapping. NaN, None, ∞ are missing.
    """
    x, y = (np.atleast_1d(np.asarray(v, dtype=float)) for v in (lon, lat))
    box = city or CHINA
    usable = np.isfinite(x) & np.isfinite(y)
    metres = (np.abs(x) > 360) | (np.abs(y) > 360)
    in_range = (np.abs(x) <= 180) & (np.abs(y) <= 90)
    swapped = ~_in(x, y, box) & _in(y, x, box)
    cases = [
        (~usable, PointFault.MISSING),
        ((x == 0) & (y == 0), PointFault.ZERO),
        (metres, PointFault.PROJECTED),
        (swapped, PointFault.SWAPPED),
        (~in_range, PointFault.OUT_OF_RANGE),
        (~_in(x, y, CHINA), PointFault.OUTSIDE_CHINA),
        (~_in(x, y, box), PointFault.OUTSIDE_CITY),
    ]
    faults = np.full(x.shape, PointFault.OK, dtype=object)
    for mask, fault in reversed(cases):
        faults[mask] = fault
    return faults


def check_polygon(geometry: shapely.Geometry | None, city: Bounds | None = None) -> CheckedShape:
    """Return the polygon fit to store (Polygon or MultiPolygon, 2-D, lon/lat degrees), or the reason it is refused.

    Mended, and said: heights dropped; crossing or touching rings rebuilt (with the change of area when it is more
    than a thousandth). Refused: empty, no area, not a polygon, NaN or projected numbers, outside China or wholly
    outside the city's bounding box, coordinates swapped.
    """
    why = _refuse_shape(geometry, city)
    if why or geometry is None:
        return CheckedShape(None, refused=why)
    mended: list[str] = []
    if geometry.has_z:
        geometry = shapely.force_2d(geometry)
        mended.append("去掉了高程")
    if not geometry.is_valid:
        reason = shapely.is_valid_reason(geometry)
        rebuilt = _polygons_of(shapely.make_valid(geometry, method="structure", keep_collapsed=False))
        if rebuilt is None:
            return CheckedShape(None, mended, f"图形无效且修复后没有面积({reason})")
        mended.append(_mend_sentence(geometry, rebuilt, reason))
        geometry = rebuilt
    if geometry.area < _NOTHING_DEG2:
        return CheckedShape(None, mended, "图形没有面积")
    return CheckedShape(geometry, mended)


def _refuse_shape(geometry: shapely.Geometry | None, city: Bounds | None) -> str:
    if geometry is None or geometry.is_empty:
        return "图形为空"
    if geometry.geom_type not in ("Polygon", "MultiPolygon"):
        return f"应为面(Polygon),现为 {geometry.geom_type}"
    xy = shapely.get_coordinates(geometry)
    if not np.isfinite(xy).all():
        return "图形里有空坐标(NaN)"
    found = check_points(xy[:, 0], xy[:, 1], city)
    ignored = {PointFault.OK, PointFault.OUTSIDE_CITY}
    if not (found == PointFault.SWAPPED).all():
        ignored.add(PointFault.SWAPPED)
    order = [f for f in PointFault if f in set(found) - ignored]
    if order:
        return SENTENCES[order[0]]
    if city is not None and not shapely.box(*city).intersects(shapely.box(*geometry.bounds)):
        return "图形不在本市范围内"
    return ""


def _mend_sentence(before: shapely.Geometry, after: shapely.Geometry, reason: str) -> str:
    old, new = float(area_km2(before)), float(area_km2(after))
    change = f",面积由 {old:.4g} 变为 {new:.4g} km²" if abs(new - old) > 0.001 * max(abs(old), 1e-12) else ""
    return f"图形自相交,已修复({reason}){change}"


def _polygons_of(shape: shapely.Geometry) -> shapely.Geometry | None:
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon" and p.area > 0]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _in(x: NDArray[np.float64], y: NDArray[np.float64], box: Bounds) -> NDArray[np.bool_]:
    west, south, east, north = box
    return (x >= west) & (x <= east) & (y >= south) & (y <= north)
