"""Gas-using shops: four colours from cylinders, room, hose, regulator, alarm, visits, hazards and alarms.

Limits and prohibitions come from `thresholds.yaml` with their clauses; the points are this project's own. A shop that
does not use bottled gas is not asked about cylinders, but only where that was checked and is still fresh.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from risk.record import frame_of_record
from risk.result import ABSENT, KNOWN, MISSING, STALE, Judged, Shown
from risk.rulefile import RuleFile
from risk.score import Column, Reading, Sheet, Truth
from risk.shared import hazard_terms, never, text

INSTALLATION = ("gas_installation", "installation_id")
CYLINDER = ("cylinder", "cylinder_id")
SENSOR = ("sensor", "gas_sensor_id")
RUBBER, METAL = "橡胶|rubber", "金属|波纹|metal|steel"


def _checked(kind: Any) -> Column:
    return Column(kind, on="checked_on", record=INSTALLATION)


COLUMNS: dict[str, Column] = {
    "state": Column("text"),
    "supply": _checked("text"),
    "checked_on": Column("date"),
    "total_kg": _checked("number"),
    "has_room": _checked("flag"),
    "room_detached": _checked("flag"),
    "room_underground": _checked("flag"),
    "in_basement": _checked("flag"),
    "floor_no": _checked("number"),
    "cylinder_in_dining": _checked("flag"),
    "hose_m": _checked("number"),
    "hose_material": _checked("text"),
    "hose_installed_on": Column("date", record=INSTALLATION),
    "hose_joint": _checked("flag"),
    "hose_through_wall": _checked("flag"),
    "regulator_installed_on": Column("date", record=INSTALLATION),
    "regulator_adjustable": _checked("flag"),
    "flame_failure_device": _checked("flag"),
    "alarm_installed": _checked("flag"),
    "alarm_working": _checked("flag"),
    "cutoff_installed": _checked("flag"),
    "cutoff_working": _checked("flag"),
    "supplier_visit_on": Column("date"),
    "cylinders": _checked("number"),
    "largest_kg": Column("number", on="checked_on", record=CYLINDER),
    "smallest_kg": Column("number", on="checked_on", record=CYLINDER),
    "dining_kg": Column("number", on="checked_on", record=CYLINDER),
    "spots_known": _checked("flag"),
    "expired": Column("flag", on="checked_on", record=CYLINDER),
    "two_phase": Column("flag", on="checked_on", record=CYLINDER),
    "gas_devices": Column("number", on="gas_seen_on", record=SENSOR),
    "gas_fault": Column("flag", on="gas_seen_on", record=SENSOR),
    "gas_never_seen": Column("flag"),
    "gas_seen_later": Column("flag"),
    "gas_silent_h": Column("number", on="gas_seen_on", record=SENSOR),
    "gas_seen_on": Column("date"),
    "seen_on": Column("date"),
    "open_general": Column("number", on="seen_on", record=("hazard", "general_id")),
    "overdue_general": Column("number", on="general_on", record=("hazard", "general_id")),
    "general_on": Column("date"),
    "open_major": Column("number", on="major_on", record=("hazard", "major_id")),
    "overdue_major": Column("number", on="major_on", record=("hazard", "major_id")),
    "undated_major": Column("number"),
    "major_on": Column("date"),
    "open_high": Column("number", on="alarm_on", record=("alarm", "alarm_id")),
    "open_low": Column("number", on="alarm_on", record=("alarm", "alarm_id")),
    "alarms_90d": Column("number", on="alarm_on", record=("alarm", "alarm_id")),
    "alarm_on": Column("date"),
    "incidents_3y": Column("number", on="incident_on", record=("incident", "incident_id")),
    "incident_on": Column("date"),
}


def judge(frame: pd.DataFrame, rule: RuleFile, as_of: date) -> Judged:
    """Judge one row per shop (columns as `COLUMNS`). Returns the results in the frame's order."""
    sheet = Sheet(frame, rule, as_of, COLUMNS)
    total = _total(sheet)
    bottled, gas = _supply(sheet, total)
    _prohibitions(sheet, total, bottled, gas)
    _alarm(sheet, gas)
    _cylinders(sheet, total, bottled)
    _appliances(sheet, gas)
    _history(sheet)
    closed = text(sheet, "state") == "closed"
    return sheet.judge(na={"closed": closed, "no_gas": ~gas.maybe})


def frame_of(record: dict[str, Any]) -> pd.DataFrame:
    """Return the one-row frame of a JSON record whose keys are those of `COLUMNS`."""
    return frame_of_record(record, COLUMNS)


def _total(sheet: Sheet) -> Reading:
    """Read the stored total; what is more than nothing and less than a cylinder (tonnes for kg, say) is unknown."""
    total = sheet.read("total_kg")
    sound = total.known & ~((total.value > 0) & sheet.limit("implausible").holds(total.value))
    return replace(total, value=np.where(sound, total.value, np.nan), known=sound)


def _supply(sheet: Sheet, total: Reading) -> tuple[Truth, Truth]:
    """Return where the shop uses bottled gas, and where it uses gas at all. Cylinders on record outrank the word."""
    supply = text(sheet, "supply")
    fresh = sheet.within(sheet.dates("checked_on"), sheet.input("total_kg").valid_days)
    holds = (total.known & (total.value > 0)) | (sheet.numbers("cylinders") > 0)
    not_bottled = np.isin(supply, ["piped", "none"]) & fresh & ~holds
    bottled = Truth(holds | (supply == "cylinder"), ~not_bottled)
    return bottled, Truth(bottled.yes | (supply == "piped"), ~((supply == "none") & fresh & ~holds))


def _prohibitions(sheet: Sheet, total: Reading, bottled: Truth, gas: Truth) -> None:
    """Add the direct rules of the standards, each proven, possible or excluded."""
    below = _underground(sheet)
    piped = below.yes & gas.maybe  # which gas the pipe brings is not on record: possible, not proven
    proven = bottled & below
    sheet.direct("underground", Truth(proven.yes, proven.maybe | piped), sheet.shown("in_basement"))
    room = sheet.read("has_room", "total_kg")
    no_room = room.bad(room.value == 0)
    over = total.bad(sheet.limit("room_needed").holds(total.value))
    sheet.direct("no_room", bottled & over & no_room, total.shown)
    exactly = sheet.limit("room_ambiguous").holds(total.value) & total.known
    at_100 = bottled.maybe & exactly & no_room.maybe
    sheet.direct("room_at_100", Truth(never(sheet), at_100), total.shown)
    detached = sheet.read("room_detached", "total_kg")
    large = total.bad(sheet.limit("detached_needed").holds(total.value))
    sheet.direct("not_detached", bottled & large & detached.bad(detached.value == 0), total.shown)
    sheet.direct("dining", bottled & _dining(sheet), sheet.shown("dining_kg"))
    sheet.direct("upstairs_50kg", bottled & _large_upstairs(sheet, total), sheet.shown("largest_kg"))


def _underground(sheet: Sheet) -> Truth:
    basement = sheet.read("in_basement", "total_kg")
    floor = sheet.read("floor_no", "total_kg")
    below = floor.bad(sheet.numbers("floor_no") < sheet.limit("underground").number)
    raised = floor.good(sheet.limit("above_ground").holds(floor.value))
    shop = basement.bad(basement.value == 1)
    shop = Truth(shop.yes | below.yes, (shop.maybe & ~raised.yes) | shop.yes | below.yes)
    room = sheet.read("has_room", "total_kg")
    cellar = sheet.read("room_underground", "total_kg")
    return shop | (~room.bad(room.value == 0) & cellar.bad(cellar.value == 1)) | _cellar_known(cellar)


def _cellar_known(cellar: Reading) -> Truth:
    """A room said to be underground is one, whether or not `has_room` was filled in."""
    said = cellar.known & (cellar.value == 1)
    return Truth(said, said)


def _dining(sheet: Sheet) -> Truth:
    """Return "a cylinder of more than 5 kg stands in the dining area"."""
    limit = sheet.limit("dining_cylinder")
    said = sheet.read("cylinder_in_dining", "total_kg")
    listed = sheet.numbers("dining_kg")
    spots = sheet.read("spots_known", "total_kg")
    smallest, largest = sheet.read("smallest_kg", "total_kg"), sheet.read("largest_kg", "total_kg")
    proven = limit.holds(listed) | (said.known & (said.value == 1) & limit.holds(smallest.value))
    said_not = said.known & said.fresh & (said.value == 0)
    nowhere = spots.known & spots.fresh & (spots.value == 1) & np.isnan(listed) & ~(said.known & (said.value == 1))
    all_small = largest.known & largest.fresh & ~limit.holds(largest.value)
    return Truth(proven, proven | ~(said_not | nowhere | all_small))


def _large_upstairs(sheet: Sheet, total: Reading) -> Truth:
    limit, floor = sheet.limit("large_cylinder"), sheet.read("floor_no", "total_kg")
    largest = sheet.read("largest_kg", "total_kg")
    large = largest.bad(limit.holds(largest.value))
    too_little = total.known & total.fresh & ~limit.holds(total.value)
    large = Truth(large.yes, large.yes | (large.maybe & ~too_little))
    return large & floor.bad(sheet.limit("upstairs").holds(floor.value))


def _alarm(sheet: Sheet, gas: Truth) -> None:
    """The alarm must be installed *and* working: its own device decides where there is one, else the last check."""
    points = sheet.points("alarm", "not_working")
    hours, connected = sheet.numbers("gas_silent_h"), sheet.numbers("gas_devices") > 0
    silent = sheet.limit("sensor_silent").holds(hours) | (sheet.numbers("gas_never_seen") == 1)
    broken = (sheet.numbers("gas_fault") == 1) | silent
    told = [hours, sheet.numbers("gas_fault"), sheet.numbers("gas_seen_later")]
    unclear = ~broken & ((told[2] == 1) | np.isnan(told).any(axis=0))
    state = np.where(connected, np.where(unclear, MISSING, KNOWN), ABSENT).astype(np.int8)
    device = Truth(connected & broken, connected & (broken | unclear)) & gas
    seen = sheet.shown("gas_silent_h")
    works = np.where(unclear, np.nan, (~broken).astype(float))
    sheet.truth("alarm", points, device, Shown("flag", works, seen.dates, seen.table, seen.record_ids), state)
    checked, state = _by_check(sheet, "alarm_installed", "alarm_working", "alarm")
    alone = Truth(~connected, ~connected)
    shown = sheet.shown("alarm_working")
    absent = sheet.numbers("alarm_installed") == 0
    shown = Shown("flag", np.where(absent, 0.0, shown.value), shown.dates, shown.table, shown.record_ids)
    sheet.truth("alarm", points, checked & gas & alone, shown, np.where(connected, ABSENT, state).astype(np.int8))


def _by_check(sheet: Sheet, installed: str, working: str, key: str) -> tuple[Truth, Any]:
    """Return "not installed or not working" by the last check, and the state of that knowledge."""
    there, works = sheet.read(installed, key), sheet.read(working, key)
    absent = there.bad(there.value == 0)
    broken = works.bad(works.value == 0)
    assured = works.known & works.fresh & (works.value == 1) & ~absent.yes
    bad = Truth(absent.yes | broken.yes, ~assured)
    known = there.known | works.known
    fresh = np.where(works.known, works.fresh, there.fresh)
    return bad, np.where(bad.yes | assured, np.where(fresh, KNOWN, STALE), np.where(known & ~fresh, STALE, MISSING))


def _cylinders(sheet: Sheet, total: Reading, bottled: Truth) -> None:
    sheet.steps(
        total, "total_kg",
        [(sheet.limit("room_needed"), sheet.points("total_kg", "over_100")),
         (sheet.limit("detached_needed"), sheet.points("total_kg", "over_420"))], bottled,
    )  # fmt: skip
    sheet.flag(sheet.read("two_phase"), "two_phase", sheet.points("two_phase", "bad"), where=bottled)
    expired = sheet.read("expired", "cylinder_expired")
    sheet.flag(expired, "cylinder_expired", sheet.points("cylinder_expired", "bad"), where=bottled)
    adjustable = sheet.read("regulator_adjustable")
    sheet.flag(adjustable, "regulator_adjustable", sheet.points("regulator_adjustable", "bad"), where=bottled)
    age = sheet.age_days("regulator_installed_on")
    old = sheet.limit("regulator_age").holds(age)
    _aged(sheet, "regulator_age", "regulator_installed_on", Truth(old, old | np.isnan(age)) & bottled)


def _appliances(sheet: Sheet, gas: Truth) -> None:
    for column, key in (("hose_joint", "hose_joint"), ("hose_through_wall", "hose_through_wall")):
        sheet.flag(sheet.read(column), key, sheet.points(key, "bad"), where=gas)
    sheet.steps(sheet.read("hose_m"), "hose_m", [(sheet.limit("hose_length"), sheet.points("hose_m", "too_long"))], gas)
    _aged(sheet, "hose_age", "hose_installed_on", _hose_old(sheet) & gas)
    flame = sheet.read("flame_failure_device", "flame_failure")
    sheet.flag(flame, "flame_failure", sheet.points("flame_failure", "bad"), bad=0.0, where=gas)
    cutoff, state = _by_check(sheet, "cutoff_installed", "cutoff_working", "cutoff")
    shown = sheet.shown("cutoff_working")
    sheet.truth("cutoff", sheet.points("cutoff", "not_working"), cutoff & gas, shown, state)
    last = sheet.age_days("supplier_visit_on")
    late = sheet.limit("visit_overdue").holds(last)
    visit = sheet.shown("supplier_visit_on")
    state = np.where(np.isnan(last), MISSING, KNOWN).astype(np.int8)
    bad = Truth(late, late | np.isnan(last)) & gas
    sheet.truth("supplier_visit", sheet.points("supplier_visit", "overdue"), bad, visit, state)


def _hose_old(sheet: Sheet) -> Truth:
    """Rubber ages faster than metal; of an unnamed material the slower limit proves, the faster one makes possible."""
    age = sheet.age_days("hose_installed_on")
    material = pd.Series(text(sheet, "hose_material"), dtype="str").str.lower()
    rubber = material.str.contains(RUBBER, na=False).to_numpy(dtype=bool)
    metal = material.str.contains(METAL, na=False).to_numpy(dtype=bool) & ~rubber
    fast = sheet.limit("hose_age_rubber").holds(age)
    slow = sheet.limit("hose_age_other").holds(age)
    return Truth(slow | (fast & rubber), np.isnan(age) | slow | (fast & ~metal))


def _aged(sheet: Sheet, key: str, column: str, bad: Truth) -> None:
    state = np.where(bad.yes | ~bad.maybe, KNOWN, MISSING).astype(np.int8)
    sheet.truth(key, sheet.points(key, "too_old"), bad, sheet.shown(column), state)


def _history(sheet: Sheet) -> None:
    """Open hazards, alarms and incidents. Hazards nobody can have found (no visit for long) are unknown, not none."""
    hazard_terms(sheet)
    strong, weak = sheet.read("open_high", "open_alarm"), sheet.read("open_low", "open_alarm")
    high, low = strong.bad(strong.value > 0), weak.bad(weak.value > 0)
    worst, less = sheet.points("open_alarm", "high"), sheet.points("open_alarm", "low")
    counted = Shown("number", strong.value + weak.value, strong.shown.dates, strong.shown.table,
                    strong.shown.record_ids)  # fmt: skip
    sheet.add(
        "open_alarm",
        np.where(high.yes, worst, np.where(low.yes, less, 0.0)),
        np.where(high.maybe, worst, np.where(low.maybe, less, 0.0)),
        np.minimum(strong.state + weak.state, MISSING).astype(np.int8), counted,
    )  # fmt: skip
    often = [(sheet.limit("several_alarms"), sheet.points("alarm_history", "several"))]
    sheet.steps(sheet.read("alarms_90d", "alarm_history"), "alarm_history", often)
    incidents = [(sheet.limit("any"), sheet.points("incidents", "one")),
                 (sheet.limit("several_incidents"), sheet.points("incidents", "several"))]  # fmt: skip
    sheet.steps(sheet.read("incidents_3y", "incidents"), "incidents", incidents)
