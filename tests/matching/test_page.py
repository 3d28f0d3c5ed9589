"""The page 疑似重复: both records, who may settle them, and what a click does to the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from sqlalchemy import Engine, text
from streamlit.testing.v1 import AppTest

from data.access import LOCAL, Viewer
from data.matching import scan
from data.matching.merge import Group, merge
from data.services import services_of, use
from data.settings import load_settings
from tests.matching.conftest import counts_agree
from ui.components import reads
from ui.navigation import SWITCH

SCRIPT = Path(__file__).parents[2] / "ui" / "main.py"
HOSTILE = "<img src=x onerror=alert(1)>锅贴店"
Open = Callable[..., AppTest]


@pytest.fixture
def open_page(
    db: Engine, db_url: str, three: dict[str, int], monkeypatch: pytest.MonkeyPatch, clean_environment: None
) -> Iterator[Open]:
    """Open the page as a viewer, on the three lists after a search."""
    with db.begin() as connection:
        connection.execute(text("INSERT INTO city (name, is_demo) VALUES ('测试市', false)"))
        for name, source in ((HOSTILE, "supplier"), (HOSTILE + "（总店）", "market")):
            connection.execute(text("UPDATE place SET name = :n WHERE source = :s"), {"n": name, "s": source})
    scan.run(db)
    services = services_of(db_url, load_settings(database_url=db_url))
    use(services)
    st.cache_data.clear()

    def opened(viewer: Viewer = LOCAL, **state: str) -> AppTest:
        monkeypatch.setattr(reads, "viewer", lambda: viewer)
        app = AppTest.from_file(str(SCRIPT), default_timeout=60)
        app.run()
        app.session_state[SWITCH] = ("duplicates", state)
        return app.run()

    yield opened
    use(None)
    services.engine.dispose()


def shown(app: AppTest) -> str:
    assert not app.exception, app.exception
    html = [part.value for part in app.html if "<style>" not in part.value]
    said = [part.value for part in (*app.warning, *app.info, *app.success)]
    return "\n".join([*html, *said, *[button.label for button in app.button]])


def press(app: AppTest, start: str) -> AppTest:
    return next(button for button in app.button if button.key and button.key.startswith(start)).click().run()


def one(db: Engine, query: str) -> object:
    with db.begin() as connection:
        return connection.scalar(text(query))


def test_both_records_stand_side_by_side_and_names_are_text(open_page: Open, db: Engine) -> None:
    said = shown(open_page())
    assert "&lt;img src=x onerror=alert(1)&gt;" in said
    assert "<img src=x" not in said
    for words in ("澄江路12号", "门牌相同", "13800001234", "同一处", "不是同一处", "以后再说", "在地图上看", "differs"):
        assert words in said, words


def test_same_merges_and_taking_apart_undoes_it(open_page: Open, db: Engine) -> None:
    before = one(db, "SELECT count(*) FROM place")
    app = press(open_page(), "yzt_same_")
    assert "已合并为一处" in shown(app)
    assert one(db, "SELECT count(*) FROM place") == before - 1  # type: ignore[operator]
    assert one(db, "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'risk.run'") == 1
    with db.begin() as connection:
        kept = connection.scalar(text("SELECT kept_id FROM place_merge"))
        connection.execute(text("UPDATE place SET floor_area_m2 = 7 WHERE id = :id"), {"id": kept})
    app = press(app, "yzt_apart_")
    assert "已拆开；合并后又改过的内容保留：建筑面积" in shown(app).replace("\\", "")
    assert one(db, "SELECT count(*) FROM place") == before
    with db.begin() as connection:
        counts_agree(connection)


def test_different_goes_from_the_queue_and_comes_back_when_reconsidered(open_page: Open, db: Engine) -> None:
    app = open_page()
    asked = one(db, "SELECT count(*) FROM place_pair WHERE state = 'open'")
    app = press(app, "yzt_different_")
    assert "以后不再问" in shown(app)
    assert one(db, "SELECT count(*) FROM place_pair WHERE state = 'open'") == asked - 1  # type: ignore[operator]
    app = press(app, "yzt_again_")
    assert one(db, "SELECT count(*) FROM place_pair WHERE state = 'open'") == asked


def test_later_goes_to_the_end(open_page: Open, db: Engine) -> None:
    app = open_page()
    first = next(button.key for button in app.button if button.key and button.key.startswith("yzt_same_"))
    app = press(app, "yzt_later_")
    keys = [button.key for button in app.button if button.key and button.key.startswith("yzt_same_")]
    assert keys[-1] == first
    assert "已搁置" in shown(app)


def test_somebody_was_quicker(open_page: Open, db: Engine, three: dict[str, int]) -> None:
    app = open_page()
    with db.begin() as connection:
        merge(connection, [Group(tuple(three[name] for name in ("market", "supplier", "street")))], LOCAL)
        connection.execute(text("UPDATE place_pair SET state = 'same', decided_at = now(), decided_by = '李四'"))
    said = shown(press(app, "yzt_same_"))
    assert "李四" in said
    assert "已合并为一处" not in said


def test_who_may_only_look_has_no_buttons_and_sees_no_persons(open_page: Open) -> None:
    said = shown(open_page(Viewer("规划", "planner", 1, None)))
    assert "只能查看" in said
    assert "澄江路12号" in said
    assert "13800001234" not in said
    assert "以后再说" not in said


def test_another_district_sees_nothing(open_page: Open, city: dict[str, int]) -> None:
    app = open_page(Viewer("西", "steward", 1, (city["990102"],)))
    said = shown(app)
    assert "澄江路" not in said
    assert "锅贴" not in said
    for region in ("990101", "x%'\"<b>"):
        assert "锅贴" not in shown(open_page(Viewer("西", "steward", 1, (city["990102"],)), region=region))
