"""Do the polygons nest? What lies outside its parent, or over its sisters, is told with its share of area."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import text

from data.imports.work import Work
from geo.crs import area_km2

_LEAST_SHARE = 0.01


def check(work: Work, frame: pd.DataFrame) -> None:
    """Warn about polygons of `frame` of which more than a hundredth lies outside the parent or over a sister."""
    shapes = frame["geometry"].to_numpy(dtype=object)
    have = np.array([shape is not None for shape in shapes], dtype=bool)
    if not have.any():
        return
    own = frame[have]
    area = area_km2(shapes[have])
    _outside(work, own, np.asarray(area), _parents(work, frame, own))
    _overlaps(work, own, np.asarray(area))


def _parents(work: Work, frame: pd.DataFrame, own: pd.DataFrame) -> dict[str, shapely.Geometry]:
    found = {c: s for c, s in zip(frame["code"], frame["geometry"], strict=True) if s is not None}
    wanted = sorted({code for code in own["parent_code"] if isinstance(code, str) and code not in found})
    rows = work.connection.execute(
        text("SELECT code, ST_AsBinary(geom) FROM region WHERE geom IS NOT NULL AND code = ANY(:codes)"),
        {"codes": wanted},
    )
    return found | {code: shapely.from_wkb(bytes(wkb)) for code, wkb in rows}


def _outside(work: Work, own: pd.DataFrame, area: np.ndarray, parents: dict[str, shapely.Geometry]) -> None:
    for code, group in own.groupby("parent_code", sort=False):
        parent = parents.get(str(code))
        if parent is None:
            continue
        shapely.prepare(parent)
        at = own.index.get_indexer(group.index)
        children = group["geometry"].to_numpy(dtype=object)
        loose = ~shapely.covers(parent, children)
        beyond = area_km2(shapely.difference(children[loose], parent)) / area[at[loose]]
        for row, share in zip(group.index[loose], np.atleast_1d(beyond), strict=True):
            if share > _LEAST_SHARE:
                work.ledger.warn(np.array([row]), "图形", f"{share:.1%}", "图形有一部分在上级区划之外")


def _overlaps(work: Work, own: pd.DataFrame, area: np.ndarray) -> None:
    shapes = own["geometry"].to_numpy(dtype=object)
    tree = shapely.STRtree(shapes)
    first, second = tree.query(shapes, predicate="overlaps")
    levels = own["level"].to_numpy()
    pair = (first < second) & (levels[first] == levels[second])
    first, second = first[pair], second[pair]
    if not len(first):
        return
    share = np.atleast_1d(area_km2(shapely.intersection(shapes[first], shapes[second])))
    share = share / np.minimum(area[first], area[second])
    for a, b, over in zip(first, second, share, strict=True):
        if over > _LEAST_SHARE:
            shown = f"与“{own['name'].iloc[b]}”重叠 {over:.1%}"
            work.ledger.warn(np.array([own.index[a]]), "图形", shown, "图形与同级区划重叠")
