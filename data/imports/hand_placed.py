"""Points that a person has set on the map: a row without coordinates leaves them, one with some replaces them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.imports.work import Work
from data.sql import pieces

KEPT = ("orig_x", "orig_y", "orig_crs", "datum", "datum_evidence")
REPLACED = "人工在地图上确定的位置被文件里的坐标替换"


def keep(work: Work, frame: pd.DataFrame, keys: NDArray[np.object_]) -> None:
    """Put the points of rows without coordinates back into a frame of places, and tell where others are replaced.

    A file without coordinate columns writes no points at all, so there is nothing to keep.
    """
    if "geom" not in frame:
        return
    found = work.connection.execute(
        pieces("unmapped.sql")["hand_placed"], {"source": work.source, "keys": keys[frame.index.to_numpy()].tolist()}
    ).mappings()
    stored = {row["source_key"]: row for row in found}
    if not stored:
        return
    replaced = []
    for at, key in zip(frame.index, frame["source_key"], strict=True):
        row = stored.get(key)
        if row is None:
            continue
        point = shapely.from_wkb(bytes(row["geom"]))
        if frame.at[at, "geom"] is None:
            frame.at[at, "geom"], frame.at[at, "region_id"] = point, row["region_id"]
            for name in KEPT:
                frame.at[at, name] = row[name]
        elif not frame.at[at, "geom"].equals(point):
            replaced.append(at)
    if replaced:
        heading = work.fields.heading("pair" if "pair" in work.fields.words else "lon")
        shown = np.full(work.fields.size, "", dtype=object)
        shown[replaced] = frame.loc[replaced, "name"].to_numpy() if "name" in frame else ""
        work.ledger.warn(np.array(replaced), heading, shown, REPLACED)


def since(connection: Connection, batch_id: int) -> int:
    """Return how many places of a batch a person has put on the map since: undoing it would lose that."""
    return int(connection.execute(pieces("unmapped.sql")["hand_placed_of_batch"], {"batch": batch_id}).scalar_one())
