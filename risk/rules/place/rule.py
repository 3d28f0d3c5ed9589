"""Enterprises, 九小场所 and crowded places by LS: R = L·S.

S comes from an entered assessment, or for venues from the people present, else it is only bounded from below by the
kind (a prior), and then neither yellow nor blue is given. L is 1, or what was assessed, plus one for each thing that
the records show; where nobody looked for a year it is open upwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from risk.record import frame_of_record
from risk.result import ABSENT, KNOWN, MISSING, STALE, Judged, Shown
from risk.rulefile import Flags, Floats, Prior, RuleFile
from risk.score import Column, Sheet, Truth
from risk.shared import major_hazard_rules, text

LOWEST, HIGHEST = 1.0, 5.0
DUST_SEVERITY = 4.0
VENUES = ("small_place", "crowded_place", "school", "hospital")
CROWDED = ("crowded_place", "school", "hospital")
HAZARDOUS = ("mine", "petrol_station", "fireworks", "hazmat_parking", "explosive_precursor", "highly_toxic",
             "drug_precursor", "hazchem")  # fmt: skip
PLACE = ("place", "place_id")
HAZARD, INCIDENT = ("hazard", "general_id"), ("incident", "incident_id")

COLUMNS: dict[str, Column] = {
    "state": Column("text"),
    "kinds": Column("text"),
    "scale": Column("text"),
    "industry": Column("text"),
    "people": Column("number", record=PLACE),
    "ls_severity": Column("number", on="ls_assessed_on", record=PLACE),
    "ls_likelihood": Column("number", on="ls_assessed_on", record=PLACE),
    "ls_assessed_on": Column("date"),
    "visit_on": Column("date", on="visit_on", record=("inspection", "visit_id")),
    "dust_explosion": Column("flag", on="visit_on", record=PLACE),
    "hot_work": Column("flag", on="visit_on", record=PLACE),
    "confined_space": Column("flag", on="visit_on", record=PLACE),
    "exits": Column("number", on="visit_on", record=PLACE),
    "exit_blocked": Column("flag", on="visit_on", record=PLACE),
    "sprinkler": Column("flag", on="visit_on", record=PLACE),
    "smoke_alarm": Column("flag", on="visit_on", record=PLACE),
    "sleeping_upstairs": Column("flag", on="visit_on", record=PLACE),
    "open_general": Column("number", on="general_on", record=HAZARD),
    "overdue_general": Column("number", on="general_on", record=HAZARD),
    "general_on": Column("date"),
    "open_major": Column("number", on="major_on", record=("hazard", "major_id")),
    "overdue_major": Column("number", on="major_on", record=("hazard", "major_id")),
    "undated_major": Column("number"),
    "major_on": Column("date"),
    "refusals": Column("number"),
    "incidents_3y": Column("number", on="incident_on", record=INCIDENT),
    "larger_3y": Column("number", on="incident_on", record=INCIDENT),
    "incident_on": Column("date"),
}


@dataclass(frozen=True)
class Consequence:
    """S as an interval, where it stands on an assessment or a count of people, and what is shown of it.

    `floor`: what kind, scale, industry and people say at least.
    """

    low: Floats
    high: Floats
    floor: Floats
    measured: Flags
    shown: Shown
    state: npt.NDArray[np.int8]


def judge(frame: pd.DataFrame, rule: RuleFile, as_of: date) -> Judged:
    """Judge one row per place (columns as `COLUMNS`). Returns the results in the frame's order."""
    sheet = Sheet(frame, rule, as_of, COLUMNS)
    kinds = text(sheet, "kinds")
    venue = _any_of(kinds, VENUES) & ~_any_of(kinds, HAZARDOUS) & (text(sheet, "scale") != "high_hazard")
    crowded = venue & _any_of(kinds, CROWDED)
    assessed = _likelihood(sheet)
    _records(sheet)
    _premises(sheet, venue, crowded, assessed)
    _direct_rules(sheet, venue, crowded)
    consequence = _consequence(sheet, kinds, venue)
    value = _product(sheet, consequence)
    closed = text(sheet, "state") == "closed"
    return sheet.judge(na={"closed": closed}, value=value, withhold=~consequence.measured)


def frame_of(record: dict[str, Any]) -> pd.DataFrame:
    """Return the one-row frame of a JSON record whose keys are those of `COLUMNS` (`kinds`: words with spaces)."""
    return frame_of_record(record, COLUMNS)


def _any_of(kinds: npt.NDArray[np.object_], wanted: Sequence[str]) -> Flags:
    said = pd.Series(kinds, dtype=object).fillna("")
    distinct = {value: bool(set(value.split()) & set(wanted)) for value in said.unique()}
    return said.map(distinct).to_numpy(dtype=bool)


def _likelihood(sheet: Sheet) -> Truth:
    """Add the assessed L, and what a missing visit leaves open; returns where a fresh assessment stands."""
    entered = sheet.read("ls_likelihood", "likelihood")
    low = np.where(entered.known, np.nan_to_num(entered.value) - LOWEST, 0.0)
    fresh = entered.known & entered.fresh
    sheet.add("likelihood", low, np.where(entered.known & ~fresh, HIGHEST - LOWEST, low),
              np.where(entered.known, entered.state, KNOWN).astype(np.int8), entered.shown)  # fmt: skip
    seen = sheet.limit("visit_valid").holds(sheet.age_days("visit_on"))
    worst = np.where(fresh, sheet.points("visit", "own_word"), sheet.points("visit", "nothing"))
    late = np.where(np.isnat(sheet.dates("visit_on")), MISSING, STALE)
    state = np.where(seen, KNOWN, late).astype(np.int8)
    nothing = np.zeros(len(sheet))
    sheet.add("visit", nothing, np.where(seen, 0.0, worst), state, sheet.shown("visit_on"))
    return Truth(fresh, fresh)


def _records(sheet: Sheet) -> None:
    """Add hazards, refusals and incidents as recorded."""
    one, several = sheet.limit("any"), sheet.limit("several_hazards")
    sheet.steps(
        sheet.read("open_general", "hazards"), "hazards",
        [(one, sheet.points("hazards", "some")), (several, sheet.points("hazards", "several"))],
    )  # fmt: skip
    sheet.steps(sheet.read("overdue_general", "overdue"), "overdue", [(one, sheet.points("overdue", "some"))])
    sheet.steps(sheet.read("refusals"), "refusals", [(one, sheet.points("refusals", "some"))])
    sheet.steps(
        sheet.read("incidents_3y", "incidents"), "incidents",
        [(one, sheet.points("incidents", "one")),
         (sheet.limit("several_incidents"), sheet.points("incidents", "several"))],
    )  # fmt: skip


def _premises(sheet: Sheet, venue: Flags, crowded: Flags, assessed: Truth) -> None:
    """Add what the premises themselves show: dangerous work in enterprises, fire safety in venues.

    A fresh assessment of L has dangerous work in it already.
    """
    working = Truth(~venue, ~venue) & ~assessed
    for key in ("hot_work", "confined_space"):
        sheet.flag(sheet.read(key), key, sheet.points(key, "bad"), where=working)
    venues, crowds = Truth(venue, venue), Truth(crowded, crowded)
    sheet.steps(sheet.read("exits"), "exits", [(sheet.limit("exits"), sheet.points("exits", "few"))], venues)
    sheet.flag(sheet.read("exit_blocked"), "exit_blocked", sheet.points("exit_blocked", "bad"), where=venues)
    sheet.flag(sheet.read("smoke_alarm"), "smoke_alarm", sheet.points("smoke_alarm", "none"), bad=0.0, where=venues)
    sheet.flag(sheet.read("sprinkler"), "sprinkler", sheet.points("sprinkler", "none"), bad=0.0, where=crowds)
    sleeping = sheet.read("sleeping_upstairs", "sleeping")
    sheet.flag(sleeping, "sleeping", sheet.points("sleeping", "bad"), where=venues)


def _direct_rules(sheet: Sheet, venue: Flags, crowded: Flags) -> None:
    major_hazard_rules(sheet)
    blocked = sheet.read("exit_blocked")
    sleeping = sheet.read("sleeping_upstairs", "sleeping")
    shut = blocked.bad(blocked.value == 1)
    both = shut & sleeping.bad(sleeping.value == 1) & Truth(venue, venue)
    sheet.direct("sleeping_blocked", both, sleeping.shown)
    sheet.direct("crowded_blocked", shut & Truth(crowded, crowded), blocked.shown)
    larger = sheet.numbers("larger_3y")
    sheet.direct("larger_accident", Truth(larger > 0, (larger > 0) | np.isnan(larger)), sheet.shown("larger_3y"))


def _consequence(sheet: Sheet, kinds: npt.NDArray[np.object_], venue: Flags) -> Consequence:
    """Return S: the entered one, never below what kind and people say without becoming an interval."""
    entered = sheet.read("ls_severity", "severity")
    people = sheet.numbers("people")
    floor = np.maximum(_prior(sheet, kinds), _by_people(sheet, people))
    dust = sheet.read("dust_explosion")
    floor = np.where(dust.known & (dust.value == 1), np.maximum(floor, DUST_SEVERITY), floor)
    fresh = entered.known & entered.fresh
    said = np.nan_to_num(entered.value, nan=LOWEST)
    counted = venue & ~fresh & np.isfinite(people)
    low = np.where(fresh, said, np.where(entered.known, np.maximum(said, floor), floor))
    high = np.where(fresh, np.maximum(said, floor), np.where(counted, low, HIGHEST))
    state = np.where(fresh | counted, KNOWN, np.where(entered.known, STALE, MISSING)).astype(np.int8)
    shown = entered.shown
    value = np.where(entered.known, entered.value, np.where(counted, low, np.nan))
    return Consequence(low, high, floor, fresh | counted, replace(shown, value=value), state)


def _by_people(sheet: Sheet, people: Floats) -> Floats:
    """Return the least S of the people present; not known: the lowest."""
    severity = np.full(len(sheet), LOWEST)
    for level in (2, 3, 4, 5):
        severity[sheet.limit(f"people_{level}").holds(people)] = level
    return severity


def _prior(sheet: Sheet, kinds: npt.NDArray[np.object_]) -> Floats:
    """Return the largest lower end that kind, scale and industry give."""
    keys = pd.DataFrame({"k": kinds, "s": text(sheet, "scale"), "i": text(sheet, "industry")}).fillna("")
    codes, distinct = pd.factorize(pd.MultiIndex.from_frame(keys))
    best = [max(prior.at_least for prior in sheet.rule.priors if _fits(prior, *row)) for row in distinct]
    return np.array(best, dtype=float)[codes]


def _fits(prior: Prior, kinds: str, scale: str, industry: str) -> bool:
    named = prior.kinds or prior.scales or prior.industries
    return (
        not named
        or bool(set(prior.kinds) & set(kinds.split()))
        or scale in prior.scales
        or industry.startswith(tuple(prior.industries))
    )


def _product(sheet: Sheet, consequence: Consequence) -> tuple[Floats, Floats]:
    """Turn the terms from steps of L into points of R = L·S, add S itself and the cap at L = 5; returns R."""
    raw_low, raw_high = (LOWEST + total for total in sheet.total())
    sheet.terms = [
        replace(term, low=term.low * consequence.low, high=term.high * consequence.high) for term in sheet.terms
    ]
    s_low, s_high, floor = consequence.low, consequence.high, np.where(consequence.measured, 0.0, consequence.floor)
    likelihood, sheet.terms = sheet.terms, []
    sheet.add("severity", s_low - floor, s_high - floor, consequence.state, consequence.shown)
    state = np.where(consequence.measured, ABSENT, KNOWN).astype(np.int8)
    shown = replace(sheet.shown("people"), value=floor)
    sheet.add("prior", floor, floor, state, shown)
    sheet.terms += likelihood
    over_low, over_high = (np.minimum(0.0, HIGHEST - raw) for raw in (raw_low, raw_high))
    shown = replace(shown, value=np.full(len(sheet), HIGHEST), table=None)
    sheet.add("cap", over_low * s_low, over_high * s_high, np.full(len(sheet), ABSENT, dtype=np.int8), shown)
    return s_low * np.minimum(HIGHEST, raw_low), s_high * np.minimum(HIGHEST, raw_high)
