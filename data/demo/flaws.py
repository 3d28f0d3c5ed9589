"""Flaws as in life: places without coordinates, in no grid, in three lists, stacked, or with a wrong datum."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from data.demo.amounts import Amounts
from data.demo.dice import chance, dice, pick
from data.demo.ground import Ground
from data.demo.spots import jitter, metres
from geo.datum import convert
from geo.locate import Locator

WITHOUT_POINT = 0.03
ON_THE_SHORE = 0.0007
_NOT_MOVED = ("mine", "hazchem")
_OTHER_NAMES = {
    "店": "馆", "馆": "店", "铺": "店", "坊": "店", "小馆": "馆", "食府": "饭店", "饭店": "食府", "餐馆": "餐厅",
}  # fmt: skip


def add(ground: Ground, places: pd.DataFrame, amounts: Amounts) -> pd.DataFrame:
    """Put the flaws into `places`: new columns datum, datum_evidence, orig_x, orig_y, leaf (region code or None).

    Returns the planted duplicates: `first`, `second`, `third` are row numbers of `places` that are one premises. It is
    for tests and benchmarks; nothing of it is written to the database.

    `leaf` is the code of the region a place hangs on: its grid, or the rest node (code + X) of the street or community
    it names; None where only its point can tell (data.regions finds the leaf then).
    """
    places["leaf"] = ground.of("code", places["grid"].to_numpy())
    places["named_region"] = None
    places["datum"], places["datum_evidence"] = "wgs84", "demo"
    planted = _triples(ground, places, amounts)
    _stacks(ground, places, amounts)
    _shore(ground, places)
    places["orig_x"], places["orig_y"] = places["lon"], places["lat"]
    _datums(ground, places, amounts)
    _without_point(ground, places)
    return planted


def _triples(ground: Ground, places: pd.DataFrame, amounts: Amounts) -> pd.DataFrame:
    """Make one restaurant stand in three lists: the market bureau's, the gas supplier's and the street's."""
    rng = dice(ground.seed, "flaws", "triples")
    shops = np.flatnonzero((places["part"] == "gas").to_numpy())
    small = np.flatnonzero((places["part"] == "small").to_numpy())
    first, second = np.split(rng.choice(shops[20:], 2 * amounts.triples, replace=False), 2)
    third = rng.choice(small[9:], amounts.triples, replace=False)
    name = places["name"].to_numpy(dtype=object)
    places["list"] = "demo"
    for rows, source in ((first, "market"), (second, "supplier"), (third, "street")):
        places.loc[rows, "list"] = source
    for rows in (second, third):
        for column in ("grid", "leaf", "road", "address"):
            places.loc[rows, column] = places[column].to_numpy()[first]
        lon, lat = jitter(rng, places["lon"].to_numpy()[first], places["lat"].to_numpy()[first], 25.0)
        inside = shapely.contains_xy(ground.polygons[places["grid"].to_numpy()[first]], lon, lat)
        places.loc[rows, "lon"] = np.where(inside, lon, places["lon"].to_numpy()[first])
        places.loc[rows, "lat"] = np.where(inside, lat, places["lat"].to_numpy()[first])
    plain = pd.Series(name[first]).str.replace("（.*）", "", regex=True)
    places.loc[second, "name"] = [_renamed(text) for text in plain]
    places.loc[third, "name"] = ("示例" + plain).to_numpy(dtype=object)
    places.loc[third, "category"] = "小餐饮"
    places.loc[second, "uscc"] = None
    return pd.DataFrame({"first": first, "second": second, "third": third})


def _renamed(text: str) -> str:
    for end in sorted(_OTHER_NAMES, key=len, reverse=True):
        if text.endswith(end):
            return text.removesuffix(end) + _OTHER_NAMES[end]
    return text + "店"


def _stacks(ground: Ground, places: pd.DataFrame, amounts: Amounts) -> None:
    """Put several places of a grid on exactly one point, as a bureau does that only knows the market hall."""
    rng = dice(ground.seed, "flaws", "stacks")
    ordinary = np.flatnonzero(places["part"].isin(["small", "gas"]).to_numpy() & (places["list"] == "demo").to_numpy())
    own = pd.Series(ordinary).groupby(places["grid"].to_numpy()[ordinary])
    crowded = [rows for rows in own.indices.values() if len(rows) >= 6]
    for number in rng.permutation(len(crowded))[: amounts.stacks]:
        rows = ordinary[crowded[number][: int(rng.integers(5, 12))]]
        places.loc[rows, ["lon", "lat"]] = places.loc[rows[0], ["lon", "lat"]].to_numpy(dtype=float)


def _shore(ground: Ground, places: pd.DataFrame) -> None:
    """Move some small places off the shore, onto piers and filled land that lie in no grid."""
    rng = dice(ground.seed, "flaws", "shore")
    land = ground.geography.regions
    outline = land[land["level"] == 1].geometry.iloc[0].boundary
    movable = (places["part"].isin(["small", "gas"]) & (places["list"] == "demo")).to_numpy()
    near = np.flatnonzero(movable & (np.arange(len(places)) % 7 == 3))
    there = shapely.points(places["lon"].to_numpy()[near], places["lat"].to_numpy()[near])
    near = near[shapely.distance(there, outline) < 0.02]
    rows = rng.permutation(near)[: max(round(ON_THE_SHORE * len(places)), 3)]
    points = shapely.points(places["lon"].to_numpy()[rows], places["lat"].to_numpy()[rows])
    foot = shapely.get_coordinates(shapely.line_interpolate_point(outline, shapely.line_locate_point(outline, points)))
    lon, lat = places["lon"].to_numpy(dtype=float)[rows], places["lat"].to_numpy(dtype=float)[rows]
    east, north = metres(lat)
    way = np.column_stack([(foot[:, 0] - lon) * east, (foot[:, 1] - lat) * north])
    way /= np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
    beyond = rng.uniform(25, 140, len(rows))
    places.loc[rows, "lon"] = np.round(foot[:, 0] + way[:, 0] * beyond / east, 7)
    places.loc[rows, "lat"] = np.round(foot[:, 1] + way[:, 1] * beyond / north, 7)
    places.loc[rows, "leaf"] = None


def _datums(ground: Ground, places: pd.DataFrame, amounts: Amounts) -> None:
    """Give some rows an original pair in GCJ-02 or BD-09, rightly shifted; leave a few unshifted and unverified."""
    rng = dice(ground.seed, "flaws", "datums")
    n = len(places)
    plain = (~places[list(_NOT_MOVED)].any(axis=1) & (places["list"] == "demo")).to_numpy()
    lon, lat = places["lon"].to_numpy(dtype=float), places["lat"].to_numpy(dtype=float)
    kind = pick(rng, ["wgs84", "gcj02", "bd09"], n, [0.93, 0.045, 0.025])
    for name in ("gcj02", "bd09"):
        rows = np.flatnonzero((kind == name) & plain)
        x, y = convert(lon[rows], lat[rows], "wgs84", name)
        places.loc[rows, "orig_x"], places.loc[rows, "orig_y"] = x, y
        places.loc[rows, "datum"], places.loc[rows, "datum_evidence"] = name, "column"
    rows = rng.choice(np.flatnonzero((kind == "wgs84") & plain & places["leaf"].notna().to_numpy()), amounts.unshifted,
                      replace=False)  # fmt: skip
    x, y = convert(lon[rows], lat[rows], "wgs84", "gcj02")
    for column, values in (("lon", x), ("orig_x", x), ("lat", y), ("orig_y", y)):
        places.loc[rows, column] = values
    places.loc[rows, "datum_evidence"] = "unverified"
    places.loc[rows, "leaf"] = None


def _without_point(ground: Ground, places: pd.DataFrame) -> None:
    """Take the point of three in a hundred; they hang on the rest node of the street or community they name."""
    rng = dice(ground.seed, "flaws", "without a point")
    n = len(places)
    share = np.where(places["scale"] == "high_hazard", 0.008, WITHOUT_POINT)
    gone = np.flatnonzero(chance(rng, share, n) & places["leaf"].notna().to_numpy())
    if ground.dense_street is not None:
        here = ground.in_street(ground.dense_street)[places["grid"].to_numpy()[gone]]
        gone = gone[~here | (np.arange(len(gone)) % 4 == 0)]
    level = np.where(chance(rng, 0.3, len(gone)), "community", "street")
    grid = places["grid"].to_numpy()[gone]
    code = np.where(level == "community", ground.of("community", grid), ground.of("street", grid))
    name = np.where(level == "community", ground.of("community_name", grid), ground.of("street_name", grid))
    places.loc[gone, "leaf"] = np.asarray(code + "X", dtype=object)
    counts = ground.geography.regions["name"].value_counts()
    places.loc[gone, "named_region"] = np.where(pd.Series(name).map(counts).to_numpy() > 1, code, name)
    for column in ("lon", "lat", "orig_x", "orig_y"):
        places.loc[gone, column] = np.nan
    places.loc[gone, ["datum", "datum_evidence"]] = None


def in_grids(ground: Ground, places: pd.DataFrame) -> np.ndarray:
    """Return the positions of places whose point does not lie in the grid they hang on (for the tests: none)."""
    regions = ground.geography.regions
    grids = regions[regions["level"] == 5]
    rows = np.flatnonzero(places["lon"].notna().to_numpy() & places["leaf"].notna().to_numpy())
    found = Locator(grids.geometry.to_numpy(), grids["code"].to_numpy(dtype=object)).locate(
        places["lon"].to_numpy(dtype=float)[rows], places["lat"].to_numpy(dtype=float)[rows]
    )
    return np.asarray(rows[found != places["leaf"].to_numpy(dtype=object)[rows]])
