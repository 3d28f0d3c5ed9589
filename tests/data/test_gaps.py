"""Nobody may count as looked after because a field is empty, a door was closed or a sensor was listed once."""

from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import Connection, Engine, text

from data.access import LOCAL, Viewer
from data.drill import Node, read_node
from data.gaps import GAPS, PLACE_GAPS, definition, read_cover_gap, read_grid_gap, read_place_gap
from data.standards import Coverage, StationCover, coverage
from tests.data.desk_city import NOW, TODAY, build


@pytest.fixture
def ids(db: Engine) -> dict[str, int]:
    return build(db)


@pytest.fixture
def conn(db: Engine, ids: dict[str, int]):
    with db.connect() as connection:
        yield connection


def city(conn: Connection, viewer: Viewer = LOCAL) -> Node:
    node = read_node(conn, viewer, "990100")
    assert node is not None
    return node


def inside(conn: Connection, name: str) -> set[str]:
    gap = definition(name, TODAY, NOW)
    found = conn.execute(text(f"SELECT p.name FROM ({gap.sql}) g JOIN place p ON p.id = g.place_id"), dict(gap.values))
    return set(found.scalars())


def test_a_closed_door_a_self_check_and_a_suppliers_visit_are_no_inspection(conn: Connection) -> None:
    never = inside(conn, "never_inspected")
    assert {"小李面馆", "无坐标小吃", "海上平台"} <= never
    assert never.isdisjoint({"红星化工", "橙光机械", "老王川菜馆"})


def test_overdue_by_the_period_of_the_kind_and_never_twice(conn: Connection) -> None:
    assert inside(conn, "inspection_overdue") == {"橙光机械"}
    assert inside(conn, "inspection_overdue").isdisjoint(inside(conn, "never_inspected"))


def test_a_visit_on_the_last_day_still_counts_and_one_a_day_older_does_not(
    conn: Connection, ids: dict[str, int]
) -> None:
    for days, overdue in ((183, False), (184, True)):
        conn.execute(text("UPDATE inspection SET inspected_on = :day WHERE place_id = :id"),
                     {"day": TODAY - timedelta(days=days), "id": ids["橙光机械"]})  # fmt: skip
        assert ("橙光机械" in inside(conn, "inspection_overdue")) is overdue


def test_silent_faulty_and_missing_sensors_do_not_protect(conn: Connection) -> None:
    assert inside(conn, "shop_no_sensor") == {"小李面馆", "无坐标小吃"}
    conn.execute(text("UPDATE sensor SET fault = true"))
    assert inside(conn, "shop_no_sensor") == {"小李面馆", "无坐标小吃", "老王川菜馆"}


def test_closed_places_need_no_visit(conn: Connection, ids: dict[str, int]) -> None:
    conn.execute(text("UPDATE place SET state = 'closed' WHERE id = :id"), {"id": ids["小李面馆"]})
    for name in PLACE_GAPS:
        assert "小李面馆" not in inside(conn, name)


def test_an_officer_whose_duty_ended_looks_after_nobody(conn: Connection) -> None:
    gap = read_grid_gap(conn, LOCAL, city(conn), TODAY, NOW)
    assert {row.code for row in gap.grids} == {"990101001001002", "990101002001001"}
    assert (gap.n, gap.total, gap.people, gap.people_total) == (2, 3, 1000, 1500)
    assert gap.grids[0].code == "990101001001002"
    assert (gap.severe, gap.severe_total) == (2, 4)


def test_numbers_are_those_of_the_definition_and_unjudged_places_are_said(conn: Connection) -> None:
    for name in PLACE_GAPS:
        gap = read_place_gap(conn, LOCAL, name, city(conn), TODAY, NOW)
        assert gap.n == len(inside(conn, name)) == len(gap.places)
    overdue = read_place_gap(conn, LOCAL, "inspection_overdue", city(conn), TODAY, NOW)
    assert (overdue.judged, overdue.total) == (6, 10)
    sensors = read_place_gap(conn, LOCAL, "shop_no_sensor", city(conn), TODAY, NOW)
    assert (sensors.total, sensors.unmapped) == (3, 1)


def test_a_street_user_gets_the_gaps_of_that_street_only(conn: Connection, ids: dict[str, int]) -> None:
    street = Viewer("甲街账号", "supervisor", 1, (ids["990101001"],))
    node = city(conn, street)
    assert read_place_gap(conn, street, "shop_no_sensor", node, TODAY, NOW).total == 0
    assert {row.code for row in read_grid_gap(conn, street, node, TODAY, NOW).grids} == {"990101001001002"}
    assert read_cover_gap(conn, street, node, TODAY).severe_total == 4


def test_cover_is_an_interval_and_what_has_no_point_is_not_covered(conn: Connection) -> None:
    cover = read_cover_gap(conn, LOCAL, city(conn), TODAY)
    assert cover.people_from == "grids"
    assert cover.people_low is not None
    assert cover.people_high is not None
    assert cover.people_total == 1500
    assert cover.people_low <= cover.people_high <= 1500
    assert (cover.severe_total, cover.severe_low, cover.severe_unmapped) == (4, 2, 0)
    assert {row.name for row in cover.places} == {"橙光机械", "未知·至少红"}


def test_reach_follows_the_rule_of_the_standard(conn: Connection, ids: dict[str, int]) -> None:
    near, far = coverage().station_cover.reach_m
    assert near == pytest.approx(30 / 3.6 * 240 / 1.5)
    assert far == pytest.approx(35 / 3.6 * 240 / 1.3)
    with pytest.raises(ValidationError):
        StationCover.model_validate({"turnout_s": 0})
    broken = coverage().model_dump() | {"surprise": 1}
    with pytest.raises(ValidationError):
        Coverage.model_validate(broken)


def test_without_population_the_people_are_unknown_and_not_zero(conn: Connection) -> None:
    conn.execute(text("UPDATE region SET population_night = NULL"))
    cover = read_cover_gap(conn, LOCAL, city(conn), TODAY)
    assert (cover.people_from, cover.people_low, cover.people_total) == ("nothing", None, None)
    grids = read_grid_gap(conn, LOCAL, city(conn), TODAY, NOW)
    assert (grids.people, grids.people_total) == (None, None)


def test_every_gap_has_a_definition() -> None:
    for name in GAPS:
        assert definition(name, TODAY, NOW).values is not None
    with pytest.raises(KeyError):
        definition("nothing", TODAY, NOW)
