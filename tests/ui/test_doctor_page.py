"""数据体检 must show what the kept examination holds, inside the viewer's regions, and say when it was made."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text

from data.access import Viewer
from data.doctor import examine, save
from data.engine import make_engine
from tests.data.desk_city import MARK, NOW, TODAY, build
from tests.ui.test_pages import Open, lists, open_page, serving, shown

__all__ = ["open_page"]


def examined(engine: Engine) -> dict[str, int]:
    ids = build(engine)
    with engine.begin() as conn:
        save(conn, examine(conn, TODAY, NOW))
    return ids


@pytest.fixture(scope="module")
def doctor_city(template: str, new_database: Callable[[str], str]) -> tuple[str, dict[str, int]]:
    """Address and ids of an examined city that the tests of this file read and do not change."""
    url = new_database(template)
    engine = make_engine(url)
    ids = examined(engine)
    engine.dispose()
    return url, ids


@pytest.fixture
def ids(doctor_city: tuple[str, dict[str, int]], clean_environment: None) -> Iterator[dict[str, int]]:
    with serving(doctor_city[0]):
        yield doctor_city[1]


def test_checks_with_findings_come_first_and_the_rest_is_named(open_page: Open, ids: dict[str, int]) -> None:
    app = open_page("doctor")
    assert not app.exception
    rows = {row["id"]: row["cells"] for row in lists(app)["yzt_doctor_checks"]["rows"]}
    assert (rows["no_installation"]["n"], rows["no_point"]["n"], rows["no_point"]["share"]) == ("3", "1", "10.0%")
    assert "no_phone" not in rows
    said = shown(app)
    assert "没有联系电话" in said, "a check without findings is named all the same"
    assert "2026-05-20 12:00 体检的结果" in said
    assert "没有水面数据" in said, "what could not be judged is said, not counted as 0"


def test_a_group_narrows_the_list(open_page: Open, ids: dict[str, int]) -> None:
    rows = lists(open_page("doctor", group="device"))["yzt_doctor_checks"]["rows"]
    assert [row["id"] for row in rows] == ["sensor_silent"]


def test_a_check_says_who_mends_it_and_lists_what_it_found(open_page: Open, ids: dict[str, int]) -> None:
    app = open_page("doctor", check="no_point")
    assert not app.exception
    said = shown(app)
    for words in ("没有坐标", "害处", "该谁改", "怎么改", "没有坐标，地图上看不到", "趋势从第二个体检日起"):
        assert words in said, words
    cards = lists(app)["yzt_doctor_found"]["rows"]
    assert [(card["title"], card["href"]) for card in cards] == [("无坐标小吃", f"/place?place={ids['无坐标小吃']}")]
    assert [row["id"] for row in lists(app)["yzt_doctor_children"]["rows"]] == ["990101"]


def test_limits_stand_beside_the_check_with_their_source(open_page: Open, ids: dict[str, int]) -> None:
    said = shown(open_page("doctor", check="sensor_silent"))
    assert "24 小时" in said
    assert "coverage.yaml" in said


def test_regions_are_listed_as_regions(open_page: Open, ids: dict[str, int]) -> None:
    cards = lists(open_page("doctor", check="region_gap"))["yzt_doctor_found"]["rows"]
    assert {card["id"] for card in cards} == {"region:990101002001"}
    assert "km²" in cards[0]["text"]


def test_a_district_user_sees_nothing_of_another(open_page: Open, ids: dict[str, int]) -> None:
    west = Viewer("西区账号", "supervisor", 1, (ids["990102"],))
    elsewhere = {"check": "no_installation", "region": "990101002"}
    for state in ({}, {"check": "no_point"}, {"check": "place_no_duty"}, elsewhere):
        said = shown(open_page("doctor", west, **state))
        for secret in ("老王川菜馆", "无坐标小吃", "红星化工", "甲街", "乙街"):
            assert secret not in said, (state, secret)
    assert "西区旅馆" in shown(open_page("doctor", west, check="place_no_duty"))
    assert "现在体检" not in shown(open_page("doctor", west))


def test_strange_addresses_break_nothing(open_page: Open, ids: dict[str, int]) -> None:
    for state in (
        {"check": "x' OR 1=1"}, {"check": "input:"}, {"check": "input:a.b"}, {"group": "<b>"}, {"first": "999999"},
        {"check": "no_point", "first": "5000"}, {"check": "no_point", "place": "9"}, {"region": "1"},
    ):  # fmt: skip
        assert not open_page("doctor", **state).exception, state


def test_a_name_made_of_html_is_text(open_page: Open, ids: dict[str, int]) -> None:
    app = open_page("doctor", check="no_whereabouts")  # judged, nothing found
    assert not app.exception
    app = open_page("doctor", check="no_people")
    cards = lists(app)["yzt_doctor_found"]["rows"]
    assert any(MARK in card["title"] for card in cards)
    for part in app.html:
        assert "<img src=x" not in part.value


def test_without_an_examination_the_page_says_so_and_asks_for_one(
    open_page: Open, db: Engine, db_url: str, clean_environment: None
) -> None:
    build(db)
    with serving(db_url):
        app = open_page("doctor")
        assert not app.exception
        assert "还没有做过体检" in shown(app)
        app.button(key="yzt_doctor_now").click().run()
        assert "已排队" in app.success[0].value
        with db.connect() as conn:
            jobs = conn.execute(text("SELECT task_name FROM procrastinate_jobs")).scalars().all()
        assert jobs == ["data.doctor"]
        app.button(key="yzt_doctor_now").click().run()
        assert "已有一次" in app.success[0].value


def test_days_are_drawn_and_the_week_is_compared(
    open_page: Open, db: Engine, db_url: str, clean_environment: None
) -> None:
    examined(db)
    with db.begin() as conn:
        conn.execute(text("INSERT INTO doctor_trend SELECT day - 7, check_id, region_id, source, n + 2, population,"
                          " unmapped, unknown, unknown_severe FROM doctor_trend"))  # fmt: skip
    with serving(db_url):
        rows = {row["id"]: row["cells"] for row in lists(open_page("doctor"))["yzt_doctor_checks"]["rows"]}
        assert rows["no_point"]["week"] == "-2"
        assert "data:image/svg+xml" in shown(open_page("doctor", check="no_point"))
