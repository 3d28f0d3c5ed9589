"""Several worksheets that continue each other (one per district, say) as one Sheet; what their names say of regions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from data.imports import heads
from data.imports.headings import plain
from data.imports.model import Fault, Limits, Sheet, Unusable
from data.imports.place import NAMED
from data.imports.values import objects
from data.imports.work import Work

_NO_RECORDS = re.compile(r"示例|样例|样表|范例|模板|说明|字典|选项")
"""Names of sheets that show how to fill one in: never read beside another."""
_LEVELS = {2: "district", 3: "street", 4: "community", 5: "grid"}


Top = tuple[Sequence[Sequence[Any]], Sequence[heads.Merged]]
"""The first rows of a sheet and its merged cells."""


def continues(first: Sheet, name: str, top: Top, known: heads.Known) -> bool:
    """Whether the sheet `name` that begins with `top` has the same known headings as `first`."""
    records, merged = top
    if _NO_RECORDS.search(name) or not records:
        return False
    names = heads.find(records, known, merged).names
    there = {plain(heading) for heading in names if heading and known([heading])}
    return there == {plain(heading) for heading in first.columns if heading and known([heading])} and len(there) > 0


def join(first: Sheet, name: str, others: Sequence[tuple[str, Sheet]], limits: Limits) -> Sheet:
    """Return the rows of all sheets under the headings of the first; columns the first has not are left out."""
    whole = [(name, first), *((other, _aligned(sheet, first.columns)) for other, sheet in others)]
    if sum(len(sheet) for _, sheet in whole) > limits.rows:
        raise Unusable(
            f"几个工作表共有 {sum(len(s) for _, s in whole)} 行，上限 {limits.rows} 行：用 --layer 一次读一个"
        )
    first.parts = objects([part for part, sheet in whole for _ in range(len(sheet))])
    first.cells = [np.concatenate(columns) for columns in zip(*(sheet.cells for _, sheet in whole), strict=True)]
    first.rows = np.concatenate([sheet.rows for _, sheet in whole])
    first.broken = [
        Fault(fault.row, f"{part}!{fault.column}", fault.value, fault.reason)
        for part, sheet in whole for fault in sheet.broken
    ]  # fmt: skip
    first.above = [row for _, sheet in whole for row in sheet.above]
    listed = "、".join(f"{part}（{len(sheet)} 行）" for part, sheet in whole)
    first.notes.append(f"表头相同的 {len(whole)} 个工作表一起读：{listed}；只要一个时用 --layer 指定")
    return first


def _aligned(sheet: Sheet, columns: Sequence[str]) -> Sheet:
    places = {plain(name): at for at, name in reversed(list(enumerate(sheet.columns)))}
    same = [plain(name) for name in sheet.columns] == [plain(name) for name in columns]
    found = list(range(len(columns))) if same else [places.get(plain(name), -1) if name else -1 for name in columns]
    blank = objects([""] * len(sheet))
    sheet.cells = [sheet.cells[at] if at >= 0 else blank for at in found]
    return sheet


def read_all(
    first: Sheet, name: str, others: Sequence[str], top: Callable[[str], Top],
    read: Callable[[str], Sheet], known: heads.Known, limits: Limits,
) -> Sheet:  # fmt: skip
    """Return `first` with the sheets that continue it; the others are named in the notes.

    `read(name)` gives the whole of a sheet.
    """
    more: list[tuple[str, Sheet]] = []
    left: list[str] = []
    for other in others:
        if not continues(first, other, top(other), known):
            left.append(other)
            continue
        try:
            more.append((other, read(other)))
        except Unusable:  # headings and nothing below them
            left.append(other)
    if left:
        first.notes.append(f"读的是工作表“{name}”，没有读：{'、'.join(left)}（用 --layer 指定）")
    if more:
        return join(first, name, more, limits)
    first.parts = objects([name] * len(first))
    return first


def settle(work: Work) -> None:
    """Let the name of a worksheet that is a region's name say so for rows that name none of that level themselves."""
    parts, fields = work.sheet.parts, work.fields
    if parts is None or not any(name in work.kind.fields for name in NAMED):
        return
    for part in dict.fromkeys(parts.tolist()):
        level = _level(work, part)
        if level is None or level not in work.kind.fields:
            continue
        words = fields.words.get(level) or [""] * fields.size
        bare = [
            at for at, (word, own) in enumerate(zip(words, parts.tolist(), strict=True)) if own == part and not word
        ]
        if not bare:
            continue
        for at in bare:
            words[at] = part
        fields.words[level] = words
        fields.columns[level] = objects([word or None for word in words])
        fields.cells.setdefault(level, fields.columns[level])
        fields.headings.setdefault(level, "工作表")
        work.notes.append(f"工作表“{part}”的 {len(bare)} 行没有写{work.kind.fields[level].title}：按工作表的名称")


def _level(work: Work, part: str) -> str | None:
    """Return the field a worksheet's name fills, where exactly one region below the city is called so."""
    for level in ("district", "street", "community", "grid"):
        name = work.regions.spelling(level, part)
        leaf = None if name is None else work.regions.index.leaf_of(name)
        if leaf is not None:
            deep = len(work.regions.path(leaf)) - (leaf in work.regions.rests)
            return _LEVELS.get(deep)
    return None
