"""A tiny city with something of every kind, and a second one that has only the regions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from data.engine import make_engine
from data.imports import ImportOptions, run_import
from data.regions import write_regions
from tests.imports.conftest import TODAY, city, load, tiny_tree

__all__ = ["city", "load"]

PLACES = (
    "企业编号,单位名称,统一社会信用代码,地址,所属街道,经度,纬度,坐标基准,从业人数,联系人,联系电话,特殊类型,评估得分,评估日期,"
    "粉尘涉爆,规模\n"
    '001,"=HYPERLINK(""http://x"",""点"")",91370202MA00000002,+1号,香港中路街道,120.3250001,36.0512345,gcj02,12,张三,'
    "+86 138,危化品、企业,72.5,2024-03-05,是,规上\n"
    "002,@乙厂,,路2号,香港中路街道,120°22′48″,36°3′36″,,3,李四,139,加油站,,,否,\n"
    "003,丙厂,,路3号,镇江路街道,,,,,,,,,,,\n004,丁厂,,路4号,火星街道,,,,,,,,,,,\n"
    "005,戊厂,,路5号,,0,0,wgs84,0,,,,,,,\n006,己厂,,路6号,,120.45,36.15,bd09,,,,,,,,规下\n"
    "007,庚厂,,路7号,,120.123456789012345,36.1,,,,,,,,,\n"
)
OTHERS = "企业编号,单位名称,地址,特殊类型\n001,别处的甲,别路1号,企业\n"
SHOPS = (
    "商户编号,店名,地址,所属街道,社区,经度,纬度,气瓶规格,气瓶数量,软管长度,报警器,供气方式,软管安装日期\n"
    "S1,甲店,巷1号,香港中路街道,云霄路社区,120.32,36.05,15kg,2,1.5,有,瓶装,2024-01-02\n"
    "S2,乙店,巷2号,镇江路街道,江西路社区,,,50kg×1、15kg×2,,,无,瓶装,\nS3,丙店,巷3号,镇江路街道,,120.33,36.17,,,,,,\n"
)
VENUES = (
    "场所编号,场所名称,地址,场所大类,安全出口数,营业状态\nV1,影院,街1号,影院,4,营业\n"
    "V2,小吃,街2号,九小场所、用气商户,1,停业\n"
)
NUMBERED = (
    "店名,钢瓶编号,钢瓶规格,检验有效期至,气瓶位置\n丙店,A001,15kg,2027-01-01,厨房\n丙店,A002,50kg,2025-01-01,室外\n"
)
HOLDINGS = (
    "企业名称,统一社会信用代码,储存单元,化学品名称,CAS号,最大储量(kg),库存量(吨),500米范围内人数\n"
    ",91370202MA00000002,1号罐区,氨,7664-41-7,20000.1,,60\n,91370202MA00000002,,甲苯,108-88-3,,0.3,\n"
)
SENSORS = (
    "设备编号,设备类型,安装单位名称,最近上报时间,状态,最近读数\n"
    "G1,可燃气体探测器,甲店,2026-11-20 08:00:01.25+08:00,正常,3.3\nG2,烟感,乙店,,故障,\n"
)
INSPECTIONS = (
    "检查编号,单位名称,检查日期,检查类型,检查结果,检查人,检查内容,检查单位\n"
    "I1,甲店,2026-05-01,双随机,合格,王五,=1+1,应急局\nI2,丙厂,2026-05-02,,,,,\n"
)
HAZARDS = (
    "隐患编号,单位名称,隐患描述,隐患级别,整改状态,发现日期,整改期限,整改日期,复查日期,责任人\n"
    "H1,甲店,软管过长,一般,未整改,2026-05-01,2026-06-01,,,张三\nH2,甲店,无报警器,重大,已闭环,2026-05-01,,2026-05-20,2026-05-21,\n"
)
OFFICERS = (
    "姓名,电话,角色,所属街道,网格,单位名称,片区,起始日期\n张三,1,网格员,香港中路街道,第一网格,,,2024-01-01\n张三,1,安全员,,,甲店,,\n"
    "李四,2,分管领导,镇江路街道,,,,\n王五,3,,,,,,\n赵六,4,民警,,,,东所,\n"
)
STATIONS = "消防站名称,站级,消防车数,人数,地址,经度,纬度\n一号站,特勤,5,40,站路1号,120.33,36.03\n二号站,,,,站路2号,,\n"
INCIDENTS = (
    "警情编号,发生时间,类型,简要情况,死亡人数,单位名称,经度,纬度\n"
    "X1,2026-03-05 14:30,火灾,-起火,0,甲店,120.32,36.05\nX2,2026-03-06,泄漏,,,,,\n"
)


def features(*rows: tuple[dict[str, Any], dict[str, Any] | None]) -> bytes:
    """A GeoJSON of (properties, geometry)."""
    return json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": properties, "geometry": geometry} for properties, geometry in rows
    ]}).encode()  # fmt: skip


def box(west: float, south: float, size: float = 0.01) -> dict[str, Any]:
    """A square."""
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


SHORT = [[120.34, 36.02], [120.35, 36.03]]
LINE: dict[str, Any] = {
    "type": "LineString",
    "coordinates": [[120.31, 36.01], [120.3212345678901, 36.02], [120.33, 36.02]],
}
ZONES = features(
    ({"编号": "Z1", "名称": "东所", "类型": "派出所"}, box(120.31, 36.01)),
    ({"名称": "小河", "类型": "河流"}, LINE),
)
ROADS = features(
    ({"编号": "R1", "名称": "一路", "等级": "primary", "单行": "是", "限速": 60}, LINE),
    ({"编号": "R2", "等级": "tertiary"}, {"type": "MultiLineString", "coordinates": [SHORT, LINE["coordinates"]]}),
)  # fmt: skip
PEOPLE = features(
    ({"编号": "P1", "白天人口": 10.5, "夜间人口": 20}, box(120.311, 36.011)),
    ({"编号": "P2", "夜间人口": 7}, box(120.361, 36.111)),
)
FILES: list[tuple[str, str, bytes, dict[str, Any]]] = [
    ("zone", "z.geojson", ZONES, {}),
    ("road", "r.geojson", ROADS, {}),
    ("population", "p.geojson", PEOPLE, {}),
    ("enterprise", "e.csv", PLACES.encode(), {}),
    ("enterprise", "o.csv", OTHERS.encode(), {"source": "另一个局"}),
    ("shop", "s.csv", SHOPS.encode(), {"datum": "wgs84"}),
    ("venue", "v.csv", VENUES.encode(), {}),
    ("gas", "g.csv", NUMBERED.encode(), {"source": "shop"}),
    ("officer", "f.csv", OFFICERS.encode(), {}),
    ("holding", "h.csv", HOLDINGS.encode(), {}),
    ("sensor", "n.csv", SENSORS.encode(), {}),
    ("inspection", "i.csv", INSPECTIONS.encode(), {}),
    ("hazard", "d.csv", HAZARDS.encode(), {}),
    ("station", "t.csv", STATIONS.encode(), {"datum": "bd09"}),
    ("incident", "a.csv", INCIDENTS.encode(), {}),
]
ORDER = ("region", *dict.fromkeys(kind for kind, *_ in FILES))


@pytest.fixture
def filled(city: Engine, tmp_path: Path) -> Engine:
    """The tiny city with something of every kind, every row of it accepted."""
    for kind, name, content, options in FILES:
        summary = run_import(city, content, kind, ImportOptions(today=TODAY, file_name=name, **options))
        assert (summary.error, summary.rejected) == (None, 0), (kind, summary.reasons)
    return city


@pytest.fixture
def other(new_database: Callable[[str], str], template: str) -> Iterator[Engine]:
    """A second database with the tiny tree and nothing else."""
    engine = make_engine(new_database(template))
    with engine.begin() as connection:
        write_regions(connection, tiny_tree(), "test")
    yield engine
    engine.dispose()
