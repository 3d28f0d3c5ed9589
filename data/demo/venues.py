"""Places that are no firms: gas-using shops, 九小场所, schools, hospitals and other crowded places."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.demo.amounts import Amounts
from data.demo.dice import Objects, dice, objects, pick, where_known
from data.demo.names import SMALL_CATEGORIES

_SMALL_SHARES = [34, 12, 9, 7, 14, 8, 7, 6, 3]
_SCHOOLS = {"小学": 46.0, "初中": 22, "九年一贯制学校": 8, "高中": 8, "职业学校": 4, "大学": 1.2, "幼儿园": 30}
_PUPILS = {
    "小学": 900, "初中": 1_100, "九年一贯制学校": 1_500, "高中": 1_900, "职业学校": 2_200, "大学": 12_000,
    "幼儿园": 260,
}  # fmt: skip
_HOSPITALS: dict[str, float] = {"社区卫生服务中心": 40, "卫生院": 25, "人民医院": 10, "专科医院": 15, "中医医院": 7}
_BEDS = {"社区卫生服务中心": 25, "卫生院": 45, "人民医院": 700, "专科医院": 160, "中医医院": 260}
_CROWDED: dict[str, float] = {
    "商场": 190, "集贸市场": 210, "宾馆酒店": 300, "影剧院": 60, "体育场馆": 40, "公共娱乐场所": 140, "养老机构": 120,
    "客运站": 25, "图书馆博物馆": 45, "劳动密集型企业宿舍": 90, "宗教活动场所": 30,
}  # fmt: skip
_PEOPLE = {
    "商场": 2_600, "集贸市场": 700, "宾馆酒店": 260, "影剧院": 520, "体育场馆": 2_800, "公共娱乐场所": 240,
    "养老机构": 130, "客运站": 1_800, "图书馆博物馆": 500, "劳动密集型企业宿舍": 420, "宗教活动场所": 350,
}  # fmt: skip
SMALL_RESTAURANT_SEATS = 100
"""A restaurant with fewer seats is one of the 九小场所 (one province's list; DOMAIN 2.6)."""


def gas_shops(seed: int, amounts: Amounts) -> pd.DataFrame:
    """Return shops that use gas: restaurants by seats (one small enough is 九小, a large one is crowded)."""
    rng = dice(seed, "gas shops")
    n = amounts.gas_shops
    seats = np.rint(np.clip(rng.lognormal(np.log(34), 0.55, n), 6, 96)).astype(np.int64)
    seats[:: max(n // amounts.large_restaurants, 1)] = rng.integers(110, 460)
    large = seats >= SMALL_RESTAURANT_SEATS
    seats[large] = rng.integers(110, 460, int(large.sum()))
    told = rng.random(n) > 0.1
    return pd.DataFrame({
        "gas_shop": True, "small_place": ~large, "crowded_place": large,
        "category": np.where(large, "大中型餐饮", "小餐饮"),
        "where": "eatery", "capacity": where_known(told, seats), "seats": seats,
        "floor_area_m2": where_known(told, np.round(seats * rng.uniform(1.3, 2.4, n), 0)),
        "employees": where_known(rng.random(n) > 0.3, np.maximum(seats // 12, 1) + 1),
    })  # fmt: skip


def small_places(seed: int, amounts: Amounts) -> pd.DataFrame:
    """Return 九小场所 of all nine kinds (restaurants that use gas come with the gas shops)."""
    rng = dice(seed, "small places")
    n = amounts.small_places
    category = pick(rng, SMALL_CATEGORIES, n, _SMALL_SHARES)
    category[: len(SMALL_CATEGORIES)] = SMALL_CATEGORIES  # every kind is there, however small the city
    sells = np.flatnonzero(category == "小危险品销售储存")[: amounts.firework_shops]
    frame = pd.DataFrame({"small_place": True, "category": category, "where": "corner"})
    frame["fireworks"] = False
    frame.loc[sells, "fireworks"] = True
    frame.loc[category == "小生产加工", "where"] = "workshop"
    area = np.round(np.clip(rng.lognormal(np.log(70), 0.6, n), 8, 290))
    frame["floor_area_m2"] = where_known(rng.random(n) > 0.12, area)
    frame["capacity"] = where_known(rng.random(n) > 0.4, np.maximum(area // 3, 2).astype(np.int64))
    frame["employees"] = where_known(rng.random(n) > 0.4, rng.integers(1, 9, n))
    return frame


def schools(seed: int, amounts: Amounts) -> pd.DataFrame:
    """Return schools with their pupils; one with 500 or more is a crowded place."""
    rng = dice(seed, "schools")
    category, pupils = _sized(rng, _SCHOOLS, _PUPILS, amounts.schools, 0.35)
    return pd.DataFrame({
        "school": True, "crowded_place": pupils >= 500, "category": category, "where": "public",
        "capacity": pupils, "employees": np.maximum(pupils // 14, 4), "floor_area_m2": np.round(pupils * 9.5),
    })  # fmt: skip


def hospitals(seed: int, amounts: Amounts) -> pd.DataFrame:
    """Return hospitals with their beds; one with 100 or more is a crowded place."""
    rng = dice(seed, "hospitals")
    category, beds = _sized(rng, _HOSPITALS, _BEDS, amounts.hospitals, 0.4)
    return pd.DataFrame({
        "hospital": True, "crowded_place": beds >= 100, "category": category, "where": "public",
        "capacity": beds, "employees": np.maximum(np.rint(beds * 1.4), 6).astype(np.int64),
        "floor_area_m2": np.round(beds * 75.0),
    })  # fmt: skip


def crowded(seed: int, amounts: Amounts) -> pd.DataFrame:
    """Return the other 重点人员密集场所: malls, markets, hotels, cinemas, homes for the aged."""
    rng = dice(seed, "crowded places")
    category, people = _sized(rng, _CROWDED, _PEOPLE, amounts.crowded, 0.5)
    return pd.DataFrame({
        "crowded_place": True, "category": category, "where": "public", "capacity": people,
        "employees": np.maximum(people // 20, 3),
        "floor_area_m2": where_known(rng.random(len(people)) > 0.05, np.round(people * rng.uniform(3, 9, len(people)))),
    })  # fmt: skip


def _sized(
    rng: np.random.Generator, shares: dict[str, float], typical: dict[str, int], n: int, spread_of: float
) -> tuple[Objects, np.ndarray]:
    category = pick(rng, list(shares), n, list(shares.values()))
    first = objects(list(shares))[:n]
    category[: len(first)] = first
    middle = np.array([typical[c] for c in category], dtype=float)
    return category, np.maximum(np.rint(middle * rng.lognormal(0, spread_of, n)), 12).astype(np.int64)


def small_facts(rng: np.random.Generator, places: pd.DataFrame) -> pd.DataFrame:
    """Return the facts of small and crowded places that scoring asks for; nobody has told a part of them.

    Columns as in `place.facts`: exits, exit_blocked, sprinkler, smoke_alarm, people_peak, sleeping_upstairs.
    """
    n = len(places)
    asked = rng.random(n) < 0.88  # the others were never surveyed
    large = places[["crowded_place", "school", "hospital"]].any(axis=1).to_numpy(dtype=bool)
    careless = np.clip(rng.beta(1.4, 6.0, n), 0, 1)

    def told(share: float) -> np.ndarray:
        return np.asarray(asked & (rng.random(n) < share), dtype=bool)

    capacity = pd.to_numeric(places["capacity"]).to_numpy(dtype=float, na_value=np.nan)
    peak = np.rint(np.where(np.isnan(capacity), 20, capacity) * rng.uniform(0.3, 1.05, n)).astype(np.int64)
    exits = np.where(large, rng.integers(2, 9, n), 2 - (rng.random(n) < 0.04 + careless))
    sprinkled = np.where(large, rng.random(n) > 0.05, rng.random(n) < 0.16)
    smoke = rng.random(n) > np.where(large, 0.03, 0.02 + careless * 0.6)
    return pd.DataFrame({
        "exits": where_known(told(0.97), exits),
        "exit_blocked": where_known(told(0.98), rng.random(n) < careless * np.where(large, 0.08, 0.22)),
        "sprinkler": where_known(told(0.95), sprinkled),
        "smoke_alarm": where_known(told(0.97), smoke),
        "people_peak": where_known(told(0.85), peak),
        "sleeping_upstairs": where_known(told(0.98), ~large & (rng.random(n) < careless * 0.2)),
    })  # fmt: skip
