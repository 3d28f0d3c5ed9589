"""An address that proves the wrong street sends inspectors there; one that is not read hides a place in 全市未落格."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from data.address_parts import plain
from data.addresses import Gazetteer, Node
from geo.codes import ancestors, level_of
from tests.imports.conftest import Import, city, load, rows_of  # noqa: F401 - fixtures

FILE: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = FILE["cases"]
NODES = [Node(code, name, level_of(code), (*reversed(ancestors(code)), code)) for code, name in FILE["tree"]]
NAMES = Gazetteer(NODES, [(old, code) for old, code in FILE["old"]])


@pytest.mark.parametrize("case", CASES, ids=[case["text"] or "empty" for case in CASES])
def test_an_address_proves_what_it_names_and_no_more(case: dict[str, Any]) -> None:
    read = NAMES.read(case["text"])
    deepest = None if read.level < 2 and case["code"] is None else read.code
    assert deepest == case["code"]
    if "said" in case:
        assert read.said == case["said"]
    if "doubt" in case:
        assert read.doubt == case["doubt"]
    for part, words in case.get("parts", {}).items():
        assert getattr(read.parts, part) == words


WORDS = [name for _, name in FILE["tree"]] + [old for old, _ in FILE["old"]]
BITS = st.one_of(
    st.sampled_from(
        [*WORDS, "山东省", "青岛", "闽江路", "12号", "3号楼", "101", "（", ")", "市", "区", "街道", "村", " "]
    ),
    st.text(max_size=5),
)


@given(st.lists(BITS, max_size=12).map("".join))
def test_no_text_crashes_and_no_region_is_proved_whose_name_is_not_in_it(text: str) -> None:
    read = NAMES.read(text)
    words = plain(text)
    assert read.plain == words
    for part in vars(read.parts).values():
        assert part in words
    if read.code is None:
        return
    assert read.said
    assert read.said in words
    assert read.code in NAMES.spellings.get(read.said, ("370200",))
    for said in read.regions:
        assert said in words


@given(st.sampled_from([node for node in NODES if node.level > 1]), st.booleans(), st.booleans())
def test_a_whole_address_of_every_region_proves_it(node: Node, province: bool, road: bool) -> None:
    named = [n for n in NODES if n.code in node.path]
    text = ("山东省" if province else "") + "".join(n.name for n in named) + ("闽江路12号" if road else "")
    assert NAMES.read(text).code == node.code


def test_the_same_name_twice_is_settled_only_by_the_parents_named() -> None:
    twice = [name for name, codes in NAMES.spellings.items() if len(codes) > 1]
    assert {"南京路社区", "张家庄村"} <= set(twice)
    for name in twice:
        assert NAMES.read(name).code is None


def test_a_row_without_point_and_region_hangs_where_its_address_says(load: Import, city: Engine) -> None:  # noqa: F811
    summary = load(
        "单位名称,地址,经度,纬度,所属街道\n"
        "甲,市南区香港中路街道云霄路社区东路1号,,,\n"
        "乙,示例市镇江路街道办事处西路2号,,,\n"
        "丙,市北区北路3号,,,\n"
        "有点,市北区北路4号,120.32,36.05,\n"
        "有街道,市北区北路5号,,,镇江路街道\n"
        "街道写错,市北区北路6号,,,火星街道\n"
        "矛盾,市北区镇江路街道7号,,,\n"
        "外地,济南市历下区8号,,,\n"
        "路名,香港中路9号,,,\n"
    )
    got = {
        row["name"]: (row["code"], row["named_region"])
        for row in rows_of(
            city, "SELECT p.name, r.code, p.named_region FROM place p JOIN region r ON r.id = p.region_id"
        )
    }
    assert got == {
        "甲": ("370202001001X", "云霄路社区"),
        "乙": ("370202002X", "镇江路街道"),
        "丙": ("370203X", "市北区"),
        "有点": ("370202001001001", None),
        "有街道": ("370202002X", "镇江路街道"),
        "街道写错": ("370200X", "火星街道"),
        "矛盾": ("370200X", None),
        "外地": ("370200X", None),
        "路名": ("370200X", None),
    }
    assert summary.warnings["没写所属区域，也没有坐标：按地址里写的区、街道或社区落格，请核对"] == 3
    assert summary.warnings["地址里写的几个区域互相矛盾：不按地址落格"] == 1
    assert summary.warnings["地址写的是外地：不按地址落格，请核对"] == 1
    assert summary.warnings["没有可用的坐标，也没写所属街道或社区：归入全市未落格"] == 3
    assert (
        "没有坐标也没写区域的 6 行里，3 行按地址落格（到区市 1 行，到街道（镇） 1 行，到社区（村） 1 行）"
        in summary.notes
    )


@pytest.mark.shared_data
def test_every_community_of_qingdao_is_found_in_its_own_address_and_chengdu_agrees(shared_data: Path) -> None:
    import geopandas
    import pandas as pd

    folder = shared_data / "qingdao"
    nodes = {"370200": Node("370200", "青岛市", 1, ("370200",))}
    for level, layer in ((2, "district"), (3, "street")):
        for row in geopandas.read_file(folder / "regions.gpkg", layer=layer).itertuples():
            above = nodes[row.parent_code]
            nodes[row.code] = Node(row.code, row.name, level, (*above.path, row.code))
    listed = pd.read_csv(folder / "communities.csv", dtype=str)
    for row in listed.itertuples():
        if row.street_code not in nodes:
            above = nodes[row.district_code]
            nodes[row.street_code] = Node(row.street_code, row.street_name, 3, (*above.path, row.street_code))
        above = nodes[row.street_code]
        nodes[row.code] = Node(row.code, row.name, 4, (*above.path, row.code))
    names = Gazetteer(nodes.values())
    lost = [
        row.name
        for row in listed.itertuples()
        if names.read(f"青岛市{row.district_name}{row.street_name}{row.name}12号").code != row.code
    ]
    assert lost == []
    chengdu = {"锦江区": "510104", "青羊区": "510105", "金牛区": "510106", "武侯区": "510107", "成华区": "510108"}
    tree = [Node("510100", "成都市", 1, ("510100",))]
    tree += [Node(code, name, 2, ("510100", code)) for name, code in chengdu.items()]
    names = Gazetteer(tree)
    facilities = pd.read_csv(shared_data / "chengdu" / "public_facilities_gb18030.csv", encoding="gb18030", dtype=str)
    found = [names.read(address) for address in facilities["address"]]
    proved = [
        (read.code, chengdu[own]) for read, own in zip(found, facilities["district"], strict=True) if read.level == 2
    ]
    assert len(proved) > 900
    assert all(code == own for code, own in proved)
