"""Fire stations, spread by people and distance: part of the fringe is not reached in five minutes, as in life."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from data.demo.amounts import Amounts
from data.demo.dice import Bools, chance, dice, pick
from data.demo.ground import Ground
from data.demo.spots import METRES_PER_DEGREE

_SPECIAL = ("chemical_park", "port")
_ENGINES = {"special": 9, "class1": 6, "class2": 4, "small": 2, "volunteer": 1}
_CREW = {"special": 42, "class1": 30, "class2": 20, "small": 12, "volunteer": 8}
_FAR_M = 7_000.0
BUSINESS_STATIONS = 4
"""Stations of the business street (金家岭: 4)."""


def roll(ground: Ground, amounts: Amounts) -> pd.DataFrame:
    """Return stations: grid (index), name, station_class, engines, crew, lon, lat, address.

    Sites are picked one after another, each where the stations before it are farthest away for the density of people,
    after those of the business street and one at a chemical park and a port.
    """
    rng = dice(ground.seed, "stations")
    grids = ground.grids
    fixed = [int(np.flatnonzero(grids["character"] == c)[0]) for c in _SPECIAL if (grids["character"] == c).any()]
    special = len(fixed)
    own = np.flatnonzero(ground.in_street(ground.business_street))
    fixed += [int(i) for i in own[np.linspace(0, len(own) - 1, min(BUSINESS_STATIONS, len(own))).astype(int)]]
    chosen = _spread_out(ground, ground.in_street(ground.business_street), fixed, max(amounts.stations, len(fixed)))
    place = grids.iloc[chosen]
    rural = place["character"].isin(["village", "forest"]).to_numpy()
    n = len(chosen)
    kind = np.where(
        rural,
        pick(rng, ["volunteer", "small", "class2"], n, [0.72, 0.2, 0.08]),
        pick(rng, ["class1", "class2", "small"], n, [0.42, 0.36, 0.22]),
    ).astype(object)
    kind[:special] = "special"
    at = ground.doors.take(np.array(chosen))
    short = (place["street_name"].str.removesuffix("街道").str.removesuffix("镇")).to_numpy(dtype=object)
    title = pd.Series(kind).map({"volunteer": "专职消防队", "special": "特勤站"}).fillna("消防救援站")
    name = short + title
    again = name.groupby(name).cumcount().to_numpy()
    shift = rng.integers(-1, 2, n)
    return pd.DataFrame({
        "grid": chosen,
        "name": np.where(again > 0, name + "（" + (again + 1).astype(str) + "）", name),
        "station_class": kind,
        "engines": np.maximum(np.array([_ENGINES[k] for k in kind]) + shift, 1),
        "crew": np.where(chance(rng, 0.96, n), np.array([_CREW[k] for k in kind]) + 2 * shift, np.nan),
        "lon": ground.doors.lon[at], "lat": ground.doors.lat[at],
        "address": ground.addresses(np.array(chosen), ground.doors.road[at], ground.doors.number[at]),
    })  # fmt: skip


def _spread_out(ground: Ground, closed: Bools, fixed: list[int], n: int) -> list[int]:
    """Return `fixed`, then grid after grid where stations are farthest for the density of people; none in `closed`."""
    lon, lat = ground.grids["lon"].to_numpy(), ground.grids["lat"].to_numpy()
    x = lon * METRES_PER_DEGREE * np.cos(np.radians(lat.mean()))
    xy = np.column_stack([x, lat * METRES_PER_DEGREE])
    density = ground.people / np.maximum(ground.grids["area_m2"].to_numpy(dtype=float), 1e3)
    wanted = density**0.3 * ~closed
    far = np.full(len(xy), _FAR_M)
    chosen: list[int] = []
    for grid in fixed:
        far = np.minimum(far, np.hypot(*(xy - xy[grid]).T))
        chosen.append(grid)
    while len(chosen) < min(n, len(xy)):
        grid = int(np.argmax(wanted * np.minimum(far, _FAR_M)))
        far = np.minimum(far, np.hypot(*(xy - xy[grid]).T))
        chosen.append(grid)
    return chosen


def districts_of(ground: Ground, stations: pd.DataFrame) -> pd.DataFrame:
    """Return fire districts as zones (name, kind, geometry): whole communities by their nearest station."""
    regions = ground.geography.regions
    own = regions[(regions["level"] == 4) & regions.geometry.notna()].sort_values("code")
    middle = shapely.get_coordinates(shapely.point_on_surface(own.geometry.to_numpy()))
    squeeze = np.array([np.cos(np.radians(middle[:, 1].mean())), 1.0])
    there = stations[["lon", "lat"]].to_numpy(dtype=float)
    away = ((middle[:, None, :] - there[None, :, :]) * squeeze) ** 2
    nearest = away.sum(axis=2).argmin(axis=1)
    shapes = own.geometry.to_numpy()
    rows = [
        {"kind": "fire_district", "name": f"{stations['name'].iloc[k]}辖区",
         "geometry": shapely.union_all(shapes[nearest == k])}
        for k in np.unique(nearest)
    ]  # fmt: skip
    return pd.DataFrame(rows)
