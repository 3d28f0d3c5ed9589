"""Gas installations of shops and their cylinders: a sheet of its own, or columns of the shops' sheet."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import text

from data.bulk import upsert, whole_row
from data.imports.refer import places
from data.imports.work import Work
from data.matching.sources import fill_known
from data.tables.places import Cylinder, GasInstallation

INSTALLATION: Any = GasInstallation.__table__
CYLINDER: Any = Cylinder.__table__
COLUMNS = (
    "supply", "supplier", "has_room", "room_underground", "in_basement", "floor_no", "cylinder_in_dining", "hose_m",
    "hose_material", "hose_installed_on", "hose_joint", "hose_through_wall", "regulator_installed_on",
    "regulator_adjustable", "flame_failure_device", "alarm_installed", "alarm_working", "cutoff_installed",
    "cutoff_working", "checked_on", "last_visit_on", "cylinder_total_kg",
)  # fmt: skip
CYLINDERS = ("cylinder_size", "cylinder_count", "cylinder_number", "cylinder_expires_on")
_SEVERAL = re.compile(r"(\d+(?:\.\d+)?)\s*(?:kg|公斤|千克)?\s*(?:[x×*/]\s*(\d+)\s*[个只瓶]?)?", re.IGNORECASE)
_MOST_CYLINDERS = 200


def given(work: Work) -> bool:
    """Return whether the file says anything about gas."""
    return any(name in work.fields.words for name in (*COLUMNS, *CYLINDERS))


def write(work: Work) -> None:
    """Write a sheet of gas installations; several rows of one shop are its cylinders."""
    ids = places(work)
    check(work)
    if "cylinder_number" not in work.fields.words:
        _one_row_a_shop(work, ids)
    good = work.ledger.good
    if len(good):
        write_for(work, good, ids[good])


def _one_row_a_shop(work: Work, ids: NDArray[np.int64]) -> None:
    series = pd.Series(ids)[~work.ledger.rejected]
    again = series.index[series.duplicated().to_numpy()].to_numpy()
    if len(again):
        reason = "同一家商户在文件中出现了两次：留第一行；一瓶一行的表要有“气瓶编号”列"
        work.ledger.reject(again, "", "", reason)


def check(work: Work) -> None:
    """Reject rows whose cylinder sizes cannot be understood."""
    words = work.fields.words.get("cylinder_size") or []
    bad = np.array([bool(word) and not sizes(word, 1) for word in words], dtype=bool)
    if bad.any():
        reason = "“气瓶规格”看不懂：请写成 15kg 或 15kg×2"
        work.ledger.reject(bad, work.fields.heading("cylinder_size"), work.fields.cells["cylinder_size"], reason)


def sizes(word: str, count: int | None) -> list[float]:
    """Return the filling mass in kg of every cylinder that "15", "15kg×2" or "15kg×2、50kg×1" means.

    `count` applies where a single size names no number of its own; with neither the number is unknown and the list
    empty. Empty too when the text cannot be understood.
    """
    parts = [part.strip() for part in re.split(r"[、,，;；+＋]", word) if part.strip()]
    out: list[float] = []
    for part in parts:
        found = _SEVERAL.fullmatch(re.sub(r"^YSP-?", "", part, flags=re.IGNORECASE).strip())
        if not found or not 0 < float(found[1]) <= 500:
            return []
        number = int(found[2]) if found[2] else (count if len(parts) == 1 else 1)
        out.extend([float(found[1])] * min(number or 0, _MOST_CYLINDERS))
    return out


def write_for(work: Work, rows: NDArray[Any], place_ids: NDArray[np.int64]) -> None:
    """Write the installations of places (ids aligned to `rows`) with their cylinders."""
    frame = pd.DataFrame({"place_id": place_ids, "row": rows})
    for name in COLUMNS:
        if name in work.fields:
            frame[name] = work.fields.columns[name][rows]
    cylinders = _cylinders(work, rows, place_ids)
    if cylinders is not None and "cylinder_total_kg" not in frame:
        total = cylinders[~cylinders["place_id"].isin(_incomplete(work, rows, place_ids))]
        frame["cylinder_total_kg"] = frame["place_id"].map(total.groupby("place_id")["mass_kg"].sum())
    filled = frame.drop(columns=["place_id", "row"]).notna().any(axis=1) | (
        frame["place_id"].isin(cylinders["place_id"]) if cylinders is not None else False
    )
    frame = frame[filled]
    if frame.empty:
        return
    frame = frame.drop(columns="row").groupby("place_id", as_index=False, sort=False).first()
    _keep_source(work, frame)
    frame = fill_known(work.connection, "gas_installation", frame)
    done = upsert(work.connection, INSTALLATION, frame, key=("place_id",))
    work.count("gas_installation", done)
    if cylinders is not None:
        _write_cylinders(work, cylinders, dict(zip(frame["place_id"], done.ids, strict=True)))


def _keep_source(work: Work, frame: pd.DataFrame) -> None:
    """An installation another sender wrote first keeps that sender's name."""
    rows = work.connection.execute(
        text("SELECT place_id, source, source_key FROM gas_installation WHERE place_id = ANY(:ids)"),
        {"ids": frame["place_id"].tolist()},
    ).all()
    there = {row.place_id: (row.source, row.source_key) for row in rows}
    frame["source"] = [there.get(i, (work.source, ""))[0] for i in frame["place_id"]]
    frame["source_key"] = [there.get(i, ("", f"place:{i}"))[1] for i in frame["place_id"]]
    frame["batch_id"] = work.batch_id


def _cylinders(work: Work, rows: NDArray[Any], place_ids: NDArray[np.int64]) -> pd.DataFrame | None:
    """Return one row per cylinder whose size is known (None when the file gives no sizes)."""
    if "cylinder_size" not in work.fields.words:
        return None
    sizes_of, counts = work.fields.words["cylinder_size"], work.fields.get("cylinder_count")
    numbers, expires = work.fields.get("cylinder_number"), work.fields.get("cylinder_expires_on")
    keys = work.fields.get("yzt_cylinder")
    phases, spots = work.fields.get("cylinder_two_phase"), work.fields.get("cylinder_spot")
    out: list[tuple[int, str, str | None, float, date | None, bool | None, str | None]] = []
    for i, place in zip(rows.tolist(), place_ids.tolist(), strict=True):
        found = sizes(sizes_of[i], _count(counts[i], numbers[i])) if sizes_of[i] else []
        for n, mass in enumerate(found, start=1):
            number = numbers[i] if len(found) == 1 else None
            key = _key(place, keys[i] if len(found) == 1 else None, number or f"#{n}")
            out.append((place, key, number, mass, expires[i], phases[i], spots[i]))
    names = ["place_id", "source_key", "number", "mass_kg", "expires_on", "two_phase", "spot"]
    return pd.DataFrame(out, columns=names).drop_duplicates("source_key")


def _key(place: int, exported: str | None, name: str) -> str:
    """Return a cylinder's key: place and number, or what our own export says it was."""
    if exported is None:
        return f"{place}|{name}"
    return f"{place}{exported}" if exported.startswith("|") else exported


def _count(count: Any, number: Any) -> int | None:
    """Return how many cylinders a row means: as it says; one where it gives one number; else nobody knows."""
    if count is not None and not np.isnan(count):
        return int(count)
    return 1 if number else None


def _incomplete(work: Work, rows: NDArray[Any], place_ids: NDArray[np.int64]) -> set[int]:
    """Return the places with a cylinder of unknown size or number: their total is unknown, not the sum of the rest."""
    words, counts = work.fields.words["cylinder_size"], work.fields.get("cylinder_count")
    numbers = work.fields.get("cylinder_number")
    return {
        place for i, place in zip(rows.tolist(), place_ids.tolist(), strict=True)
        if _count(counts[i], numbers[i]) != 0 and not sizes(words[i], _count(counts[i], numbers[i]))
    }  # fmt: skip


def _write_cylinders(work: Work, cylinders: pd.DataFrame, installations: dict[int, int]) -> None:
    """Write the cylinders and take away those this sender no longer lists for the same installations."""
    frame = cylinders.drop(columns="place_id")
    frame["installation_id"] = [installations[place] for place in cylinders["place_id"]]
    frame["source"], frame["batch_id"] = work.source, work.batch_id
    if len(frame):
        work.upsert(CYLINDER, frame)
    which = "source = :source AND installation_id = ANY(:ids) AND NOT source_key = ANY(:keys)"
    keys = {"source": work.source, "ids": sorted(installations.values()), "keys": frame["source_key"].tolist()}
    work.connection.execute(
        text("INSERT INTO former_row (batch_id, table_name, row_id, former, deleted) "  # noqa: S608
             f"SELECT :batch, 'cylinder', t.id, {whole_row(CYLINDER)}, true FROM cylinder t WHERE {which}"),
        keys | {"batch": work.batch_id},
    )  # fmt: skip
    gone = work.connection.execute(text(f"DELETE FROM cylinder WHERE {which}"), keys).rowcount  # noqa: S608
    if gone:
        work.written.setdefault("cylinder", Counter(inserted=0, updated=0, unchanged=0))["updated"] += gone
        work.notes.append(f"{gone} 只气瓶不再出现在这份表里，已去掉")
