"""Enterprises, shops and venues: places with their kinds, facts, point and leaf; for shops the gas installation too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import text

from data.imports.place import hang
from data.imports.points import to_wgs84
from data.imports.targets import gas
from data.imports.values import objects
from data.imports.work import Work
from data.tables.places import Place

PLACE: Any = Place.__table__
PLAIN = (
    "name", "uscc", "licence_no", "address", "industry", "chains", "scale", "category", "employees", "floor_area_m2",
    "capacity", "contact_name", "contact_phone",
)  # fmt: skip
FACTS = "facts."


def write(work: Work) -> None:
    """Write the good rows as places; a row that names gas fields gets its installation in the same transaction."""
    keys = work.keys()
    gas.check(work)
    _same_code(work)
    leaves, named = hang(work.regions, work.fields, work.points, work.ledger)
    _outside_scope(work, leaves)
    good = work.ledger.good
    if not len(good):
        return
    stored = _stored(work, keys)
    frame = pd.DataFrame(work.sourced(keys, good), index=good)
    for name in PLAIN:
        if name in work.fields:
            frame[name] = work.fields.columns[name][good]
    frame["kinds"] = objects(_kinds(work))[good]
    if "state" in work.fields:
        frame["state"] = [state or "open" for state in work.fields.columns["state"][good]]
    frame["named_region"] = named[good]
    _add_points(work, frame, leaves, stored)
    _add_facts(work, frame, keys, stored)
    done = work.upsert(PLACE, frame)
    if gas.given(work):
        gas.write_for(work, good, done.ids.to_numpy())


def _kinds(work: Work) -> list[list[str]]:
    """Return each row's kinds: those its columns name, with what the kind of spreadsheet means by itself."""
    own = list(work.kind.place_kinds)
    named = work.fields.get("kinds")
    if "kinds" in work.fields.words and not own:
        return [list(kinds or ["small_place"]) for kinds in named]
    return [list(dict.fromkeys([*own, *(kinds or ())])) for kinds in named]


def _same_code(work: Work) -> None:
    """Say where one 统一社会信用代码 stands at several rows: allowed (one code may own many places), but looked at."""
    if "uscc" not in work.fields:
        return
    codes = pd.Series(work.fields.columns["uscc"])
    again = (codes.duplicated(keep=False) & codes.notna()).to_numpy() & ~work.ledger.rejected
    if again.any():
        reason = "统一社会信用代码在文件里不止一行（名称或地址不同）：按不同的场所分别收下"
        work.ledger.warn(again, work.fields.heading("uscc"), work.fields.columns["uscc"], reason)


def _outside_scope(work: Work, leaves: NDArray[np.int64]) -> None:
    if work.options.viewer.everywhere:
        return
    seen = {leaf: bool(work.options.viewer.sees(work.regions.path(leaf))) for leaf in set(leaves.tolist())}
    outside = np.array([not seen[leaf] for leaf in leaves.tolist()], dtype=bool)
    if outside.any():
        work.ledger.reject(outside, "", "", "不在您的管辖区域内")


def _stored(work: Work, keys: NDArray[np.object_]) -> pd.DataFrame:
    """Return what stands already of these rows: facts, leaf and whether they have a point, by key."""
    rows = work.connection.execute(
        text("SELECT source_key, facts, region_id, geom IS NOT NULL AS mapped FROM place WHERE source = :source"),
        {"source": work.source},
    ).all()
    frame = pd.DataFrame(rows, columns=["source_key", "facts", "region_id", "mapped"]).set_index("source_key")
    return frame[frame.index.isin(keys)]


def _add_points(work: Work, frame: pd.DataFrame, leaves: NDArray[np.int64], stored: pd.DataFrame) -> None:
    """Add point, original pair and leaf; a file without coordinates leaves stored points where they are."""
    good = frame.index.to_numpy()
    frame["region_id"] = leaves[good]
    points = work.points
    if not points.given:
        kept = stored[stored["mapped"].astype(bool)]["region_id"].to_dict() if len(stored) else {}
        if kept:
            pairs = zip(frame["source_key"], frame["region_id"], strict=True)
            frame["region_id"] = [kept.get(key, leaf) for key, leaf in pairs]
        return
    frame["geom"] = points.geometry()[good]
    for name in ("orig_x", "orig_y", "orig_crs", "datum"):
        frame[name] = getattr(points, name)[good]
    frame["datum_evidence"] = points.evidence[good]
    if work.sheet.shapes is not None and np.isin(shapely.get_type_id(work.sheet.shapes), (3, 6)).any():
        sites = to_wgs84(work.sheet.shapes, work.options.crs or work.sheet.crs, work.options.datum)
        frame["site"] = [site if site is not None and site.geom_type.endswith("Polygon") else None for site in sites[good]]


def _add_facts(work: Work, frame: pd.DataFrame, keys: NDArray[np.object_], stored: pd.DataFrame) -> None:
    """Add the facts this file gives to those that stand; an empty cell takes a fact away, another column stays."""
    names = [name for name in work.fields.columns if name.startswith(FACTS) or name == "cylinder_count"]
    if not names:
        return
    old = stored["facts"].to_dict() if len(stored) else {}
    columns = [(name.removeprefix(FACTS), work.fields.columns[name]) for name in names]
    facts = []
    for i, key in zip(frame.index, frame["source_key"], strict=True):
        merged = dict(old.get(key) or {})
        for name, values in columns:
            value = _json(values[i])
            if value is None:
                merged.pop(name, None)
            else:
                merged[name] = value
        facts.append(merged)
    frame["facts"] = facts


def _json(value: Any) -> Any:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
