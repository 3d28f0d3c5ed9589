"""Spreadsheets as hypothesis makes them: known records, written with the habits of docs/importing.md."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import xlsxwriter
from hypothesis import strategies as st

STREETS = {"香港中路街道": "370202001", "镇江路街道": "370202002"}
Row = list[Any]


@dataclass
class Record:
    """What a row means, and whether it can go in."""

    name: str
    address: str
    street: str
    employees: int | None
    area: tuple[float, str] | None
    mass: tuple[float, str] | None
    hose_on: date | None
    alarm: bool | None
    working: bool | None
    spot: tuple[float, float] | None
    bad: bool = False


@dataclass
class Made:
    """A file, the records in it, and rows that are no records but are told."""

    content: bytes = field(repr=False)
    name: str
    style: Style
    rows: list[list[Row]]
    records: list[Record]
    asides: int


AREA = {"平方米": 1.0, "㎡": 1.0, "亩": 2000 / 3, "公顷": 10_000.0}
MASS = {"公斤": 1.0, "千克": 1.0, "kg": 1.0, "吨": 1000.0}
WIDE = str.maketrans("0123456789/", "０１２３４５６７８９／")


@st.composite
def record(draw: Any, number: int, area_unit: str, mass_unit: str) -> Record:
    """One record; `number` makes its name its own."""
    digits = st.integers(1, 9_999).map(lambda n: n / 100)
    day = st.integers(0, 9000).map(lambda n: date(2000, 1, 1) + timedelta(days=n))
    return Record(
        f"商户{number}号店", f"路{number}号", draw(st.sampled_from(sorted(STREETS))),
        draw(st.none() | st.integers(0, 5000)),
        draw(st.none() | digits.map(lambda n: (n, area_unit))),
        draw(st.none() | digits.map(lambda n: (n / (1000 if mass_unit == "吨" else 1), mass_unit))),
        draw(st.none() | day), draw(st.none() | st.booleans()), draw(st.none() | st.booleans()),
        draw(st.none() | st.tuples(st.integers(120_301, 120_399), st.integers(36_001, 36_199)).map(
            lambda p: (p[0] / 1000, p[1] / 1000))),
        draw(st.integers(0, 11)) == 0,
    )  # fmt: skip


def day_text(day: date, habit: int, text_only: bool) -> Any:
    """A day in one of the six habits."""
    y, m, d = day.year, day.month, day.day
    wide = WIDE if d % 2 else {}
    serial = (day - date(1899, 12, 30)).days
    return [
        day.isoformat(), f"{y}/{m}/{d}".translate(wide), f"{y}.{m}.{d}", f"{y}年{m}月{d}日".translate(wide),
        f"{y}{m:02}{d:02}", str(serial) if text_only else serial,
    ][habit]  # fmt: skip


def dms(value: float) -> str:
    """Degrees, minutes and seconds to a thousandth of a second."""
    whole = round(value * 3_600_000)
    return f"{whole // 3_600_000}°{whole // 60_000 % 60}′{whole % 60_000 / 1000:g}″"


@dataclass
class Style:
    """How one file is written."""

    depth: int
    merged: bool
    unit_in_heading: bool
    area_unit: str
    mass_unit: str
    day: int
    wide: bool
    place: str  # "two", "pair", "dms" or "none"
    swap: bool
    alarm_words: tuple[str, str]
    titles: int
    blocks: int
    gap: bool
    sheets: int
    street_column: bool
    again: int
    total: str | None
    signature: str | None
    xlsx: bool
    encoding: str

    def headings(self) -> list[tuple[str, ...]]:
        """The columns' headings from the top row down, as deep as they go."""
        area = f"建筑面积（{self.area_unit}）" if self.unit_in_heading else "建筑面积"
        mass = f"气瓶总量({self.mass_unit})" if self.unit_in_heading else "气瓶总量"
        where = {"two": [("位置", "经度"), ("位置", "纬度")], "dms": [("位置", "经度"), ("位置", "纬度")],
                 "pair": [("经纬度",)], "none": []}[self.place]  # fmt: skip
        street = [("基本信息", "归属", "所属街道")] if self.street_column else []
        return [
            ("序号",), ("单 位\n名 称" if self.wide else "单位名称",), ("基本信息", "详细地址"), *street,
            ("基本信息", "规模", "人员", "从业人数") if self.depth == 4 else ("基本信息", "规模", "从业人数"),
            ("基本信息", "规模", area), ("用气情况", mass), ("用气情况", "软管安装日期"),
            *([("用气情况", "报警器", "是否安装"), ("用气情况", "报警器", "是否正常")] if self.depth > 1
              else [("报警器",), ("报警器是否正常",)]), *where,
        ]  # fmt: skip

    def head(self) -> tuple[list[Row], list[tuple[int, int, int, int]]]:
        """The heading rows with blanks where cells are merged, and the merged cells."""
        columns = [path if len(path) <= self.depth else path[-self.depth :] for path in self.headings()]
        rows: list[Row] = [[None] * len(columns) for _ in range(self.depth)]
        areas = []
        for at, path in enumerate(columns):
            for level, text in enumerate(path):
                same = at > 0 and level < len(path) - 1 and columns[at - 1][: level + 1] == path[: level + 1]
                if not (same and len(columns[at - 1]) > level + 1):
                    rows[level][at] = text
                    right = at
                    while (
                        level < len(path) - 1
                        and right + 1 < len(columns)
                        and len(columns[right + 1]) > level + 1
                        and (columns[right + 1][: level + 1] == path[: level + 1])
                    ):
                        right += 1
                    low = self.depth - 1 if level == len(path) - 1 else level
                    if right > at or low > level:
                        areas.append((level, at, low, right))
        return rows, areas

    def row(self, number: int, one: Record) -> Row:
        """The cells of one record."""
        wide = WIDE if self.wide else {}

        def amount(given: tuple[float, str] | None) -> Any:
            if given is None:
                return None
            if self.unit_in_heading:
                return f"{given[0]:.10g}".translate(wide) if self.wide else given[0]
            return f"{given[0]:.10g}{given[1]}".translate(wide)

        people: Any = one.employees
        if one.bad:
            people = "说不清"
        elif people is not None and self.wide:
            people = f"{people:,}人".translate(wide)
        day = None if one.hose_on is None else day_text(one.hose_on, self.day, not self.xlsx)
        alarm = None if one.alarm is None else self.alarm_words[0 if one.alarm else 1]
        name = f"　{one.name.translate(wide)} " if self.wide else one.name
        working = None if one.working is None else "正常" if one.working else "故障"
        street = [one.street] if self.street_column else []
        return [number, name, one.address, *street, people, amount(one.area), amount(one.mass), day, alarm, working,
                *self._spot(one.spot)]  # fmt: skip

    def _spot(self, spot: tuple[float, float] | None) -> Row:
        if self.place == "none":
            return []
        if self.place == "pair":
            if spot is None:
                return [None]
            first, second = (spot[1], spot[0]) if self.swap else spot
            return [f"{first}，{second}" if self.wide else f"{first},{second}"]
        if spot is None:
            return [None, None]
        return [dms(spot[0]), dms(spot[1])] if self.place == "dms" else [spot[0], spot[1]]


STYLES = st.builds(
    Style, depth=st.integers(1, 4), merged=st.booleans(), unit_in_heading=st.booleans(),
    area_unit=st.sampled_from(sorted(AREA)), mass_unit=st.sampled_from(sorted(MASS)), day=st.integers(0, 5),
    wide=st.booleans(), place=st.sampled_from(["two", "pair", "dms", "none"]), swap=st.booleans(),
    alarm_words=st.sampled_from([("是", "否"), ("有", "无"), ("√", "×"), ("已安装", "未安装")]),
    titles=st.integers(0, 3),
    blocks=st.integers(1, 3), gap=st.booleans(), sheets=st.integers(1, 3), street_column=st.booleans(),
    again=st.integers(0, 2),
    total=st.sampled_from([None, "合计", "小计", "合　计："]),
    signature=st.sampled_from([None, "填表人：张三", "审核人（签字）：", "备注：截至三月底"]),
    xlsx=st.booleans(), encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)  # fmt: skip


@st.composite
def spreadsheets(draw: Any) -> Made:
    """A file of 1 to 14 records in one style."""
    style = draw(STYLES)
    names = ["香港中路街道", "镇江路街道", "其他"][: style.sheets if style.xlsx else 1]
    records: list[Record] = []
    sheets: list[tuple[str, list[Row], list[tuple[int, int, int, int]]]] = []
    asides = 0
    for sheet in names:
        count = draw(st.integers(1, 8 if len(names) > 1 else 14))
        own = [draw(record(len(records) + i, style.area_unit, style.mass_unit)) for i in range(count)]
        if not style.street_column:
            for one in own:
                one.street = sheet if style.xlsx and sheet in STREETS else ""
        rows, areas, told = laid_out(style, own, len(records))
        sheets.append((sheet, rows, areas))
        records += own
        asides += told
    if style.xlsx:
        rows = [own for _, own, _ in sheets]
        return Made(workbook(sheets, style.merged), "表.xlsx", style, rows, records, asides)
    return Made(text(sheets[0][1], style.encoding), "表.csv", style, [sheets[0][1]], records, asides)


def laid_out(style: Style, own: list[Record], start: int) -> tuple[list[Row], list[tuple[int, int, int, int]], int]:
    """The rows of one sheet, its merged heading cells and how many rows of it are told as no records."""
    head, areas = style.head()
    width = len(head[0])
    step = width + style.gap
    blank: Row = [None] * width
    high = -(-len(own) // style.blocks)
    columns = [own[at * high : (at + 1) * high] for at in range(style.blocks)]
    used = [column for column in columns if column] if style.blocks > 1 else columns
    heads = [side_by_side([row] * style.blocks, style.gap) for row in head]
    titles: list[Row] = [["某街道燃气商户台账"], ["填报单位：某街道办", None, None, "填报日期：2026-01-01"], [None]][
        : style.titles
    ]
    out: list[Row] = [*titles, *heads]
    merged = [
        (r + len(titles), c + step * at, low + len(titles), right + step * at)
        for at in range(style.blocks) for r, c, low, right in areas
    ]  # fmt: skip
    numbers = {id(one): start + i + 1 for i, one in enumerate(own)}
    for at in range(high):
        if style.again and at and at % (high // (style.again + 1) + 1) == 0:
            out += heads
        cells = [style.row(numbers[id(column[at])], column[at]) if at < len(column) else blank for column in used]
        out.append(side_by_side(cells + [blank] * (style.blocks - len(used)), style.gap))
    told = 0
    for word in (style.total, style.signature):
        if word:
            out.append(side_by_side([[word, *blank[1:]]] + [blank] * (style.blocks - 1), style.gap))
            told += 1
    wide = step * style.blocks
    return [row + [None] * (wide - len(row)) for row in out], merged, told


def side_by_side(rows: list[Row], gap: bool) -> Row:
    """Rows of cells next to each other, with an empty column between where there is a gap."""
    return [cell for row in rows for cell in [*row, *([None] if gap else [])]]


def workbook(sheets: list[tuple[str, list[Row], list[tuple[int, int, int, int]]]], merged: bool) -> bytes:
    """An XLSX of the sheets."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        for name, rows, areas in sheets:
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for to, value in enumerate(row):
                    if value is not None:
                        sheet.write(at, to, value)
            for area in areas if merged else ():
                sheet.merge_range(*area, rows[area[0]][area[1]])
    return buffer.getvalue()


def text(rows: list[Row], encoding: str) -> bytes:
    """A CSV of the rows, as a spreadsheet program saves it: every row as wide as the widest."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([["" if cell is None else cell for cell in row] for row in rows])
    return buffer.getvalue().encode(encoding)


def expected(one: Record) -> dict[str, Any]:
    """What stands in the database for a record."""
    return {
        "name": one.name, "address": one.address, "employees": one.employees,
        "area": None if one.area is None else round(one.area[0] * AREA[one.area[1]], 3),
        "mass": None if one.mass is None else round(one.mass[0] * MASS[one.mass[1]], 3),
        "hose_on": one.hose_on, "alarm": one.alarm,
        "working": one.working,
    }  # fmt: skip
