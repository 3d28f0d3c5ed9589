"""Areas that cut across the invented city's tree (parks, ports, police and squadron areas, forest, river sections)."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.demo.terrain import Outline, to_metres
from data.demo.terrain_plan import Plan
from data.demo.terrain_roads import smooth

Array = NDArray[np.float64]

ZONE_KINDS = {"chemical_park": "chemical_park", "port": "port", "industrial": "industrial_park"}
"""Which characters of sites become an area, and of which kind."""

_SECTION_M = 9_000.0
_NUMERALS = "一二三四五六七八九十"


def areas(
    plan: Plan, grids: gpd.GeoDataFrame, communities: gpd.GeoDataFrame, streets: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Return kind, name, geometry (metres) of every area; the frames are in metres with code, name, geometry."""
    rows = _parks(plan, grids) + _forests(plan, grids) + _development_zones(plan, communities)
    rows += _nearest_seat(communities, streets, "police_station", "派出所")
    rows += _squadrons(communities)
    rows += _rivers(plan)
    return pd.DataFrame(rows, columns=["kind", "name", "geometry"])


def water(plan: Plan, outline: Outline) -> pd.DataFrame:
    """Return kind (sea, river, reservoir), name, geometry (metres) of the background's water."""
    rows = [("sea", "示例湾", outline.sea)]
    for name, points, width in plan.rivers:
        line = shapely.LineString(smooth(to_metres(points), 120.0))
        rows.append(("river", name, line.buffer(width / 2, quad_segs=2).difference(outline.sea)))
    rows += [("reservoir", name, _lake(at, radius)) for name, at, radius in plan.reservoirs]
    return pd.DataFrame(rows, columns=["kind", "name", "geometry"])


def _middles(frame: gpd.GeoDataFrame) -> Array:
    return shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy()))


def _within(frame: gpd.GeoDataFrame, at: tuple[float, float], radius_km: float) -> NDArray[np.bool_]:
    return np.asarray(np.hypot(*(_middles(frame) - to_metres([at])[0]).T) < radius_km * 1000.0)


def _union(frame: gpd.GeoDataFrame, mask: NDArray[np.bool_]) -> shapely.Geometry:
    return shapely.coverage_union_all(frame.geometry.to_numpy()[mask])


def _parks(plan: Plan, grids: gpd.GeoDataFrame) -> list[tuple[str, str, shapely.Geometry]]:
    rows = []
    for site in plan.sites:
        mask = _within(grids, site.at, site.radius) & (grids["character"] == site.character).to_numpy()
        if site.character in ZONE_KINDS and site.name and mask.any():
            rows.append((ZONE_KINDS[site.character], site.name, _union(grids, mask)))
    return rows


def _forests(plan: Plan, grids: gpd.GeoDataFrame) -> list[tuple[str, str, shapely.Geometry]]:
    """Return each forest site cut into up to four sections by direction from its middle."""
    rows = []
    for site in plan.sites:
        mask = _within(grids, site.at, site.radius) & (grids["character"] == "forest").to_numpy()
        if site.character != "forest" or not mask.any():
            continue
        away = _middles(grids) - to_metres([site.at])[0]
        quarter = ((np.arctan2(away[:, 1], away[:, 0]) + np.pi) / (np.pi / 2)).astype(int) % 4
        for number, own in enumerate([mask & (quarter == q) for q in range(4)]):
            if own.any():
                rows.append(("forest", f"{site.name}{_NUMERALS[number]}段", _union(grids, own)))
    return rows


def _development_zones(plan: Plan, communities: gpd.GeoDataFrame) -> list[tuple[str, str, shapely.Geometry]]:
    """Return a zone of whole communities around every industrial site, wider than the site and across streets."""
    rows = []
    for site in plan.sites:
        if site.character == "industrial" and (site.radius >= 2.7 or len(plan.districts) == 1):
            mask = _within(communities, site.at, site.radius * 1.5)
            rows.append(("development_zone", site.name.removesuffix("产业园").removesuffix("工业园") + "开发区", mask))
    return [(kind, name, _union(communities, mask)) for kind, name, mask in rows if mask.any()]


def _nearest_seat(
    communities: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, kind: str, suffix: str
) -> list[tuple[str, str, shapely.Geometry]]:
    """Return areas of whole communities around one seat a street, nearest seat of the district: some cross streets."""
    rows = []
    for district, own in communities.groupby(communities["code"].str[:6], sort=True):
        here = streets[streets["code"].str[:6] == district]
        seats = _middles(here)
        middles = _middles(own)
        nearest = np.hypot(*(middles[:, None, :] - seats[None, :, :]).transpose(2, 0, 1)).argmin(axis=1)
        for k, name in enumerate(here["name"]):
            if (nearest == k).any():
                short = name.removesuffix("街道").removesuffix("镇")
                rows.append((kind, short + suffix, _union(own, nearest == k)))
    return rows


def _squadrons(communities: gpd.GeoDataFrame) -> list[tuple[str, str, shapely.Geometry]]:
    """Return four squadron areas a district of whole communities, by direction from its middle."""
    rows = []
    for _, own in communities.groupby(communities["code"].str[:6], sort=True):
        away = _middles(own)
        away = away - away.mean(axis=0)
        turn = np.argsort(np.argsort(np.arctan2(away[:, 1], away[:, 0]), kind="stable"), kind="stable")
        quarter = turn * 4 // len(own)
        name = own["district_name"].iloc[0].removesuffix("区").removesuffix("市")
        for q in range(4):
            if (quarter == q).any():
                rows.append(("squadron", f"{name}监察{_NUMERALS[q]}中队", _union(own, quarter == q)))
    return rows


def _rivers(plan: Plan) -> list[tuple[str, str, shapely.Geometry]]:
    rows = []
    for name, points, _ in plan.rivers:
        line = shapely.LineString(smooth(to_metres(points), 120.0))
        count = max(1, round(line.length / _SECTION_M))
        for k in range(count):
            part = shapely.ops.substring(line, k / count, (k + 1) / count, normalized=True)
            rows.append(("river", f"{name}第{k + 1}段", part))
    return rows + [("river", name, _lake(at, radius)) for name, at, radius in plan.reservoirs]


def _lake(at: tuple[float, float], radius_km: float) -> shapely.Polygon:
    """Return a reservoir: a ragged shape whose arms come from its own place, the same every time."""
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    radius = radius_km * 1000 * (0.75 + 0.22 * np.sin(3 * angle + at[0]) + 0.16 * np.sin(5 * angle + at[1]))
    ring = to_metres([at])[0] + np.column_stack([np.cos(angle) * 1.25, np.sin(angle) * 0.8]) * radius[:, None]
    return shapely.Polygon(ring)
