"""What an import does with rows of merged places: each sender keeps its own record, the place is made of all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, text

from data.bulk import Upserted
from data.imports.work import Work
from data.matching.catalogue import Catalogue, as_json
from data.matching.keep import OWN, fold
from data.matching.merge import read_records
from data.sql import pieces

_OF = "SELECT id, place_id, source_key, record FROM place_source WHERE source = :source AND source_key = ANY(:keys)"


def take_in(work: Work, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series[int]]:
    """Write the rows of `frame` (as for `place`) that are records of merged places; return the others, and the ids.

    A merged place gets the values that all its records make now (`keep.fold`): a sender changes what it told itself,
    never what another one knows. The ids (by row of the frame) are those of the merged places.
    """
    keys = frame["source_key"].tolist()
    found = work.connection.execute(text(_OF), {"source": work.source, "keys": keys}).all()
    if not found:
        return frame, pd.Series(dtype="int64")
    known = {row.source_key: row for row in found}
    mine = frame["source_key"].isin(known)
    ids, changed = {}, set()
    given = frame[mine].drop(columns=["source", "source_key", "batch_id"], errors="ignore")
    for at, key, values in zip(given.index, frame.loc[mine, "source_key"], given.to_dict("records"), strict=True):
        row = known[key]
        ids[at] = row.place_id
        told = {str(name): _plain(str(name), value) for name, value in values.items()}
        if any(row.record.get(name) != value for name, value in told.items()):
            _write_record(work, row.id, row.record | told)
            changed.add(row.place_id)
    contradictions = sum(refold(work.connection, place) for place in sorted(changed))
    _tell(work, len(ids), contradictions)
    updated = sum(place in changed for place in ids.values())
    series = pd.Series(ids, dtype="int64")
    work.count("place", Upserted(0, updated, len(ids) - updated, series))
    return frame[~mine], series


def refold(connection: Connection, place_id: int) -> int:
    """Give a merged place the values its records make now; returns how many contradict each other."""
    folded = fold("place", read_records(connection, place_id))
    values = {name: value for name, value in folded.values.items() if name not in OWN}
    Catalogue(connection).update("place", place_id, values)
    connection.execute(text("UPDATE place SET updated_at = now() WHERE id = :id"), {"id": place_id})
    connection.execute(pieces("matching.sql")["refolded"], {"said": as_json(folded.conflicts), "id": place_id})
    return len(folded.conflicts)


def fill_known(connection: Connection, table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` (one row per `place_id`) with what stands already of merged places where it tells nothing.

    Several senders write the one row a merged place has: what one does not know must not take away what another does.
    """
    merged = connection.execute(
        text("SELECT DISTINCT place_id FROM place_source WHERE place_id = ANY(:ids)"),
        {"ids": frame["place_id"].tolist()},
    ).scalars()  # fmt: skip
    ids = list(merged)
    if not ids:
        return frame
    names = [str(name) for name in frame.columns if name != "place_id"]
    listed = ", ".join(f'"{name}"' for name in names)
    query = text(f"SELECT place_id, {listed} FROM {table} WHERE place_id = ANY(:ids)")  # noqa: S608  (our own names)
    stored = {row["place_id"]: row for row in connection.execute(query, {"ids": ids}).mappings()}
    out = frame.astype(object)
    for at in out.index[out["place_id"].isin(list(stored))]:
        for name in names:
            if _missing(out.at[at, name]):
                out.at[at, name] = stored[out.at[at, "place_id"]][name]
    return out


def _write_record(work: Work, row: int, record: dict[str, Any]) -> None:
    work.connection.execute(
        text("UPDATE place_source SET record = CAST(:record AS jsonb), batch_id = :batch, changed_at = now() "
             "WHERE id = :id"),
        {"record": as_json(record | {"batch_id": work.batch_id}), "batch": work.batch_id, "id": row},
    )  # fmt: skip


def _tell(work: Work, rows: int, contradictions: int) -> None:
    work.notes.append(f"{rows} 行属于已合并的场所：更新了这个来源自己的记录，没有新建场所")
    if contradictions:
        work.notes.append(f"已合并的场所里有 {contradictions} 项各来源说法不同，见“疑似重复”页")


def _missing(value: Any) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value))


def _plain(name: str, value: Any) -> Any:
    """Return a value of a frame as `catalogue.row_json` has it."""
    if isinstance(value, shapely.Geometry):
        multi = shapely.MultiPolygon([value]) if isinstance(value, shapely.Polygon) else value
        return shapely.to_wkb(shapely.set_srid(multi, 4326), hex=True, include_srid=True)
    if isinstance(value, list | dict):
        return value
    if _missing(value):
        return None
    if name in ("kinds", "chains") and isinstance(value, str):
        return [part for part in value.strip("{}").split(",") if part]
    if isinstance(value, np.generic):
        value = value.item()
    return int(value) if isinstance(value, float) and value.is_integer() else value
