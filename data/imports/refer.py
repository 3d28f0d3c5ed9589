"""Which place a row of another bureau's sheet speaks of: by number, by code, by name and address, by unique name."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from data.imports.work import Work

_LOOSE = re.compile(r"[\s()（）·\-—,，.。]")
FIELDS = ("place_key", "uscc", "place_name", "place_address", "yzt_place_source")


@dataclass(frozen=True)
class _Known:
    id: int
    key: str
    uscc: str
    name: str
    address: str
    kinds: frozenset[str]
    source: str


def loose(name: str) -> str:
    """Return a name as it is compared: half-width, without spaces, brackets and dots."""
    return _LOOSE.sub("", unicodedata.normalize("NFKC", name).casefold())


def places(work: Work, required: bool = True) -> NDArray[np.int64]:
    """Return the place id of every row (-1: none). `required`: rows without a single right answer are rejected.

    A row is settled by the first of its clues that fits; a clue that fits several places is narrowed by the next ones
    and by the kind of place the spreadsheet is about. Nothing is taken by likeness.
    """
    rows = list(
        zip(*([w or "" for w in work.fields.words.get(f) or [""] * work.fields.size] for f in FIELDS), strict=True)
    )
    finder = _Finder(work, rows)
    answers = {row: finder.find(row) for row in set(rows)}
    ids = np.array([answers[row][0] for row in rows], dtype=np.int64)
    heading = "、".join(work.fields.heading(f) for f in FIELDS if f in work.fields.words) or "单位名称"
    shown = np.array(["，".join(part for part in row[:4] if part) for row in rows], dtype=object)
    tell = work.ledger.reject if required else work.ledger.warn
    for reason in dict.fromkeys(answers[row][1] for row in rows):
        if reason and (required or reason != NO_CLUE):
            mask = np.array([answers[row][1] == reason for row in rows], dtype=bool)
            tell(mask, heading, shown, reason)
    _outside_scope(work, ids)
    return ids


NO_CLUE = "没有写单位名称或统一社会信用代码，不知道说的是哪一家"
NOT_FOUND = "找不到这个单位：先导入单位，或核对名称、统一社会信用代码"
SEVERAL = "不止一个单位对得上：请加上统一社会信用代码、地址或编号"


class _Finder:
    def __init__(self, work: Work, rows: list[tuple[str, ...]]) -> None:
        self._prefer = work.kind.prefer
        self._by: dict[str, dict[str, list[_Known]]] = {name: defaultdict(list) for name in ("key", "uscc", "name")}
        found = work.connection.execute(
            text(
                "SELECT id, source_key, uscc, name, address, kinds, source FROM place UNION "
                "SELECT s.place_id, s.source_key, s.record ->> 'uscc', s.record ->> 'name', s.record ->> 'address', "
                "p.kinds, s.source FROM place_source s JOIN place p ON p.id = s.place_id"
            ),
            execution_options={"stream_results": True},
        )
        keys, codes, names = {r[0] for r in rows}, {r[1].upper() for r in rows}, {loose(r[2]) for r in rows}
        for id_, key, uscc, name, address, kinds, source in found:
            known = _Known(id_, key, uscc or "", loose(name), loose(address or ""), frozenset(kinds), source)
            for index, value, wanted in (("key", key, keys), ("uscc", known.uscc, codes), ("name", known.name, names)):
                if value and value in wanted:
                    self._by[index][value].append(known)

    def find(self, row: tuple[str, ...]) -> tuple[int, str]:
        """Return (place id, "") or (-1, why not)."""
        key, uscc, name, address, source = row
        if source and key:  # our own export says whose number it is
            own = [known for known in self._by["key"].get(key, []) if known.source == source]
            if own:
                return own[0].id, ""
        if not any((key, uscc, name)):
            return -1, NO_CLUE
        for index, value in (("key", key), ("uscc", uscc.upper()), ("name", loose(name))):
            candidates = self._by[index].get(value, []) if value else []
            if candidates:
                return self._narrow(candidates, loose(name), loose(address), index == "name")
        return -1, NOT_FOUND

    def _narrow(self, found: list[_Known], name: str, address: str, by_name: bool) -> tuple[int, str]:
        for fits in (
            lambda k: not name or k.name == name,
            lambda k: not address or k.address == address,
            lambda k: self._prefer is None or self._prefer in k.kinds,
        ):
            left = [known for known in found if fits(known)]
            found = left or found
        if by_name and address and len(found) == 1 and found[0].address and found[0].address != address:
            return -1, "名称对得上，地址不是同一处：核对地址，或加上统一社会信用代码"
        return (found[0].id, "") if len({known.id for known in found}) == 1 else (-1, SEVERAL)


def _outside_scope(work: Work, ids: NDArray[np.int64]) -> None:
    if work.options.viewer.everywhere:
        return
    rows = work.connection.execute(
        text("SELECT p.id, r.path FROM place p JOIN region r ON r.id = p.region_id WHERE p.id = ANY(:ids)"),
        {"ids": ids[ids >= 0].tolist()},
    )
    seen = {id_ for id_, path in rows if work.options.viewer.sees(path)}
    outside = np.array([id_ >= 0 and id_ not in seen for id_ in ids.tolist()], dtype=bool)
    if outside.any():
        work.ledger.reject(outside, "", "", "不在您的管辖区域内")
