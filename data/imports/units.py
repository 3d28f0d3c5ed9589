"""Units as they stand in headings and cells, and their factors to the units that are stored."""

from __future__ import annotations

import re

_FACTORS: dict[str, tuple[str, float]] = {
    "t": ("mass", 1000.0), "吨": ("mass", 1000.0), "kg": ("mass", 1.0), "公斤": ("mass", 1.0), "千克": ("mass", 1.0),
    "g": ("mass", 0.001), "克": ("mass", 0.001), "斤": ("mass", 0.5), "万吨": ("mass", 1e7),
    "m": ("length", 1.0), "米": ("length", 1.0), "cm": ("length", 0.01), "厘米": ("length", 0.01),
    "mm": ("length", 0.001), "毫米": ("length", 0.001), "km": ("length", 1000.0), "公里": ("length", 1000.0),
    "m2": ("area", 1.0), "㎡": ("area", 1.0), "平方米": ("area", 1.0), "平米": ("area", 1.0), "平方": ("area", 1.0),
    "亩": ("area", 2000 / 3), "公顷": ("area", 10_000.0), "km2": ("area", 1e6), "平方公里": ("area", 1e6),
    "元": ("money", 1.0), "万元": ("money", 1e4), "亿元": ("money", 1e8),
    "人": ("count", 1.0), "名": ("count", 1.0), "个": ("count", 1.0), "瓶": ("count", 1.0), "只": ("count", 1.0),
    "间": ("count", 1.0), "张": ("count", 1.0), "座": ("count", 1.0), "辆": ("count", 1.0), "起": ("count", 1.0),
    "床": ("count", 1.0), "层": ("count", 1.0), "楼": ("count", 1.0), "万人": ("count", 1e4),
    "km/h": ("speed", 1.0), "kmh": ("speed", 1.0), "公里/小时": ("speed", 1.0),
}  # fmt: skip
_AT_END = re.compile(r"^(?P<stem>.+?)[_/](?P<unit>[a-z]+2?|[一-龥㎡]{1,4})$")
_JOINED = re.compile(r"^(?P<stem>.*?[一-龥])(?P<unit>万吨|吨|公斤|千克|kg|亿元|万元|平方公里|平方米|㎡|m2|亩|公顷)$")
"""A unit written straight after the heading: only those that end no other heading."""
_NUMBER_UNIT = re.compile(r"^(?P<number>[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(?P<unit>\D.*)$", re.IGNORECASE)


def known(text: str) -> str | None:
    """Return the unit that stands in `text` ("单位:kg" too), or None when it is no unit we know."""
    unit = text.strip().casefold().removeprefix("单位").strip(" :：").replace("²", "2")
    return unit if unit in _FACTORS else None


def at_end(heading: str) -> str | None:
    """Return the unit a heading ends in ("area_m2", "储量/吨", "气瓶总量公斤"), or None."""
    found = _AT_END.match(heading)
    unit = known(found["unit"]) if found else None
    joined = _JOINED.match(heading)
    return unit or (known(joined["unit"]) if joined else None)


def without_unit(heading: str) -> str:
    """Return a heading without the unit it ends in."""
    for pattern in (_AT_END, _JOINED):
        found = pattern.match(heading)
        if found and known(found["unit"]):
            return found["stem"]
    return heading


def split(cell: str) -> tuple[str, str] | None:
    """Return (number, unit) of a cell such as "15kg" or "1.5 米"; None when it is not a number with a known unit."""
    found = _NUMBER_UNIT.match(cell.strip())
    if not found:
        return None
    unit = known(found["unit"])
    return (found["number"], unit) if unit else None


def factor(source: str, target: str) -> float | None:
    """Return what a number in `source` is multiplied by to stand in `target`; None when they measure other things."""
    (kind, size), (wanted, stored) = _FACTORS[source], _FACTORS[target]
    return size / stored if kind == wanted else None
