"""Gas installations of the shops: cylinders, hoses, regulators, alarms, cut-offs, and what nobody has told.

Each shop is drawn as one of five sorts, by `SORTS`; what is wrong with it follows. The colours are not written
anywhere: they are what the rules make of these facts (tests compare the shares).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from data.demo.dice import Bools, Objects, chance, days_before, dice, pick, where_known

SORTS = {"severe": 0.024, "bad": 0.125, "usual": 0.385, "good": 0.236, "untold": 0.23}
"""Shares of shops: with a prohibited thing, with several faults, with one or two, without, and never really asked."""

_FAULTS = {
    "hose_joint": 11, "hose_through_wall": 12, "hose_long": 13, "hose_old": 14, "regulator_old": 11,
    "regulator_adjustable": 8, "no_flame_device": 12, "cutoff": 16, "visit_late": 10, "two_phase": 4, "expired": 7,
}  # fmt: skip
_BOTTLE_FAULTS = ("regulator_old", "regulator_adjustable", "two_phase", "expired")
_SEVERE = {"dining": 5, "no_room": 4, "basement": 2, "not_detached": 0.6}
_SUPPLIERS = ["示例燃气", "海湾液化气", "北岭瓶装气", "澄州能源", "远山燃气"]


def sorts(seed: int, n: int) -> Objects:
    """Return the sort of each of `n` shops, a key of `SORTS`; every sort occurs."""
    drawn = pick(dice(seed, "gas", "sorts"), list(SORTS), n, list(SORTS.values()))
    drawn[: len(SORTS)] = list(SORTS)[:n]
    return drawn


def faults(seed: int, sort: Objects, bottled: Bools) -> dict[str, Bools]:
    """Return what is wrong with each shop: faults that weigh little, "alarm", and the prohibited things.

    One or two small faults in a usual shop; three or four, a dead alarm or a large cylinder upstairs in a bad one;
    one prohibited thing in a severe one; none in a good one. Shops with piped gas have no faults of cylinders.
    """
    rng = dice(seed, "gas", "faults")
    n = len(sort)
    wanted = np.zeros(n, dtype=np.int64)
    usual, bad = sort == "usual", sort == "bad"
    wanted[usual] = 1 + chance(rng, 0.3, int(usual.sum()))
    way = rng.random(n)
    alarm, upstairs = bad & (way < 0.66), bad & bottled & (way > 0.94)
    wanted[bad] = np.where(
        alarm[bad] | upstairs[bad], rng.integers(0, 3, int(bad.sum())), rng.integers(3, 5, bad.sum())
    )
    severe = sort == "severe"
    wanted[severe | (sort == "untold")] = rng.integers(0, 4, int((severe | (sort == "untold")).sum()))
    wish = rng.random((n, len(_FAULTS))) ** (1 / np.array(list(_FAULTS.values()), dtype=float))
    wish[:, [list(_FAULTS).index(f) for f in _BOTTLE_FAULTS]] *= bottled[:, None]
    rank = np.argsort(np.argsort(-wish, axis=1), axis=1)
    found = {fault: rank[:, i] < wanted for i, fault in enumerate(_FAULTS)}
    found["expired"] &= ~(usual & found["two_phase"])  # the two together would make a usual shop a bad one
    found["alarm"] = alarm | ((sort == "untold") & chance(rng, 0.2, n))
    found["upstairs"] = upstairs
    which = pick(rng, list(_SEVERE), n, list(_SEVERE.values()))
    which[np.flatnonzero(severe)[: len(_SEVERE)]] = list(_SEVERE)[: int(min(severe.sum(), len(_SEVERE)))]
    return found | {thing: severe & (which == thing) for thing in _SEVERE}


def bottles(seed: int, shops: pd.DataFrame, sort: Objects, found: dict[str, Bools], bottled: Bools) -> pd.DataFrame:
    """Return one row per cylinder: shop (row of `shops`), mass_kg; what stands in a shop fits what is wrong with it."""
    rng = dice(seed, "gas", "bottles")
    n = len(shops)
    seats = shops["seats"].to_numpy(dtype=float)
    small = np.clip(rng.poisson(np.clip(seats / 26, 0.8, 4.5)), 1, 6)
    large = np.where(seats > 55, rng.integers(2, 8, n), 0) * chance(rng, 0.55, n)
    large[chance(rng, 0.006, n) & (seats > 12)] = 2  # exactly 100 kg: the rule leaves it open
    large[found["upstairs"]] = np.maximum(large[found["upstairs"]], 1)
    large[found["no_room"]] = np.maximum(large[found["no_room"]], 3)
    large[found["not_detached"]] = rng.integers(9, 12, int(found["not_detached"].sum()))
    large[found["dining"] | found["basement"]] = 0
    small = np.where(large > 0, 0, small) * bottled
    large = large * bottled
    count = small + large
    shop = np.repeat(np.arange(n), count)
    return pd.DataFrame({"shop": shop, "mass_kg": np.where(np.repeat(large > 0, count), 50.0, 15.0)})


def install(seed: int, shops: pd.DataFrame, as_of: date) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return installations, cylinders and what devices must agree with, for shops (rows: `seats`, positions in places).

    installations: columns of the table, `shop` for the row of `shops`. cylinders: columns of the table, `shop`.
    devices, one row a shop: sort, connected (has an online alarm), broken (it is silent or faulty), visit_days (days
    since the supplier's last visit, NaN: never), bottled.
    """
    rng = dice(seed, "gas", "install")
    n = len(shops)
    sort = sorts(seed, n)
    bottled = chance(rng, 0.64, n) | (sort == "severe")
    found = faults(seed, sort, bottled)
    cylinder = bottles(seed, shops, sort, found, bottled)
    total = np.bincount(cylinder["shop"], weights=cylinder["mass_kg"], minlength=n)
    connected = chance(rng, 0.6, n)
    check_days = rng.uniform(3, 172, n)
    check_days[connected] = rng.uniform(3, 340, int(connected.sum()))
    room = (total > 100) & ~found["no_room"]
    frame = _facts(rng, found, room, total, bottled, connected)
    frame["checked_on"] = days_before(as_of, check_days)
    visit_days = np.where(found["visit_late"], rng.uniform(372, 700, n), rng.uniform(5, 355, n))
    frame["last_visit_on"] = days_before(as_of, visit_days)
    _dates(rng, frame, found, as_of)
    frame["supplier"] = np.where(bottled, pick(rng, _SUPPLIERS, n), "示例燃气管道公司")
    cylinder = _cylinder_facts(rng, cylinder, found, room, as_of)
    untold = sort == "untold"
    visit_days[untold & chance(rng, 0.5, n)] = np.nan
    frame, cylinder = _forget(rng, frame, cylinder, untold, as_of)
    devices = pd.DataFrame({
        "sort": sort, "connected": connected, "broken": found["alarm"] & connected, "visit_days": visit_days,
        "bottled": bottled, "detached": where_known(total >= 420, ~found["not_detached"]),
    })  # fmt: skip
    return frame, cylinder, devices


def _facts(
    rng: np.random.Generator, found: dict[str, Bools], room: Bools, total: np.ndarray, bottled: Bools, connected: Bools
) -> pd.DataFrame:
    n = len(room)
    upstairs = found["upstairs"] | (chance(rng, 0.07, n) & (total < 50))
    no_alarm = found["alarm"] & ~connected & chance(rng, 0.55, n)
    no_cutoff = found["cutoff"] & chance(rng, 0.6, n)
    hose = np.where(found["hose_long"], rng.uniform(2.1, 6.5, n), rng.uniform(0.6, 2.0, n))
    return pd.DataFrame({
        "shop": np.arange(n),
        "supply": np.where(bottled, "cylinder", "piped"),
        "has_room": where_known(bottled, room),
        "room_underground": where_known(room, np.zeros(n, dtype=bool)),
        "in_basement": found["basement"],
        "floor_no": np.where(found["basement"], -1, np.where(upstairs, 2, 1)),
        "cylinder_in_dining": where_known(bottled, found["dining"]),
        "hose_m": np.round(hose, 1),
        "hose_material": pick(rng, ["橡胶软管", "金属波纹管"], n, [0.58, 0.42]),
        "hose_joint": found["hose_joint"], "hose_through_wall": found["hose_through_wall"],
        "regulator_adjustable": where_known(bottled, found["regulator_adjustable"]),
        "flame_failure_device": ~found["no_flame_device"],
        "alarm_installed": ~no_alarm, "alarm_working": where_known(~no_alarm, ~found["alarm"]),
        "cutoff_installed": ~no_cutoff, "cutoff_working": where_known(~no_cutoff, ~found["cutoff"]),
        "cylinder_total_kg": where_known(bottled, total),
    })  # fmt: skip


def _dates(rng: np.random.Generator, frame: pd.DataFrame, found: dict[str, Bools], as_of: date) -> None:
    n = len(frame)
    rubber = frame["hose_material"].eq("橡胶软管").to_numpy()
    hose = np.where(rubber, rng.uniform(10, 530, n), rng.uniform(10, 2_600, n))
    old = np.where(rubber, rng.uniform(560, 1_700, n), rng.uniform(2_950, 4_200, n))
    frame["hose_installed_on"] = days_before(as_of, np.where(found["hose_old"], old, hose))
    regulator = np.where(found["regulator_old"], rng.uniform(1_840, 3_200, n), rng.uniform(10, 1_780, n))
    regulator[frame["supply"] == "piped"] = np.nan
    frame["regulator_installed_on"] = days_before(as_of, regulator)


def _cylinder_facts(
    rng: np.random.Generator, cylinder: pd.DataFrame, found: dict[str, Bools], room: Bools, as_of: date
) -> pd.DataFrame:
    """Add number, expiry, two_phase and spot; a fault of a shop shows in its first cylinder."""
    shop = cylinder["shop"].to_numpy()
    n = len(shop)
    first = np.append(True, shop[1:] != shop[:-1]) if n else np.zeros(0, dtype=bool)
    expired = found["expired"][shop] & first
    ago = np.where(expired, rng.uniform(5, 500, n), -rng.uniform(20, 1_400, n))
    cylinder["expires_on"] = days_before(as_of, ago)
    cylinder["two_phase"] = found["two_phase"][shop] & first
    kitchen = pick(rng, ["kitchen", "outside"], n, [0.82, 0.18])
    spot = np.where(room[shop], "room", kitchen)
    cylinder["spot"] = np.where(found["dining"][shop] & first, "dining", spot)
    serial = pd.Series(rng.integers(0, 10_000_000, n)).astype(str).str.zfill(7).to_numpy(dtype=object)
    cylinder["number"] = np.where(chance(rng, 0.94, n), "YZT" + serial, None)
    return cylinder


def _forget(
    rng: np.random.Generator, frame: pd.DataFrame, cylinder: pd.DataFrame, untold: Bools, as_of: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take away what nobody has told of the untold shops: everything, all but the cylinders, or all that is fresh."""
    way = rng.random(len(frame))
    nothing, little, stale = untold & (way < 0.35), untold & (way >= 0.35) & (way < 0.75), untold & (way >= 0.75)
    keep = ("shop", "supply", "supplier", "cylinder_total_kg", "last_visit_on")
    for column in frame.columns.difference(keep):
        frame[column] = frame[column].mask(little)
    old = days_before(as_of, rng.integers(420, 1_100, len(frame)))
    frame.loc[stale, "checked_on"] = old[stale]
    frame.loc[stale, "last_visit_on"] = old[stale]
    frame.loc[little, "last_visit_on"] = np.datetime64("NaT")
    cylinder = cylinder[~nothing[cylinder["shop"].to_numpy()]].reset_index(drop=True)
    vague = little[cylinder["shop"].to_numpy()]
    for column in ("expires_on", "two_phase", "spot"):
        cylinder[column] = cylinder[column].mask(vague)
    return frame[~nothing].reset_index(drop=True), cylinder
