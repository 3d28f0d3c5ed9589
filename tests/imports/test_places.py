"""From a row to a place: kinds, facts, datum, leaf, gas; and the same file twice changes nothing."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import shapely
from sqlalchemy import Engine

from data.access import Viewer
from data.regions import write_regions
from geo.datum import convert
from tests.imports.conftest import Import, rows_of, scalar


def leaf(engine: Engine, name: str) -> Any:
    return scalar(engine, "SELECT r.code FROM place p JOIN region r ON r.id = p.region_id WHERE p.name = :n", n=name)


def test_a_point_hangs_in_its_grid_and_a_row_without_one_under_the_street_it_names(load: Import, city: Engine) -> None:
    summary = load(
        "单位名称,经度,纬度,所属区,所属街道,社区\n"
        "社区写错,,,,镇江路街道,火星社区\n"
        "网格内,120.32,36.05,,,\n街道内,120.32,36.15,,,\n区内,120.45,36.15,,,\n城外,121.9,37.5,,,\n"
        "只写街道,,,,镇江路街道,\n只写社区,,,,香港中路街道,云霄路社区\n简称,,,市南,镇江路,\n不认识,,,,火星街道,\n什么都没,,,,,\n"
        "有点有社区,120.32,36.15,,镇江路街道,江西路社区\n"
    )
    assert leaf(city, "网格内") == "370202001001001"
    assert leaf(city, "街道内") == "370202002X"
    assert leaf(city, "区内") == "370203X"
    assert leaf(city, "城外") == "370200X"
    assert leaf(city, "只写街道") == "370202002X"
    assert leaf(city, "只写社区") == "370202001001X"
    assert leaf(city, "简称") == "370202002X"
    assert leaf(city, "不认识") == "370200X"
    assert leaf(city, "什么都没") == "370200X"
    assert leaf(city, "有点有社区") == "370202002001X", (
        "a community known by name only takes the point its street contains"
    )
    assert summary.warnings["所写的社区或网格在区划里找不到：按它的上一级落格"] == 1
    total = scalar(city, "SELECT places FROM region_total t JOIN region r ON r.id = region_id WHERE r.code = '370200'")
    assert total == 11, "nothing disappears from the city's total"


def test_a_point_outside_the_street_it_names_is_placed_by_the_point_and_told(load: Import, city: Engine) -> None:
    summary = load("单位名称,经度,纬度,所属街道\n甲,120.32,36.05,镇江路街道\n")
    assert leaf(city, "甲") == "370202001001001"
    assert any("不在所写的区域内" in sentence for sentence in summary.warnings)


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09", "cgcs2000"])
def test_points_are_unshifted_and_the_original_pair_is_kept(load: Import, city: Engine, datum: str) -> None:
    x, y = convert(120.32, 36.05, "wgs84", datum)
    load(f"单位名称,经度,纬度\n甲,{x!r},{y!r}\n", datum=datum)
    got = rows_of(city, "SELECT ST_X(geom) AS x, ST_Y(geom) AS y, orig_x, orig_y, datum, datum_evidence FROM place")[0]
    assert (got["x"], got["y"]) == pytest.approx((120.32, 36.05), abs=1e-8)
    assert (got["orig_x"], got["orig_y"]) == (x, y)
    assert (got["datum"], got["datum_evidence"]) == (datum, "declared")


def test_a_datum_column_overrides_the_option_and_an_empty_cell_does_not(load: Import, city: Engine) -> None:
    load("单位名称,经度,纬度,坐标系\n甲,120.32,36.05,百度\n乙,120.32,36.05,\n丙,120.32,36.05,北京54\n", datum="gcj02")
    got = rows_of(city, "SELECT name, datum, datum_evidence FROM place ORDER BY id")
    assert [tuple(row.values()) for row in got] == [
        ("甲", "bd09", "column"),
        ("乙", "gcj02", "declared"),
        ("丙", None, "unverified"),
    ]


def test_without_a_declared_datum_nothing_is_guessed(load: Import, city: Engine) -> None:
    load("单位名称,经度,纬度\n甲,120.32,36.05\n")
    got = rows_of(city, "SELECT ST_X(geom) AS x, datum, datum_evidence FROM place")[0]
    assert got == {"x": 120.32, "datum": None, "datum_evidence": "unverified"}


def test_a_heading_that_names_the_datum_is_believed(load: Import, city: Engine) -> None:
    load("单位名称,百度经度,百度纬度\n甲,120.32,36.05\n")
    assert scalar(city, "SELECT datum FROM place") == "bd09"


SHOPS = (
    "店名,社会信用代码,地址,经度,纬度,所属街道,联系人,气瓶数量,气瓶规格,软管长度(米),报警器,报警器状态,气瓶位置,气瓶有效期\n"
    "老王饺子,,东路1号,120.32,36.05,香港中路街道,王五,2,15kg,1.5,有,正常,后厨,2027-05-01\n"
    "小李烧烤,,东路2号,120.36,36.05,香港中路街道,李四,3,,2.5,无,,用餐区,\n"
    "电磁炉面馆,,东路3号,,,镇江路街道,赵六,0,,,,,,\n"
)


def test_a_shop_sheet_brings_its_gas_installation_and_cylinders(load: Import, city: Engine) -> None:
    summary = load(SHOPS, "shop")
    assert (summary.inserted, summary.exit_code) == (3, 0)
    gas = rows_of(
        city,
        "SELECT p.name, g.hose_m, g.alarm_installed, g.alarm_working, g.cylinder_total_kg, "
        "(SELECT count(*) FROM cylinder c WHERE c.installation_id = g.id) AS n "
        "FROM gas_installation g JOIN place p ON p.id = g.place_id ORDER BY p.id",
    )
    assert gas[0] == {
        "name": "老王饺子", "hose_m": 1.5, "alarm_installed": True, "alarm_working": True,
        "cylinder_total_kg": 30, "n": 2,
    }  # fmt: skip
    assert gas[1]["cylinder_total_kg"] is None, "three cylinders of unknown size are no zero"
    assert gas[1]["alarm_installed"] is False
    assert scalar(city, "SELECT facts->>'cylinder_count' FROM place WHERE name = '小李烧烤'") == "3"
    assert scalar(city, "SELECT kinds FROM place LIMIT 1") == ["gas_shop"]


def versions(engine: Engine) -> Any:
    return rows_of(engine, "SELECT * FROM layer_version ORDER BY layer")


def everything(engine: Engine) -> Any:
    return [
        rows_of(engine, f"SELECT * FROM {table} ORDER BY 1")
        for table in ("place", "gas_installation", "cylinder", "drawn_place", "drawn_cell", "region_count", "region")
    ]


def test_the_same_file_twice_changes_nothing_at_all(load: Import, city: Engine) -> None:
    load(SHOPS, "shop")
    before, drawn = everything(city), versions(city)
    again = load(SHOPS, "shop")
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, 3)
    assert all(not counts["inserted"] and not counts["updated"] for counts in again.also.values())
    assert everything(city) == before
    assert versions(city) == drawn
    assert scalar(city, "SELECT count(*) FROM raw_file") == 1, "the raw file is kept once"


def test_a_later_file_changes_only_what_it_says(load: Import, city: Engine) -> None:
    load("企业名称,企业编号,经度,纬度,从业人数,标准化等级,粉尘涉爆\n甲,E1,120.32,36.05,10,二级,是\n")
    summary = load("企业名称,企业编号,从业人数,标准化等级\n甲,E1,12,三级\n")
    assert (summary.inserted, summary.updated) == (0, 1)
    got = rows_of(city, "SELECT employees, facts, ST_X(geom) AS x FROM place")[0]
    assert got == {"employees": 12, "facts": {"standardisation": 3, "dust_explosion": True}, "x": 120.32}
    assert leaf(city, "甲") == "370202001001001", "a sheet without coordinates does not unplace a shop"


def test_another_sender_is_another_place(load: Import, city: Engine) -> None:
    load("企业名称,企业编号\n甲,E1\n")
    load("企业名称,企业编号\n甲厂,E1\n", source="消防")
    assert scalar(city, "SELECT count(*) FROM place") == 2


def test_kinds_come_from_the_sheet_and_its_columns(load: Import, city: Engine) -> None:
    load("企业名称,特殊类型,规模\n甲,危化品、易制爆,规上\n乙,,高危\n")
    got = rows_of(city, "SELECT kinds, scale FROM place ORDER BY id")
    assert got[0] == {"kinds": ["enterprise", "hazchem", "explosive_precursor"], "scale": "above_scale"}
    assert got[1] == {"kinds": ["enterprise"], "scale": "high_hazard"}
    bad = load("企业名称,特殊类型\n丙,危花\n")
    assert "不是认得的写法" in next(iter(bad.reasons))


def test_columns_can_be_named_and_constants_given(load: Import, city: Engine) -> None:
    summary = load(
        "字号,类\n甲,学校\n乙,\n", "venue", maps={"字号": "name", "类": "kinds"}, constants={"industry": "教育"}
    )
    assert summary.exit_code == 0
    assert rows_of(city, "SELECT kinds, industry FROM place ORDER BY id") == [
        {"kinds": ["school"], "industry": "教育"},
        {"kinds": ["small_place"], "industry": "教育"},
    ]
    assert "没有字段" in str(load("字号\n甲\n", maps={"字号": "nonsense"}).error)
    assert "在文件里没有" in str(load("字号\n甲\n", maps={"店名": "name"}).error)


def test_a_dry_run_writes_nothing_and_says_what_it_would_do(load: Import, city: Engine, tmp_path: Any) -> None:
    summary = load(SHOPS.replace("1.5", "长"), "shop", dry_run=True)
    assert (summary.accepted, summary.rejected, summary.inserted) == (2, 1, 2)
    assert scalar(city, "SELECT count(*) FROM place") == 0
    assert scalar(city, "SELECT count(*) FROM import_batch") == 0
    assert scalar(city, "SELECT count(*) FROM audit") == 0
    assert [path.name for path in tmp_path.iterdir()] == ["表.csv"]


def test_who_imported_what_is_in_the_audit_log(load: Import, city: Engine) -> None:
    load("企业名称\n甲\n")
    row = rows_of(city, "SELECT actor, action, subject, detail FROM audit")[0]
    assert (row["actor"], row["action"]) == ("本机", "import")
    assert row["detail"]["accepted"] == 1


def test_a_steward_of_one_district_cannot_write_into_another(load: Import, city: Engine) -> None:
    west = scalar(city, "SELECT id FROM region WHERE code = '370202'")
    steward = Viewer("张三", "steward", 7, (west,))
    text = "单位名称,经度,纬度\n区内,120.32,36.05\n区外,120.45,36.05\n"
    summary = load(text, viewer=steward)
    assert (summary.accepted, summary.reasons) == (1, {"不在您的管辖区域内": 1})
    assert "全市" in str(load("代码,名称\n370204,x区\n", "region", viewer=steward).error)
    assert "不能导入" in str(load(text, viewer=Viewer("李四", "supervisor", 8, (west,))).error)


def test_an_empty_database_takes_a_sheet_and_gives_it_to_the_city_that_comes(db: Engine, tmp_path: Any) -> None:
    from data.imports import ImportOptions, run_import
    from tests.imports.conftest import TODAY

    options = ImportOptions(today=TODAY)
    text = "单位名称,经度,纬度,所属街道\n甲,120.32,36.05,\n乙,,,香港中路街道\n"
    assert run_import(db, text.encode(), "enterprise", options).accepted == 2
    tree = "代码,名称,上级代码\n370200,示例市,\n370202,市南区,370200\n370202001,香港中路街道,370202\n"
    assert run_import(db, tree.encode(), "region", options).exit_code == 0
    assert leaf(db, "甲") == "370200X"
    assert leaf(db, "乙") == "370202001X", "who waited under a name finds his street"
    assert scalar(db, "SELECT count(*) FROM region WHERE level = 1") == 1
    assert rows_of(db, "SELECT name, is_demo FROM city") == [{"name": "示例市", "is_demo": False}]


def small_street(engine: Engine) -> tuple[float, float]:
    """Make a street small enough that another datum leaves it; returns a point in its middle."""
    tree = pd.DataFrame(
        [("370202003", "中山路街道", 3, "370202", shapely.box(120.380, 36.110, 120.386, 36.114))],
        columns=["code", "name", "level", "parent_code", "geometry"],
    )
    with engine.begin() as connection:
        write_regions(connection, tree, "test")
    return 120.383, 36.112


STORED = "SELECT name, ST_X(geom) AS x, datum, datum_evidence FROM place ORDER BY id"


def test_mixed_datums_are_told_apart_by_the_street_a_row_names_and_the_rest_stays_unverified(
    load: Import, city: Engine
) -> None:
    true = small_street(city)
    lines = ["单位名称,经度,纬度,所属街道"]
    for name in ("wgs84", "gcj02", "bd09"):
        x, y = convert(*true, "wgs84", name)
        lines.append(f"{name},{x!r},{y!r},中山路街道")
    x, y = convert(*true, "wgs84", "gcj02")
    lines += [f"没写街道,{x!r},{y!r},", f"大街道,{120.32!r},{36.05!r},香港中路街道"]
    summary = load("\n".join(lines) + "\n")
    got = rows_of(city, STORED)
    for row in got[:3]:
        assert (row["datum"], row["datum_evidence"]) == (row["name"], "confirmed")
        assert row["x"] == pytest.approx(true[0], abs=1e-8)
    assert [(row["datum"], row["datum_evidence"]) for row in got[3:]] == [(None, "unverified")] * 2
    assert got[3]["x"] == x, "without evidence the numbers are taken as they are"
    assert any("印证" in note for note in summary.notes)


def test_a_declared_datum_that_the_rows_own_street_contradicts_is_kept_but_not_believed(
    load: Import, city: Engine
) -> None:
    true = small_street(city)
    x, y = convert(*true, "wgs84", "gcj02")
    summary = load(f"单位名称,经度,纬度,所属街道\n甲,{x!r},{y!r},中山路街道\n", datum="wgs84")
    got = rows_of(city, STORED)[0]
    assert (got["x"], got["datum"], got["datum_evidence"]) == (x, "wgs84", "unverified")
    assert any("按 GCJ-02" in sentence for sentence in summary.warnings)
    assert not any("按坐标落格" in sentence for sentence in summary.warnings), "one row, one reason"
