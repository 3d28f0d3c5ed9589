"""Accidents and alarms called in, with or without a point and a known place."""

from __future__ import annotations

from typing import Any

import pandas as pd

from data.imports.place import hang
from data.imports.refer import places
from data.imports.targets.shared import add_points, outside_scope
from data.imports.work import Work
from data.tables.work import Incident

INCIDENT: Any = Incident.__table__
PLAIN = ("happened_at", "kind", "description", "deaths", "injured")


def write(work: Work) -> None:
    """Write the good rows as incidents; the place they name is kept where there is exactly one such place."""
    keys = work.keys()
    leaves, _ = hang(work.regions, work.fields, work.points, work.ledger)
    outside_scope(work, leaves)
    frame = work.frame(keys, work.ledger.good, PLAIN)
    if any(name in work.fields.words for name in ("place_key", "uscc", "place_name")):
        ids = places(work, required=False)[frame.index]
        frame["place_id"] = pd.Series(ids, index=frame.index, dtype="Int64").mask(ids < 0)
    frame["region_id"] = leaves[frame.index]
    add_points(work, frame)
    work.merge(INCIDENT, frame)
