"""数据体检 in a browser: from the list of checks to the points on the map and the dossier of a place."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from data.doctor import examine, save
from data.engine import make_engine
from tests.conftest import LiveApp
from tests.ui.test_browser_pages import MAP, SLOW_MS, city_frame, opened
from tests.ui.waiting import until

pytestmark = pytest.mark.browser
POINTS = "YZT.view().gl().queryRenderedFeatures().filter((f) => f.source === 'finding')"


@pytest.fixture
def desk(chromium: Any, live_app: LiveApp) -> Iterator[Any]:
    engine = make_engine(live_app.database_url)
    with engine.begin() as conn:  # what is kept is derived: the city that all tests share stays as it is
        now = datetime.now(UTC)
        save(conn, examine(conn, now.date(), now))
    engine.dispose()
    yield from opened(chromium, live_app, 1920, 1080)


def test_from_a_check_to_its_points_and_on_to_a_dossier(desk: Any) -> None:
    desk.goto("/doctor")
    row = desk.locator(".st-key-yzt_doctor_checks tr.pick", has_text="多家叠在同一个点上")
    expect(row).to_be_visible(timeout=SLOW_MS)
    found = int(row.locator("td").nth(1).inner_text().replace(",", ""))
    row.locator("a.name").click()
    until(desk, "location.search.includes('check=stacked')")
    expect(desk.locator(".st-key-yzt_side .gapcard .n")).to_have_text(f"{found:,}", timeout=SLOW_MS)
    expect(desk.locator(MAP)).to_be_visible()
    frame = city_frame(desk, "state.visible.includes('finding')")
    until(frame, f"{POINTS}.length > 0")
    total = frame.evaluate(
        f"[...new Map({POINTS}.filter((f) => f.layer.type === 'circle')"
        ".map((f) => [f.geometry.coordinates.join(), f.properties.n])).values()].reduce((a, b) => a + b, 0)"
    )
    assert total == found, "the bubbles on the map add up to the count beside it"
    card = desk.locator(".st-key-yzt_doctor_found li.card").first
    name = card.locator("a.name").inner_text()
    card.click()
    expect(desk.locator(".d-head .name")).to_have_text(name, timeout=SLOW_MS)
    desk.go_back()
    expect(desk.locator(".st-key-yzt_side .gapcard .n")).to_have_text(f"{found:,}", timeout=SLOW_MS)
