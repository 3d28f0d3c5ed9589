"""People by day and by night per cell: polygons, or points with the area of their cell."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from data.imports.place import hang
from data.imports.points import to_wgs84
from data.imports.targets.shared import whole_city_only
from data.imports.values import objects
from data.imports.work import Work
from data.tables.regions import PopulationCell
from geo.crs import CrsError, reproject, zone_epsg
from geo.validity import check_polygon

CELL: Any = PopulationCell.__table__
_HEXAGON = np.pi / 6 + np.arange(6) * np.pi / 3


def write(work: Work) -> None:
    """Write the good rows as population cells; a row without day and night people is rejected."""
    whole_city_only(work)
    keys = work.keys()
    day, night = work.fields.get("day"), work.fields.get("night")
    none = np.array([_nothing(a) and _nothing(b) for a, b in zip(day, night, strict=True)], dtype=bool)
    if none.any():
        work.ledger.reject(none, work.fields.heading("day"), "", "白天、夜间人口都没有")
    shapes = _shapes(work)
    leaves, _ = hang(work.regions, work.fields, work.points, work.ledger)
    frame = work.frame(keys, work.ledger.good, ("day", "night"))
    frame["region_id"] = leaves[frame.index]
    frame["geom"] = shapes[frame.index]
    work.merge(CELL, frame)


def _nothing(value: Any) -> bool:
    return value is None or bool(np.isnan(value))


def _shapes(work: Work) -> NDArray[np.object_]:
    """Return each row's polygon: the file's own, mended; round a point a hexagon of the stated area."""
    given = work.sheet.shapes
    out = np.full(work.fields.size, None, dtype=object)
    if given is not None:
        moved = to_wgs84(given, work.options.crs or work.sheet.crs, work.options.datum)
        for i in np.flatnonzero(np.isin(shapely.get_type_id(given), (3, 6))).tolist():
            checked = check_polygon(moved[i])
            out[i] = checked.geometry
            for sentence in [*checked.mended, checked.refused]:
                if sentence:
                    work.ledger.warn(np.array([i]), "图形", "", sentence.split("(")[0].split("，")[0])
    _hexagons(work, out)
    return out


def _hexagons(work: Work, out: NDArray[np.object_]) -> None:
    points = work.points
    area = work.fields.get("area_m2")
    at = [i for i in np.flatnonzero(points.known).tolist() if out[i] is None and not _nothing(area[i]) and area[i] > 0]
    for i in at:
        out[i] = _hexagon(points.lon[i], points.lat[i], float(area[i]))
    if at:
        work.notes.append(f"{len(at)} 个格只有中心点和面积：图形按同面积的正六边形画")
    bare = np.array([shape is None for shape in out], dtype=bool) & points.known
    if bare.any():
        work.ledger.warn(bare, "图形", "", "只有点，没有格的图形和面积：人数计入所在区域，图上不画")
    work.notes = objects(list(dict.fromkeys(work.notes))).tolist()


def _hexagon(lon: float, lat: float, area_m2: float) -> shapely.Polygon | None:
    try:
        zone = zone_epsg(lon)
    except CrsError:
        return None
    centre = reproject(shapely.Point(lon, lat), 4326, zone)
    radius = float(np.sqrt(2 * area_m2 / (3 * np.sqrt(3))))
    corners = np.column_stack([centre.x + radius * np.cos(_HEXAGON), centre.y + radius * np.sin(_HEXAGON)])
    return reproject(shapely.Polygon(corners), zone, 4326)
