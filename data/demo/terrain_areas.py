"""Areas that cut across the invented city's tree (parks, ports, police and squadron areas, forest, river sections)."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.demo.terrain import Outline, to_metres
from data.demo.terrain_plan import Plan

Array = NDArray[np.float64]
Row = tuple[str, str, shapely.Geometry]

ZONE_KINDS = {"chemical_park": "chemical_park", "port": "port", "industrial": "industrial_park"}
"""Which characters of sites become an area, and of which kind."""

_SECTION_M = 9_000.0
_NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True)
class _Level:
    """The regions of a level in metres, and a place inside each."""

    frame: gpd.GeoDataFrame
    middles: Array

    @classmethod
    def of(cls, frame: gpd.GeoDataFrame) -> _Level:
        return cls(frame, shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy())))

    def within(self, at: tuple[float, float], radius_km: float) -> NDArray[np.bool_]:
        return np.asarray(np.hypot(*(self.middles - to_metres([at])[0]).T) < radius_km * 1000.0)

    def nearest(self, at: tuple[float, float]) -> NDArray[np.bool_]:
        away = np.hypot(*(self.middles - to_metres([at])[0]).T)
        return np.asarray(away == away.min())

    def union(self, mask: NDArray[np.bool_]) -> shapely.Geometry:
        return shapely.coverage_union_all(self.frame.geometry.to_numpy()[mask])

    def by_district(self) -> list[tuple[str, _Level]]:
        district = self.frame["code"].str[:6].to_numpy()
        return [(d, _Level(self.frame[district == d], self.middles[district == d])) for d in np.unique(district)]


def areas(
    plan: Plan, outline: Outline, grids: gpd.GeoDataFrame, communities: gpd.GeoDataFrame, streets: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Return kind, name, geometry (metres) of every area; the frames are in metres with code, name, geometry."""
    small, middling, large = _Level.of(grids), _Level.of(communities), _Level.of(streets)
    rows = _parks(plan, small) + _forests(plan, small) + _development_zones(plan, middling)
    rows += _police_stations(middling, large) + _squadrons(middling) + _rivers(plan, outline)
    return pd.DataFrame(rows, columns=["kind", "name", "geometry"])


def water(plan: Plan, outline: Outline) -> pd.DataFrame:
    """Return kind (sea, river, reservoir), name, geometry (metres) of the background's water."""
    rows = [("sea", "示例湾", outline.sea)] if not outline.sea.is_empty else []
    for name, _, width in plan.rivers:
        line = shapely.LineString(outline.rivers[name])
        rows.append(("river", name, line.buffer(width / 2, quad_segs=2).difference(outline.sea)))
    rows += [("reservoir", name, _lake(at, radius)) for name, at, radius in plan.reservoirs]
    return pd.DataFrame(rows, columns=["kind", "name", "geometry"])


def _parks(plan: Plan, grids: _Level) -> list[Row]:
    rows = []
    for site in plan.sites:
        mask = grids.within(site.at, site.radius) & (grids.frame["character"] == site.character).to_numpy()
        if site.character in ZONE_KINDS and site.name and mask.any():
            rows.append((ZONE_KINDS[site.character], site.name, grids.union(mask)))
    return rows


def _forests(plan: Plan, grids: _Level) -> list[Row]:
    """Return each forest site cut into up to four sections by direction from its middle."""
    rows = []
    for site in plan.sites:
        mask = grids.within(site.at, site.radius) & (grids.frame["character"] == "forest").to_numpy()
        if site.character != "forest" or not mask.any():
            continue
        away = grids.middles - to_metres([site.at])[0]
        quarter = ((np.arctan2(away[:, 1], away[:, 0]) + np.pi) / (np.pi / 2)).astype(int) % 4
        sections = [own for own in (mask & (quarter == q) for q in range(4)) if own.any()]
        rows += [("forest", f"{site.name}{_NUMERALS[k]}段", grids.union(own)) for k, own in enumerate(sections)]
    return rows


def _development_zones(plan: Plan, communities: _Level) -> list[Row]:
    """Return a zone of whole communities around every big industrial site, wider than the site and across streets."""
    rows = []
    for site in plan.sites:
        if site.character == "industrial" and (site.radius >= 2.7 or len(plan.districts) == 1):
            mask = communities.within(site.at, site.radius * 1.5)
            name = site.name.removesuffix("产业园").removesuffix("工业园") + "开发区"
            if not mask.any():
                mask = communities.nearest(site.at)
            rows.append(("development_zone", name, communities.union(mask)))
    return rows


def _police_stations(communities: _Level, streets: _Level) -> list[Row]:
    """Return areas of whole communities, one seat a street, nearest seat in the district: some cross streets."""
    rows = []
    seats = dict(streets.by_district())
    for district, own in communities.by_district():
        here = seats[district]
        nearest = np.hypot(*(own.middles[:, None, :] - here.middles[None, :, :]).transpose(2, 0, 1)).argmin(axis=1)
        for k, name in enumerate(here.frame["name"]):
            if (nearest == k).any():
                short = name.removesuffix("街道").removesuffix("镇")
                rows.append(("police_station", short + "派出所", own.union(nearest == k)))
    return rows


def _squadrons(communities: _Level) -> list[Row]:
    """Return four squadron areas a district, of whole communities, by direction from its middle."""
    rows = []
    for _, own in communities.by_district():
        away = own.middles - own.middles.mean(axis=0)
        turn = np.argsort(np.argsort(np.arctan2(away[:, 1], away[:, 0]), kind="stable"), kind="stable")
        quarter = turn * 4 // len(turn)
        name = own.frame["district_name"].iloc[0].removesuffix("区").removesuffix("市")
        rows += [("squadron", f"{name}监察{_NUMERALS[q]}中队", own.union(quarter == q)) for q in np.unique(quarter)]
    return rows


def _rivers(plan: Plan, outline: Outline) -> list[Row]:
    rows = []
    for name, xy in outline.rivers.items():
        line = shapely.LineString(xy)
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
