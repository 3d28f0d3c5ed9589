"""All places of the city on the map: who stands in which grid, on which doorstep, under which name and code."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from data.demo import firms, names, uscc, venues
from data.demo.amounts import Amounts
from data.demo.dice import Bools, Floats, Ints, Objects, chance, dice, pick, where_known
from data.demo.ground import Ground
from data.demo.spots import jitter

KINDS = (
    "enterprise", "gas_shop", "small_place", "crowded_place", "school", "hospital", "petrol_station", "mine", "hazchem",
    "explosive_precursor", "highly_toxic", "drug_precursor", "fireworks", "hazmat_parking",
)  # fmt: skip
"""As in `data.tables.places`, in the order in which a place lists them."""

SETTLE: dict[str, dict[str, float]] = {
    "office": {"cbd": 6, "residential": 0.9, "old_town": 0.6, "suburban": 0.5, "industrial": 0.3, "tourism": 0.4,
               "village": 0.04},
    "market": {"industrial": 1, "residential": 0.8, "suburban": 1, "old_town": 0.7, "cbd": 0.5, "village": 0.12},
    "shop": {"old_town": 1.6, "residential": 1.1, "cbd": 1.1, "suburban": 0.9, "tourism": 1.5, "village": 0.3},
    "eatery": {"old_town": 2.8, "residential": 1.1, "cbd": 1.2, "suburban": 0.8, "tourism": 3.0, "village": 0.22,
               "industrial": 0.4, "port": 0.2},
    "corner": {"old_town": 1.7, "residential": 1.1, "cbd": 0.8, "suburban": 1.0, "tourism": 1.6, "village": 0.55},
    "workshop": {"old_town": 0.4, "residential": 0.3, "suburban": 1.2, "village": 0.9, "industrial": 0.7},
    "public": {"old_town": 1, "residential": 1, "cbd": 0.9, "suburban": 1, "tourism": 0.8, "village": 0.75},
    "road": {"suburban": 1.2, "residential": 0.6, "village": 0.4, "industrial": 1.0},
    "town": {"suburban": 1, "residential": 0.5, "industrial": 1},
    "yard": {"industrial": 3, "port": 3, "suburban": 0.7, "village": 0.12},
    "plant": {"industrial": 12, "suburban": 0.7, "village": 0.34, "residential": 0.06, "chemical_park": 0.4,
              "port": 0.4},
    "chemical": {"chemical_park": 90, "industrial": 1.6, "port": 1.0, "suburban": 0.04},
    "store": {"chemical_park": 12, "industrial": 3, "port": 5, "suburban": 0.3, "village": 0.06},
    "port": {"port": 30, "industrial": 0.2},
    "village": {"village": 1, "suburban": 0.2, "forest": 0.2},
    "quarry": {"forest": 4, "village": 1},
    "remote": {"village": 1, "forest": 1, "suburban": 0.1},
    "smelter": {"industrial": 1, "chemical_park": 0.3},
}  # fmt: skip
"""Where things settle, by the character of a grid; a grid's weight is this times its people."""
_ON_YARDS = ("plant", "chemical", "store", "port", "village", "quarry", "remote", "smelter", "yard", "workshop")
_TENANTS = {"office": 3.0, "market": 2.5}
_BUSINESS_SHARES = {"office": 0.72, "shop": 0.18, "market": 0.10}


def roll(ground: Ground, amounts: Amounts) -> pd.DataFrame:
    """Return every place, one row each, with `grid` (index), lon, lat, address, name, codes, kinds as booleans.

    Rows are ordered: firms (high-hazard, above-scale, small), gas shops, 九小, schools, hospitals, crowded places.
    """
    seed = ground.seed
    parts = {
        "firm": firms.roll(seed, amounts),
        "gas": venues.gas_shops(seed, amounts),
        "small": venues.small_places(seed, amounts),
        "school": venues.schools(seed, amounts),
        "hospital": venues.hospitals(seed, amounts),
        "crowd": venues.crowded(seed, amounts),
    }
    places = pd.concat([part.assign(part=name) for name, part in parts.items()], ignore_index=True)
    for kind in KINDS:
        places[kind] = places[kind].eq(True)
    places["grid"] = _settle(ground, places, amounts)
    _put(ground, places)
    _name(ground, places)
    _identify(ground, places)
    return places


def kind_lists(places: pd.DataFrame) -> Objects:
    """Return the sets of kinds as PostgreSQL array text."""
    bits = places[list(KINDS)].to_numpy(dtype=bool) @ (1 << np.arange(len(KINDS)))
    text = {b: "{" + ",".join(k for i, k in enumerate(KINDS) if b >> i & 1) + "}" for b in np.unique(bits).tolist()}
    return np.array([text[b] for b in bits.tolist()], dtype=object)


def _settle(ground: Ground, places: pd.DataFrame, amounts: Amounts) -> Ints:
    """Draw a grid for every place by what settles where; two streets get the numbers that are known of them."""
    rng = dice(ground.seed, "settle")
    where = places["where"].to_numpy(dtype=object)
    special = _special_streets(ground, places, amounts)
    grid = np.full(len(places), -1, dtype=np.int64)
    elsewhere = ~(ground.in_street(ground.dense_street) | ground.in_street(ground.business_street))
    for kind in pd.unique(where):
        rows = np.flatnonzero((where == kind) & (special == 0))
        weight = ground.weights(SETTLE[kind])
        free = weight if kind == "public" else weight * elsewhere
        weight = free if free.any() else weight
        grid[rows] = rng.choice(len(weight), len(rows), p=weight / weight.sum())
    for number, street in enumerate((ground.dense_street, ground.business_street), start=1):
        rows = np.flatnonzero(special == number)
        weight = ground.people * ground.in_street(street)
        if len(rows):
            grid[rows] = rng.choice(len(weight), len(rows), p=weight / weight.sum())
    return grid


def _special_streets(ground: Ground, places: pd.DataFrame, amounts: Amounts) -> Ints:
    """Return 1 for places of the dense old-town street, 2 for firms and shops of the business street, else 0."""
    rng = dice(ground.seed, "special streets")
    where, part = places["where"].to_numpy(dtype=object), places["part"].to_numpy(dtype=object)
    ordinary = (part != "firm") | (places["scale"] == "small").to_numpy()
    out = np.zeros(len(places), dtype=np.int64)

    def some(rows: Bools, n: int, number: int) -> None:
        free = np.flatnonzero(rows & (out == 0) & ordinary)
        out[rng.choice(free, min(n, len(free)), replace=False)] = number

    if ground.dense_street is not None:
        some(np.isin(where, ["shop", "market"]) & (part == "firm"), amounts.dense_firms, 1)
        some(part == "gas", amounts.dense_shops, 1)
        some((part == "small") & (where == "corner"), amounts.dense_small_places, 1)
        some(np.isin(part, ["crowd", "school"]), 9, 1)
    if ground.business_street is not None:
        for kind, share in _BUSINESS_SHARES.items():
            some((where == kind) & (part == "firm"), round(amounts.firms_in_business_street * share), 2)
        share = float(ground.people[ground.in_street(ground.business_street)].sum() / ground.people.sum())
        some(part == "gas", round(1.5 * share * amounts.gas_shops), 2)
        some((part == "small") & (where == "corner"), round(share * amounts.small_places), 2)
    return out


def _put(ground: Ground, places: pd.DataFrame) -> None:
    """Give every place a doorstep or a yard in its grid: lon, lat, road, number, address."""
    grid, where = places["grid"].to_numpy(), places["where"].to_numpy(dtype=object)
    on_yards = np.isin(where, _ON_YARDS)
    tenants = np.array([_TENANTS.get(kind, 1.0) for kind in SETTLE])
    tenant_of = pd.Series(tenants, index=list(SETTLE)).loc[where].to_numpy()
    cells = len(ground.grids)
    doors = np.bincount(grid[~on_yards], weights=1 / tenant_of[~on_yards], minlength=cells)
    ground.open_doors(np.ceil(doors).astype(np.int64), np.bincount(grid[on_yards], minlength=cells))
    lon, lat = np.empty(len(places)), np.empty(len(places))
    road, number = np.empty(len(places), dtype=np.int64), np.empty(len(places), dtype=np.int64)
    for kind in ("eatery", "road", "public", "corner", "shop", "market", "office", "town", *_ON_YARDS):
        rows = np.flatnonzero(where == kind)
        pool = ground.yards if kind in _ON_YARDS else ground.doors
        at = pool.take(grid[rows], _TENANTS.get(kind, 1.0))
        lon[rows], lat[rows], road[rows], number[rows] = pool.lon[at], pool.lat[at], pool.road[at], pool.number[at]
    places["lon"], places["lat"] = _nudge(ground, grid, lon, lat)
    places["road"], places["number"] = road, number
    places["address"] = ground.addresses(grid, road, number)


def _nudge(ground: Ground, grid: Ints, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Move places that share a doorstep apart, by up to 7 m, where they stay inside their grid."""
    moved_lon, moved_lat = jitter(dice(ground.seed, "nudge"), lon, lat, 7.0)
    shared = pd.Series(list(zip(lon, lat, strict=True))).duplicated().to_numpy()
    stays = np.zeros(len(lon), dtype=bool)
    stays[shared] = shapely.contains_xy(ground.polygons[grid[shared]], moved_lon[shared], moved_lat[shared])
    lon, lat = np.where(stays, moved_lon, lon), np.where(stays, moved_lat, lat)
    return np.asarray(np.round(lon, 7)), np.asarray(np.round(lat, 7))


def _name(ground: Ground, places: pd.DataFrame) -> None:
    """Name what is named by where it stands (firms have their names already)."""
    rng = dice(ground.seed, "names")
    road = ground.road_of(places["road"].to_numpy())
    community = ground.of("community_name", places["grid"].to_numpy())
    near = np.where(pd.isna(road), community, road)
    name = places["name"].to_numpy(dtype=object)
    part, category = places["part"].to_numpy(dtype=object), places["category"].to_numpy(dtype=object)

    def give(rows: Bools, values: Objects) -> None:
        name[rows] = values

    petrol, parking = places["petrol_station"].to_numpy(), places["hazmat_parking"].to_numpy()
    owner = pick(rng, ["示例石油", "海岸能源", "远帆石化", "民营"], int(petrol.sum()), [5, 3, 2, 1])
    give(petrol, owner + near[petrol] + "加油站")
    give(parking, near[parking] + "危化品车辆停车场")
    gas, small = part == "gas", part == "small"
    give(gas, names.restaurants(rng, road[gas]))
    give(small, names.small_places(rng, category[small]))
    street = ground.of("street_name", places["grid"].to_numpy())
    for kind in ("school", "hospital", "crowd"):
        rows = part == kind
        head = np.where(rng.random(int(rows.sum())) < 0.5, near[rows], names.brands(rng, int(rows.sum())))
        give(rows, head + category[rows])
    clinics = np.isin(category, ["社区卫生服务中心", "卫生院"])
    give(clinics, street[clinics] + community[clinics] + category[clinics])
    places["name"] = name


def _identify(ground: Ground, places: pd.DataFrame) -> None:
    """Give codes, licences, contacts; a few have none, a few are wrong, and some firms own several places."""
    rng = dice(ground.seed, "codes")
    n, part = len(places), places["part"].to_numpy(dtype=object)
    division = ground.of("district", places["grid"].to_numpy())
    firm = part == "firm"
    code = np.where(firm, uscc.codes(rng, division, "91"), uscc.codes(rng, division, "92"))
    public = np.isin(part, ["school", "hospital"])
    code[public] = uscc.codes(rng, division[public], "12")
    branches = np.flatnonzero(firm & (places["scale"] == "small").to_numpy() & chance(rng, 0.03, n))
    code[branches] = code[np.maximum(branches - rng.integers(1, 4, len(branches)), 0)]  # one code, several places
    wrong = chance(rng, 0.006, n)
    code[wrong] = uscc.spoil(rng, code[wrong])
    code[chance(rng, np.where(firm, 0.02, 0.22), n)] = None
    places["uscc"] = code
    licensed = places["hazchem"].to_numpy() | places["petrol_station"].to_numpy()
    serial = pd.Series(rng.integers(1, 99_999, n)).astype(str).str.zfill(5).to_numpy(dtype=object)
    places["licence_no"] = where_known(licensed & chance(rng, 0.97, n), "示危化经字" + division + serial)
    told = chance(rng, np.where(firm, 0.9, 0.7), n)
    places["contact_name"] = where_known(told, names.people(rng, n))
    places["contact_phone"] = where_known(told, names.phones(rng, n))
    places["state"] = pick(rng, ["open", "suspended", "closed"], n, [0.975, 0.013, 0.012])
