"""隐患 with owner, deadline and state. Only a re-inspection closes one: a claim without its date is a claim."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.imports.refer import places
from data.imports.values import objects
from data.imports.work import Work
from data.tables.work import Hazard

HAZARD: Any = Hazard.__table__
PLAIN = (
    "level",
    "category",
    "description",
    "clause",
    "owner",
    "found_on",
    "deadline",
    "rectified_on",
    "reinspected_on",
)


def write(work: Work) -> None:
    """Write the good rows as hazards of the places they name."""
    keys = work.keys()
    ids = places(work)
    states = _states(work)
    frame = work.frame(keys, work.ledger.good, PLAIN)
    frame["place_id"] = ids[frame.index]
    frame["state"] = states[frame.index]
    work.merge(HAZARD, frame)


def _states(work: Work) -> NDArray[np.object_]:
    """Return each hazard's state; a closed one without a re-inspection date comes in as rectified, and it is said."""
    fields = work.fields
    given, claimed, again = fields.get("state"), fields.get("rectified_on"), fields.get("reinspected_on")
    owners = fields.get("owner")
    states = objects([
        state or ("rectified" if done or seen else "assigned" if owner else "found")
        for state, done, seen, owner in zip(given, claimed, again, owners, strict=True)
    ])  # fmt: skip
    unproven = (states == "closed") & np.array([seen is None for seen in again], dtype=bool)
    if unproven.any():
        reason = "写着已闭环，没有复查日期：按“已整改、待复查”收下（只有复查能闭环）"
        work.ledger.warn(unproven, fields.heading("state"), fields.cells["state"], reason)
        states[unproven] = "rectified"
    return states
