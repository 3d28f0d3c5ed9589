"""Major hazard installations by GB 18218-2018, per unit: S = Σ q/Q; from S = 1 on, R = α·Σ β·q/Q gives the level.

Unknown people outside the boundary, an unmatched substance or a missing mass make S and R intervals. A closed place
is judged like any other: what is stored stays dangerous.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from risk.record import RecordError, amount, unknown_key
from risk.result import ABSENT, KNOWN, MISSING, Judged, Shown
from risk.rulefile import Flags, Floats, RuleFile
from risk.rules.major_hazard.substances import match
from risk.score import Column, Sheet
from risk.shared import text

DECIMALS = 9
"""S and R are rounded to so many places before they meet a boundary: 0.7 + 0.2 + 0.1 is 1."""

COLUMNS: dict[str, Column] = {
    "exposed_people": Column("number", record=("unit", "unit_id")),
    "substance": Column("text", record=("holding", "holding_id")),
    "cas": Column("text"),
    "hazard_class": Column("text"),
    "mass_t": Column("number"),
    "mass_known": Column("flag"),
}
HOLDING_KEYS = ["substance", "cas", "hazard_class", "mass_t"]


@dataclass(frozen=True)
class Amounts:
    """Each holding's q/Q and β·q/Q between two ends, its unit (row of the units), and what is said of it.

    `told` is False for the row of a unit of which no holding is on record.
    """

    unit: np.ndarray[Any, np.dtype[np.intp]]
    ratio: tuple[Floats, Floats]
    weighted: tuple[Floats, Floats]
    told: Flags
    said: np.ndarray[Any, np.dtype[np.object_]]


def judge(frame: pd.DataFrame, rule: RuleFile, as_of: date) -> Judged:
    """Judge units from a frame of holdings (columns as `COLUMNS`, with place_id and unit_id).

    Returns one result per unit, in the order in which the units first appear. `extras`: S, R and level.
    """
    keys = pd.MultiIndex.from_frame(frame[["place_id", "unit_id"]].fillna(0))
    unit, _ = pd.factorize(keys)
    first = np.flatnonzero(~pd.Series(unit).duplicated().to_numpy())
    units = frame.iloc[first].reset_index(drop=True)
    sheet = Sheet(units, rule, as_of, COLUMNS)
    held = _amounts(Sheet(frame, rule, as_of, COLUMNS), unit)
    alpha = _alpha(sheet)
    unassigned = units["unit_id"].isna().to_numpy() & units["place_id"].notna().to_numpy()
    s = _sums(held.ratio, unit, len(units), unassigned)
    weighted = _sums(held.weighted, unit, len(units), unassigned)
    untold = np.bincount(unit, weights=held.told, minlength=len(units)) == 0
    s, weighted = _open(s, untold), _open(weighted, untold)
    r = alpha[0] * weighted[0], _times(alpha[1], weighted[1])
    _holding_terms(sheet, frame, held, alpha[0], unassigned)
    _people_term(sheet, alpha, weighted[1], untold)
    return _graded(sheet, tuple(np.round(end, DECIMALS) for end in s), tuple(np.round(end, DECIMALS) for end in r))


def frame_of(record: dict[str, Any]) -> pd.DataFrame:
    """Return the frame of one unit from `{"holdings": [{"substance": …, "mass_t": …}], "exposed_people": …}`.

    A holding may carry `cas` and `hazard_class` (a key of Table 2, such as W5.3). Raises :class:`RecordError`.
    """
    keys = ["holdings", "exposed_people"]
    faults = [unknown_key(key, keys) for key in record if key not in keys]
    holdings = record.get("holdings")
    if holdings is not None and not (isinstance(holdings, list) and all(isinstance(h, dict) for h in holdings)):
        raise RecordError('holdings 要是物质的列表，例如 [{"substance": "液氯", "mass_t": 10}]。')
    rows = []
    for number, holding in enumerate(holdings or [], start=1):
        for key in holding:
            if key == "mass_kg":
                faults.append(f"第 {number} 项物质写了 mass_kg，请换算成吨写在 mass_t")
            elif key not in HOLDING_KEYS:
                faults.append(f"第 {number} 项物质：{unknown_key(key, HOLDING_KEYS)}")
        rows.append(_row(holding, number, faults))
    people = math.nan
    try:
        people = amount(record.get("exposed_people"), "exposed_people", "人数")
    except ValueError as fault:
        faults.append(str(fault))
    if faults:
        raise RecordError("；".join(faults) + "。")
    frame = pd.DataFrame(rows or [dict.fromkeys(HOLDING_KEYS)])
    return frame.assign(exposed_people=people, mass_known=1.0, place_id=np.nan, unit_id=np.nan)


def _row(holding: dict[str, Any], number: int, faults: list[str]) -> dict[str, Any]:
    row: dict[str, Any] = {key: holding.get(key) for key in HOLDING_KEYS}
    if not isinstance(row["substance"], str) or not row["substance"].strip():
        faults.append(f"第 {number} 项物质没有写 substance（名称）")
    try:
        row["mass_t"] = amount(row["mass_t"], f"第 {number} 项物质的 mass_t", "吨数")
    except ValueError as fault:
        faults.append(str(fault))
    return row


def _amounts(sheet: Sheet, unit: np.ndarray[Any, np.dtype[np.intp]]) -> Amounts:
    """Match every holding and multiply by its mass."""
    names = ("substance", "cas", "hazard_class")
    columns = [pd.Series(text(sheet, name), dtype=object).fillna("").astype(str) for name in names]
    matches = [match(*row) for row in zip(*columns, strict=True)]
    mass = sheet.numbers("mass_t")
    mass = np.where(np.isfinite(mass) & (mass >= 0), mass, np.nan)
    told = (columns[0] != "").to_numpy(dtype=bool)
    ends = np.array([[*m.per_tonne, *m.weighted] for m in matches], dtype=float).reshape(len(matches), 4).T
    least = np.where(told, np.nan_to_num(mass), 0.0)
    most = np.where(np.isfinite(mass) & (sheet.numbers("mass_known") != 0), mass, np.inf)
    most = np.where(told, most, 0.0)
    doubtful = sheet.limit("doubtful").holds(_times(least, ends[1])) & np.isfinite(ends[1])
    least = np.where(doubtful, 0.0, least)
    ratio = _times(least, ends[0]), _times(most, ends[1])
    weighted = _times(least, ends[2]), _times(most, ends[3])
    said = _said(columns[0], mass, np.isinf(most), doubtful, [m.reason for m in matches])
    return Amounts(unit, ratio, weighted, told, np.where(told, said, ""))


def _said(
    names: pd.Series[str], mass: Floats, no_mass: Flags, doubtful: Flags, reasons: list[str | None]
) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Return the words of each holding: name, mass, and what is wrong with it."""
    out = []
    for name, tonnes, missing, odd, reason in zip(names, mass, no_mass, doubtful, reasons, strict=True):
        faults = [reason] if reason else []
        faults += ["缺设计最大量"] if missing else []
        faults += ["数量存疑，是否把千克写成吨"] if odd else []
        amounts = "" if np.isnan(tonnes) else f" {tonnes:g} 吨"
        out.append(f"{name}{amounts}" + (f"（{'，'.join(faults)}）" if faults else ""))
    return np.array(out, dtype=object)


def _times(a: Floats, b: Floats) -> Floats:
    """Return the product, where nothing times no end is nothing."""
    with np.errstate(invalid="ignore"):
        return np.where((a == 0) | (b == 0), 0.0, a * b)


def _sums(ends: tuple[Floats, Floats], unit: Any, n: int, unassigned: Flags) -> tuple[Floats, Floats]:
    """Sum holdings per unit. Holdings without a unit may belong to several: nothing is proven of their sum."""
    low = np.bincount(unit, weights=ends[0], minlength=n)
    high: Floats = np.bincount(unit, weights=ends[1], minlength=n).astype(float)
    return np.where(unassigned, 0.0, low), high


def _open(ends: tuple[Floats, Floats], untold: Flags) -> tuple[Floats, Floats]:
    return ends[0], np.where(untold, np.inf, ends[1])


def _alpha(sheet: Sheet) -> tuple[Floats, Floats]:
    """Return α by the people usually present within 500 m outside the boundary; not known: both ends of the table."""
    people = sheet.read("exposed_people", "people")
    points = sheet.input("people").points
    value = np.full(len(sheet), points["people_0"])
    for key in ("people_1", "people_30", "people_50", "people_100"):
        value[sheet.limit(key).holds(people.value)] = points[key]
    known = people.known
    return np.where(known, value, min(points.values())), np.where(known, value, max(points.values()))


def _holding_terms(sheet: Sheet, frame: pd.DataFrame, held: Amounts, alpha: Floats, unassigned: Flags) -> None:
    """Add one term per rank: the first holding of every unit, the second, … At α's lower end."""
    rank = pd.Series(held.unit).groupby(held.unit).cumcount().to_numpy()
    ids = Sheet(frame, sheet.rule, sheet.as_of.item(), COLUMNS).ids("holding_id")
    for number in range(int(rank.max(initial=-1)) + 1):
        rows = np.flatnonzero(rank == number)
        at = held.unit[rows]
        low, high = np.zeros(len(sheet)), np.zeros(len(sheet))
        low[at] = np.where(unassigned[at], 0.0, alpha[at] * held.weighted[0][rows])
        high[at] = _times(alpha[at], held.weighted[1][rows])
        state = np.full(len(sheet), ABSENT, dtype=np.int8)
        state[at] = np.where(low[at] == high[at], KNOWN, MISSING)
        said = np.full(len(sheet), None, dtype=object)
        said[at] = held.said[rows]
        state[at] = np.where(said[at] == "", ABSENT, state[at])
        records = np.zeros(len(sheet), dtype=np.int64)
        records[at] = ids[rows]
        sheet.add("holding", low, high, state, Shown("text", said, sheet.dates(None), "holding", records))


def _people_term(sheet: Sheet, alpha: tuple[Floats, Floats], weighted: Floats, untold: Flags) -> None:
    """Add what unknown people add at most; and for a unit of which no holding is known, everything."""
    more = _times(alpha[1] - alpha[0], np.where(untold, 0.0, weighted))
    shown = sheet.shown("exposed_people")
    state = np.where(np.isnan(shown.value), MISSING, KNOWN).astype(np.int8)
    sheet.add("people", np.zeros(len(sheet)), more, state, shown)
    nothing = np.where(untold, np.inf, 0.0)
    blank = Shown("text", np.full(len(sheet), None, dtype=object), sheet.dates(None), None, sheet.ids(None))
    sheet.add("holding", np.zeros(len(sheet)), nothing, np.where(untold, MISSING, ABSENT).astype(np.int8), blank)


def _graded(sheet: Sheet, s: Any, r: Any) -> Judged:
    """Give the level from R where S reaches 1 for certain, 不适用 where it certainly does not, else unknown."""
    condition = sheet.limit("installation")
    certain, possible = condition.holds(s[0]), condition.holds(s[1])
    judged = sheet.judge(na={"below": ~possible}, value=r, says_nothing=0)
    undecided = possible & ~certain
    severity = np.where(undecided, 0, judged.severity).astype(np.int8)
    at_least = np.where(undecided, 0, judged.at_least).astype(np.int8)
    level = np.where(severity > 0, 5.0 - severity, np.nan)
    return replace(judged, severity=severity, at_least=at_least, extras={"S": s, "R": r, "level": (level, level)})
