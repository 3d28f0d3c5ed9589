"""Visits: when, by whom, of what type, with what result."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pandas as pd
from numpy.typing import NDArray
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
        if "officer" not in work.fields and "yzt_key" in work.fields:  # persons were masked: they stay as they are
            people = _stored_people(work, keys[good])
        items = work.fields.get("yzt_checklist")[good]
        frame["checklist"] = [_checklist(*row) for row in zip(people, notes, items, strict=True)]
    if "officer" in work.fields:
        known = _officers(work, {person for person in people if person})
        keyed = _keyed_officers(work, good)
        linked = zip(work.fields.get("yzt_officer")[good], people, strict=True)
        officers = [keyed.get((key, person), known.get(person)) for key, person in linked]
        frame["officer_id"] = pd.array(officers, dtype="Int64")
    work.merge(INSPECTION, frame)


def _checklist(person: str | None, note: str | None, items: str | None = None) -> dict[str, Any] | None:
    """Return what a visit's row says; `items`: the rest of a checklist as our own export writes it (JSON)."""
    others = _items(items)
    if "inspector" in others:  # the person is known by the link alone
        person = others.pop("inspector")
    given = {name: value for name, value in (("inspector", person), ("note", note)) if value}
    return others | given or None


def _items(text_: str | None) -> dict[str, Any]:
    try:
        found = orjson.loads(text_ or "{}")
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _stored_people(work: Work, keys: NDArray[np.object_]) -> list[str | None]:
    rows = work.connection.execute(
        text(
            "SELECT source_key, checklist ->> 'inspector' FROM inspection "
            "WHERE source = :source AND source_key = ANY(:keys)"
        ),
        {"source": work.source, "keys": keys.tolist()},
    )
    found: dict[str, str | None] = dict(rows.all())
    return [found.get(key) for key in keys.tolist()]


def _officers(work: Work, names: set[str]) -> dict[str, int]:
    """Return the id of every name that exactly one officer has."""
    rows = work.connection.execute(
        text("SELECT name, min(id) FROM officer WHERE name = ANY(:names) GROUP BY name HAVING count(*) = 1"),
        {"names": sorted(names)},
    )
    return dict(rows.all())


def _keyed_officers(work: Work, good: NDArray[np.intp]) -> dict[tuple[str, str], int]:
    """Return the id of every officer whom our own export names by key, by key and name."""
    keys = {key for key in work.fields.get("yzt_officer")[good] if key}
    rows = work.connection.execute(
        text("SELECT source_key, name, min(id) FROM officer WHERE source_key = ANY(:keys) GROUP BY 1, 2"),
        {"keys": sorted(keys)},
    )
    return {(key, name): id_ for key, name, id_ in rows}
