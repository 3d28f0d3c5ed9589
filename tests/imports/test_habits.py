"""Habits of people who make spreadsheets: each is read, or told; none makes a place that is none."""

from __future__ import annotations

from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from data.imports import asides
from tests.imports.conftest import Import, rows_of, scalar, workbook

PLACES = "SELECT p.name, p.address, r.code FROM place p JOIN region r ON r.id = p.region_id ORDER BY p.id"


def many(sheets: dict[str, list[list[Any]]]) -> bytes:
    """A workbook of several sheets."""
    import io

    book = openpyxl.Workbook()
    del book[book.sheetnames[0]]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


HEADS: list[list[Any]] = [
    ["某街道燃气商户台账", None, None, None, None, None],
    ["单位名称", "基本情况", None, "安装情况", None, "报警器"],
    [None, "地址", "联系人", None, None, None],
    [None, None, "姓名", "切断阀", "软管长度(cm)", "是否安装"],
    ["甲店", "路1号", "张三", "有", 150, "是"],
]
GAS = "SELECT cutoff_installed, hose_m, alarm_installed FROM gas_installation"


def merge_heads(_: Any, sheet: Any) -> None:
    sheet.merge_range("A1:F1", HEADS[0][0])
    for area, text in (("A2:A4", "单位名称"), ("B2:C2", "基本情况"), ("D2:E3", "安装情况"), ("B3:B4", "地址")):
        sheet.merge_range(area, text)


@pytest.mark.parametrize("fill", [None, merge_heads], ids=["blanks", "merged"])
def test_headings_in_four_rows_are_joined_and_read_by_both_parts(load: Import, city: Engine, fill: Any) -> None:
    summary = load(workbook(HEADS, fill), "shop", name="a.xlsx")
    assert (summary.read, summary.accepted, summary.unused_columns) == (1, 1, [])
    assert rows_of(city, "SELECT name, address, contact_name FROM place") == [
        {"name": "甲店", "address": "路1号", "contact_name": "张三"}
    ]
    assert rows_of(city, GAS) == [{"cutoff_installed": True, "hose_m": 1.5, "alarm_installed": True}]


def test_a_mapping_names_a_joined_heading_whole_or_by_its_last_part(load: Import, city: Engine) -> None:
    rows = [["单位名称", "门脸", None], [None, "招呼", "别的"], ["甲", "路9号", "x"]]
    for heading in ("招呼", "门脸/招呼", "门脸 / 招呼"):
        assert load(workbook(rows), name="a.xlsx", maps={heading: "address"}, constants={}).accepted >= 1
    assert scalar(city, "SELECT address FROM place") == "路9号"


def test_the_first_record_below_the_headings_is_not_taken_for_headings(load: Import, city: Engine) -> None:
    assert load("单位名称,地址,\n甲,路1号,备注甲\n,,备注\n").read == 2
    assert load("单位名称,报警器,\n甲,是,正常\n", "shop").accepted == 1
    assert scalar(city, "SELECT count(*) FROM place WHERE name = '甲'") == 2, "one of each kind of sheet"


def test_two_blocks_side_by_side_are_more_rows_with_their_own_numbers(load: Import, city: Engine) -> None:
    rows = [
        ["街道", "序号", "单位名称", "从业人数", None, "序号", "单位名称", "从业人数"],
        ["镇江路街道", 1, "甲", 1, None, 3, "丙", 3],
        ["香港中路街道", 2, "乙", 2, None, 4, "丁", "多"],
        ["香港中路街道", 5, "戊", 5, None, None, None, None],
    ]
    summary = load(workbook(rows), name="a.xlsx")
    assert (summary.read, summary.accepted, summary.rejected) == (5, 4, 1)
    assert any("并排有 2 块" in note for note in summary.notes)
    got = rows_of(city, "SELECT p.name, p.employees, r.code FROM place p JOIN region r ON r.id = region_id ORDER BY 1")
    assert {row["name"]: (row["employees"], row["code"]) for row in got} == {
        "甲": (1, "370202002X"), "丙": (3, "370202002X"), "乙": (2, "370202001X"), "戊": (5, "370202001X"),
    }  # fmt: skip
    assert scalar(city, "SELECT row_no FROM rejected_row") == 3
    twice = load("单位名称,电话,电话\n甲二,1,2\n")
    assert twice.read == 1, "a heading that stands twice is no block"


def test_totals_signatures_and_repeated_headings_never_become_places(load: Import, city: Engine) -> None:
    rows = [
        ["某区企业台账"], ["单位名称", "地址", "从业人数"], ["一、化工企业"], ["甲", "路1号", 3], ["小计", None, 3],
        ["某区企业台账"], ["单位名称", "地址", "从业人数"], ["乙", "路2号", 4], ["某某街道合计", None, 4],
        ["合 计：2家", None, 7],
        ["填表人：张三", "审核人：李四", None], ["备注：数据截至三月", None, None], ["注册有限公司：东店", "路3号", 1],
    ]  # fmt: skip
    summary = load(workbook(rows), name="a.xlsx")
    assert {row["name"] for row in rows_of(city, PLACES)} == {"甲", "乙", "注册有限公司：东店"}
    assert summary.reasons == {asides.TOTAL: 3, asides.SIGNATURE: 2, asides.DIVIDER: 1}
    assert summary.read == summary.accepted + summary.rejected == 9
    assert any("又出现了 2 次" in note and "6、7" in note for note in summary.notes)


def test_sheets_that_continue_each_other_are_read_together_and_their_names_say_where(
    load: Import, city: Engine
) -> None:
    book = many(
        {
            "香港中路": [["企业名称", "从业人数"], ["甲", 1], ["坏", "多"]],
            "镇江路街道": [["企业名称", "从业人数"], ["乙", 2]],
            "Sheet3": [["企业名称", "从业人数"], ["丙", 3]],
            "填写示例": [["企业名称", "从业人数"], ["示例公司", 3]],
            "汇总": [["街道", "家数"], ["镇江路街道", 1]],
            "空": [["企业名称", "从业人数"]],
        }
    )
    summary = load(book, name="a.xlsx")
    assert (summary.read, summary.accepted) == (4, 3)
    got = {row["name"]: row["code"] for row in rows_of(city, PLACES)}
    assert got == {"甲": "370202001X", "乙": "370202002X", "丙": "370200X"}
    assert any("3 个工作表一起读" in note for note in summary.notes)
    assert any("没有读：填写示例、汇总、空" in note for note in summary.notes)
    assert scalar(city, "SELECT column_name FROM rejected_row") == "香港中路!从业人数"
    one = load(book, name="a.xlsx", layer="镇江路街道")
    assert (one.read, one.unchanged) == (1, 1)


def test_columns_of_another_order_in_the_next_sheet_are_not_mixed_up(load: Import, city: Engine) -> None:
    book = many(
        {"a": [["企业名称", "地址"], ["甲", "路1号"]], "b": [["地址", "备注", "企业名称"], ["路2号", "x", "乙"]]}
    )
    assert load(book, name="a.xlsx").accepted == 2
    assert {row["name"]: row["address"] for row in rows_of(city, PLACES)} == {"甲": "路1号", "乙": "路2号"}


def test_a_row_that_names_its_own_street_is_not_overruled_by_the_sheet(load: Import, city: Engine) -> None:
    book = many({"香港中路街道": [["企业名称", "所属街道"], ["甲", "镇江路街道"], ["乙", None]]})
    assert load(book, name="a.xlsx").accepted == 2
    assert {row["name"]: row["code"] for row in rows_of(city, PLACES)} == {"甲": "370202002X", "乙": "370202001X"}


@pytest.mark.parametrize(
    ("heading", "cell", "expected"),
    [
        ("建筑面积（亩）", "３", 2000), ("建筑面积（公顷）", 0.5, 5000), ("建筑面积平方米", "1,200.5", 1200.5),
        ("建筑面积", "1,200平方米", 1200), ("建筑面积：㎡", "１，２００", 1200), ("建筑面积（平方米）", "3亩", 2000),
    ],
)  # fmt: skip
def test_areas_in_every_unit_people_write(load: Import, city: Engine, heading: str, cell: Any, expected: float) -> None:
    assert load(workbook([["单位名称", heading], ["甲", cell]]), name="a.xlsx").exit_code == 0
    assert scalar(city, "SELECT floor_area_m2 FROM place") == pytest.approx(expected)


@pytest.mark.parametrize(
    "pair",
    [
        "120.38，36.06", "36.06,120.38", "120°22′48″E 36°3′36″N", "１２０．３８，３６．０６",
        "经度：120.38，纬度：36.06", "120.38/36.06",
 "东经120.38度、北纬36.06度",
    ],
)  # fmt: skip
def test_pairs_as_people_write_them(load: Import, city: Engine, pair: str) -> None:
    assert load(workbook([["单位名称", "经纬度"], ["甲", pair]]), name="a.xlsx", datum="wgs84").exit_code == 0
    point = "SELECT round(ST_X(geom)::numeric, 6) || ' ' || round(ST_Y(geom)::numeric, 6) FROM place"
    assert scalar(city, point) == "120.380000 36.060000"
