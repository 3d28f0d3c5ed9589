"""A place put on the wrong spot is inspected by the wrong people; one put there by two at once has two truths."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, text

from data.access import LOCAL, Viewer
from data.drill import LAYERS, read_children, read_node, read_row
from data.imports import ImportOptions, run_import
from data.imports.place import Regions
from data.imports.points import no_points
from data.imports.undo import UndoError
from data.imports.undo import undo as undo_batch
from data.placing import Checked, Refused, check, confirm, place_point, take_back, undo
from data.regions import write_regions
from data.unmapped import read_lost, read_recent, read_unmapped
from tests.data.desk_city import TODAY, build

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def ids(db: Engine) -> dict[str, int]:
    return build(db)


def seen(db: Engine, place: int) -> datetime:
    with db.connect() as conn:
        found = read_lost(conn, LOCAL, place)
    assert found is not None
    return found.updated_at


def row(db: Engine, place: int) -> dict[str, Any]:
    with db.connect() as conn:
        return dict(
            conn.execute(
                text(
                    "SELECT p.*, ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat, r.code FROM place p"
                    " JOIN region r ON r.id = region_id WHERE p.id = :id"
                ),
                {"id": place},
            )
            .mappings()
            .one()
        )


def counts(db: Engine, code: str) -> Any:
    with db.connect() as conn:
        node = read_node(conn, LOCAL, code)
        assert node is not None
        return read_row(conn, LOCAL, node, TODAY)


def steward(*regions: int) -> Viewer:
    return Viewer("东区数据员", "steward", 7, tuple(regions))


def put(db: Engine, place: int, lon: float, lat: float, viewer: Viewer = LOCAL, **more: Any) -> Checked:
    with db.begin() as conn:
        return place_point(conn, viewer, place, lon, lat, more.pop("seen", None) or seen(db, place), **more)


def test_list_and_counts_of_unmapped_are_those_of_sql_and_drill_down(db: Engine, ids: dict[str, int]) -> None:
    with db.begin() as conn:
        conn.execute(text("UPDATE place SET geom = NULL WHERE name IN ('未知·至少红', '西区旅馆', '老王川菜馆')"))
        from data import drawn

        drawn.refresh(conn)
    with db.connect() as conn:
        for code in ("990100", "990101", "990101002", "990102"):
            node = read_node(conn, LOCAL, code)
            assert node is not None
            own = read_row(conn, LOCAL, node, TODAY)
            listed = read_unmapped(conn, LOCAL, node, TODAY)
            assert own.unmapped == listed.total == len(listed.places)
            assert own.unmapped == sum(child.unmapped for child in read_children(conn, LOCAL, node, TODAY))
            for layer in LAYERS:
                in_sql = conn.scalar(
                    text(
                        "SELECT count(*) FROM drawn_place d JOIN place p ON p.id = d.place_id JOIN region r"
                        " ON r.id = p.region_id WHERE p.geom IS NULL AND d.layer = :layer AND :node = ANY (r.path)"
                    ),
                    {"layer": layer, "node": node.id},
                )
                assert own.grades[layer].unmapped == in_sql
                assert read_unmapped(conn, LOCAL, node, TODAY, layer).total == in_sql
        city = read_node(conn, LOCAL)
        assert city is not None
        names = [place.name for place in read_unmapped(conn, LOCAL, city, TODAY).places]
        assert names[0] == "未知·至少红", "unknown, but proven red: first"
        assert set(names) == {"未知·至少红", "西区旅馆", "老王川菜馆", "无坐标小吃"}
        assert [p.name for p in read_unmapped(conn, LOCAL, city, TODAY, query="无坐标").places] == ["无坐标小吃"]
        assert read_unmapped(conn, LOCAL, city, TODAY, query="%").total == 0, "a sign of LIKE stands for itself"
        west = read_node(conn, steward(ids["990102"]))
        assert west is not None
        assert [p.name for p in read_unmapped(conn, steward(ids["990102"]), west, TODAY).places] == ["西区旅馆"]


def test_a_confirmed_point_is_written_whole_and_the_counts_move(db: Engine, ids: dict[str, int]) -> None:
    place = ids["无坐标小吃"]
    before = counts(db, "990101002")
    checked = put(db, place, 120.25, 36.02, accepted=("stack",))
    after = row(db, place)
    assert (after["lon"], after["lat"], after["orig_x"], after["orig_y"]) == (120.25, 36.02, 120.25, 36.02)
    assert (after["datum"], after["datum_evidence"], after["code"]) == ("wgs84", "confirmed", "990101002001001")
    assert checked.region == "990101002001001"
    assert counts(db, "990101002").unmapped == before.unmapped - 1
    assert counts(db, "990101002").grades["gas_shop"].unmapped == before.grades["gas_shop"].unmapped - 1
    with db.connect() as conn:
        drawn_at = conn.scalar(text("SELECT region_id FROM drawn_place WHERE place_id = :id"), {"id": place})
        line = conn.execute(text("SELECT * FROM audit WHERE action = 'place_point'")).mappings().one()
    assert drawn_at == ids["990101002001001"]
    assert (line["actor"], line["subject"]) == ("本机", f"place:{place}")
    assert line["detail"]["before"]["lon"] is None
    assert line["detail"]["before"]["region"] == "990101002X"
    assert line["detail"]["after"]["lon"] == 120.25


def test_taking_back_puts_the_former_state_back_and_only_once(db: Engine, ids: dict[str, int]) -> None:
    place = ids["无坐标小吃"]
    before, counted = row(db, place), counts(db, "990100")
    put(db, place, 120.25, 36.03)
    with db.begin() as conn:
        (entry,) = read_recent(conn, LOCAL, LONG_AGO)
        assert (entry.name, entry.actor) == ("无坐标小吃", "本机")
        take_back(conn, LOCAL, entry.entry)
    assert {k: v for k, v in row(db, place).items() if k != "updated_at"} == {
        k: v for k, v in before.items() if k != "updated_at"
    }
    assert counts(db, "990100") == counted
    with db.connect() as conn:
        assert read_recent(conn, LOCAL, LONG_AGO) == ()
        assert conn.scalar(text("SELECT count(*) FROM audit WHERE action = 'place_point_undone'")) == 1
    with db.begin() as conn, pytest.raises(Refused, match="已经被撤销"):
        take_back(conn, LOCAL, entry.entry)


def test_a_point_that_was_changed_since_is_not_taken_back(db: Engine, ids: dict[str, int]) -> None:
    place = ids["无坐标小吃"]
    put(db, place, 120.25, 36.03)
    with db.begin() as conn:
        (entry,) = read_recent(conn, LOCAL, LONG_AGO)
        conn.execute(text("UPDATE place SET geom = ST_SetSRID(ST_MakePoint(120.26, 36.03), 4326) WHERE id = :id"),
                     {"id": place})  # fmt: skip
        assert read_recent(conn, LOCAL, LONG_AGO) == ()
    with db.begin() as conn, pytest.raises(Refused, match="不能再撤销"):
        take_back(conn, LOCAL, entry.entry)


def test_what_is_odd_about_a_spot_is_said_and_must_be_accepted(db: Engine, ids: dict[str, int]) -> None:
    place = ids["无坐标小吃"]
    with db.connect() as conn:
        fine = check(conn, LOCAL, place, 120.25, 36.03)
        assert (fine.refusal, fine.warnings) == ("", ())
        assert fine.region_name == "东区 · 乙街 · 社区二 · 格3"
        stacked = check(conn, LOCAL, place, 120.25, 36.020001)
        assert (stacked.warnings, stacked.near) == (("stack",), ("老王川菜馆",))
        assert check(conn, LOCAL, place, 120.05, 36.03).warnings == ("outside_named",)
        assert check(conn, LOCAL, place, 121.5, 36.0).refusal == "这个点在城市范围之外"
        for lon, lat in ((float("nan"), 36.0), (500.0, 36.0)):
            assert check(conn, LOCAL, place, lon, lat).refusal == "坐标超出范围"
    with db.begin() as conn:
        conn.execute(text("UPDATE place SET address = '东区甲街社区一香港中路6号' WHERE id = :id"), {"id": place})
    with db.connect() as conn:
        told = check(conn, LOCAL, place, 120.25, 36.03)
        assert (told.warnings, told.address_region) == (("outside_address",), "社区一")
        assert check(conn, LOCAL, place, 120.05, 36.03).warnings == ("outside_named",)
    with pytest.raises(Refused, match="核对结果刚刚有变"):
        put(db, place, 120.05, 36.03)
    assert row(db, place)["lon"] is None
    put(db, place, 120.05, 36.03, accepted=("outside_named",))
    assert row(db, place)["code"] == "990101001001001"


def test_only_who_may_change_and_only_inside_their_own_regions(db: Engine, ids: dict[str, int]) -> None:
    place = ids["无坐标小吃"]
    for role in ("leader", "supervisor", "planner", "wall"):
        with pytest.raises(Refused, match="没有此项权限"):
            put(db, place, 120.25, 36.03, Viewer("某人", role, 3, None))
    with pytest.raises(Refused, match="请先登录"):
        put(db, place, 120.25, 36.03, Viewer("未登录", "nobody"))
    with pytest.raises(Refused, match="不在您的管辖区域"):
        put(db, place, 120.35, 36.05, steward(ids["990102"]))  # the place is another's
    with pytest.raises(Refused, match="这个点不在您的管辖区域"):
        put(db, place, 120.05, 36.05, steward(ids["990101002"]), accepted=("outside_named",))  # the point is
    with pytest.raises(Refused, match="这个点不在您的管辖区域"):
        put(db, place, 120.35, 36.05, steward(ids["990101"]), accepted=("outside_named",))
    assert row(db, place)["lon"] is None
    put(db, place, 120.25, 36.03, steward(ids["990101002"]))
    with db.begin() as conn:
        (entry,) = read_recent(conn, LOCAL, LONG_AGO)
        assert read_recent(conn, steward(ids["990102"]), LONG_AGO) == ()
        with pytest.raises(Refused, match="不在您的管辖区域"):
            take_back(conn, steward(ids["990102"]), entry.entry)
        with pytest.raises(Refused, match="没有此项权限"):
            take_back(conn, Viewer("某人", "leader", 3, None), entry.entry)


def test_of_two_at_once_the_second_is_told_who_was_first(db: Engine, ids: dict[str, int]) -> None:
    place, instant = ids["无坐标小吃"], seen(db, ids["无坐标小吃"])
    said: list[str] = []
    gate = threading.Barrier(2)

    def person(viewer: Viewer, lat: float) -> None:
        gate.wait()
        try:
            with db.begin() as conn:
                place_point(conn, viewer, place, 120.25, lat, instant)
        except Refused as refused:
            said.append(str(refused))

    people = [threading.Thread(target=person, args=(Viewer(name, "steward", n, None), 36.03 + n / 100))
              for n, name in enumerate(("甲", "乙"))]  # fmt: skip
    for each in people:
        each.start()
    for each in people:
        each.join(60)
    assert len(said) == 1
    assert "确定了位置" in said[0]
    winner = {36.03: "甲", 36.04: "乙"}[row(db, place)["lat"]]
    assert winner in said[0]


def test_a_place_changed_while_somebody_looks_is_told(db: Engine, ids: dict[str, int]) -> None:
    instant = seen(db, ids["无坐标小吃"])
    with pytest.raises(Refused, match="刚刚被别人改过"):
        put(db, ids["无坐标小吃"], 120.25, 36.03, seen=instant - timedelta(seconds=1))


def test_the_leaf_of_a_click_is_the_importers(db: Engine, ids: dict[str, int]) -> None:
    place = ids["无坐标小吃"]
    more = pd.DataFrame(
        [("990101002009", "无界社区", 4, "990101002", None)],
        columns=["code", "name", "level", "parent_code", "geometry"],
    )
    with db.begin() as conn:
        write_regions(conn, more, "test")
        conn.execute(text("UPDATE region SET geom = NULL WHERE code LIKE '990101002001%'"))
        leaf = conn.scalar(text("SELECT id FROM region WHERE code = '990101002009X'"))
        conn.execute(text("UPDATE place SET region_id = :leaf WHERE id = :id"), {"leaf": leaf, "id": place})
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(120.0, 120.4, 60), rng.uniform(36.0, 36.1, 60)
    lon[:2], lat[:2] = (120.1, 120.2), (36.05, 36.05)  # shared edges
    with db.connect() as conn:
        regions = Regions.load(conn)
        points = no_points(60)
        points.lon, points.lat = lon.round(7), lat.round(7)
        due = regions.leaves(points, np.full(60, leaf))
        got = [check(conn, LOCAL, place, x, y).region_id for x, y in zip(lon, lat, strict=True)]
    assert got == due.tolist()
    assert leaf in got, "the community known by name only takes the points its street contains"


def test_without_outlines_the_place_stays_where_it_hangs_and_that_is_said(db: Engine) -> None:
    frame = pd.DataFrame(
        [("510100", "成都市", 1, None, None), ("510104", "锦江区", 2, "510100", None)],
        columns=["code", "name", "level", "parent_code", "geometry"],
    )
    with db.begin() as conn:
        write_regions(conn, frame, "test")
        place = conn.scalar(
            text(
                "INSERT INTO place (name, kinds, region_id, source, source_key)"
                " SELECT '甲', '{enterprise}', id, 't', '1'"
                " FROM region WHERE code = '510104X' RETURNING id"
            )
        )
    checked = put(db, place, 104.08, 30.65, accepted=("no_outline",))
    assert (checked.warnings, checked.region) == (("no_outline",), "510104X")


def test_confirming_and_taking_back_queue_one_scoring(db: Engine, db_url: str, ids: dict[str, int]) -> None:
    place = ids["无坐标小吃"]
    confirm(db, db_url, LOCAL, place, 120.25, 36.03, seen(db, place))
    with db.connect() as conn:
        jobs = conn.execute(text("SELECT task_name, args FROM procrastinate_jobs WHERE status = 'todo'")).all()
        (entry,) = read_recent(conn, LOCAL, LONG_AGO)
    assert [job.task_name for job in jobs] == ["risk.run"]
    assert undo(db, db_url, LOCAL, entry.entry) == "无坐标小吃"
    with pytest.raises(Refused):
        undo(db, db_url, LOCAL, entry.entry)


def test_a_later_file_leaves_a_hand_placed_point_alone_unless_it_has_coordinates(
    db: Engine, ids: dict[str, int], tmp_path: Path
) -> None:
    def load(content: str) -> Any:
        path = tmp_path / "表.csv"
        path.write_text(content, encoding="utf-8")
        return run_import(db, path, "enterprise", ImportOptions(today=TODAY))

    load("企业编号,单位名称,所属街道,从业人数\nA1,海鲜加工,乙街,3\nA2,冷库,乙街,4\n")
    with db.connect() as conn:
        found = dict(conn.execute(text("SELECT source_key, id FROM place WHERE source = 'enterprise'")).all())
    first, second = found["A1"], found["A2"]
    put(db, first, 120.25, 36.03)
    mine = row(db, first)
    without_columns = load("企业编号,单位名称,所属街道,从业人数\nA1,海鲜加工,乙街,9\n")
    with_empty_cells = load("企业编号,单位名称,所属街道,经度,纬度\nA1,海鲜加工,乙街,,\nA2,冷库,乙街,0,0\n")
    after = row(db, first)
    for name in ("lon", "lat", "code", "orig_x", "orig_y", "datum", "datum_evidence"):
        assert after[name] == mine[name], name
    assert after["employees"] == 9
    assert row(db, second)["lon"] is None
    told = "人工在地图上确定的位置被文件里的坐标替换"
    assert told not in without_columns.warnings
    assert told not in with_empty_cells.warnings
    replaced = load("企业编号,单位名称,所属街道,经度,纬度,坐标系\nA1,海鲜加工,乙街,120.26,36.03,wgs84\n")
    assert replaced.warnings[told] == 1
    assert row(db, first)["lon"] == 120.26
    again = load("企业编号,单位名称,所属街道,经度,纬度,坐标系\nA1,海鲜加工,乙街,120.26,36.03,wgs84\n")
    assert (again.unchanged, told in again.warnings) == (1, False)


def test_a_batch_is_not_undone_over_a_point_that_a_person_has_set_since(
    db: Engine, ids: dict[str, int], tmp_path: Path
) -> None:
    path = tmp_path / "表.csv"
    path.write_text("企业编号,单位名称,所属街道\nA1,海鲜加工,乙街\n", encoding="utf-8")
    batch = run_import(db, path, "enterprise", ImportOptions(today=TODAY)).batch
    assert batch is not None
    with db.connect() as conn:
        place = conn.scalar(text("SELECT id FROM place WHERE source_key = 'A1'"))
    put(db, place, 120.25, 36.03)
    with pytest.raises(UndoError, match="1 家后来由人工"):
        undo_batch(db, batch)
    with db.begin() as conn:
        take_back(conn, LOCAL, read_recent(conn, LOCAL, LONG_AGO)[0].entry)
    assert undo_batch(db, batch).removed["place"] == 1
