"""The smallest scheme: three open hazards or more are red, and so is a blocked exit. Copy this folder for a new one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from risk.record import frame_of_record
from risk.result import Judged
from risk.rulefile import RuleFile
from risk.score import Column, Sheet

COLUMNS: dict[str, Column] = {
    "hazards": Column("number", on="checked_on"),
    "blocked": Column("flag", on="checked_on"),
    "checked_on": Column("date"),
}


def judge(frame: pd.DataFrame, rule: RuleFile, as_of: date) -> Judged:
    """Judge one row per place (columns as `COLUMNS`). Returns the results in the frame's order."""
    sheet = Sheet(frame, rule, as_of, COLUMNS)
    sheet.steps(sheet.read("hazards"), "hazards", [(sheet.limit("many"), sheet.points("hazards", "many"))])
    blocked = sheet.read("blocked", "hazards")
    sheet.direct("blocked", blocked.bad(blocked.value == 1), blocked.shown)
    return sheet.judge()


def frame_of(record: dict[str, Any]) -> pd.DataFrame:
    """Return the one-row frame of a JSON record whose keys are those of `COLUMNS`."""
    return frame_of_record(record, COLUMNS)
