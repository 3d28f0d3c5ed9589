"""XLSX as bureaus send them: titles above, merged cells, formulas, two rows of headings, several sheets."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import Any

import openpyxl
from sqlalchemy import Engine

from tests.imports.conftest import Import, rows_of, scalar, workbook


def test_a_title_and_a_date_above_the_headings_do_not_hide_them(load: Import, city: Engine) -> None:
    book = workbook(
        [["某街道企业台账"], ["填报日期：2026-01-01"], ["序号", "企业名称", "地址"], [1, "甲厂", "路1号"]],
        lambda _, sheet: sheet.merge_range("A1:C1", "某街道企业台账"),
    )
    summary = load(book, name="台账.xlsx")
    assert summary.exit_code == 0
    assert scalar(city, "SELECT name FROM place") == "甲厂"
    bad = load(workbook([["x"], ["企业名称", "从业人数"], ["甲", "多"]]), name="台账.xlsx")
    assert bad.rejected == 1
    assert scalar(city, "SELECT row_no FROM rejected_row") == 3, "the row number is the one Excel shows"


def test_a_street_merged_over_its_shops_reaches_every_row(load: Import, city: Engine) -> None:
    def merge(_: Any, sheet: Any) -> None:
        sheet.merge_range("A2:A4", "镇江路街道")

    book = workbook([["所属街道", "企业名称"], [None, "甲"], [None, "乙"], [None, "丙"], ["香港中路街道", "丁"]], merge)
    summary = load(book, name="a.xlsx")
    assert summary.accepted == 4
    assert any("合并单元格" in note for note in summary.notes)
    got = rows_of(city, "SELECT p.name, r.code FROM place p JOIN region r ON r.id = p.region_id ORDER BY p.id")
    assert [row["code"] for row in got] == ["370202002X"] * 3 + ["370202001X"]


def test_headings_in_two_rows_are_put_together(load: Import, city: Engine) -> None:
    def merge(_: Any, sheet: Any) -> None:
        sheet.merge_range("A1:A2", "企业名称")
        sheet.merge_range("B1:C1", "位置")

    book = workbook([[None, None, None], [None, "经度", "纬度"], ["甲", 120.32, 36.05]], merge)
    assert load(book, name="a.xlsx").accepted == 1
    assert scalar(city, "SELECT name FROM place WHERE geom IS NOT NULL") == "甲"


def formulas() -> bytes:
    """What openpyxl writes: formulas without a computed value, and an error."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["企业名称", "从业人数"])
    sheet.append(['=HYPERLINK("http://evil.example","点我")', 3])
    sheet.append(["乙", "=1+1"])
    sheet.append(["丙", "#REF!"])
    sheet.append(["丁", 4])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_formulas_without_a_value_and_errors_are_seen_not_read_as_blank(load: Import, city: Engine) -> None:
    summary = load(formulas(), name="a.xlsx")
    assert (summary.read, summary.accepted) == (4, 2)
    assert {row["name"] for row in rows_of(city, "SELECT name FROM place")} == {
        '=HYPERLINK("http://evil.example","点我")',
        "丁",
    }
    reasons = {row["value"]: row["reason"] for row in rows_of(city, "SELECT value, reason FROM rejected_row")}
    assert "应为数字" in reasons["=1+1"]
    assert "公式出错" in reasons["#REF!"]


def test_the_file_of_rejected_rows_runs_no_formula(load: Import) -> None:
    book = workbook([["企业名称", "从业人数", "备注"], ["甲", "多", "+cmd|' /C calc'!A0"], ["乙", "-5", "@x"]])
    summary = load(book, name="a.xlsx")
    with open(str(summary.rejected_file), encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert "'+cmd|' /C calc'!A0" in cells
    assert "'@x" in cells
    assert "-5" in cells, "a plain negative number stays one"


def test_the_sheet_with_the_headings_is_read_and_the_other_named(load: Import) -> None:
    book = openpyxl.Workbook()
    cover = book.active
    assert cover is not None
    cover.title = "说明"
    cover.append(["填表说明"])
    data = book.create_sheet("数据")
    data.append(["企业名称", "地址"])
    data.append(["甲", "路1号"])
    buffer = io.BytesIO()
    book.save(buffer)
    summary = load(buffer.getvalue(), name="a.xlsx")
    assert summary.accepted == 1
    assert any("说明" in note for note in summary.notes)
    assert "没有名为" in str(load(buffer.getvalue(), name="a.xlsx", layer="没有").error)


def test_numbers_dates_and_codes_keep_their_meaning(load: Import, city: Engine) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["企业名称", "编号", "联系电话", "评估日期", "评估得分"])
    sheet.append(["甲", 1001, 13800000000, datetime(2024, 3, 5), 72.5])  # noqa: DTZ001 - Excel has none
    sheet.append(["乙", 1002, 13800000001, date(2024, 3, 6), 80])
    sheet.append(["丙", 1003, 13800000002, 45357, 80])
    buffer = io.BytesIO()
    book.save(buffer)
    assert load(buffer.getvalue(), name="a.xlsx").exit_code == 0
    got = rows_of(city, "SELECT source_key, contact_phone, facts FROM place ORDER BY id")
    assert got[0]["source_key"] == "1001"
    assert got[0]["contact_phone"] == "13800000000"
    assert got[0]["facts"] == {"hazchem_score": 72.5, "hazchem_scored_on": "2024-03-05"}
    assert got[2]["facts"]["hazchem_scored_on"] == "2024-03-06"


def test_a_workbook_cut_off_is_a_sentence(load: Import) -> None:
    book = workbook([["企业名称"], *[[f"厂{i}"] for i in range(500)]])
    assert "不完整" in str(load(book[: len(book) // 2], name="a.xlsx").error)


def test_blank_rows_below_the_data_are_not_read(load: Import) -> None:
    book = workbook([["企业名称", "地址"], ["甲", "路1号"], *[[" ", None]] * 50, ["乙", "路2号"]])
    summary = load(book, name="a.xlsx")
    assert (summary.read, summary.accepted) == (2, 2)
