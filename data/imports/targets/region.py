"""Regions make the tree: codes nest, polygons are checked and mended, missing parents are made from what rows say.

Afterwards every place, station, incident and population cell of the database hangs on its leaf again.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import text

from data.imports.model import Unusable
from data.imports.place import Regions, rehang
from data.imports.points import to_wgs84
from data.imports.root import PLACEHOLDER_CODE, adopt_root
from data.imports.targets import nesting
from data.imports.targets.shared import whole_city_only
from data.imports.work import Work
from data.regions import write_regions
from geo import codes
from geo.validity import check_polygon

OPTIONAL = ("character", "population_day", "population_night")


def write(work: Work) -> None:
    """Write the good rows into the tree, with the parents they need, and hang everything on its leaf again."""
    whole_city_only(work)
    work.keys()
    frame = _frame(work)
    _settle_city(work, frame)
    frame = frame[~work.ledger.rejected[frame.index]]
    before = set(work.connection.execute(text("SELECT code FROM region")).scalars())
    made = _parents(work, frame)
    frame = frame[~work.ledger.rejected[frame.index]].copy()
    if frame.empty:
        return
    frame["geometry"] = _polygons(work, frame)
    nesting.check(work, frame)
    _keep_stored_shapes(work, frame)
    whole = pd.concat([made, frame], ignore_index=True) if len(made) else frame
    done = write_regions(work.connection, whole.sort_values("level", kind="stable"), work.source, work.batch_id)
    _count(work, set(frame["code"]), before, done.inserted, done.updated)
    if done.changed:
        work.regions = Regions.load(work.connection)
        if moved := rehang(work.connection, work.regions):
            work.notes.append(f"区划变了：{moved} 条已有记录重新落格")


def _count(work: Work, own: set[str], before: set[str], inserted: int, updated: int) -> None:
    """Count the file's own rows apart from rest nodes and made parents: what this batch touched carries its number."""
    touched = work.connection.execute(
        text("SELECT code FROM region WHERE batch_id = :batch AND code = ANY(:codes)"),
        {"batch": work.batch_id, "codes": sorted(own)},
    ).scalars()
    changed = set(touched)
    new = changed - before
    work.written["region"] = Counter(inserted=len(new), updated=len(changed - new), unchanged=len(own) - len(changed))
    others = Counter(inserted=inserted - len(new), updated=updated - len(changed - new), unchanged=0)
    if others.total():
        work.written["region_rest"] = others


def _frame(work: Work) -> pd.DataFrame:
    """Return code, name, level and parent of the good rows; a level that contradicts the code is a fault."""
    fields = work.fields
    good = work.ledger.good
    frame = pd.DataFrame({"code": fields.columns["code"][good], "name": fields.columns["name"][good]}, index=good)
    frame["level"] = [codes.level_of(code) for code in frame["code"]]
    given = fields.get("level")[good]
    pairs = zip(given, frame["level"], strict=True)
    wrong = good[np.array([level is not None and int(level) != due for level, due in pairs], dtype=bool)]
    if len(wrong):
        reason = "级别与代码位数不符：6 位是市或区县，9 位街道，12 位社区，15 位网格"
        work.ledger.reject(wrong, fields.heading("level"), fields.cells["level"], reason)
    parents = zip(fields.get("parent_code")[good], frame["code"], frame["level"], strict=True)
    frame["parent_code"] = [
        None if level == 1 else parent or codes.parent_code(code) for parent, code, level in parents
    ]
    for name in OPTIONAL:
        if name in fields:
            frame[name] = fields.columns[name][good]
    return frame[~work.ledger.rejected[good]]


def _settle_city(work: Work, frame: pd.DataFrame) -> None:
    """Make sure that the tree's root is the city of this file. Raises Unusable where it is another city's.

    The placeholder root of an empty database takes the city's code and name, or the code the districts share.
    """
    cities = frame[frame["level"] == 1]
    if len(cities) > 1:
        work.ledger.reject(cities.index[1:].to_numpy(), "", "", "文件里有几个市：一个库只放一个城市")
    standing = str(work.connection.scalar(text("SELECT code FROM region WHERE level = 1")))
    if standing != PLACEHOLDER_CODE:
        if len(cities) and cities["code"].iloc[0] != standing:
            raise Unusable(
                f"库里已是另一个城市（{standing}），文件里的是 {cities['code'].iloc[0]}："
                "换城市请用 python -m data city 文件夹 --replace"
            )
        return
    if len(cities):
        adopt_root(work.connection, str(cities["code"].iloc[0]), str(cities["name"].iloc[0]))
        return
    districts = frame.loc[frame["level"] == 2, "parent_code"].dropna()
    first = districts.mode().iloc[0] if len(districts) else (frame["code"].iloc[0][:4] + "00" if len(frame) else None)
    if first is not None:
        adopt_root(work.connection, str(first), f"城市 {first}")
        work.notes.append(f"文件里没有市一级：按代码立了“城市 {first}”")


def _parents(work: Work, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the parents that stand nowhere yet, made from the names the rows give; rows whose parent nobody names
    are rejected.
    """
    rows = work.connection.execute(text("SELECT code, level FROM region WHERE NOT is_rest"))
    known: dict[str, int] = dict(rows.all())
    known |= dict(zip(frame["code"], frame["level"], strict=True))
    names = _parent_names(work, frame)
    made: dict[str, dict[str, Any]] = {}
    orphans = [
        at for at, parent, level in zip(frame.index, frame["parent_code"], frame["level"], strict=True)
        if level > 1 and not _make(parent, level - 1, known, names, made)
    ]  # fmt: skip
    if orphans:
        shown = np.full(work.fields.size, "", dtype=object)
        shown[frame.index] = frame["parent_code"]
        reason = "上级区划不在区划树里，文件里也没有：先导入上级，或补上“上级代码、上级名称”列"
        work.ledger.reject(np.array(orphans), work.fields.heading("parent_code"), shown, reason)
    if made:
        listed = "、".join(f"{node['name']}（{node['code']}）" for node in made.values())
        work.notes.append(f"没有图形的上级区划，按行里写的名称立了 {len(made)} 个：{listed[:300]}")
    return pd.DataFrame(list(made.values()), columns=["code", "name", "level", "parent_code", "geometry"])


def _parent_names(work: Work, frame: pd.DataFrame) -> dict[str, tuple[str, str | None]]:
    """Return code → (name, parent's code) of the parents and their parents that the rows name."""
    fields, at = work.fields, frame.index
    grand_code, grand_name = fields.get("grand_code")[at], fields.get("grand_name")[at]
    parent_name = fields.get("parent_name")[at]
    found: dict[str, tuple[str, str | None]] = {}
    for code, name, above, above_name in zip(frame["parent_code"], parent_name, grand_code, grand_name, strict=True):
        if code and name:
            found.setdefault(code, (name, above))
        if above and above_name:
            found.setdefault(above, (above_name, None))
    return found


def _make(
    code: str | None, level: int, known: dict[str, int], names: dict[str, tuple[str, str | None]],
    made: dict[str, dict[str, Any]],
) -> bool:  # fmt: skip
    """Make sure that region `code` of `level` stands in the tree; return whether it does."""
    if code is None or code in known:
        return code is not None and known[code] == level
    if level == 1 or code not in names:
        return False
    name, above = names[code]
    above = above or codes.parent_code(code)
    if codes.level_of(code) != level or not _make(above, level - 1, known, names, made):
        return False
    known[code] = level
    made[code] = {"code": code, "name": name, "level": level, "parent_code": above, "geometry": None}
    return True


def _polygons(work: Work, frame: pd.DataFrame) -> NDArray[np.object_]:
    """Return each row's polygon in WGS-84, mended where it can be; None where it cannot be used."""
    out = np.full(len(frame), None, dtype=object)
    if work.sheet.shapes is None:
        return out
    moved = to_wgs84(work.sheet.shapes[frame.index], work.options.crs or work.sheet.crs, work.options.datum)
    for i, (at, shape) in enumerate(zip(frame.index, moved, strict=True)):
        checked = check_polygon(shape)
        out[i] = checked.geometry
        where = np.array([at])
        if checked.refused:
            work.ledger.warn(where, "图形", checked.refused, "图形不能用：区划照收，暂无图形")
        for sentence in checked.mended:
            work.ledger.warn(where, "图形", sentence, "图形有错，已修复")
    return out


def _keep_stored_shapes(work: Work, frame: pd.DataFrame) -> None:
    """A row without a polygon leaves the polygon that stands."""
    bare = frame["geometry"].isna()
    rows = work.connection.execute(
        text("SELECT code, ST_AsBinary(geom) FROM region WHERE geom IS NOT NULL AND code = ANY(:codes)"),
        {"codes": frame.loc[bare, "code"].tolist()},
    )
    stored = {code: shapely.from_wkb(bytes(wkb)) for code, wkb in rows}
    frame["geometry"] = [
        stored.get(code) if none else shape
        for code, none, shape in zip(frame["code"], bare, frame["geometry"], strict=True)
    ]
