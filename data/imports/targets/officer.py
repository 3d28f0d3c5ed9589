"""People who answer, and what for: a region, a zone or a place, in which role, since when."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import text

from data.imports.place import NAMED
from data.imports.refer import places
from data.imports.targets.shared import whole_city_only
from data.imports.work import Work
from data.tables.work import Duty, Officer

OFFICER: Any = Officer.__table__
DUTY: Any = Duty.__table__
PERSON = ("name", "phone", "organisation", "title")


def write(work: Work) -> None:
    """Write each person once and a duty per row that names a role and what it is for."""
    whole_city_only(work)
    keys = work.keys()
    subject = _subjects(work)
    roles = work.fields.get("role")
    has_subject = subject.notna().any(axis=1).to_numpy()
    bare = has_subject & np.array([role is None for role in roles], dtype=bool)
    if bare.any():
        work.ledger.reject(
            bare, work.fields.heading("role"), "", "写了责任区域或单位，没写责任角色（网格员、责任民警……）"
        )
    good = work.ledger.good
    if not len(good):
        return
    people = _people(work, good)
    duties = good[has_subject[good]]
    if not len(duties):
        return
    frame = work.frame(keys, duties, ("role", "since", "until"))
    frame["officer_id"] = [people[i] for i in duties.tolist()]
    work.upsert(DUTY, frame.join(subject.loc[duties]))


def _people(work: Work, good: NDArray[Any]) -> dict[int, int]:
    """Write the people (one who stands in several rows once) and return the officer id by row."""
    words = work.fields.words
    numbers, phones = words.get("key") or [""] * work.fields.size, words.get("phone") or [""] * work.fields.size
    bureaus = words.get("organisation") or [""] * work.fields.size
    person = np.array(
        [numbers[i] or f"{words['name'][i]}|{phones[i] or bureaus[i]}" for i in range(work.fields.size)], dtype=object
    )
    frame = work.frame(person, good, PERSON)
    single = frame.groupby("source_key", as_index=False, sort=False).first()
    done = work.upsert(OFFICER, single)
    by_key = dict(zip(single["source_key"], done.ids, strict=True))
    return {i: by_key[person[i]] for i in good.tolist()}


def _subjects(work: Work) -> pd.DataFrame:
    """Return region_id, zone_id, place_id per row, at most one of them filled: the place, else the zone, else region.

    A region is the node itself (a street's officer answers for the street), not its leaf.
    """
    size = work.fields.size
    out = pd.DataFrame({n: pd.array([None] * size, dtype="Int64") for n in ("region_id", "zone_id", "place_id")})
    names_place = np.zeros(size, dtype=bool)
    if any(name in work.fields.words for name in ("place_key", "uscc", "place_name")):
        columns = [work.fields.words.get(n) or [""] * size for n in ("place_key", "uscc", "place_name")]
        names_place = np.array([any(row) for row in zip(*columns, strict=True)], dtype=bool)
        ids = places(work, required=False)
        lost = names_place & (ids < 0)
        work.ledger.reject(lost, work.fields.heading("place_name"), "", "找不到所负责的单位")
        out.loc[ids >= 0, "place_id"] = ids[ids >= 0]
    names_zone = _zones(work, out, names_place)
    _regions(work, out, names_place | names_zone)
    return out


def _zones(work: Work, out: pd.DataFrame, taken: NDArray[np.bool_]) -> NDArray[np.bool_]:
    words = work.fields.words.get("zone") or [""] * work.fields.size
    named = np.array([bool(word) for word in words], dtype=bool) & ~taken
    rows = work.connection.execute(
        text("SELECT name, min(id) FROM zone WHERE name = ANY(:names) GROUP BY name HAVING count(*) = 1"),
        {"names": sorted({words[i] for i in np.flatnonzero(named).tolist()})},
    )
    known: dict[str, int] = dict(rows.all())
    lost = named & np.array([word not in known for word in words], dtype=bool)
    if lost.any():
        work.ledger.reject(
            lost, work.fields.heading("zone"), np.array(words, dtype=object), "找不到这个片区，或有几个同名"
        )
    found = np.flatnonzero(named & ~lost)
    out.loc[found, "zone_id"] = [known[words[i]] for i in found.tolist()]
    return named


def _regions(work: Work, out: pd.DataFrame, taken: NDArray[np.bool_]) -> None:
    found = work.regions.named(work.fields)
    leaves, shown = np.where(found.missed == "", found.leaves, -1), found.remembered
    named = np.array([word is not None for word in shown], dtype=bool) & ~taken
    lost = named & (leaves < 0)
    heading = "、".join(work.fields.heading(name) for name in NAMED if name in work.fields.words)
    if lost.any():
        work.ledger.reject(lost, heading, shown, "区划里找不到所写的责任区域")
    at = np.flatnonzero(named & (leaves >= 0))
    out.loc[at, "region_id"] = [work.regions.node_of(int(leaves[i])) for i in at.tolist()]
