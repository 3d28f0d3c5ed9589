"""Devices: what they measure, where they hang, and when they were last heard."""

from __future__ import annotations

from typing import Any

from data.imports.refer import places
from data.imports.work import Work
from data.tables.sensors import Sensor

SENSOR: Any = Sensor.__table__
PLAIN = ("code", "kind", "unit", "installed_on", "last_seen_at", "last_value", "fault")


def write(work: Work) -> None:
    """Write the good rows as sensors of the places they name."""
    keys = work.keys()
    ids = places(work)
    frame = work.frame(keys, work.ledger.good, PLAIN)
    frame["place_id"] = ids[frame.index]
    if "fault" in frame:
        frame["fault"] = [bool(value) for value in frame["fault"]]
    work.merge(SENSOR, frame)
