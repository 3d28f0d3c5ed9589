"""Coordinates for places that stand already: a surveyor's list, or a geocoder's proposals that a person has confirmed.

Where the sheet has a column 采用, only rows with 是 are taken: nobody has confirmed the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import text

from data.imports.points import Points
from data.imports.refer import places
from data.imports.targets.shared import add_points, outside_scope
from data.imports.work import Work
from data.tables.places import Place

PLACE: Any = Place.__table__

UNCONFIRMED = "“采用”一栏没有写“是”：没有人确认过这个位置"
NO_POINT = "没有可用的坐标"
AGAIN = "与文件中前面的行说的是同一家"
STANDING = """
SELECT id, source, source_key, region_id, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM place WHERE id = ANY(:ids)
"""
REPLACED = "原有的坐标被文件里的坐标替换"


def write(work: Work) -> None:
    """Write the points of the good rows to the places they name; nothing else of a place is touched."""
    work.keys()
    ledger = work.ledger
    if "confirmed" in work.fields:
        ledger.reject(np.array([value is not True for value in work.fields.columns["confirmed"]], dtype=bool),
                      work.fields.heading("confirmed"), work.fields.cells["confirmed"], UNCONFIRMED)  # fmt: skip
    ids = places(work)
    points = work.points
    ledger.reject(~points.known, "", "", NO_POINT)
    _once(work, ids)
    standing = {
        row.id: row
        for row in work.connection.execute(
            text(STANDING),
            {"ids": ids[ids >= 0].tolist()},
        )
    }
    named = np.array([standing[i].region_id if i in standing else -1 for i in ids.tolist()], dtype=np.int64)
    leaves = work.regions.leaves(points, named)
    outside_scope(work, leaves)
    good = ledger.good
    old = {id_: (row.lon, row.lat) for id_, row in standing.items() if row.lon is not None}
    new = {at: (float(points.lon[at]), float(points.lat[at])) for at in good.tolist()}
    moved = [at for at, spot in new.items() if old.get(int(ids[at]), spot) != spot]
    if moved:
        ledger.warn(np.array(moved), "", "", REPLACED)
    if not len(good):
        return
    work.upsert(PLACE, _frame(work, points, good, [standing[i] for i in ids[good].tolist()], leaves))


def _frame(work: Work, points: Points, good: NDArray[np.intp], rows: list[Any], leaves: NDArray[np.int64]) -> Any:
    """Return the columns of place that a point is, under the key the place already has."""
    frame = pd.DataFrame(
        {
            "source": [row.source for row in rows],
            "source_key": [row.source_key for row in rows],
            "batch_id": work.batch_id,
            "region_id": leaves[good],
        },
        index=good,
    )
    add_points(work, frame)
    return frame


def _once(work: Work, ids: np.ndarray) -> None:
    series = pd.Series(ids)[~work.ledger.rejected & (ids >= 0)]
    again = series[series.duplicated()].index.to_numpy()
    if len(again):
        work.ledger.reject(again, "", "", AGAIN)
