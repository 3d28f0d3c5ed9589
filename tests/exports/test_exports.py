"""What an export must not do: run a formula, name a person, leave the viewer's regions, or go unrecorded."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine, text

from data.access import HIDDEN, LOCAL, Viewer
from data.exports import NotExported, exported_kinds, run_export
from data.imports import ImportOptions, run_import
from tests.imports.conftest import TODAY, rows_of, scalar

PLANNER = Viewer("规划", "planner", regions=None)
"""May export, may not see persons."""


def table(path: Path) -> list[dict[str, str]]:
    """A CSV as dicts."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def region(engine: Engine, code: str) -> int:
    return int(scalar(engine, "SELECT id FROM region WHERE code = :code", code=code))


def test_no_cell_of_an_export_is_a_formula(filled: Engine, tmp_path: Path) -> None:
    run_export(filled, LOCAL, "enterprise", "csv", tmp_path / "e.csv")
    with (tmp_path / "e.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert {"'@乙厂", "'+86 138", "'+1号"} <= set(cells)
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell]
    run_export(filled, LOCAL, "enterprise", "xlsx", tmp_path / "e.xlsx")
    with zipfile.ZipFile(tmp_path / "e.xlsx") as book:
        assert b"<f" not in book.read("xl/worksheets/sheet1.xml")
    names = {
        row[0].value for row in openpyxl.load_workbook(tmp_path / "e.xlsx")["企业"].iter_rows(min_col=4, max_col=40)
    }
    assert names, "and the texts are there"


def test_who_may_not_see_persons_gets_no_name_and_no_number(filled: Engine, tmp_path: Path) -> None:
    for kind in exported_kinds():
        path = tmp_path / f"{kind}.csv"
        done = run_export(filled, PLANNER, kind, "csv", path)
        assert not done.persons
        written = path.read_text()
        assert not [
            word for word in ("张三", "李四", "王五", "赵六", "138", "139") if word in written.replace("36.138", "")
        ], kind
    row = next(row for row in table(tmp_path / "enterprise.csv") if row["一张图编号"] == "002")
    assert row["联系人"] == row["联系电话"] == HIDDEN
    assert run_export(filled, LOCAL, "officer", "csv", tmp_path / "o.csv").persons
    assert "张三" in (tmp_path / "o.csv").read_text()


def test_a_masked_export_brought_back_leaves_the_persons_as_they_are(filled: Engine, tmp_path: Path) -> None:
    people = "SELECT contact_name, contact_phone FROM place ORDER BY id"
    before = rows_of(filled, people), rows_of(filled, "SELECT checklist, officer_id FROM inspection ORDER BY id")
    for kind in ("enterprise", "inspection", "hazard"):
        run_export(filled, PLANNER, kind, "xlsx", tmp_path / "a.xlsx")
        summary = run_import(filled, tmp_path / "a.xlsx", kind, ImportOptions(today=TODAY))
        assert (summary.rejected, summary.updated, summary.inserted) == (0, 0, 0), kind
        assert any(HIDDEN in note for note in summary.notes)
    after = rows_of(filled, people), rows_of(filled, "SELECT checklist, officer_id FROM inspection ORDER BY id")
    assert after == before
    run_export(filled, PLANNER, "officer", "csv", tmp_path / "o.csv")
    assert "姓名" in str(run_import(filled, tmp_path / "o.csv", "officer", ImportOptions(today=TODAY)).error)


def test_an_export_stays_inside_the_viewers_regions(filled: Engine, tmp_path: Path) -> None:
    south = Viewer("街道", "leader", regions=(region(filled, "370202001"),))
    for kind in exported_kinds():
        path = tmp_path / f"{kind}.csv"
        if kind in ("zone", "road"):
            with pytest.raises(NotExported, match="属于全市"):
                run_export(filled, south, kind, "csv", path)
            assert not path.exists()
            continue
        run_export(filled, south, kind, "csv", path)
        assert "镇江路街道" not in path.read_text(), kind
    assert {row["单位名称"] for row in table(tmp_path / "shop.csv")} == {"甲店"}
    assert {row["姓名"] for row in table(tmp_path / "officer.csv")} == {"张三"}, "nobody without a duty here"
    with pytest.raises(NotExported, match="不在您的管辖区域内"):
        run_export(filled, south, "shop", "csv", tmp_path / "x.csv", "370202002")


def test_a_region_limits_the_rows_to_what_lies_below_it(filled: Engine, tmp_path: Path) -> None:
    run_export(filled, LOCAL, "shop", "csv", tmp_path / "s.csv", "370202002")
    assert {row["单位名称"] for row in table(tmp_path / "s.csv")} == {"乙店", "丙店"}
    run_export(filled, LOCAL, "zone", "csv", tmp_path / "z.csv", "370202001")
    assert len(table(tmp_path / "z.csv")) == 2
    with pytest.raises(NotExported, match="没有代码"):
        run_export(filled, LOCAL, "shop", "csv", tmp_path / "s.csv", "990000")


def test_who_may_not_export_gets_a_sentence_and_no_file(filled: Engine, tmp_path: Path) -> None:
    with pytest.raises(NotExported, match="不能导出"):
        run_export(filled, Viewer("监管", "supervisor", regions=None), "shop", "csv", tmp_path / "a.csv")
    assert list(tmp_path.glob("*a.csv*")) == []


def test_every_export_is_written_down(filled: Engine, tmp_path: Path) -> None:
    done = run_export(filled, PLANNER, "shop", "gpkg", tmp_path / "a.gpkg", "370202")
    line = rows_of(filled, "SELECT actor, subject, detail FROM audit WHERE action = 'export'")
    assert [(row["actor"], row["subject"]) for row in line] == [("规划", "kind:shop")]
    assert line[0]["detail"] == done.as_json() | {"file": "a.gpkg"}
    assert line[0]["detail"]["rows"] == 3


def test_the_original_pair_and_its_datum_stand_beside_the_wgs84_point(filled: Engine, tmp_path: Path) -> None:
    run_export(filled, LOCAL, "enterprise", "geojson", tmp_path / "e.geojson")
    found = json.loads((tmp_path / "e.geojson").read_text())["features"]
    one = next(f for f in found if f["properties"]["一张图编号"] == "001" and f["geometry"])
    assert (one["properties"]["原始横坐标"], one["properties"]["原始坐标基准"]) == (120.3250001, "gcj02")
    assert one["geometry"]["coordinates"][0] == one["properties"]["经度"] != 120.3250001
    assert one["properties"]["坐标基准"] == "wgs84"


def test_what_a_person_changes_in_an_export_counts(filled: Engine, tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    run_export(filled, LOCAL, "enterprise", "csv", path)
    rows = table(path)
    for row in rows:
        if row["单位名称"].endswith("丙厂"):
            row["所属街道"] = "香港中路街道"
            row["所属社区"] = row["所属网格"] = ""
        if row["一张图编号"] == "006":
            row["经度"], row["纬度"] = "120.46", "36.16"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    summary = run_import(filled, path, "enterprise", ImportOptions(today=TODAY))
    assert (summary.updated, summary.inserted) == (2, 0)
    assert any("不再一致" in sentence for sentence in summary.warnings)
    moved = "SELECT ST_X(geom) AS x, orig_x, datum, datum_evidence FROM place WHERE source_key = '006'"
    assert rows_of(filled, moved) == [{"x": 120.46, "orig_x": 120.46, "datum": "wgs84", "datum_evidence": "column"}]
    street = "SELECT r.code, p.named_region FROM place p JOIN region r ON r.id = region_id WHERE p.name = '丙厂'"
    assert rows_of(filled, street) == [{"code": "370202001X", "named_region": "香港中路街道"}]


def test_two_senders_with_the_same_numbers_stay_two(filled: Engine, tmp_path: Path) -> None:
    run_export(filled, LOCAL, "enterprise", "xlsx", tmp_path / "e.xlsx")
    summary = run_import(filled, tmp_path / "e.xlsx", "enterprise", ImportOptions(today=TODAY))
    assert summary.source == "enterprise、另一个局"
    assert (summary.read, summary.unchanged) == (8, 8)
    taken = run_import(filled, tmp_path / "e.xlsx", "enterprise", ImportOptions(today=TODAY, source="新来源"))
    assert (taken.inserted, taken.rejected) == (7, 1), "a name given by hand overrides the file; 001 stands twice then"


def test_a_text_too_long_for_excel_is_refused_not_cut(filled: Engine, tmp_path: Path) -> None:
    with filled.begin() as connection:
        connection.execute(text("UPDATE hazard SET description = repeat('长', 40000) WHERE source_key = 'H1'"))
    with pytest.raises(NotExported, match="Excel 放不下"):
        run_export(filled, LOCAL, "hazard", "xlsx", tmp_path / "h.xlsx")
    assert not (tmp_path / "h.xlsx").exists()
    assert run_export(filled, LOCAL, "hazard", "csv", tmp_path / "h.csv").rows == 2


def test_the_workbook_says_what_its_columns_are(filled: Engine, tmp_path: Path) -> None:
    run_export(filled, LOCAL, "shop", "xlsx", tmp_path / "s.xlsx")
    book = openpyxl.load_workbook(tmp_path / "s.xlsx", read_only=True)
    said: dict[Any, Any] = {row[0]: row[1] for row in book["说明"].iter_rows(values_only=True)}
    headings = next(book["用气商户"].iter_rows(values_only=True))
    assert set(headings) == set(said) - {"列"}
    assert said["软管长度(m)"] == "数字，单位 m"
    assert "瓶装" in said["用气类型"]
