"""Which column is which field: the usual headings found by themselves, units and datums read out of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from data.imports import units
from data.imports.heads import JOIN
from data.imports.kinds import Kind, KindError, kind_names, load_kind
from data.imports.model import Unusable

_BRACKETS = re.compile(r"[(\[【〔（](.*?)[)\]】〕）]")
_NOISE = re.compile(r"[\s*＊:：]+")
_DATUMS = (
    ("bd09", ("bd09", "bd-09", "百度")),
    ("gcj02", ("gcj02", "gcj-02", "高德", "腾讯", "火星")),
    ("cgcs2000", ("cgcs2000", "国家2000", "大地2000")),
    ("wgs84", ("wgs84", "wgs-84", "gps")),
)


@dataclass
class Matched:
    """Column numbers by field, what their headings say of unit and datum, and the columns nobody took."""

    columns: dict[str, int]
    units: dict[str, str] = field(default_factory=dict)
    datums: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def plain(heading: str) -> str:
    """Return a heading as it is compared: half-width, lower case, without spaces, stars and colons."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", heading).casefold())


def bare(heading: str) -> str:
    """Return a plain heading without what stands in brackets."""
    return _NOISE.sub("", _BRACKETS.sub("", plain(heading)))


def aliases(kind: Kind) -> dict[str, tuple[str, int]]:
    """Return plain heading → (field, rank); the field's own name and title are headings too."""
    found: dict[str, tuple[str, int]] = {}
    for name, spec in kind.fields.items():
        for rank, heading in enumerate((name, name.removeprefix("facts."), spec.title, *spec.headings)):
            found.setdefault(plain(heading), (name, rank))
    return found


def count_known(kind: Kind, maps: Mapping[str, str]) -> CountKnown:
    """Return the function that counts how many cells of a row are headings of this kind."""
    return CountKnown(set(aliases(kind)) | {plain(column) for column in maps})


def count_any() -> CountKnown:
    """Return the function that counts how many cells of a row are headings of any kind."""
    return CountKnown({heading for name in kind_names() for heading in aliases(load_kind(name))})


@dataclass(frozen=True)
class CountKnown:
    """Counts the cells of a row that are known headings."""

    known: set[str]

    def __call__(self, cells: Sequence[str]) -> int:
        """Return how many different known headings there are."""
        found = {plain(cell) for cell in cells if cell and any(text in self.known for text in _counted(cell))}
        return len(found)


def _counted(cell: str) -> list[str]:
    return readings(cell) if JOIN in cell else [plain(cell), _stem(cell)]


def _stem(heading: str) -> str:
    return units.without_unit(bare(heading))


_GENERAL = frozenset({
    "名称", "姓名", "名", "全称", "内容", "情况", "详情", "具体内容", "具体情况", "数值", "值", "是否", "有无", "是/否",
    "有/无", "填写",
})  # fmt: skip
"""Headings that say nothing without the group above them."""


def readings(heading: str) -> list[str]:
    """Return the texts a heading is looked up by, the surest first.

    A heading of one row: whole, without brackets, without a unit. One of several rows ("报警器 / 是否安装"): group and
    heading together, either way round, then the heading itself, then the group where the heading alone says nothing.
    """
    parts = [part for part in heading.split(JOIN) if plain(part)]
    if len(parts) < 2:
        return [plain(heading), bare(heading), _stem(heading)]
    group, own = bare(parts[-2]), bare(parts[-1])
    found = [plain(heading), "".join(map(bare, parts)), group + own, own + group, plain(parts[-1]), own, _stem(own)]
    if own in _GENERAL or units.known(own):
        found += readings(JOIN.join(parts[:-1]))
    return list(dict.fromkeys(found))


def match(columns: Sequence[str], kind: Kind, maps: Mapping[str, str]) -> Matched:
    """Give every field its column. `maps` (heading → field) comes first, then the kind's headings.

    A heading is compared whole, then without brackets ("储量(吨)"), then without a unit at its end ("area_m2"); one of
    several rows by its parts (`readings`).
    Raises Unusable when a mapped column or field does not exist or a required field has no column.
    """
    found = Matched({})
    _apply_maps(found, columns, kind, maps)
    known = aliases(kind)
    taken = set(found.columns.values())
    ranked: list[tuple[int, int, int, str]] = []
    for at, column in enumerate(columns):
        if at in taken or not column:
            continue
        for weight, text in enumerate(readings(column)):
            if text in known:
                name, rank = known[text]
                ranked.append((weight, rank, at, name))
                break
    for _, _, at, name in sorted(ranked):
        if name not in found.columns:
            found.columns[name] = at
        elif found.columns[name] != at:
            found.notes.append(
                f"“{columns[found.columns[name]]}”和“{columns[at]}”都像“{kind.fields[name].title}”：用了前者"
            )
    for name, at in found.columns.items():
        _read_heading(found, name, columns[at])
    used = set(found.columns.values())
    found.unused = [column for at, column in enumerate(columns) if at not in used and column]
    return found


def _apply_maps(found: Matched, columns: Sequence[str], kind: Kind, maps: Mapping[str, str]) -> None:
    places = {column: at for at, column in reversed(list(enumerate(columns)))}
    loose = {plain(column.split(JOIN)[-1]): at for column, at in places.items()}
    loose |= {plain(column): at for column, at in places.items()}
    for column, name in maps.items():
        at = places.get(column, loose.get(plain(column)))
        if at is None:
            raise Unusable(f"--map 里的列“{column}”在文件里没有，文件的列是：{'、'.join(c for c in columns if c)}")
        try:
            kind.spec(name)
        except KindError as error:
            raise Unusable(f"--map {column}={name}：{error}") from None
        found.columns[name] = at


def _read_heading(found: Matched, name: str, column: str) -> None:
    text = plain(column)
    unit = next((u for part in _BRACKETS.findall(text) if (u := units.known(part))), None) or units.at_end(text)
    if unit:
        found.units[name] = unit
    for datum, words in _DATUMS:
        if any(word in text for word in words):
            found.datums[name] = datum
            break


def require(found: Matched, kind: Kind, given: Mapping[str, str], columns: Sequence[str]) -> None:
    """Raise Unusable when a required field has neither a column nor a constant, naming what was looked for."""
    missing = [n for n, s in kind.fields.items() if s.required and n not in found.columns and not given.get(n)]
    if not missing:
        return
    wanted = "；".join(
        f"“{kind.fields[n].title}”（常见写法：{'、'.join(kind.fields[n].headings[:5]) or n}）" for n in missing
    )
    there = "、".join(c for c in columns if c) or "（没有）"
    raise Unusable(
        f"找不到必需的列：{wanted}。文件的列是：{there}。"
        f"列名不同时用 --map 列名=字段，如 --map {there.split('、')[0]}={missing[0]}"
    )
