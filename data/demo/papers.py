"""What follows from hazards and accidents: order sheets (交办单), enforcement acts, incidents."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from data.demo.dice import Objects, chance, days_before, dice, instants, objects, pick
from data.demo.ground import Ground

PARK_SHEETS, PARK_PROBLEMS, PARK_CLOSED = 11, 56, 52
"""Sheets, problems and closed ones of one district, as in Huai'an's industrial park (closing rate 92.86 %)."""
_ACTS = {"penalty": 56, "suspension": 12, "interview": 26, "blacklist": 3, "closure": 3}
_INCIDENTS = {
    "火灾": 58, "燃气泄漏": 17, "燃气爆燃": 4, "中毒窒息": 3, "机械伤害": 7, "高处坠落": 6, "化学品泄漏": 3, "触电": 2,
}  # fmt: skip
_CAUSES = {
    "火灾": ["电气线路短路", "用火不慎", "遗留火种", "电动自行车充电", "油锅过热"],
    "燃气泄漏": ["软管老化", "阀门未关", "角阀松动"],
    "燃气爆燃": ["泄漏后遇明火"],
    "中毒窒息": ["通风不良", "有限空间作业"],
    "机械伤害": ["防护缺失", "违规操作"],
    "高处坠落": ["未系安全带"],
    "化学品泄漏": ["法兰密封失效", "装卸操作不当"],
    "触电": ["临时用电不规范"],
}


def orders(ground: Ground, places: pd.DataFrame, hazard: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return order sheets: number, issued_on, due_on, issuer, receiver, region (code), hazards (rows), oldest first.

    Each district gets sheets of four to seven hazards of the last year; one district has exactly 11 sheets with 56
    problems of which 52 are closed, where it has that many.
    """
    rng = dice(ground.seed, "orders")
    grid = places["grid"].to_numpy()[hazard["place"].to_numpy()]
    district, closed = ground.of("district", grid), (hazard["state"] == "closed").to_numpy()
    ripe = ((hazard["found"] > 20) & (hazard["found"] < 330)).to_numpy()
    rows: list[dict[str, object]] = []
    for number, region in enumerate(ground.level(2).itertuples()):
        own = np.flatnonzero(ripe & (district == region.code))
        sheets = _park(rng, own, closed) if number == 0 else _batches(rng, own, int(rng.integers(6, 15)))
        for sheet in sheets:
            issued = float(hazard["found"].to_numpy()[sheet].min()) - 1
            rows.append({"ago": issued, "hazards": np.sort(sheet), "region": region.code, "receiver": region.name})
    rows.sort(key=lambda row: (-float(row["ago"]), str(row["region"])))  # type: ignore[arg-type]
    frame = pd.DataFrame(rows, columns=["ago", "hazards", "region", "receiver"])
    ago = frame.pop("ago").to_numpy(dtype=float)
    frame["issued_on"], frame["due_on"] = days_before(as_of, ago), days_before(as_of, ago - 15)
    year = pd.DatetimeIndex(frame["issued_on"]).year
    serial = frame.groupby(year).cumcount() + 1
    frame["number"] = objects([f"示安委交〔{y}〕{s}号" for y, s in zip(year, serial, strict=True)])
    frame["issuer"] = str(ground.city["name"]) + "安委会办公室"
    return frame


def _park(rng: np.random.Generator, own: np.ndarray, closed: np.ndarray) -> list[np.ndarray]:
    shut, open_ = own[closed[own]], own[~closed[own]]
    if len(shut) < PARK_CLOSED or len(open_) < PARK_PROBLEMS - PARK_CLOSED:
        return _batches(rng, own, 4)
    picked = np.concatenate([
        rng.choice(shut, PARK_CLOSED, replace=False), rng.choice(open_, PARK_PROBLEMS - PARK_CLOSED, replace=False)
    ])  # fmt: skip
    rng.shuffle(picked)
    return [np.asarray(part) for part in np.array_split(picked, PARK_SHEETS)]


def _batches(rng: np.random.Generator, own: np.ndarray, count: int) -> list[np.ndarray]:
    size = min(len(own), count * int(rng.integers(4, 8)))
    if not size:
        return []
    return [np.asarray(part) for part in np.array_split(rng.choice(own, size, replace=False), min(count, size))]


def acts(seed: int, places: pd.DataFrame, hazard: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return enforcement acts: most refusals have one, and some major or overdue hazards."""
    rng = dice(seed, "acts")
    refused = (hazard["state"] == "refused").to_numpy()
    overdue = ((hazard["deadline"] > 0) & hazard["rectified"].isna()).to_numpy()
    major = (hazard["level"] == "major").to_numpy()
    share = np.select([refused, overdue & major, major, overdue], [0.75, 0.7, 0.18, 0.12], 0.004)
    rows = np.flatnonzero(chance(rng, share, len(hazard)) & (hazard["found"] > 8).to_numpy())
    n = len(rows)
    kind = pick(rng, list(_ACTS), n, list(_ACTS.values()))
    own = hazard.iloc[rows]
    ago = np.maximum(own["found"].to_numpy() - rng.integers(3, 40, n), 1.0)
    amount = np.where(own["level"] == "major", rng.integers(50, 200, n), rng.integers(3, 50, n)) * 1_000
    day = days_before(as_of, ago)
    year = pd.DatetimeIndex(day).year.astype(str).to_numpy(dtype=object)
    serial = np.arange(1, n + 1).astype(str).astype(object)
    return pd.DataFrame({
        "place": own["place"].to_numpy(), "hazard": rows, "kind": kind, "on_date": day,
        "document_no": "示应急罚〔" + year + "〕" + serial + "号",
        "amount_yuan": np.where(kind == "penalty", amount, np.nan),
    })  # fmt: skip


def incidents(ground: Ground, places: pd.DataFrame, n: int, spared: Objects, as_of: date) -> pd.DataFrame:
    """Return `n` incidents of two years: two in three at a known place, the others at a door or with no point.

    `spared` are positions of places that had none. Columns: happened_at, kind, description, deaths, injured, place
    (−1: unknown), grid, lon, lat.
    """
    rng = dice(ground.seed, "incidents")
    kind = pick(rng, list(_INCIDENTS), n, list(_INCIDENTS.values()))
    weight = np.ones(len(places))
    weight[(places["part"] == "gas").to_numpy()] = 2.5
    weight[(places["scale"] == "above_scale").to_numpy()] = 3.0
    weight[(places["scale"] == "high_hazard").to_numpy()] = 4.0
    weight[spared.astype(np.int64)] = 0.0
    place = np.where(chance(rng, 0.66, n), rng.choice(len(places), n, p=weight / weight.sum()), -1)
    gas = np.isin(kind, ["燃气泄漏", "燃气爆燃"])
    shops = np.flatnonzero((places["part"] == "gas").to_numpy() & (weight > 0))
    place = np.where(gas & (place >= 0), rng.choice(shops, n), place)
    people = ground.people
    grid = np.where(place >= 0, places["grid"].to_numpy()[place], rng.choice(len(people), n, p=people / people.sum()))
    at = ground.doors.take(grid)
    lon = np.where(place >= 0, places["lon"].to_numpy(dtype=float)[place], ground.doors.lon[at])
    lat = np.where(place >= 0, places["lat"].to_numpy(dtype=float)[place], ground.doors.lat[at])
    lost = chance(rng, 0.03, n)
    second = np.datetime64(as_of, "s") - rng.integers(3_600, 730 * 86_400, n).astype("timedelta64[s]")
    cause = objects([_CAUSES[k][int(r * len(_CAUSES[k]))] for k, r in zip(kind, rng.random(n), strict=True)])
    hurt = chance(rng, 0.13, n)
    killed = chance(rng, 0.012, n)
    return pd.DataFrame({
        "happened_at": instants(second), "kind": kind, "description": kind + "：" + cause,
        "deaths": np.where(killed, rng.integers(1, 3, n), 0), "injured": np.where(hurt, rng.integers(1, 4, n), 0),
        "place": place, "grid": grid, "lon": np.where(lost, np.nan, lon), "lat": np.where(lost, np.nan, lat),
    }).sort_values("happened_at", kind="stable").reset_index(drop=True)  # fmt: skip
