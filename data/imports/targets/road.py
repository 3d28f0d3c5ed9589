"""Pieces of road from a vector file; lines of several parts become several pieces."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from data.imports.model import Unusable
from data.imports.points import to_wgs84
from data.imports.targets.shared import whole_city_only
from data.imports.work import Work
from data.tables.regions import Road
from geo.crs import length_m

ROAD: Any = Road.__table__
PLAIN = ("name", "road_class", "oneway", "speed_kmh", "length_m", "u", "v")


def write(work: Work) -> None:
    """Write the good rows as roads. Raises Unusable when the file has no lines."""
    whole_city_only(work)
    if work.sheet.shapes is None:
        raise Unusable("道路要有线形：请提供 GeoJSON、GeoPackage 或 Shapefile，CSV 里没有线")
    keys = work.keys()
    kinds = shapely.get_type_id(work.sheet.shapes)
    wrong = ~np.isin(kinds, (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING))
    if wrong.any():
        work.ledger.reject(wrong, "图形", "", "道路应为线，这一项不是线或没有图形")
    good = work.ledger.good
    lines = shapely.force_2d(to_wgs84(work.sheet.shapes[good], work.options.crs or work.sheet.crs, work.options.datum))
    frame = work.frame(keys, good, PLAIN)
    if "oneway" in frame:
        frame["oneway"] = [bool(value) for value in frame["oneway"]]
    parts, owner = shapely.get_parts(lines, return_index=True)
    pieces = frame.iloc[owner].reset_index(drop=True)
    pieces["geom"] = parts
    _number_parts(pieces)
    measured = length_m(parts)
    own = pd.to_numeric(pieces["length_m"]) if "length_m" in pieces else pd.Series(np.nan, index=pieces.index)
    several = pieces["source_key"].str.contains("#", regex=False)
    pieces["length_m"] = own.where(own.notna() & ~several, pd.Series(measured, index=pieces.index).round(2))
    work.merge(ROAD, pieces)


def _number_parts(pieces: pd.DataFrame) -> None:
    number = pieces.groupby("source_key").cumcount() + 1
    many = pieces["source_key"].duplicated(keep=False)
    pieces.loc[many, "source_key"] = pieces["source_key"][many] + "#" + number[many].astype(str)
