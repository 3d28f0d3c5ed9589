"""Fire stations with their class, engines and crew."""

from __future__ import annotations

from typing import Any

from data.imports.place import hang
from data.imports.targets.shared import add_points, outside_scope
from data.imports.work import Work
from data.tables.places import Station

STATION: Any = Station.__table__
PLAIN = ("name", "station_class", "engines", "crew", "address")


def write(work: Work) -> None:
    """Write the good rows as fire stations."""
    keys = work.keys()
    leaves, _ = hang(work.regions, work.fields, work.points, work.ledger)
    outside_scope(work, leaves)
    frame = work.frame(keys, work.ledger.good, PLAIN)
    frame["region_id"] = leaves[frame.index]
    add_points(work, frame)
    work.merge(STATION, frame)
