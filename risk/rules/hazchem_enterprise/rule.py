"""Hazardous-chemical enterprises by 应急〔2018〕19号: the more points, the safer.

A plus item counts only where it is proven; a minus item that nobody has excluded could hold; a base score older than
three years says nothing any more.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from risk.record import frame_of_record
from risk.result import KNOWN, MISSING, STALE, Judged
from risk.rulefile import Flags, RuleFile
from risk.score import Column, Sheet, Truth
from risk.shared import major_hazard_rules, text

PLACE, INCIDENT = ("place", "place_id"), ("incident", "incident_id")
FULL = 100.0


def _scored(kind: Any) -> Column:
    return Column(kind, on="hazchem_scored_on", record=PLACE)


COLUMNS: dict[str, Column] = {
    "state": Column("text"),
    "hazchem_score": _scored("number"),
    "hazchem_scored_on": Column("date"),
    "standardisation": _scored("number"),
    "own_fire_brigade": _scored("flag"),
    "accident_free_5y": _scored("flag"),
    "deaths_3y": _scored("number"),
    "larger_accidents_3y": _scored("number"),
    "special_staff_certified": _scored("flag"),
    "designed_or_diagnosed": _scored("flag"),
    "new_process_scaled_stepwise": _scored("flag"),
    "recorded_deaths": Column("number", on="incident_on", record=INCIDENT),
    "recorded_larger": Column("number", on="incident_on", record=INCIDENT),
    "recorded_major": Column("number", on="incident_on", record=INCIDENT),
    "recorded_fatal_1y": Column("number", on="incident_on", record=INCIDENT),
    "incident_on": Column("date"),
    "open_major": Column("number", on="major_on", record=("hazard", "major_id")),
    "overdue_major": Column("number", on="major_on", record=("hazard", "major_id")),
    "undated_major": Column("number"),
    "major_on": Column("date"),
}
CONDITIONS = {
    "not_stepwise": "new_process_scaled_stepwise",
    "not_designed": "designed_or_diagnosed",
    "not_certified": "special_staff_certified",
}


def judge(frame: pd.DataFrame, rule: RuleFile, as_of: date) -> Judged:
    """Judge one row per enterprise (columns as `COLUMNS`). Returns the results in the frame's order."""
    sheet = Sheet(frame, rule, as_of, COLUMNS)
    _base(sheet)
    larger = _at_least(sheet, "larger_accidents_3y", "recorded_larger", "any")
    deaths = _at_least(sheet, "deaths_3y", "recorded_deaths", "any")
    _accidents(sheet, larger, deaths)
    _plus_items(sheet, larger, deaths)
    _direct_rules(sheet)
    major_hazard_rules(sheet)
    return sheet.judge(na={"closed": text(sheet, "state") == "closed"})


def frame_of(record: dict[str, Any]) -> pd.DataFrame:
    """Return the one-row frame of a JSON record whose keys are those of `COLUMNS`."""
    return frame_of_record(record, COLUMNS)


def _base(sheet: Sheet) -> None:
    base = sheet.read("hazchem_score", "base")
    valid = base.known & base.fresh
    sheet.add("base", np.where(valid, base.value, 0.0), np.where(valid, base.value, FULL), base.state, base.shown)


def _at_least(sheet: Sheet, told: str, recorded: str, limit: str) -> Truth:
    """Return "the count reaches the limit": what was told, or what the incidents on record already prove."""
    said = sheet.read(told, "accidents")
    condition = sheet.limit(limit)
    count = sheet.numbers(recorded)
    proven = condition.holds(count)
    from_told = said.bad(condition.holds(said.value))
    return from_told | Truth(proven, proven | np.isnan(count))


def _accidents(sheet: Sheet, larger: Truth, deaths: Truth) -> None:
    """A larger accident takes 10 points, else deaths take 8: one accident is not counted twice."""
    worst, less = sheet.points("accidents", "larger"), sheet.points("accidents", "deaths")
    low = np.where(larger.maybe, worst, np.where(deaths.maybe, less, 0.0))
    high = np.where(larger.yes, worst, np.where(deaths.yes, less, 0.0))
    state = np.where(low == high, KNOWN, _age_state(sheet, "deaths_3y")).astype(np.int8)
    sheet.add("accidents", low, high, state, sheet.shown("deaths_3y"))


def _age_state(sheet: Sheet, column: str) -> Any:
    said = sheet.read(column, "accidents")
    return np.where(said.known & ~said.fresh, STALE, MISSING)


def _plus_items(sheet: Sheet, larger: Truth, deaths: Truth) -> None:
    """Plus items are given on proof only; without it they are nothing, and the listing says so."""
    level = sheet.read("standardisation")
    given = np.zeros(len(sheet))
    for number in (1, 2, 3):
        given[level.value == number] = sheet.points("standardisation", f"level_{number}")
    given = np.where(level.fresh, given, 0.0)
    sheet.add("standardisation", given, given, level.state, level.shown)
    brigade = sheet.read("own_fire_brigade")
    _bonus(sheet, "own_fire_brigade", "own_fire_brigade", brigade.fresh & (brigade.value == 1))
    clean = sheet.read("accident_free_5y", "accident_free")
    believed = clean.fresh & (clean.value == 1) & ~larger.yes & ~deaths.yes
    _bonus(sheet, "accident_free", "accident_free_5y", believed)


def _bonus(sheet: Sheet, key: str, column: str, proven: Flags) -> None:
    reading = sheet.read(column, key)
    points = np.where(proven, sheet.points(key, "proven"), 0.0)
    sheet.add(key, points, points, reading.state, reading.shown)


def _direct_rules(sheet: Sheet) -> None:
    for key, column in CONDITIONS.items():
        fact = sheet.read(column, "condition")
        sheet.direct(key, fact.bad(fact.value == 0), fact.shown)
    larger = _at_least(sheet, "larger_accidents_3y", "recorded_larger", "larger_direct")
    major = sheet.limit("any").holds(sheet.numbers("recorded_major"))
    fatal = sheet.limit("fatal_direct").holds(sheet.numbers("recorded_fatal_1y"))
    untold = np.isnan(sheet.numbers("recorded_major")) | np.isnan(sheet.numbers("recorded_fatal_1y"))
    recorded = Truth(major | fatal, major | fatal | untold)
    sheet.direct("accidents", larger | recorded, sheet.shown("larger_accidents_3y"))
