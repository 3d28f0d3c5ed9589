"""未上图 in a browser: choose a place, click the map, confirm; the counts move, and 撤销 puts them back."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import expect

from data.engine import make_engine
from tests.conftest import LiveApp, running_app
from tests.data import desk_city
from tests.ui.test_browser_pages import MAP, SLOW_MS, opened
from tests.ui.waiting import poll, until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def own_app(template: str, new_database: Callable[[str], str], enterable_tmp: Path) -> Iterator[LiveApp]:
    """The app on a small city that this file may change."""
    url = new_database(template)
    engine = make_engine(url)
    desk_city.build(engine)
    engine.dispose()
    with running_app(url, enterable_tmp / "unmapped") as app:
        yield app


def settled(page: Any) -> Any:
    """Return the map's frame once it has drawn what was asked for."""
    frame = poll(page, lambda: next((f for f in page.frames if "streamlit_folium" in f.url), None), "the map")
    until(frame, "window.YZT && YZT.view && YZT.view() && YZT.view().state().idle")
    return frame


def point(app: LiveApp) -> Any:
    with psycopg.connect(app.database_url) as connection:
        row = connection.execute("SELECT ST_X(geom), ST_Y(geom) FROM place WHERE name = '无坐标小吃'").fetchone()
    assert row is not None
    return row


def test_choose_click_the_map_confirm_and_take_back(chromium: Any, own_app: LiveApp) -> None:
    for page in opened(chromium, own_app, 1920, 1080):
        page.goto("/unmapped")
        total = page.locator("tr.foot td").nth(1)
        expect(total).to_have_text("1", timeout=SLOW_MS)
        page.locator(".st-key-yzt_lost li.card").first.click()
        expect(page.locator(".d-head .name")).to_have_text("无坐标小吃", timeout=SLOW_MS)
        frame = settled(page)
        until(frame, "YZT.view().map.getContainer().classList.contains('yzt-picking')")
        until(frame, "(([w, s, e, n]) => w > 120.1 && e < 120.4)(YZT.view().state().bounds)")  # at its own street
        spot = frame.evaluate(
            "(() => { const p = YZT.view().map.latLngToContainerPoint([36.03, 120.26]); return [p.x, p.y]; })()"
        )
        box = page.locator(MAP).bounding_box()
        page.mouse.click(box["x"] + spot[0], box["y"] + spot[1])
        expect(page.get_by_text("在城市范围内，落在 东区 · 乙街 · 社区二 · 格3")).to_be_visible(timeout=SLOW_MS)
        assert point(own_app)[0] is None, "nothing is written before the last word"
        until(settled(page), "YZT.view().state().selected && YZT.view().state().selected.kind === 'spot'")
        page.get_by_role("button", name="确认").click()
        expect(page.get_by_text("已上图，落在")).to_be_visible(timeout=SLOW_MS)
        expect(total).to_have_text("0", timeout=SLOW_MS)
        lon, lat = point(own_app)
        assert abs(lon - 120.26) < 0.001
        assert abs(lat - 36.03) < 0.001
        page.get_by_role("button", name="撤销").click()
        expect(total).to_have_text("1", timeout=SLOW_MS)
        assert point(own_app)[0] is None
