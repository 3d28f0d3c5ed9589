"""Sheets that speak of places already there: gas, holdings, sensors, inspections, hazards, officers, incidents."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Engine

from data.imports.refer import NO_CLUE, NOT_FOUND, SEVERAL
from tests.imports.conftest import Import, rows_of, scalar

CODE = "91370202MA00000002"


@pytest.fixture
def places(load: Import) -> Import:
    summary = load(
        "单位名称,统一社会信用代码,地址,特殊类型,企业编号\n"
        f"青岛海湾化学（总厂）,{CODE},化工路1号,危化品,E1\n连锁饺子,,东路1号,,E2\n连锁饺子,,西路9号,,E3\n独一家,,南路3号,,E4\n"
    )
    assert summary.exit_code == 0
    return load


def test_a_row_finds_its_place_by_code_name_and_address_or_says_why_not(places: Import, city: Engine) -> None:
    summary = places(
        "被检查单位,统一社会信用代码,地址,检查日期,企业编号\n"
        f",{CODE},,2026-01-01,\n青岛海湾化学(总厂),,,2026-01-02,\n连锁饺子,,西路9号,2026-01-03,\n连锁饺子,,,2026-01-04,\n"
        "独一家,,北路8号,2026-01-05,\n不存在,,,2026-01-06,\n,,,2026-01-07,\n,,,2026-01-08,E2\n",
        "inspection",
    )
    assert (summary.read, summary.accepted) == (8, 4)
    assert summary.reasons[SEVERAL] == 1
    assert summary.reasons[NOT_FOUND] == 1
    assert sum(summary.reasons.values()) == 4
    assert any("地址不是同一处" in reason for reason in summary.reasons)
    assert NO_CLUE in summary.reasons or any("认不出" in reason for reason in summary.reasons)
    found = rows_of(
        city, "SELECT p.source_key, i.inspected_on::text FROM inspection i JOIN place p ON p.id = place_id ORDER BY 2"
    )
    assert [row["source_key"] for row in found] == ["E1", "E1", "E3", "E2"]


HAZARDS = (
    "隐患编号,单位名称,隐患描述,隐患级别,整改状态,发现日期,整改期限,整改日期,复查日期\n"
    "H1,独一家,软管过长,一般,未整改,2026-05-01,2026-06-01,,\nH2,独一家,无报警器,重大,已闭环,2026-05-01,,2026-05-20,\n"
    "H3,独一家,出口堵塞,一般,已闭环,2026-05-01,,2026-05-20,2026-05-25\nH4,独一家,电线老化,一般,已整改,2026-05-01,,,\n"
    "H5,独一家,没写级别,,未整改,2026-05-01,,,\nH6,独一家,拒改,一般,拒不整改,2026-05-01,,,\n"
)


def test_only_a_reinspection_closes_a_hazard(places: Import, city: Engine) -> None:
    summary = places(HAZARDS, "hazard")
    assert (summary.accepted, summary.rejected) == (5, 1)
    states = {row["source_key"]: row["state"] for row in rows_of(city, "SELECT source_key, state FROM hazard")}
    assert states == {"H1": "found", "H2": "rectified", "H3": "closed", "H4": "rectified", "H6": "refused"}
    assert sum(count for sentence, count in summary.warnings.items() if "只有复查能闭环" in sentence) == 1
    assert places(HAZARDS, "hazard").unchanged == 5


def test_holdings_are_tonnes_whatever_the_sheet_counts_in(places: Import, city: Engine) -> None:
    head = "企业名称,统一社会信用代码,储存单元,化学品名称,CAS号"
    for unit, amount, note in (
        ("最大储量(吨)", "20", ""),
        ("最大储量(kg)", "20000", ""),
        ("最大储量", "20000公斤", ""),
    ):
        summary = places(f"{head},{unit}\n,{CODE},1号罐区,氨,7664-41-7,{amount}\n", "holding")
        assert summary.exit_code == 0, (unit, note)
        assert scalar(city, "SELECT design_max_t FROM holding") == pytest.approx(20)
    assert rows_of(city, "SELECT name, kind FROM unit") == [{"name": "1号罐区", "kind": "storage"}]
    bare = places(f"{head},最大储量\n,{CODE},1号罐区,氯,7782-50-5,20\n", "holding")
    assert "没有写单位" in next(iter(bare.reasons)), "20 of what? A thousandfold is another level"
    named = places(f"{head},最大储量,计量单位\n,{CODE},1号罐区,氯,7782-50-5,500,千克\n", "holding")
    assert named.exit_code == 0
    assert scalar(city, "SELECT design_max_t FROM holding WHERE substance = '氯'") == pytest.approx(0.5)


def test_a_gas_sheet_of_one_cylinder_a_row_makes_one_installation(places: Import, city: Engine) -> None:
    text = (
        "商户名称,钢瓶编号,钢瓶规格,检验有效期至,软管材质\n"
        "独一家,A001,15kg,2027-01-01,金属波纹管\n独一家,A002,50kg,2025-01-01,\n"
    )
    assert places(text, "gas").exit_code == 0
    assert rows_of(city, "SELECT cylinder_total_kg, hose_material FROM gas_installation") == [
        {"cylinder_total_kg": 65, "hose_material": "金属波纹管"}
    ]
    assert scalar(city, "SELECT count(*) FROM cylinder") == 2
    places(text.rsplit("独一家", 1)[0], "gas")
    assert scalar(city, "SELECT count(*) FROM cylinder") == 1, "a cylinder no longer listed is gone"


def test_a_gas_sheet_without_cylinder_numbers_takes_a_shop_once(places: Import) -> None:
    summary = places("商户名称,软管长度\n独一家,1.5\n独一家,2.5\n", "gas")
    assert (summary.accepted, summary.rejected) == (1, 1)


def test_sensors_hang_on_their_places_and_silence_is_not_health(places: Import, city: Engine) -> None:
    summary = places(
        "设备编号,设备类型,安装单位名称,最近上报时间,状态\nS1,可燃气体探测器,独一家,2026-11-20 08:00,正常\n"
        "S2,烟感,独一家,,\nS3,冰箱,独一家,,\n",
        "sensor",
    )
    assert (summary.accepted, summary.rejected) == (2, 1)
    got = rows_of(city, "SELECT code, kind, last_seen_at IS NULL AS silent FROM sensor ORDER BY code")
    assert got == [{"code": "S1", "kind": "gas", "silent": False}, {"code": "S2", "kind": "smoke", "silent": True}]


def test_officers_have_a_duty_for_the_region_place_or_zone_they_name(places: Import, city: Engine) -> None:
    zone = {"type": "Polygon", "coordinates": [[[120.31, 36.01], [120.33, 36.01], [120.33, 36.03], [120.31, 36.01]]]}
    data = {"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"名称": "东所", "类型": "派出所"}, "geometry": zone}]}  # fmt: skip
    places(json.dumps(data).encode(), "zone", name="z.geojson")
    summary = places(
        "姓名,电话,角色,所属街道,网格,单位名称,片区\n"
        "张三,1,网格员,香港中路街道,第一网格,,\n李四,2,分管领导,镇江路街道,,,\n王五,3,责任民警,,,独一家,\n赵六,4,民警,,,,东所\n"
        "张三,1,安全员,,,连锁饺子,\n孙七,5,,镇江路街道,,,\n周八,6,网格员,火星街道,,,\n吴九,7,,,,,\n",
        "officer",
    )
    assert (summary.read, summary.accepted) == (8, 5)
    got = rows_of(
        city,
        "SELECT o.name, d.role, r.code, p.name AS place, z.name AS zone FROM duty d "
        "JOIN officer o ON o.id = officer_id "
        "LEFT JOIN region r ON r.id = d.region_id LEFT JOIN place p ON p.id = d.place_id "
        "LEFT JOIN zone z ON z.id = d.zone_id ORDER BY d.id",
    )
    assert [tuple(row.values()) for row in got] == [
        ("张三", "grid_officer", "370202001001001", None, None),
        ("李四", "leader", "370202002", None, None),
        ("王五", "police_officer", None, "独一家", None),
        ("赵六", "police_officer", None, None, "东所"),
    ]
    assert scalar(city, "SELECT count(*) FROM officer WHERE name = '吴九'") == 1


def test_incidents_without_coordinates_are_kept(places: Import, city: Engine) -> None:
    summary = places(
        "编号,发生时间,事故类型,经度,纬度,事发单位,死亡人数\n1,2026-05-01 14:30,火灾,120.32,36.05,独一家,0\n"
        "2,2026/5/2 8:05,爆炸,,,,1\n3,某天,火灾,,,,\n",
        "incident",
    )
    assert (summary.accepted, summary.rejected) == (2, 1)
    got = rows_of(city, "SELECT i.source_key, r.code, place_id IS NOT NULL AS placed, happened_at::text "
                        "FROM incident i "
                        "JOIN region r ON r.id = i.region_id ORDER BY 1")  # fmt: skip
    assert got[0]["code"] == "370202001001001"
    assert got[0]["placed"]
    assert got[0]["happened_at"].startswith("2026-05-01 06:30"), "stored in UTC, read as Beijing time"
    assert got[1]["code"] == "370200X"


def test_stations_come_with_class_and_engines(places: Import, city: Engine) -> None:
    places("消防站名称,等级,执勤车辆数,经度,纬度\n香港中路站,一级站,6,120.32,36.05\n微型站,微型,,,\n", "station")
    got: list[Any] = rows_of(
        city, "SELECT name, station_class, engines, geom IS NULL AS unmapped FROM station ORDER BY id"
    )
    assert [tuple(row.values()) for row in got] == [
        ("香港中路站", "class1", 6, False),
        ("微型站", "volunteer", None, True),
    ]


def test_population_of_points_with_an_area_gets_cells_of_that_area(places: Import, city: Engine) -> None:
    features = [
        {"type": "Feature", "properties": {"grid_id": "a", "白天人口": 120, "夜间人口": 40, "area_m2": 37708},
         "geometry": {"type": "Point", "coordinates": [120.32, 36.05]}},
        {"type": "Feature", "properties": {"grid_id": "b"},
         "geometry": {"type": "Point", "coordinates": [120.33, 36.05]}},
    ]  # fmt: skip
    data = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    summary = places(data, "population", name="p.geojson")
    assert (summary.accepted, summary.rejected) == (1, 1)
    assert scalar(city, "SELECT ST_Area(geom::geography) FROM population_cell") == pytest.approx(37708, rel=0.002)
