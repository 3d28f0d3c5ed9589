"""Areas that cut across the tree: police districts, parks, ports, forests, rivers."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from data.imports.points import to_wgs84
from data.imports.targets.shared import whole_city_only
from data.imports.work import Work
from data.tables.regions import Zone
from geo.validity import check_polygon

ZONE: Any = Zone.__table__


def write(work: Work) -> None:
    """Write the good rows as zones. Areas are checked and mended; without a shape a zone has only its name."""
    whole_city_only(work)
    keys = work.keys()
    shapes = _shapes(work)
    frame = work.frame(keys, work.ledger.good, ("code", "name", "kind"))
    if shapes is not None:
        frame["geom"] = shapes[frame.index]
    work.merge(ZONE, frame)


def _shapes(work: Work) -> NDArray[np.object_] | None:
    if work.sheet.shapes is None:
        work.notes.append("文件没有图形：片区只有名称，图上不画")
        return None
    moved = to_wgs84(work.sheet.shapes, work.options.crs or work.sheet.crs, work.options.datum)
    out = np.full(len(moved), None, dtype=object)
    for i, shape in enumerate(moved):
        if shape is not None and shape.geom_type.endswith("Polygon"):
            checked = check_polygon(shape)
            out[i] = checked.geometry
            if checked.refused:
                work.ledger.reject(np.array([i]), "图形", "", checked.refused)
            for sentence in checked.mended:
                work.ledger.warn(np.array([i]), "图形", sentence, "图形有错，已修复")
        elif shape is None or shape.is_empty:
            work.ledger.reject(np.array([i]), "图形", "", "图形为空")
        else:
            out[i] = shapely.force_2d(shape)
    return out
