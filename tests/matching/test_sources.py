"""A later file of a sender must find the merged place, not make it anew, and never rub out what another knows."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, text

from data.access import LOCAL
from data.imports import ImportOptions, Summary, run_import
from data.matching import queue, scan
from tests.matching.conftest import counts_agree

MARKET = (
    "编号,单位名称,地址,经度,纬度,联系电话,建筑面积\n"
    "M1,海风锅贴店,澄江路12号,120.05,36.05,,80\n"
    "M2,金沙旅馆,汇江路3号,120.06,36.05,,60\n"
)
SUPPLIER = (
    "编号,单位名称,地址,经度,纬度,联系电话,建筑面积,供气方式,软管长度(m),独立瓶组间\n"
    "S1,海风锅贴店,澄江路12号,120.0501,36.05,13800001234,95,瓶装,1.2,有\n"
)


def load(db: Engine, content: str, source: str, kind: str = "shop") -> Summary:
    options = ImportOptions(datum="wgs84", source=source, file_name=f"{source}.csv", today=date(2026, 11, 22))
    done = run_import(db, content.encode(), kind, options)
    assert done.error is None, done.error
    assert done.rejected == 0, done.reasons
    return done


def places(db: Engine) -> list[tuple[object, ...]]:
    with db.begin() as connection:
        counts_agree(connection)
        query = "SELECT name, contact_phone, floor_area_m2, employees FROM place ORDER BY name = '金沙旅馆', id"
        return [tuple(row) for row in connection.execute(text(query))]


@pytest.fixture
def merged(db: Engine, city: dict[str, int]) -> int:
    """The restaurant of two senders, merged; the number of the merge."""
    load(db, MARKET, "market", "venue")
    load(db, SUPPLIER, "supplier")
    done = scan.run(db, apply=True)
    assert done.merged == 1
    return done.merges[0]


def test_the_same_files_again_change_nothing(db: Engine, merged: int) -> None:
    before = places(db)
    assert before == [("海风锅贴店", "13800001234", 95.0, None), ("金沙旅馆", None, 60.0, None)]
    for content, source, kind in ((MARKET, "market", "venue"), (SUPPLIER, "supplier", "shop")):
        done = load(db, content, source, kind)
        assert (done.inserted, done.updated) == (0, 0)
    assert places(db) == before
    with db.begin() as connection:
        assert set(connection.scalar(text("SELECT kinds FROM place ORDER BY name = '金沙旅馆' LIMIT 1"))) == {
            "small_place",
            "gas_shop",
        }


def test_each_sender_changes_what_it_told_and_nothing_else(db: Engine, merged: int) -> None:
    done = load(db, MARKET.replace(",,80", ",,70"), "market", "venue")
    assert (done.inserted, done.updated, done.unchanged) == (0, 1, 1)
    assert any("已合并的场所" in note for note in done.notes)
    assert places(db)[0] == ("海风锅贴店", "13800001234", 95.0, None), (
        "the larger area makes the grade worse: it stands"
    )
    load(db, SUPPLIER.replace("13800001234,95", ",60"), "supplier")
    assert places(db)[0] == ("海风锅贴店", None, 70.0, None), "the sender took its own number back"
    with db.begin() as connection:
        said = connection.scalar(text("SELECT conflicts FROM place_merge"))
    area = next(one for one in said if one["column"] == "floor_area_m2")
    assert [told["value"] for told in area["told"]] == [60, 70]


def test_what_a_sheet_leaves_empty_keeps_what_another_sender_knows_of_the_gas(db: Engine, merged: int) -> None:
    sheet = "单位名称,地址,供气方式,软管长度(m),独立瓶组间,熄火保护\n海风锅贴店,澄江路12号,瓶装,,,无\n"
    load(db, sheet, "fire", "gas")
    with db.begin() as connection:
        row = connection.execute(text("SELECT hose_m, has_room, flame_failure_device FROM gas_installation")).one()
    assert row == (1.2, True, False)


def test_a_row_that_names_an_absorbed_record_finds_the_place(db: Engine, merged: int) -> None:
    sheet = "单位编号,单位名称,检查日期,检查结果\nS1,海风锅贴店,2026-05-01,未发现隐患\n"
    load(db, sheet, "street", "inspection")
    with db.begin() as connection:
        found = connection.execute(text("SELECT p.name FROM inspection i JOIN place p ON p.id = i.place_id")).scalars()
        assert list(found) == ["海风锅贴店"]


def test_taken_apart_each_place_is_what_its_sender_told_last(db: Engine, merged: int) -> None:
    load(db, SUPPLIER.replace("13800001234,95", "13900001111,60"), "supplier")
    queue.take_apart(db, LOCAL, merged)
    assert places(db) == [
        ("海风锅贴店", None, 80.0, None), ("海风锅贴店", "13900001111", 60.0, None), ("金沙旅馆", None, 60.0, None),
    ]  # fmt: skip
    done = load(db, SUPPLIER, "supplier")
    assert (done.inserted, done.updated) == (0, 1)
    assert places(db)[1] == ("海风锅贴店", "13800001234", 95.0, None)
