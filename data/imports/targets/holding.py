"""Substances in units, in tonnes; the unit is made where a row names one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import text

from data.imports.refer import places
from data.imports.work import Work
from data.tables.places import Holding, Unit

HOLDING: Any = Holding.__table__
UNIT: Any = Unit.__table__
PLAIN = ("substance", "cas", "hazard_class", "design_max_t", "filed_t", "bought_t", "used_t", "stock_t")
AMOUNTS = PLAIN[3:]
_STORAGE = ("库", "罐", "储", "仓", "贮")


def write(work: Work) -> None:
    """Write the good rows as holdings; a row without any amount is rejected."""
    keys = work.keys()
    ids = places(work)
    amounts = [work.fields.get(name) for name in AMOUNTS]
    none = np.array([all(v is None or v != v for v in row) for row in zip(*amounts, strict=True)], dtype=bool)  # noqa: PLR0124
    if none.any():
        work.ledger.reject(none, "", "", "一个数量也没有（设计最大量、库存量等至少要有一个）")
    good = work.ledger.good
    if not len(good):
        return
    units = _units(work, ids)
    frame = work.frame(keys, good, PLAIN)
    frame["place_id"] = ids[good]
    if units is not None:
        frame["unit_id"] = pd.array([units[i] for i in good.tolist()], dtype="Int64")
    work.merge(HOLDING, frame)
    if units is not None:
        work.written = {name: work.written[name] for name in ("holding", "unit")}


def _units(work: Work, ids: NDArray[np.int64]) -> dict[int, int | None] | None:
    """Write the units the good rows name and return the unit id by row; None when the file names no units."""
    if "unit_name" not in work.fields.words:
        return None
    good = [i for i in work.ledger.good.tolist() if work.fields.words["unit_name"][i]]
    kinds, people = work.fields.get("unit_kind"), work.fields.get("exposed_people")
    frame = pd.DataFrame(
        {
            "place_id": ids[good],
            "name": [work.fields.words["unit_name"][i] for i in good],
            "kind": [kinds[i] or _kind(work.fields.words["unit_name"][i]) for i in good],
            "exposed_people": pd.array([people[i] for i in good], dtype="Float64"),
        }
    )
    if "exposed_people" not in work.fields:
        frame = frame.drop(columns="exposed_people")
    frame["source"], frame["batch_id"] = work.source, work.batch_id
    frame["source_key"] = _unit_keys(work, frame)
    single = frame.groupby("source_key", as_index=False, sort=False).first()
    done = work.upsert(UNIT, single)
    by_key = dict(zip(single["source_key"], done.ids, strict=True))
    found: dict[int, int | None] = dict.fromkeys(work.ledger.good.tolist())
    return found | {i: by_key[key] for i, key in zip(good, frame["source_key"], strict=True)}


def _unit_keys(work: Work, frame: pd.DataFrame) -> list[str]:
    """Return the units' keys: place and name; a unit of this sender that stands under another key keeps it."""
    rows = work.connection.execute(
        text(
            "SELECT place_id, name, min(source_key) FROM unit "
            "WHERE source = :source AND place_id = ANY(:ids) GROUP BY 1, 2"
        ),
        {"source": work.source, "ids": sorted(set(frame["place_id"].tolist()))},
    )
    there = {(place, name): key for place, name, key in rows}
    pairs = zip(frame["place_id"].tolist(), frame["name"], strict=True)
    return [there.get((place, name), f"{place}|{name}") for place, name in pairs]


def _kind(name: str) -> str:
    return "storage" if any(word in name for word in _STORAGE) else "production"
