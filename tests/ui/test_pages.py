"""Pages must show what the tables hold, to those who may see it, and say so when there is nothing to show."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from streamlit.testing.v1 import AppTest

from data.access import LOCAL, NOBODY, Viewer
from data.engine import make_engine
from data.gaps import GAPS
from data.services import services_of, use
from data.settings import Settings, load_settings
from tests.data.desk_city import MARK, TODAY, build
from ui.components import figures, reads
from ui.navigation import SWITCH

SCRIPT = Path(__file__).parents[2] / "ui" / "main.py"
Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def desk_city(template: str, new_database: Callable[[str], str]) -> tuple[str, dict[str, int]]:
    """Address and ids of a city that the tests of this file read and do not change."""
    url = new_database(template)
    engine = make_engine(url)
    ids = build(engine)
    engine.dispose()
    return url, ids


@contextmanager
def serving(url: str) -> Iterator[None]:
    services = services_of(url, load_settings(database_url=url))
    use(services)
    st.cache_data.clear()
    yield
    use(None)
    services.engine.dispose()


@pytest.fixture
def ids(desk_city: tuple[str, dict[str, int]], clean_environment: None) -> Iterator[dict[str, int]]:
    with serving(desk_city[0]):
        yield desk_city[1]


@pytest.fixture
def empty(db_url: str, clean_environment: None) -> Iterator[None]:
    with serving(db_url):
        yield


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page by its path, as a viewer, in a state."""

    def opened(path: str = "", viewer: Viewer = LOCAL, **state: str) -> AppTest:
        monkeypatch.setattr(reads, "viewer", lambda: viewer)
        app = AppTest.from_file(str(SCRIPT), default_timeout=60)
        if not path:
            for key, value in state.items():
                app.query_params[key] = value
            return app.run()
        app.run()
        app.session_state[SWITCH] = (path, state)
        return app.run()

    monkeypatch.setattr(Settings, "today", lambda _self: TODAY)
    return opened


def lists(app: AppTest) -> dict[str, Any]:
    """The data of every list and table on the page, by its key."""
    return {part.key: json.loads(part.proto.json) for part in app.get("bidi_component")}


def shown(app: AppTest) -> str:
    """Everything on the page that a reader sees, as one text (the style sheet left out)."""
    html = [part.value for part in app.html if "<style>" not in part.value]
    labels = [button.label for button in app.button] + [part.value for part in (*app.warning, *app.info, *app.error)]
    return "\n".join([*html, *labels, json.dumps(lists(app), ensure_ascii=False)])


@pytest.mark.parametrize("path", ["", "drill", "plan", "unmapped", "about"])
def test_every_page_draws_and_says_that_it_is_demo(open_page: Open, ids: dict[str, int], path: str) -> None:
    app = open_page(path)
    assert not app.exception
    assert "演示数据" in shown(app)
    assert "未设管理员" in shown(app)


@pytest.mark.parametrize("gap", GAPS)
def test_every_gap_draws(open_page: Open, ids: dict[str, int], gap: str) -> None:
    app = open_page("plan", gap=gap)
    assert not app.exception
    assert "依据" in shown(app)


def test_children_of_every_node_add_up_to_the_last_row(open_page: Open, ids: dict[str, int]) -> None:
    for code in ("990100", "990101", "990101002", "990101002001"):
        for layer in ("enterprise", "gas_shop"):
            table = lists(open_page("drill", region=code, layer=layer))["yzt_children"]
            rows = [row["cells"] for row in table["rows"]]
            for key in ("places", "unmapped", "red", "orange", "yellow", "blue", "unknown", "na", "hazards", "overdue"):
                assert sum(int(row[key]) for row in rows[:-1]) == int(rows[-1][key]), (code, layer, key)


def test_a_wrong_total_is_said(open_page: Open, empty: None, db: Engine) -> None:
    ids = build(db)
    assert "合计不一致" not in shown(open_page("drill"))
    with db.begin() as conn:
        conn.execute(text("UPDATE region_total SET places = places + 1 WHERE region_id = :id"), {"id": ids["990100"]})
        conn.execute(text("UPDATE layer_version SET version = version + 1"))
    assert "合计不一致：场所 本级 11，下级之和 10，明细表 10" in shown(open_page("drill"))


def test_what_is_proven_of_the_unknown_stands_beside_it(open_page: Open, ids: dict[str, int]) -> None:
    rows = lists(open_page("drill", region="990100"))["yzt_children"]["rows"]
    proven = {row["cells"]["name"]: row["notes"].get("unknown") for row in rows}
    assert proven["东区"] == proven["合计"] == "至少橙 1", "a red hidden behind a missing input"
    assert proven["西区"] is None
    assert "至少橙 1" in shown(open_page())


def test_pages_say_of_which_day_the_grades_are(open_page: Open, empty: None, db: Engine) -> None:
    build(db)
    for path in ("", "drill"):
        assert "四色尚未全部评定" in shown(open_page(path))
    runs = [(3, '{"place": 1, "gas_shop": 1, "hazchem_enterprise": 1}', True), (0, '{"gas_shop": 1}', True),
            (1, '{"place": 1, "gas_shop": 1, "hazchem_enterprise": 1}', False)]  # fmt: skip
    for age, rules, kept in runs:
        with db.begin() as conn:
            conn.execute(
                text("INSERT INTO risk_run (as_of, finished_at, rules, counts) VALUES"
                     " (:day, now(), CAST(:rules AS jsonb), jsonb_build_object('kept', CAST(:kept AS boolean)))"),
                {"day": TODAY - timedelta(days=age), "rules": rules, "kept": kept},
            )  # fmt: skip
    st.cache_data.clear()
    said = shown(open_page())
    assert f"四色评定截至 {TODAY - timedelta(days=3)}" in said, "the oldest scheme counts, and only runs that were kept"
    assert "assessed-old" in said


def test_the_address_restores_the_state(open_page: Open, ids: dict[str, int]) -> None:
    app = open_page("drill", region="990101002", layer="gas_shop")
    said = shown(app)
    assert "乙街" in said
    assert [row["title"] for row in lists(app)["yzt_worst"]["rows"]] == ["老王川菜馆", "小李面馆", "无坐标小吃"]
    assert app.segmented_control[0].value == "gas_shop"


STRANGE = (
    {"region": "999999"}, {"region": "%_'\"<b>"}, {"layer": "nothing"}, {"place": "x" * 5000}, {"first": "-1"},
    {"place": "99999999999999999999"}, {"q": "\x00%_'\\" * 2000},
)  # fmt: skip


@pytest.mark.parametrize("state", STRANGE)
def test_strange_addresses_break_nothing(open_page: Open, ids: dict[str, int], state: dict[str, str]) -> None:
    for path in ("drill", "plan", "place"):
        app = open_page(path, **state)
        assert not app.exception, (path, state)


def test_dossier_beside_the_map_and_on_its_own_page(open_page: Open, ids: dict[str, int]) -> None:
    place = str(ids["老王川菜馆"])
    for path in ("", "drill", "plan", "place"):
        said = shown(open_page(path, place=place))
        for words in ("老王川菜馆", "为什么是这个等级", "谁负责", "用气设施", "燃气探测器", "未知，不等于安全"):
            assert words in said, (path, words)


def test_a_name_made_of_html_is_text_everywhere(open_page: Open, ids: dict[str, int]) -> None:
    hostile = next(value for name, value in ids.items() if MARK in name)
    for path, state in (("drill", {"layer": "small_place"}), ("place", {"place": str(hostile)}), ("", {"q": "100%"})):
        for part in open_page(path, **state).html:
            assert "<img src=x" not in part.value
    assert "&lt;img src=x onerror" in shown(open_page("place", place=str(hostile)))


def test_a_district_user_sees_nothing_of_another(open_page: Open, ids: dict[str, int]) -> None:
    west = Viewer("西区账号", "supervisor", 1, (ids["990102"],))
    foreign = str(ids["老王川菜馆"])
    for path, state in [
        ("", {}), ("drill", {}), ("drill", {"region": "990101002"}), ("plan", {"gap": "never_inspected"}),
        ("plan", {"gap": "shop_no_sensor"}), ("place", {"place": foreign}), ("drill", {"place": foreign}),
        ("", {"q": "川菜"}), ("about", {}),
    ]:  # fmt: skip
        said = shown(open_page(path, west, **state))
        for secret in ("老王川菜馆", "红星化工", "甲街", "社区一", "李警官"):
            assert secret not in said.replace("“川菜”", ""), (path, state, secret)
    said = shown(open_page("drill", west, layer="crowded_place"))
    assert "西区旅馆" in said
    assert "西区账号（监管人员）" in said
    assert "退出登录" in said


def test_persons_only_with_the_right(open_page: Open, ids: dict[str, int]) -> None:
    place = str(ids["红星化工"])
    assert "李警官" in shown(open_page("place", place=place))
    masked = shown(open_page("place", Viewer("规划", "planner", 1, None), place=place))
    assert "李警官" not in masked
    assert "13800000000" not in masked
    assert "无权查看" in masked


def test_nobody_gets_a_door_and_nothing_else(open_page: Open, ids: dict[str, int]) -> None:
    said = shown(open_page("drill", NOBODY))
    assert "请先登录" in said
    assert "测试市" not in said


def test_an_empty_database_says_how_to_begin(open_page: Open, empty: None) -> None:
    app = open_page()
    assert not app.exception
    assert "还没有城市数据" in app.info[0].value


def test_a_database_that_is_gone_is_a_sentence(
    open_page: Open, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise OperationalError("select", {}, Exception("server closed the connection"))

    monkeypatch.setattr(reads, "city", gone)
    app = open_page()
    assert not app.exception
    assert "数据库暂时连不上" in app.error[0].value


def test_a_page_that_breaks_says_so_in_chinese(
    open_page: Open, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(figures, "strip", broken)
    app = open_page()
    assert not app.exception
    assert "这一页出错了" in app.error[0].value
    assert "secret" not in shown(app)


def test_a_place_that_is_not_there_leaves_a_way_out(open_page: Open, ids: dict[str, int]) -> None:
    app = open_page("place", place="99999999")
    assert "没有这个场所" in app.warning[0].value
    app = next(button for button in app.button if button.label == "回到总览").click().run()
    assert "最该看的" in shown(app)


def test_a_scoring_that_changed_nothing_is_not_listed_as_the_current_one(
    open_page: Open, empty: None, db: Engine
) -> None:
    build(db)
    with db.begin() as conn:
        conn.execute(text("DELETE FROM assessment"))
        conn.execute(text("DELETE FROM risk_run"))
        conn.execute(
            text("INSERT INTO risk_run (as_of, finished_at, counts) VALUES"
                 " ('2026-05-01', NULL, '{}'), ('2026-05-02', NULL, '{\"failed\"\\: \"x\"}'),"
                 " ('2026-05-03', now(), '{\"kept\"\\: false}'), ('2026-05-04', now(), '{\"kept\"\\: true}')")
        )  # fmt: skip
    said = shown(open_page("about"))
    for day, end in (("05-01", "未完成"), ("05-02", "失败"), ("05-03", "只计算、未采用"), ("05-04", "已采用")):
        assert end in said.split(f"截至 2026-{day} 的评定")[1].split("的评定")[0], day


def test_search_finds_and_offers_the_way(open_page: Open, ids: dict[str, int]) -> None:
    found = lists(open_page("", q="乙街"))
    assert found["yzt_found_regions"]["rows"][0]["title"] == "乙街"
    assert lists(open_page("", q="川菜"))["yzt_found_places"]["rows"][0]["title"] == "老王川菜馆"
    assert "没有找到" in shown(open_page("", q="没有这样的名字"))
