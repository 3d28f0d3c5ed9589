"""What a pointer on the map shows: a title and a few lines of plain text per place, region or station.

Tiles carry ids and numbers only; the words come from here, for the viewer's own regions. Never HTML.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from data.access import Viewer
from layers.catalogue import Catalogue, Scope, read_sql
from layers.colours import colours
from layers.scope import condition

KINDS = ("place", "region", "station")
MOST_IDS = 60


@dataclass(frozen=True)
class Tip:
    """Plain text for one thing on the map; `grades` are (words, grade key) pairs, the worst first."""

    id: int
    title: str
    lines: list[str]
    grades: list[tuple[str, str]]


async def read(connection: Any, catalogue: Catalogue, viewer: Viewer, kind: str, ids: list[int]) -> list[Tip]:
    """Return the tips of those of `ids` that the viewer may see. `kind` is one of KINDS."""
    text = read_sql(f"tips_{kind}.sql").replace("{scope}", condition(Scope(path="r.path"), viewer))
    scope = list(viewer.regions) if viewer.regions is not None else None
    cursor = await connection.execute(text, {"ids": ids, "scope": scope})
    return [_WORDS[kind](catalogue, row) for row in await cursor.fetchall()]


def _where(address: str | None, within: list[str] | None) -> list[str]:
    return [line for line in (" / ".join(within or ()), address or "") if line]


def _place(catalogue: Catalogue, row: Any) -> Tip:
    place_id, name, address, within, grades = row
    found = []
    for layer, severity, at_least in grades or ():
        entry, grade = catalogue.get(layer), colours().grade(severity)
        proven = colours().grade(at_least) if severity == 0 and at_least > 0 else None
        word = f"未知（至少{proven.word}）" if proven else grade.long if severity > 0 else grade.word
        key = colours().ring.key if proven and at_least >= 3 else grade.key
        found.append((f"{entry.title if entry else layer}：{word}", key))
    return Tip(place_id, name, _where(address, within), found)


def _region(catalogue: Catalogue, row: Any) -> Tip:
    region_id, name, _, within, counts = row
    lines = _where(None, within)
    if counts["places"] is not None:
        lines.append(f"单位场所 {counts['places']:,} 处")
    by_layer = counts["layers"] or {}
    for entry in reversed(catalogue.entries):
        if entry.id in by_layer:
            total, severe = by_layer[entry.id]
            lines.append(f"{entry.title} {total:,}，其中红、橙 {severe:,}")
    return Tip(region_id, name, lines, [])


def _station(_catalogue: Catalogue, row: Any) -> Tip:
    station_id, name, address, within, force = row
    parts = [f"消防车 {force['engines']} 辆" if force["engines"] is not None else "",
             f"执勤 {force['crew']} 人" if force["crew"] is not None else ""]  # fmt: skip
    lines = [*_where(address, within), "，".join(part for part in parts if part)]
    return Tip(station_id, name, [line for line in lines if line], [])


_WORDS: dict[str, Callable[[Catalogue, Any], Tip]] = {"place": _place, "region": _region, "station": _station}
