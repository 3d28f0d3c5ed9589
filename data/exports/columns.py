"""The columns of an export: the fields of a kind that are stored, under headings that the importer finds again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from data.imports.kinds import FieldSpec, Kind

FIRST = ("yzt_source", "yzt_key")
CYLINDERS = ("cylinder_size", "cylinder_number", "cylinder_expires_on", "cylinder_two_phase", "cylinder_spot")


@dataclass(frozen=True)
class OutColumn:
    """One column: the field, its heading, and whether it names a person."""

    name: str
    heading: str
    spec: FieldSpec


def columns_of(kind: Kind, stored: Collection[str]) -> list[OutColumn]:
    """Return the columns of a kind in the order of its file, those that tell the row apart first.

    `stored`: the columns the query of the kind's target gives; `facts` stands for all fields `facts.…`. What only
    single cylinders have is left to the kind `gas`.
    """
    left_out = CYLINDERS if kind.target == "place" else ()
    names = [name for name in kind.fields if name not in FIRST and name not in left_out and _given(name, stored)]
    ordered = [*(name for name in FIRST if name in stored), *names]
    return [OutColumn(name, heading(kind.fields[name]), kind.fields[name]) for name in ordered]


def _given(name: str, stored: Collection[str]) -> bool:
    return name in stored or (name.startswith("facts.") and "facts" in stored)


def heading(spec: FieldSpec) -> str:
    """Return a field's heading: its title and the unit it is stored in."""
    return f"{spec.title}({spec.unit})" if spec.unit else spec.title


def remark(spec: FieldSpec) -> str:
    """Return what may stand in a field's column, as a Chinese sentence for whoever reads the file."""
    if spec.type in ("choice", "choices"):
        words = "、".join(spellings[0] if spellings else value for value, spellings in spec.words.items())
        return f"可写：{words}"
    return _REMARKS.get(spec.type, "文字") + (f"，单位 {spec.unit}" if spec.unit else "")


_REMARKS = {
    "int": "整数", "number": "数字", "date": "日期，如 2024-03-05", "datetime": "北京时间，如 2024-03-05 14:30:00",
    "bool": "是/否，空白是不知道", "list": "几项用顿号隔开", "uscc": "18 位代码",
    "region_code": "6、9、12 或 15 位代码",
    "longitude": "度，WGS-84", "latitude": "度，WGS-84", "datum": "经度、纬度两列的基准", "unit": "单位",
}  # fmt: skip
