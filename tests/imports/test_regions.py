"""A region file makes the tree: codes nest, polygons are mended with reasons, and everything is placed again."""

from __future__ import annotations

import json
from typing import Any

import pytest
import shapely
from sqlalchemy import Engine

from data.imports import ImportOptions, run_import
from tests.imports.conftest import EAST, NORTH, SOUTH, TODAY, WEST, Import, rows_of, scalar


def geojson(*rows: tuple[str, str, Any]) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name},
            "geometry": None if shape is None else shapely.geometry.mapping(shape),
        }
        for code, name, shape in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def test_new_grids_take_over_the_places_inside_them(load: Import, city: Engine) -> None:
    load("单位名称,经度,纬度\n甲,120.32,36.15\n")
    before = scalar(city, "SELECT version FROM layer_version WHERE layer = 'enterprise'")
    grid = shapely.box(WEST, 36.1, 120.4, NORTH)
    summary = load(
        geojson(("370202002002", "新社区", grid), ("370202002002001", "新网格", grid)), "region", "r.geojson"
    )
    assert (summary.inserted, summary.exit_code) == (2, 0)
    assert scalar(city, "SELECT code FROM place p JOIN region r ON r.id = p.region_id") == "370202002002001"
    assert scalar(city, "SELECT version FROM layer_version WHERE layer = 'enterprise'") > before
    counted = scalar(city, "SELECT n FROM region_count c JOIN region r ON r.id = region_id WHERE code = '370202002002'")
    assert counted == 1
    again = load(geojson(("370202002002", "新社区", grid), ("370202002002001", "新网格", grid)), "region", "r.geojson")
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, 2)


def test_a_named_community_keeps_its_places_through_a_later_region_file(load: Import, city: Engine) -> None:
    load("单位名称,经度,纬度,所属街道,社区\n甲,120.32,36.15,镇江路街道,江西路社区\n")
    load("代码,名称\n370203001,新街道\n", "region")
    assert scalar(city, "SELECT code FROM place p JOIN region r ON r.id = p.region_id") == "370202002001X"


def test_codes_are_text_and_a_code_twice_is_told(load: Import, city: Engine) -> None:
    summary = load("代码,名称\n370202003,一街\n370202003,二街\n37020200,三街\n370202004.0,四街\n", "region")
    assert (summary.accepted, summary.rejected) == (2, 2)
    assert any("重复" in reason for reason in summary.reasons)
    assert any("不是区划代码" in reason for reason in summary.reasons)


def test_a_region_without_a_parent_is_told_and_one_whose_row_names_it_makes_it(load: Import, city: Engine) -> None:
    assert "上级区划不在区划树里" in next(iter(load("代码,名称\n370205001001,甲社区\n", "region").reasons))
    summary = load(
        "代码,名称,街道代码,街道名称,区县代码,区县名称\n370205001001,甲社区,370205001,甲街道,370205,甲区\n",
        "region",
        maps={"街道代码": "parent_code", "街道名称": "parent_name", "区县代码": "grand_code", "区县名称": "grand_name"},
    )
    assert summary.exit_code == 0
    assert any("立了 2 个" in note for note in summary.notes)
    path = "SELECT array_agg(a.name ORDER BY a.level) FROM region r, unnest(r.path) u JOIN region a ON a.id = u"
    assert scalar(city, f"{path} WHERE r.code = '370205001001'") == ["示例市", "甲区", "甲街道", "甲社区"]


def test_a_development_zone_whose_code_belongs_elsewhere_hangs_where_the_file_says(load: Import, city: Engine) -> None:
    load("代码,名称,上级代码\n370299001,功能区街道,370203\n", "region")
    parent = "SELECT p.code FROM region r JOIN region p ON p.id = r.parent_id WHERE r.code = '370299001'"
    assert scalar(city, parent) == "370203"


def test_invalid_polygons_are_mended_and_said_and_hopeless_ones_leave_the_name(load: Import, city: Engine) -> None:
    bow = shapely.Polygon([(120.41, 36.01), (120.43, 36.03), (120.43, 36.01), (120.41, 36.03)])
    far = shapely.box(36.01, 120.41, 36.03, 120.43)
    summary = load(geojson(("370203001", "结", bow), ("370203002", "反", far)), "region", "r.geojson")
    assert summary.accepted == 2
    assert summary.warnings == {"图形有错，已修复": 1, "图形不能用：区划照收，暂无图形": 1}
    assert rows_of(
        city, "SELECT ST_IsValid(geom) AS ok FROM region WHERE code IN ('370203001','370203002') ORDER BY code"
    ) == [
        {"ok": True},
        {"ok": None},
    ]


def test_polygons_that_do_not_nest_are_told_with_their_share(load: Import) -> None:
    inside = shapely.box(120.41, 36.01, 120.45, 36.05)
    over = shapely.box(120.43, 36.01, 120.47, 36.05)
    outside = shapely.box(120.45, 36.06, 120.60, 36.10)
    data = geojson(("370203001", "甲", inside), ("370203002", "乙", over), ("370203003", "丙", outside))
    summary = load(data, "region", "r.geojson")
    assert summary.warnings == {"图形与同级区划重叠": 1, "图形有一部分在上级区划之外": 1}


def test_a_list_without_polygons_does_not_wipe_those_that_stand(load: Import, city: Engine) -> None:
    load("代码,名称\n370202,市南区改名\n", "region")
    assert scalar(city, "SELECT geom IS NOT NULL AND name = '市南区改名' FROM region WHERE code = '370202'")


def test_another_city_is_refused_and_the_way_on_is_named(load: Import, city: Engine) -> None:
    summary = load(geojson(("370100", "济南市", shapely.box(WEST, SOUTH, EAST, NORTH))), "region", "r.geojson")
    assert "--replace" in str(summary.error)
    assert scalar(city, "SELECT name FROM region WHERE level = 1") == "示例市"


def test_districts_alone_make_their_city(db: Engine) -> None:
    data = geojson(("370102", "历下区", shapely.box(117.0, 36.6, 117.1, 36.7)))
    summary = run_import(db, data, "region", ImportOptions(today=TODAY, file_name="d.geojson"))
    assert summary.exit_code == 0
    assert rows_of(db, "SELECT code, level FROM region WHERE NOT is_rest ORDER BY level") == [
        {"code": "370100", "level": 1},
        {"code": "370102", "level": 2},
    ]


@pytest.mark.parametrize("crs", ["EPSG:4549", "EPSG:4490"])
def test_a_projected_region_file_is_moved(load: Import, city: Engine, tmp_path: Any, crs: str) -> None:
    import geopandas as gpd

    shape = shapely.box(120.41, 36.01, 120.43, 36.03)
    path = tmp_path / "r.gpkg"
    gpd.GeoDataFrame({"code": ["370203001"], "name": ["街"]}, geometry=[shape], crs=4326).to_crs(crs).to_file(path)
    assert load(path, "region").exit_code == 0
    assert scalar(city, "SELECT ST_XMin(geom) FROM region WHERE code = '370203001'") == pytest.approx(120.41, abs=1e-6)
