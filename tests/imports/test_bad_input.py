"""Bad input, each a clear sentence and nothing lost: good rows in, bad ones with a reason."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data.imports import Limits, Summary
from tests.imports.conftest import Import, rows_of, scalar, workbook

HEAD = "单位名称,地址,经度,纬度,所属街道,从业人数"
GOOD = "好厂,镇江路1号,120.32,36.05,香港中路街道,12"


def sums(summary: Summary) -> None:
    assert summary.read == summary.accepted + summary.rejected
    assert sum(summary.reasons.values()) == summary.rejected


def one_reason(summary: Summary) -> str:
    sums(summary)
    assert len(summary.reasons) == 1, summary.reasons
    return next(iter(summary.reasons))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "空的"),
        (b"\xef\xbb\xbf\r\n", "空的"),
        (HEAD.encode(), "没有数据行"),
        (f"{HEAD}\n,,,,,\n".encode(), "没有数据行"),
        (b"%PDF-1.7\n...", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "另存为 .xlsx"),
        (b"PK\x03\x04" + b"\x00" * 60, "不完整"),
        ("年份,产值\n2024,12\n".encode(), "找不到必需的列：“单位名称”"),
        (f"{HEAD}\n{GOOD}".encode("big5", errors="ignore"), "编码"),
        ("単位,ｱﾄﾞﾚｽ,カタカナ\nあいう,えお,テスト\n".encode("shift_jis"), "编码"),
        (b"<html><table></table></html>", "网页"),
        (b"\x00\x01\x02\x03binary\x00", "二进制"),
        (b"\x1f\x8b\x08\x00", "解压"),
        (b'{"type":"FeatureCollection","features":[', "截断"),
        (b'{"a": 1}', "FeatureCollection"),
        (b"SQLite format 3\x00" + b"\x00" * 200, "不是 GeoPackage"),
    ],
)
def test_an_unusable_file_is_one_clear_sentence(load: Import, city: Engine, content: bytes, says: str) -> None:
    summary = load(content, name="名单.xlsx")
    assert summary.exit_code == 2
    assert summary.error is not None
    assert says in summary.error
    assert scalar(city, "SELECT count(*) FROM place") == 0
    assert scalar(city, "SELECT state FROM import_batch") == "failed", "who tried what is on record"


def test_a_file_that_is_missing_or_a_folder_is_a_sentence(load: Import, tmp_path: Path) -> None:
    assert "找不到文件" in str(load(tmp_path / "没有.csv").error)
    assert "文件夹" in str(load(tmp_path).error)


def test_text_in_a_number_keeps_the_other_rows_and_says_row_column_value(load: Import, city: Engine) -> None:
    summary = load(f"{HEAD}\n{GOOD}\n坏厂,路2号,120.32,36.05,,约二十人\n")
    assert (summary.read, summary.accepted, summary.exit_code) == (2, 1, 1)
    assert "从业人数" in one_reason(summary)
    rejected = rows_of(city, "SELECT row_no, column_name, value, reason FROM rejected_row")
    assert rejected[0]["row_no"] == 3
    assert rejected[0]["column_name"] == "从业人数"
    assert rejected[0]["value"] == "约二十人"
    with open(str(summary.rejected_file), encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0][:4] == ["行号", "列", "值", "原因"]
    assert lines[1][:3] == ["3", "从业人数", "约二十人"]
    assert lines[1][4] == "坏厂", "the row's own cells are there to be mended"


def test_swapped_coordinates_are_told_and_never_silently_swapped(load: Import, city: Engine) -> None:
    summary = load(f"{HEAD}\n倒厂,路1号,36.05,120.32,香港中路街道,1\n")
    assert summary.accepted == 1
    assert any("颠倒" in sentence for sentence in summary.warnings)
    place = rows_of(city, "SELECT geom, orig_x, orig_y FROM place")[0]
    assert place == {"geom": None, "orig_x": 36.05, "orig_y": 120.32}


def test_zero_zero_is_no_place_in_the_gulf_of_guinea(load: Import, city: Engine) -> None:
    summary = load(f"{HEAD}\n零厂,路1号,0,0,香港中路街道,1\n")
    assert summary.accepted == 1
    assert any("0,0" in sentence for sentence in summary.warnings)
    place = rows_of(city, "SELECT p.geom, r.code FROM place p JOIN region r ON r.id = p.region_id")[0]
    assert place == {"geom": None, "code": "370202001X"}


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        ("120°19′12″E", "36°3′0″N"),
        ("120°19'12\"", "36°3'0\""),
        ("东经120度19分12秒", "北纬36度3分0秒"),
        ("１２０．３２", "36.05　"),
    ],
)
def test_coordinates_as_people_type_them_are_read(load: Import, city: Engine, lon: str, lat: str) -> None:
    row = ",".join('"' + value.replace('"', '""') + '"' for value in (lon, lat))
    load(f"单位名称,经度,纬度\n甲,{row}\n")
    place = rows_of(city, "SELECT ST_X(geom) AS x, ST_Y(geom) AS y FROM place")[0]
    assert place["x"] == pytest.approx(120.32)
    assert place["y"] == pytest.approx(36.05)


@pytest.mark.parametrize("pair", ["120.32,36.05", "36.05，120.32", "120.32 36.05", "120.32;36.05"])
def test_a_pair_in_one_cell_is_read(load: Import, city: Engine, pair: str) -> None:
    load(f'单位名称,经纬度\n甲,"{pair}"\n')
    assert scalar(city, "SELECT ST_X(geom) FROM place") == pytest.approx(120.32)


def test_metres_without_a_crs_are_refused_and_the_mend_is_named(load: Import, city: Engine) -> None:
    text = "单位名称,经度,纬度\n甲,519000,3990000\n"
    assert "--crs EPSG:4549" in one_reason(load(text))
    summary = load(text, crs="EPSG:4549")
    assert summary.accepted == 1
    place = rows_of(city, "SELECT ST_X(geom) AS x, orig_x, orig_crs FROM place")[0]
    assert place["x"] == pytest.approx(120.21, abs=0.01)
    assert (place["orig_x"], place["orig_crs"]) == (519000, "EPSG:4549")
    assert "EPSG" in str(load(text, crs="nonsense").error)


def test_the_same_row_twice_goes_in_once_and_says_which_row_it_repeats(load: Import, city: Engine) -> None:
    summary = load(f"{HEAD}\n{GOOD}\n{GOOD}\n")
    assert "重复" in one_reason(summary)
    assert "同第 2 行" in scalar(city, "SELECT value FROM rejected_row")


def test_one_code_for_two_branches_keeps_both_and_says_so(load: Import) -> None:
    code = "91370202MA00000002"
    summary = load(f"单位名称,统一社会信用代码,地址\n甲,{code},东路1号\n甲,{code},西路2号\n")
    assert summary.accepted == 2
    assert summary.warnings["统一社会信用代码在文件里不止一行（名称或地址不同）：按不同的场所分别收下"] == 2


def test_ten_columns_nobody_knows_are_listed_and_do_no_harm(load: Import) -> None:
    more = [f"多余{i}" for i in range(10)]
    summary = load(f"{HEAD},{','.join(more)}\n{GOOD},{','.join('x' * 10)}\n")
    assert summary.exit_code == 0
    assert summary.unused_columns == more


def test_a_row_with_ten_cells_too_many_is_told_and_the_rest_goes_in(load: Import) -> None:
    summary = load(f"{HEAD}\n{GOOD}\n乙,路,120.32,36.05,,1{',x' * 10}\n")
    assert (summary.read, summary.accepted) == (2, 1)
    assert "多于" in one_reason(summary)


def test_a_csv_cut_off_in_a_row_does_not_take_half_a_number_for_a_whole_one(load: Import) -> None:
    summary = load(f"{HEAD}\n{GOOD}\n乙,路2号,120.3")
    assert (summary.read, summary.accepted) == (2, 1)
    assert "截断" in one_reason(summary)


def test_a_csv_cut_off_inside_a_character_still_gives_its_whole_rows(load: Import) -> None:
    for encoding in ("utf-8", "gb18030"):
        summary = load(f"{HEAD}\n{GOOD}\n乙,路".encode(encoding)[:-1])
        assert summary.accepted == 1
        assert any("截断" in note for note in summary.notes)


def test_an_open_quotation_spoils_its_own_row_only(load: Import) -> None:
    summary = load(f'{HEAD}\n甲,"没有收尾,120.32,36.05,,1\n{GOOD}\n丙,路3号,120.33,36.05,,2\n')
    assert (summary.read, summary.accepted) == (3, 2)
    assert "引号" in one_reason(summary)


def test_a_cell_of_several_lines_stays_one_row(load: Import, city: Engine) -> None:
    summary = load(f'{HEAD}\n甲,"镇江路\n1号",120.32,36.05,,1\n{GOOD}\n')
    assert summary.accepted == 2
    assert scalar(city, "SELECT address FROM place WHERE name = '甲'") == "镇江路 1号"


def test_text_spoilt_before_it_came_is_refused_not_stored(load: Import) -> None:
    summary = load(f"{HEAD}\n{GOOD}\n锟斤拷锟斤拷,路,120.32,36.05,,1\n")
    assert "损坏" in one_reason(summary)


def test_a_formula_in_a_csv_comes_in_as_text_and_goes_out_disarmed(load: Import, city: Engine) -> None:
    evil = '=HYPERLINK("http://evil.example","点我")'
    cell = '"' + evil.replace('"', '""') + '"'
    summary = load(f"{HEAD}\n{cell},路1号,120.32,36.05,,1\n{cell},路2号,120.32,36.05,,多\n")
    assert scalar(city, "SELECT name FROM place") == evil
    with open(str(summary.rejected_file), encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1][4] == "'" + evil


def test_script_in_a_name_is_stored_as_the_text_it_is(load: Import, city: Engine) -> None:
    load(f"{HEAD}\n<img src=x onerror=alert(1)>,路1号,120.32,36.05,,1\n")
    assert scalar(city, "SELECT name FROM place") == "<img src=x onerror=alert(1)>"


def test_control_and_zero_width_signs_do_not_break_the_database(load: Import, city: Engine) -> None:
    summary = load(f"{HEAD}\n甲\u200b厂\u3000,路\x1f1号,120.32,36.05,,1\n")
    assert summary.accepted == 1
    assert scalar(city, "SELECT name FROM place") == "甲厂"


def test_a_file_over_the_limit_is_refused_before_it_is_read(load: Import, tmp_path: Path) -> None:
    big = tmp_path / "大.csv"
    with big.open("wb") as file:
        file.truncate(300_000_000)
    summary = load(big)
    assert summary.error == "文件有 300 MB，超过上限 200 MB：请拆成几份分别导入"


def test_more_rows_than_the_limit_is_a_sentence(load: Import) -> None:
    rows = "\n".join(f"厂{i},路{i}号,120.32,36.05,,1" for i in range(20))
    assert "上限 10 行" in str(load(f"{HEAD}\n{rows}\n", limits=Limits(rows=10)).error)


def test_a_future_inspection_cannot_make_a_place_look_freshly_seen(load: Import) -> None:
    load(f"{HEAD}\n{GOOD}\n")
    summary = load("被检查单位,检查日期\n好厂,2042-01-01\n", "inspection")
    assert "在今天之后" in one_reason(summary)


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def with_sheet(book: bytes, sheet: bytes) -> bytes:
    """A workbook whose first sheet is replaced."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return zipped(files | {"xl/worksheets/sheet1.xml": sheet})


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'


def test_a_workbook_of_148_mb_out_of_half_a_one_is_refused(load: Import) -> None:
    bomb = with_sheet(workbook([["单位名称"], ["甲"]]), SHEET % (b'<row r="2"></row>' * 8_000_000)[:148_000_000])
    assert len(bomb) < 1_000_000
    assert "压缩炸弹" in str(load(bomb, name="名单.xlsx").error)


def test_a_zip_that_lies_about_its_sizes_is_counted_by_what_comes_out(load: Import) -> None:
    bomb = bytearray(with_sheet(workbook([["单位名称"], ["甲"]]), SHEET % (b" " * 60_000_000)))
    at = bomb.index(b"PK\x01\x02")
    while at >= 0:
        bomb[at + 24 : at + 28] = (100).to_bytes(4, "little")
        at = bomb.find(b"PK\x01\x02", at + 4)
    assert "压缩炸弹" in str(load(bytes(bomb), name="名单.xlsx").error)


@pytest.mark.parametrize(
    "cells",
    [
        b'<row r="1"><c r="A1" t="n"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        b"<row r='1'><c r='A1'><v>1</v></c><c r = 'ZZ999999'><v>1</v></c></row>",
        b'<row r="1"><c r="A999999"><v>1</v></c><c r="ZZ1"><v>1</v></c></row>',
    ],
)
def test_one_far_cell_does_not_take_all_memory(load: Import, cells: bytes) -> None:
    summary = load(with_sheet(workbook([["单位名称"], ["甲"]]), SHEET % cells), name="名单.xlsx")
    assert "远处有零星单元格" in str(summary.error)


@pytest.mark.parametrize("name", ["区划.geojson", "区划.gpkg", "区划.csv", "区划.xlsx"])
@pytest.mark.parametrize("target", ["/etc/passwd", "http://127.0.0.1:9/leak.geojson"])
def test_a_vrt_is_refused_whatever_its_name(load: Import, name: str, target: str) -> None:
    layer = f'<OGRVRTLayer name="x"><SrcDataSource>{target}</SrcDataSource></OGRVRTLayer>'
    vrt = f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>"
    for content in (vrt, "\ufeff  \n" + vrt, f'<?xml version="1.0"?>{vrt}'):
        summary = load(content, "region", name=name)
        assert summary.exit_code == 2
        assert "VRT" in str(summary.error) or "XML" in str(summary.error)


@pytest.mark.parametrize(
    "content",
    [
        '{"type": "gdal_streamed_alg", "command_line": "gdal vector read /etc/passwd"}',
        '{"type": "FeatureCollection", "x": "<OGRVRTDataSource>", "features": []}',
        '{"type": "Topology", "objects": {}}',
    ],
)
def test_json_that_gdal_would_follow_elsewhere_is_no_geojson(load: Import, content: str) -> None:
    assert load(content, "region", name="区划.geojson").exit_code == 2
