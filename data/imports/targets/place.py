"""Enterprises, shops and venues: places with their kinds, facts, point and leaf; for shops the gas installation too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import text

from data.imports import hand_placed
from data.imports.place import hang
from data.imports.points import to_wgs84
from data.imports.targets import gas
from data.imports.targets.shared import add_points, outside_scope
from data.imports.values import objects
from data.imports.work import Work
from data.matching import sources
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
    outside_scope(work, leaves)
    good = work.ledger.good
    if not len(good):
        return
    frame = work.frame(keys, good, PLAIN)
    frame["kinds"] = _kinds(work, good)
    if "state" in work.fields:
        frame["state"] = [state or "open" for state in work.fields.columns["state"][good]]
    frame["named_region"] = named[good]
    frame["region_id"] = leaves[good]
    add_points(work, frame)
    _keep_leaves(work, frame, keys)
    hand_placed.keep(work, frame, keys)
    _add_sites(work, frame)
    _add_facts(work, frame, keys)
    frame, merged = sources.take_in(work, frame)
    if gas.given(work):
        ids = pd.concat([merged, work.upsert(PLACE, frame).ids]).astype("int64")
        gas.write_for(work, good, ids.loc[good].to_numpy())
    else:
        work.merge(PLACE, frame)


def _kinds(work: Work, good: NDArray[np.intp]) -> Any:
    """Return each row's kinds: what the kind of spreadsheet means by itself, and those its columns name."""
    own = list(work.kind.place_kinds)
    if "kinds" not in work.fields:
        return "{" + ",".join(own) + "}"  # one array for all, as PostgreSQL writes it
    named = work.fields.columns["kinds"][good]
    if "yzt_key" in work.fields:  # our own export: as it was, in its order
        return [list(kinds) if kinds else own for kinds in named]
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


def _stored(work: Work, keys: NDArray[np.object_], *columns: str) -> pd.DataFrame:
    """Return columns of what stands already of these rows, by key; of a merged place what this sender told itself."""
    listed = ", ".join(f"p.{name}" for name in columns)
    rows = work.connection.execute(
        text(f"SELECT p.source_key, {listed} FROM place p WHERE p.source = :source AND p.source_key = ANY(:keys) "  # noqa: S608
             "AND NOT EXISTS (SELECT FROM place_source s WHERE (s.source, s.source_key) = (p.source, p.source_key)) "
             f"UNION ALL SELECT s.source_key, {listed} FROM place_source s, "
             "jsonb_populate_record(NULL::place, s.record) p WHERE s.source = :source AND s.source_key = ANY(:keys)"),
        {"source": work.source, "keys": keys.tolist()},
    ).all()  # fmt: skip
    return pd.DataFrame(rows, columns=["source_key", *columns]).set_index("source_key")


def _keep_leaves(work: Work, frame: pd.DataFrame, keys: NDArray[np.object_]) -> None:
    """A file without coordinates leaves stored points where they are, and so the leaves they hang on."""
    if work.points.given:
        return
    stored = _stored(work, keys, "region_id", "geom")
    kept = stored[stored["geom"].notna()]["region_id"].to_dict()
    pairs = zip(frame["source_key"], frame["region_id"], strict=True)
    frame["region_id"] = [kept.get(key, leaf) for key, leaf in pairs]


def _add_sites(work: Work, frame: pd.DataFrame) -> None:
    """Add the site polygons of a vector file of areas."""
    shapes = work.sheet.shapes
    if shapes is None or not np.isin(shapely.get_type_id(shapes), (3, 6)).any():
        return
    sites = to_wgs84(shapes[frame.index], work.options.crs or work.sheet.crs, work.options.datum)
    frame["site"] = objects([s if s is not None and s.geom_type.endswith("Polygon") else None for s in sites])


def _add_facts(work: Work, frame: pd.DataFrame, keys: NDArray[np.object_]) -> None:
    """Add the facts this file gives to those that stand; an empty cell takes a fact away, another column stays."""
    names = [name for name in work.fields.columns if name.startswith(FACTS) or name == "cylinder_count"]
    if not names:
        return
    old = _stored(work, keys, "facts")["facts"].to_dict()
    columns = [(name.removeprefix(FACTS), _fact_values(work, name)) for name in names]
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


def _fact_values(work: Work, name: str) -> Any:
    """Return a fact's column; words that stand for numbers ("二级" → "2") as numbers."""
    values = work.fields.columns[name]
    if work.kind.fields[name].type != "choice":
        return values
    return objects([int(value) if value is not None and value.isdigit() else value for value in values])


def _json(value: Any) -> Any:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
