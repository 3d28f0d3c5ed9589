"""Sensors, a week of hourly readings and the alarms in them; some sensors are silent, some faulty."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from data.demo.dice import Bools, Floats, Ints, chance, dice, instants, pick, where_known

HOURS = 7 * 24
LOW_LEL, HIGH_LEL = 25.0, 50.0
"""Levels of alarm in per cent of the lower explosive limit."""
_PLANT = {"level": ("m", 6.0, 1.2), "temperature": ("℃", 24.0, 3.0), "pressure": ("MPa", 0.6, 0.06)}


def moment(as_of: date) -> np.datetime64:
    """Return the demo's "now" in UTC: eight in the morning of `as_of` in Shanghai."""
    return np.datetime64(as_of, "h")


def sensors(seed: int, places: pd.DataFrame, shops: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return sensors: place, code, kind, unit, installed_on, fault, silent_h (hours since heard of; NaN never was).

    Gas alarms stand in the shops that are `connected`; broken ones are silent or faulty. High-hazard firms have
    instruments at their tanks, large places smoke detectors.
    """
    rng = dice(seed, "sensors")
    shop = shops[shops["connected"]]
    gas = pd.DataFrame({"place": shop.index, "kind": "gas", "unit": "%LEL"})
    broken = shop["broken"].to_numpy(dtype=bool)
    fault = broken & chance(rng, 0.35, len(gas))
    gas["fault"] = fault
    quiet = rng.choice([30.0, 80.0, 170.0, 900.0], len(gas)) * rng.uniform(0.9, 1.6, len(gas))
    gas["silent_h"] = np.where(broken & ~fault, np.where(chance(rng, 0.08, len(gas)), np.nan, np.rint(quiet)), 0.0)
    chemical = np.flatnonzero(places["hazchem"] & places["category"].isin(["危险化学品生产", "危险化学品储存"]))
    plant = pd.DataFrame({"place": np.repeat(chemical, len(_PLANT)), "kind": list(_PLANT) * len(chemical)})
    plant["unit"] = plant["kind"].map({kind: unit for kind, (unit, _, _) in _PLANT.items()})
    large = np.flatnonzero(places["crowded_place"] & (places["part"] == "crowd"))
    smoke = pd.DataFrame({"place": large[chance(rng, 0.4, len(large))], "kind": "smoke", "unit": "%/m"})
    frame = pd.concat([gas, plant, smoke], ignore_index=True)
    other = frame["kind"].ne("gas").to_numpy()
    frame["fault"] = np.where(other, chance(rng, 0.01, len(frame)), frame["fault"].eq(True))
    frame["fault"] = frame["fault"].astype(bool)
    silent = np.where(chance(rng, 0.02, len(frame)), 60.0, 0.0)
    frame["silent_h"] = np.where(other, silent, frame["silent_h"])
    frame["installed_on"] = np.datetime64(as_of, "D") - rng.integers(40, 1_100, len(frame)).astype("timedelta64[D]")
    serial = pd.Series(np.arange(1, len(frame) + 1)).astype(str).str.zfill(6)
    frame["code"] = ("D" + frame["kind"].str[0].str.upper() + serial).to_numpy(dtype=object)
    return frame


def readings(seed: int, sensor: pd.DataFrame, as_of: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the readings of the last seven days (sensor, at as int64 hours since 1970, value) and the alarms in them.

    A gas sensor reads a few per cent at meal times; about one shop in forty has a leak of some hours in the week, and
    a few have one now. A silent sensor's readings stop when it fell silent, a faulty one reads the same all the time.
    """
    rng = dice(seed, "readings")
    n = len(sensor)
    gas = sensor["kind"].eq("gas").to_numpy()
    middle = sensor["kind"].map({kind: m for kind, (_, m, _) in _PLANT.items()} | {"gas": 0.6, "smoke": 0.2})
    swing = sensor["kind"].map({kind: s for kind, (_, _, s) in _PLANT.items()} | {"gas": 0.5, "smoke": 0.1})
    hour = np.arange(HOURS)
    local = (hour + 1 + 8 + int(moment(as_of).astype(int)) % 24) % 24
    meals = np.isin(local, [11, 12, 13, 17, 18, 19, 20]) * 1.6
    value = rng.normal(0, 1, (n, HOURS)).astype(np.float32)
    value *= swing.to_numpy(dtype=np.float32)[:, None]
    value += middle.to_numpy(dtype=np.float32)[:, None] + np.where(gas[:, None], meals[None, :], 0).astype(np.float32)
    value = np.maximum(value, 0)
    alarm = _leaks(rng, sensor, value)
    stuck = sensor["fault"].to_numpy(dtype=bool)
    value[stuck] = np.where(gas[stuck], 0.0, value[stuck, 0])[:, None]
    heard = np.nan_to_num(sensor["silent_h"].to_numpy(dtype=float), nan=1e9)[:, None]
    kept = (HOURS - 1 - hour)[None, :] >= heard
    start = int(moment(as_of).astype("datetime64[h]").astype(int)) - HOURS + 1
    row, column = np.nonzero(kept)
    frame = pd.DataFrame({"sensor": row, "at": start + column, "value": np.round(value[row, column].astype(float), 1)})
    return frame, _alarm_lives(rng, alarm, start, as_of)


def _leaks(rng: np.random.Generator, sensor: pd.DataFrame, value: np.ndarray) -> pd.DataFrame:
    """Write leaks into the gas readings and return their alarms: sensor, place, hour, value, level, open."""
    works: Bools = ((sensor["kind"] == "gas") & ~sensor["fault"] & (sensor["silent_h"] == 0)).to_numpy()
    rows = np.flatnonzero(works)
    chosen = rng.choice(rows, max(len(rows) // 40, min(len(rows), 6)), replace=False)
    begin = rng.integers(0, HOURS - 8, len(chosen))
    now = np.arange(len(chosen)) < max(len(chosen) // 25, min(4, len(chosen)))
    begin[now] = HOURS - 1 - rng.integers(0, 3, int(now.sum()))
    peak = np.round(np.where(chance(rng, 0.25, len(chosen)), rng.uniform(51, 78, len(chosen)),
                                     rng.uniform(26, 49, len(chosen))), 1)  # fmt: skip
    last: Ints = np.where(now, HOURS, begin + rng.integers(1, 5, len(chosen)))
    for sensor_row, first, end, height in zip(chosen, begin, last, peak, strict=True):
        value[sensor_row, first:end] = height * np.linspace(1.0, 0.8, int(end - first), dtype=np.float32)
    return pd.DataFrame({
        "sensor": chosen, "place": sensor["place"].to_numpy()[chosen], "hour": begin, "value": peak,
        "level": np.where(peak >= HIGH_LEL, 2, 1), "open": now,
    })  # fmt: skip


def _alarm_lives(rng: np.random.Generator, alarm: pd.DataFrame, start: int, as_of: date) -> pd.DataFrame:
    """Give each alarm its life in whole minutes: acknowledged in minutes, closed in hours; a few are still open."""
    n = len(alarm)
    raised = (start + alarm["hour"].to_numpy()).astype("datetime64[h]").astype("datetime64[m]")
    acknowledged = raised + rng.integers(2, 45, n).astype("timedelta64[m]")
    closed = acknowledged + rng.integers(20, 60 * 9, n).astype("timedelta64[m]")
    now = moment(as_of).astype("datetime64[m]")
    is_open = alarm["open"].to_numpy(dtype=bool) | (closed > now)
    state = np.where(~is_open, "closed", pick(rng, ["open", "acknowledged", "escalated"], n, [5, 3, 2])).astype(object)
    state[np.flatnonzero(is_open)[:1]] = "open"
    acknowledged = np.where(state == "open", np.datetime64("NaT"), np.minimum(acknowledged, now))
    return pd.DataFrame({
        "place": alarm["place"], "sensor": alarm["sensor"], "level": alarm["level"], "kind": "gas",
        "value": alarm["value"], "raised_at": instants(raised), "state": state,
        "acknowledged_at": instants(acknowledged), "acknowledged_by": where_known(state != "open", "街道值班室"),
        "closed_at": instants(np.where(is_open, np.datetime64("NaT"), closed)),
        "closed_by": where_known(~is_open, "街道值班室"),
    })  # fmt: skip


def last_heard(sensor: pd.DataFrame, reading: pd.DataFrame, as_of: date) -> tuple[pd.DatetimeIndex, Floats]:
    """Return when each sensor was last heard (NaT: never) and its last value within the week (NaN: none)."""
    silent = sensor["silent_h"].to_numpy(dtype=float)
    hours = np.nan_to_num(silent, nan=0.0).astype("timedelta64[h]")
    at = np.where(np.isnan(silent), np.datetime64("NaT"), moment(as_of).astype("datetime64[s]") - hours)
    last = reading.drop_duplicates("sensor", keep="last").set_index("sensor")["value"]
    return instants(at), last.reindex(range(len(sensor))).to_numpy(dtype=float)
