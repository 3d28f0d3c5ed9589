"""Visits: when, by whom, of what type, with what result."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import text

from data.imports.refer import places
from data.imports.work import Work
from data.tables.work import Inspection

INSPECTION: Any = Inspection.__table__
PLAIN = ("inspected_on", "type", "result", "organisation")


def write(work: Work) -> None:
    """Write the good rows as inspections; names and notes stand in the checklist, a known officer is linked."""
    keys = work.keys()
    ids = places(work)
    good = work.ledger.good
    frame = work.frame(keys, good, PLAIN)
    frame["place_id"] = ids[good]
    if "type" not in frame:
        work.notes.append("没有“检查类型”列：都按日常检查记")
        frame["type"] = "routine"
    else:
        frame["type"] = frame["type"].fillna("routine")
    people, notes = work.fields.get("officer")[good], work.fields.get("note")[good]
    if "officer" in work.fields or "note" in work.fields:
        pairs = zip(people, notes, strict=True)
        frame["checklist"] = [_checklist(person, note) for person, note in pairs]
    if "officer" in work.fields:
        known = _officers(work, {person for person in people if person})
        frame["officer_id"] = pd.array([known.get(person) for person in people], dtype="Int64")
    work.merge(INSPECTION, frame)


def _checklist(person: str | None, note: str | None) -> dict[str, str] | None:
    given = {"inspector": person, "note": note}
    return {name: value for name, value in given.items() if value} or None


def _officers(work: Work, names: set[str]) -> dict[str, int]:
    """Return the id of every name that exactly one officer has."""
    rows = work.connection.execute(
        text("SELECT name, min(id) FROM officer WHERE name = ANY(:names) GROUP BY name HAVING count(*) = 1"),
        {"names": sorted(names)},
    )
    return dict(rows.all())
