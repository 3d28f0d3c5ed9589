"""The contents of the demo city as frames, made in order from a geography, a seed and a date. No database, no clock.

In the frames a reference is a row number of the frame it points to (`place`, `unit`, `officer`, `visit`, `hazard`,
`sensor`; −1: none) or the code of a region; `data.demo.write` turns them into ids.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from data.demo import devices, facts, flaws, gas, hazchem, papers, places, staff, stations, visits
from data.demo.amounts import SIZES, Amounts
from data.demo.dice import days_before, dice
from data.demo.ground import Geography, Ground, survey

Say = Callable[[str], None]


@dataclass
class City:
    """Everything the demo city holds, as frames by table name, and how long each part took (seconds)."""

    seed: int
    size: str
    as_of: date
    name: str
    ground: Ground
    attribution: str | None = None
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def make(geography: Geography, seed: int, size: str, as_of: date, say: Say = lambda line: None) -> City:
    """Return the contents for a geography: the same seed, size and date give the same rows in the same order."""
    amounts = SIZES[size]
    ground = survey(geography, seed)
    city = City(seed, size, as_of, str(ground.city["name"]), ground)
    for title, step in _STEPS:
        begun = perf_counter()
        made = step(city, amounts)
        city.frames |= made
        city.seconds[title] = perf_counter() - begun
        counts = "，".join(f"{name} {len(frame):,}" for name, frame in made.items())
        say(f"{title}：{counts}（{city.seconds[title]:.1f} 秒）")
    return city


def _places(city: City, amounts: Amounts) -> dict[str, pd.DataFrame]:
    frame = places.roll(city.ground, amounts)
    planted = flaws.add(city.ground, frame, amounts)
    return {"place": frame, "planted": planted}


def _gas(city: City, amounts: Amounts) -> dict[str, pd.DataFrame]:
    place = city.frames["place"]
    rows = np.flatnonzero(place["part"] == "gas")
    installation, cylinder, shop = gas.install(city.seed, place.iloc[rows].reset_index(drop=True), city.as_of)
    number = pd.Series(np.arange(len(installation)), index=installation["shop"].to_numpy())
    supplier = installation.set_index("shop")["supplier"].reindex(range(len(rows)))
    shop["supplier"] = supplier.fillna("示例燃气").to_numpy(dtype=object)
    shop.index = pd.Index(rows)
    cylinder["installation"] = number.loc[cylinder["shop"]].to_numpy()
    installation["place"] = rows[installation["shop"].to_numpy()]
    place["facts"] = facts.roll(city.seed, place, shop["detached"], city.as_of)
    return {"gas_installation": installation, "cylinder": cylinder, "shop": shop}


def _units(city: City, amounts: Amounts) -> dict[str, pd.DataFrame]:
    place = city.frames["place"]
    rows = np.flatnonzero((place["scale"] == "high_hazard") & (place["category"] != "非煤矿山"))
    unit, holding = hazchem.units(city.seed, place, rows)
    return {"unit": unit, "holding": pd.concat([holding, hazchem.ledgers(city.seed, place)], ignore_index=True)}


def _people(city: City, amounts: Amounts) -> dict[str, pd.DataFrame]:
    station = stations.roll(city.ground, amounts)
    areas = city.ground.geography.areas
    zones = pd.DataFrame({"kind": areas["kind"].to_numpy(), "name": areas["name"].to_numpy()})
    zones["geometry"] = areas.geometry.to_numpy()
    zones = pd.concat([zones, stations.districts_of(city.ground, station)], ignore_index=True)
    officers, duties = staff.roll(city.ground, amounts, city.frames["place"], zones, city.as_of)
    return {"station": station, "zone": zones, "officer": officers, "duty": duties}


def _work(city: City, amounts: Amounts) -> dict[str, pd.DataFrame]:
    place, shop = city.frames["place"], city.frames["shop"]
    visit = visits.visits(city.ground, place, shop, city.frames["officer"], city.as_of)
    hazard = visits.hazards(city.seed, place, visit, shop)
    visit["checklist"] = visits.checklists(visit, hazard)
    again = visits.reinspections(visit, hazard)
    supplier = visits.supplier_visits(city.seed, shop, city.as_of)
    inspection = pd.concat([visit, again, supplier], ignore_index=True)
    inspection["inspected_on"] = days_before(city.as_of, inspection["ago"].to_numpy(dtype=float))
    for name in ("found", "deadline", "rectified", "reinspected"):
        hazard[f"{name}_on"] = days_before(city.as_of, hazard[name].to_numpy(dtype=float))
    order = papers.orders(city.ground, place, hazard, city.as_of)
    act = papers.acts(city.seed, place, hazard, city.as_of)
    good = shop.index[shop["sort"] == "good"].to_numpy()
    incident = papers.incidents(city.ground, place, amounts.incidents, good, city.as_of)
    return {"inspection": inspection, "hazard": hazard, "order_sheet": order, "act": act, "incident": incident}


def _devices(city: City, amounts: Amounts) -> dict[str, pd.DataFrame]:
    sensor = devices.sensors(city.seed, city.frames["place"], city.frames["shop"], city.as_of)
    reading, alarm = devices.readings(city.seed, sensor, city.as_of)
    sensor["last_seen_at"], sensor["last_value"] = devices.last_heard(sensor, reading, city.as_of)
    return {"sensor": sensor, "reading": reading, "alarm": alarm}


def _population(city: City, amounts: Amounts) -> dict[str, pd.DataFrame]:
    grids = city.ground.grids
    rng = dice(city.seed, "population cells")
    told = rng.random(len(grids)) > 0.01  # a few grids were never counted
    frame = pd.DataFrame({"region": grids["code"], "day": grids["population_day"], "night": grids["population_night"]})
    frame["geometry"] = city.ground.polygons
    return {"population_cell": frame[told].reset_index(drop=True)}


_STEPS: tuple[tuple[str, Any], ...] = (
    ("场所", _places), ("燃气设施", _gas), ("危化单元", _units), ("消防站、片区与责任人", _people),
    ("检查、隐患与事故", _work), ("设备、读数与报警", _devices), ("人口", _population),
)  # fmt: skip
