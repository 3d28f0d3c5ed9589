"""Who answers: grid officers, police officers, guarantors, leaders, safety officers, patrols, and their duties."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from data.demo import names
from data.demo.amounts import Amounts
from data.demo.dice import Ints, Objects, chance, days_before, dice, objects, where_known
from data.demo.ground import Ground

NO_OFFICER = 0.015
"""Share of grids that have no grid officer at all; as many again have lost theirs (`until` in the past)."""
SAFETY_OFFICERS_A_COMMUNITY = 2
"""Safety officers of the business street for each of its communities (金家岭: 56 for 28)."""


class _Roster:
    """Collects officers and duties; an officer is a row number."""

    def __init__(self) -> None:
        self.officers: list[pd.DataFrame] = []
        self.duties: list[pd.DataFrame] = []
        self.count = 0

    def hire(self, organisation: Objects, title: str) -> Ints:
        """Take on one officer for each organisation; return their numbers."""
        self.officers.append(pd.DataFrame({"organisation": organisation, "title": title}))
        first, self.count = self.count, self.count + len(organisation)
        return np.arange(first, self.count)

    def assign(self, officer: Ints, role: str, since_days: Any, **subject: Any) -> None:
        """Give duties: `subject` is one of region (code), zone (row of zones), place (row of places)."""
        self.duties.append(pd.DataFrame({"officer": officer, "role": role, "since_days": since_days, **subject}))


def roll(
    ground: Ground, amounts: Amounts, places: pd.DataFrame, zones: pd.DataFrame, as_of: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return officers (name, phone, organisation, title, street) and duties (officer, role, region, zone, place, …)."""
    rng = dice(ground.seed, "staff")
    roster = _Roster()
    _grid_officers(rng, roster, ground)
    _of_zones(rng, roster, zones)
    _of_places(rng, roster, ground, places)
    _supervisors(rng, roster, ground, amounts)
    officers = pd.concat(roster.officers, ignore_index=True)
    officers["name"] = names.people(rng, len(officers))
    officers["phone"] = where_known(chance(rng, 0.985, len(officers)), names.phones(rng, len(officers)))
    duties = pd.concat(roster.duties, ignore_index=True)
    duties["since"] = days_before(as_of, duties.pop("since_days").to_numpy(dtype=float))
    ended = duties.pop("until_days").to_numpy(dtype=float)
    duties["until"] = days_before(as_of, ended)
    return officers, duties


def _since(rng: np.random.Generator, n: int) -> Any:
    return rng.uniform(20, 1_500, n)


def _grid_officers(rng: np.random.Generator, roster: _Roster, ground: Ground) -> None:
    """Give every grid one officer, but for planted gaps; a few officers answer for a second grid of the community."""
    grids = ground.grids
    n = len(grids)
    state = rng.choice(["own", "none", "left", "shared"], n, p=[0.95, NO_OFFICER, NO_OFFICER, 0.02])
    state[: min(n, 3)] = ["own", "none", "left"][: min(n, 3)]
    same = np.append(False, grids["community"].to_numpy()[1:] == grids["community"].to_numpy()[:-1])
    state[(state == "shared") & ~(same & np.append(False, state[:-1] == "own"))] = "own"
    own = np.flatnonzero((state == "own") | (state == "left"))
    officer = np.full(n, -1)
    officer[own] = roster.hire(objects(list(grids["community_name"].to_numpy(dtype=object)[own])), "网格员")
    shared = np.flatnonzero(state == "shared")
    officer[shared] = officer[shared - 1]
    rows = np.flatnonzero(officer >= 0)
    left = np.where(state[rows] == "left", rng.uniform(3, 200, len(rows)), np.nan)
    since = np.where(np.isnan(left), _since(rng, len(rows)), left + _since(rng, len(rows)))
    roster.assign(officer[rows], "grid_officer", since, region=grids["code"].to_numpy()[rows], until_days=left)


def _of_zones(rng: np.random.Generator, roster: _Roster, zones: pd.DataFrame) -> None:
    """Give each police-station area an officer, and squadrons, forest and river sections a patrol."""
    jobs = {"police_station": ("police_officer", "责任民警"), "squadron": ("patrol", "中队长"),
            "forest": ("patrol", "护林员"), "river": ("patrol", "巡河员")}  # fmt: skip
    for kind, (role, title) in jobs.items():
        rows = np.flatnonzero(zones["kind"] == kind)
        officer = roster.hire(zones["name"].to_numpy(dtype=object)[rows], title)
        roster.assign(officer, role, _since(rng, len(rows)), zone=rows, until_days=np.nan)


def _of_places(rng: np.random.Generator, roster: _Roster, ground: Ground, places: pd.DataFrame) -> None:
    """One police officer for each user of precursors, one guarantor for up to three high-hazard firms of a district."""
    users = np.flatnonzero(places[["drug_precursor", "explosive_precursor", "highly_toxic"]].any(axis=1))
    street = ground.of("street_name", places["grid"].to_numpy()[users])
    officer = roster.hire(np.asarray(street + "派出所", dtype=object), "责任民警")
    roster.assign(officer, "police_officer", _since(rng, len(users)), place=users, until_days=np.nan)
    firms = np.flatnonzero(places["scale"] == "high_hazard")
    district = ground.of("district_name", places["grid"].to_numpy()[firms])
    frame = pd.DataFrame({"district": district})
    team, _ = pd.factorize((frame.groupby("district").cumcount() // 3).astype(str) + frame["district"])
    bureau = frame["district"].groupby(team).first() + "应急管理局"
    guarantor = roster.hire(bureau.to_numpy(dtype=object), "包保责任人")
    roster.assign(guarantor[team], "guarantor", _since(rng, len(firms)), place=firms, until_days=np.nan)


def _supervisors(rng: np.random.Generator, roster: _Roster, ground: Ground, amounts: Amounts) -> None:
    """Leaders of districts and streets, safety officers of communities, and the bureaus' own staff without a region."""
    city = str(ground.city["name"])
    roster.hire(objects([f"{city}应急管理局"] * amounts.supervisors_city), "监管人员")
    for level, title in ((2, "分管副区长"), (3, "分管副主任")):
        regions = ground.level(level)
        leader = roster.hire(regions["name"].to_numpy(dtype=object), title)
        roster.assign(leader, "leader", _since(rng, len(regions)), region=regions["code"].to_numpy(), until_days=np.nan)
    for district in ground.level(2)["name"]:
        roster.hire(objects([f"{district}应急管理局"] * amounts.supervisors_district), "监管人员")
    communities = ground.grids.drop_duplicates("community")
    busy = (communities["street"] == ground.business_street).to_numpy()
    pairs = communities[busy]
    twice = pairs.loc[pairs.index.repeat(SAFETY_OFFICERS_A_COMMUNITY)]
    officer = roster.hire(twice["street_name"].to_numpy(dtype=object), "安全员")
    subject = {"region": twice["community"].to_numpy(), "until_days": np.nan}
    roster.assign(officer, "safety_officer", _since(rng, len(twice)), **subject)
    rest = communities[~busy]
    team = (rest.groupby("street").cumcount() // 3).astype(str) + rest["street"]
    number, _ = pd.factorize(team)
    officer = roster.hire(rest["street_name"].groupby(number).first().to_numpy(dtype=object), "安全员")
    subject = {"region": rest["community"].to_numpy(), "until_days": np.nan}
    roster.assign(officer[number], "safety_officer", _since(rng, len(rest)), **subject)
