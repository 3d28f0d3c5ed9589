"""Two years of inspections, the hazards they found, and what became of each: closed by re-inspection, or refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from data.demo.dice import Bools, Floats, Ints, Objects, chance, days_before, dice, pick
from data.demo.ground import Ground

CHECKS = Path(__file__).with_name("checks.csv")
DAYS = 730.0
_RECENT = 1.7
"""More than 1: visits cluster towards today, as rounds became more frequent."""
TYPES = {"routine": 0.72, "special": 0.17, "joint": 0.05, "complaint": 0.06}
_FOUND = {"gas": 0.24, "small": 0.2, "crowd": 0.26, "firm": 0.17, "hazchem": 0.38}
"""Share of visits that find something, by the sort of place."""
NEVER = {"gas": 0.0, "small": 0.065, "crowd": 0.01, "firm": 0.03, "hazchem": 0.0}
"""Share of places nobody has visited (gas shops: a quarter of the untold ones)."""


def groups(places: pd.DataFrame) -> Objects:
    """Return which checklist a place is visited with: gas, small, crowd, firm, hazchem."""
    part = places["part"].to_numpy(dtype=object)
    risky = (places["scale"] == "high_hazard").to_numpy() | places["drug_precursor"].to_numpy(dtype=bool)
    group = np.where(risky, "hazchem", np.where(part == "firm", "firm", "crowd")).astype(object)
    group[part == "gas"], group[part == "small"] = "gas", "small"
    return group


def visits(ground: Ground, places: pd.DataFrame, shops: pd.DataFrame, staff: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return visits by officials: place, ago (days), type, result, organisation, officer, group.

    `shops`: sort of each gas shop, indexed by its position in `places`.
    """
    rng = dice(ground.seed, "visits")
    group = groups(places)
    count = _how_often(rng, places, group, shops)
    place = np.repeat(np.arange(len(places)), count)
    turn = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
    ago = _working_day((turn + rng.random(len(place)) ** _RECENT) / count[place] * DAYS + 0.5, as_of)
    n = len(place)
    kind = pick(rng, list(TYPES), n, list(TYPES.values()))
    found = chance(rng, pd.Series(group).map(_FOUND).to_numpy()[place], n)
    quiet = pd.Series(False, index=range(len(places)))
    quiet.loc[shops.index[shops["sort"] == "good"]] = True
    found &= ~(quiet.to_numpy()[place] & (ago < 75))  # what was found there is mended and seen to by now
    shut = ~found & (group[place] != "hazchem") & chance(rng, 0.035, n)
    refused = ~found & ~shut & chance(rng, 0.003, n) & ~quiet.to_numpy()[place]
    result = np.select([found, shut, refused], ["hazards", "closed_door", "refused"], "passed").astype(object)
    frame = pd.DataFrame({"place": place, "ago": ago, "type": kind, "result": result, "group": group[place]})
    return frame.assign(**_who(rng, ground, places, staff, frame))


def _how_often(rng: np.random.Generator, places: pd.DataFrame, group: Objects, shops: pd.DataFrame) -> Ints:
    n = len(places)
    extra = pd.Series(group).map({"gas": 0.4, "small": 0.3, "crowd": 2.2, "firm": 0.7, "hazchem": 0.8}).to_numpy()
    base = pd.Series(group).map({"gas": 2, "small": 2, "crowd": 3, "firm": 1, "hazchem": 5}).to_numpy()
    count = base + rng.poisson(extra)
    above = (places["scale"] == "above_scale").to_numpy()
    count[above] += rng.poisson(1.3, int(above.sum()))
    lazy = (group == "hazchem") & chance(rng, 0.1, n)
    count[lazy] = 3
    monthly = places["drug_precursor"].to_numpy(dtype=bool)
    count[monthly] = np.where(chance(rng, 0.14, int(monthly.sum())), 17, 27)
    count[chance(rng, pd.Series(group).map(NEVER).to_numpy(dtype=float), n) & ~monthly] = 0
    untold = shops.index[shops["sort"] == "untold"].to_numpy()
    count[untold] = np.where(chance(rng, 0.25, len(untold)), 0, 1)
    return count.astype(np.int64)


def _working_day(ago: Floats, as_of: date) -> Floats:
    """Move most visits from the weekend to the Friday before."""
    ago = np.ceil(ago)
    weekday = (pd.DatetimeIndex(days_before(as_of, ago)).day_of_week).to_numpy()
    late = np.maximum(weekday - 4, 0)
    return np.asarray(ago + late * (np.arange(len(ago)) % 12 != 0), dtype=float)


def _who(
    rng: np.random.Generator, ground: Ground, places: pd.DataFrame, staff: pd.DataFrame, visit: pd.DataFrame
) -> dict[str, Objects | Ints]:
    """Return organisation and officer: of the street, or of the district's bureau for special and joint visits."""
    grid = places["grid"].to_numpy()[visit["place"].to_numpy()]
    street, district = ground.of("street_name", grid), ground.of("district_name", grid)
    by_bureau = visit["type"].isin(["special", "joint"]).to_numpy() | (visit["group"] == "hazchem").to_numpy()
    organisation = np.where(by_bureau, district + "应急管理局", street + "应急办")
    joint = (visit["type"] == "joint").to_numpy()
    organisation[joint] = np.asarray(district + "联合检查组", dtype=object)[joint]
    team = staff[staff["title"].isin(["安全员", "监管人员"])].sort_values("organisation", kind="stable")
    keys = team["organisation"].to_numpy(dtype=object).astype(str)
    wanted = np.where(by_bureau, district + "应急管理局", street).astype(str)
    first, last = np.searchsorted(keys, wanted), np.searchsorted(keys, wanted, side="right")
    at = first + (rng.random(len(visit)) * (last - first)).astype(np.int64)
    there = last > first
    officer = np.full(len(visit), -1)
    officer[there] = team.index.to_numpy()[at[there]]
    return {"organisation": organisation, "officer": officer}


def supplier_visits(seed: int, shops: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the gas suppliers' visits: the last one as the installation says, and one a year before it."""
    rng = dice(seed, "supplier visits")
    known = shops[shops["visit_days"].notna()]
    last = np.floor(known["visit_days"].to_numpy(dtype=float))
    before = last + rng.uniform(330, 420, len(last))
    place = np.concatenate([known.index, known.index[before < DAYS]])
    ago = np.concatenate([last, before[before < DAYS]])
    supplier = known["supplier"].to_numpy(dtype=object)
    return pd.DataFrame({
        "place": place, "ago": ago, "type": "supplier_visit", "result": "passed", "group": "gas",
        "organisation": np.concatenate([supplier, supplier[before < DAYS]]), "officer": -1,
    })  # fmt: skip


def hazards(seed: int, places: pd.DataFrame, visit: pd.DataFrame, shops: pd.DataFrame) -> pd.DataFrame:
    """Return the hazards of visits that found some: visit (row), place, item, level, texts, days ago of each step.

    `found`, `rectified`, `reinspected` are days before as_of (NaN: has not happened); `deadline` may lie ahead
    (negative). `state` follows from them: only a re-inspection closes.
    """
    rng = dice(seed, "hazards")
    rows = np.flatnonzero(visit["result"] == "hazards")
    count = 1 + chance(rng, 0.3, len(rows)) + chance(rng, 0.08, len(rows))
    row = np.repeat(rows, count)
    frame = visit.iloc[row][["place", "group"]].reset_index(drop=True)
    frame["visit"] = row
    frame["found"] = visit["ago"].to_numpy()[row]
    kinds = pd.read_csv(CHECKS)
    frame["item"] = 0
    for group, own in kinds.groupby("group"):
        here = (frame["group"] == group).to_numpy()
        frame.loc[here, "item"] = own.index.to_numpy()[rng.integers(0, len(own), int(here.sum()))]
    frame = frame[~frame.duplicated(["visit", "item"])].reset_index(drop=True)
    chosen = kinds.loc[frame["item"]]
    for column in ("category", "description", "clause"):
        frame[column] = chosen[column].to_numpy(dtype=object)
    major = chance(rng, chosen["major"].to_numpy(dtype=float) * 0.6, len(frame))
    calm = frame["place"].isin(shops.index[shops["sort"].isin(["good", "usual"])]).to_numpy()
    frame["level"] = np.where(major & ~calm, "major", "general")
    manager = pick(rng, ["安全负责人", "主要负责人", "车间主任"], len(frame), [6, 3, 1])
    frame["owner"] = np.where(frame["group"].isin(["gas", "small"]), "经营者", manager)
    return _lives(rng, frame, calm)


def _lives(rng: np.random.Generator, frame: pd.DataFrame, calm: Bools) -> pd.DataFrame:
    """Add deadline, rectified, reinspected and state: what has happened by as_of of what will happen."""
    n = len(frame)
    found = frame["found"].to_numpy(dtype=float)
    major = (frame["level"] == "major").to_numpy()
    term = rng.choice([1.0, 7.0, 15.0, 30.0], n, p=[0.1, 0.35, 0.4, 0.15])
    term = np.where(major, rng.choice([30.0, 60.0, 90.0], n), term)
    late = np.where(chance(rng, 0.06, n), rng.uniform(1.05, 2.2, n), rng.uniform(0.2, 1.0, n))
    mended = np.ceil(term * late)
    fate = rng.random(n)
    stuck = (fate < 0.022) & ~(calm & (fate < 0.02))
    refuses = (fate > 0.988) & ~calm
    stuck &= (found < 230) | (rng.random(n) < 0.12)
    refuses &= (found < 300) | (rng.random(n) < 0.1)
    mended[stuck | refuses] = np.inf
    seen = mended + np.where(chance(rng, 0.07, n), rng.uniform(15, 50, n), rng.uniform(1, 10, n)).round()
    frame["deadline"] = found - term
    frame["rectified"] = np.where(found - mended >= 0, found - mended, np.nan)
    frame["reinspected"] = np.where(found - seen >= 0, found - seen, np.nan)
    closed, rectified = frame["reinspected"].notna().to_numpy(), frame["rectified"].notna().to_numpy()
    told = [closed, rectified, refuses & (found > 12), found <= 2]
    frame["state"] = np.select(told, ["closed", "rectified", "refused", "found"], "assigned").astype(object)
    return frame


def reinspections(visit: pd.DataFrame, hazard: pd.DataFrame) -> pd.DataFrame:
    """Return the visits that closed hazards: one for each place and day, by whoever had found the first of them."""
    closed = hazard[hazard["reinspected"].notna()]
    one = closed.drop_duplicates(["place", "reinspected"])
    origin = visit.iloc[one["visit"].to_numpy()]
    return pd.DataFrame({
        "place": one["place"].to_numpy(), "ago": one["reinspected"].to_numpy(), "type": "reinspection",
        "result": "passed", "group": one["group"].to_numpy(), "organisation": origin["organisation"].to_numpy(),
        "officer": origin["officer"].to_numpy(),
    })  # fmt: skip


def checklists(visit: pd.DataFrame, hazard: pd.DataFrame, newest_days: float = 365.0) -> Objects:
    """Return checklist JSON for the visits of the last year that were made with one (the others: None).

    Every item of the place's list with its answer; an item is false where the visit found that hazard.
    """
    kinds = pd.read_csv(CHECKS)
    out = np.full(len(visit), None, dtype=object)
    mask = np.zeros(len(visit), dtype=np.int64)
    place_in_list = kinds.groupby("group").cumcount().to_numpy()
    np.bitwise_or.at(mask, hazard["visit"].to_numpy(), 1 << place_in_list[hazard["item"].to_numpy()])
    told = visit["result"].isin(["passed", "hazards"]) & visit["type"].isin(list(TYPES)) & (visit["ago"] < newest_days)
    told &= visit["group"].isin(["gas", "crowd", "hazchem"]) | (visit["result"] == "hazards")
    for group, own in kinds.groupby("group"):
        rows = np.flatnonzero((told & (visit["group"] == group)).to_numpy())
        items = own["item"].tolist()
        text = {m: _answers(items, m) for m in np.unique(mask[rows]).tolist()}
        out[rows] = [text[m] for m in mask[rows].tolist()]
    return out


def _answers(items: list[str], mask: int) -> str:
    return "{" + ",".join(f'"{item}":{"false" if mask >> i & 1 else "true"}' for i, item in enumerate(items)) + "}"
