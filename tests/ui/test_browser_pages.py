"""The desk pages as a user has them: in a browser, by clicks, with the back button, and no other host asked."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import expect

from tests.conftest import LiveApp
from tests.ui.waiting import until

pytestmark = pytest.mark.browser

ROWS_JS = Path(__file__).parents[2] / "ui" / "assets" / "rows.js"
LEVELS = ("区市", "街道（镇）", "社区（村）", "网格")
SLOW_MS = 60_000
"""Software drawing on a busy machine; a page that is broken fails as surely, only later."""


@pytest.fixture(params=[(1920, 1080), (3840, 2160)], ids=["1080p", "4k"])
def page(chromium: Any, live_app: LiveApp, request: pytest.FixtureRequest) -> Iterator[Any]:
    yield from opened(chromium, live_app, *request.param)


@pytest.fixture
def desk(chromium: Any, live_app: LiveApp) -> Iterator[Any]:
    yield from opened(chromium, live_app, 1920, 1080)


def opened(chromium: Any, live_app: LiveApp, width: int, height: int) -> Iterator[Any]:
    """A page that records foreign requests and script errors, which no test may leave behind."""
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="zh-CN", base_url=live_app.url)
    context.set_default_timeout(SLOW_MS)
    page = context.new_page()
    foreign: list[str] = []
    errors: list[str] = []
    ours = (live_app.url, live_app.url.replace("http", "ws", 1), "data:", "blob:", "about:")
    context.on("request", lambda sent: foreign.append(sent.url) if not sent.url.startswith(ours) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert foreign == []
    assert errors == []
    context.close()


def crumb(page: Any) -> Any:
    return page.locator(".st-key-yzt_crumbs .last")


def ask(live_app: LiveApp, query: str) -> Any:
    with psycopg.connect(live_app.database_url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row


def test_down_to_a_place_by_clicks_alone_and_back(page: Any, live_app: LiveApp) -> None:
    page.goto("/drill")
    for level in LEVELS:
        expect(page.locator("th").first).to_have_text(level, timeout=SLOW_MS)
        rows = page.locator("tr.pick:not(.muted)")
        name = rows.first.locator("a.name").inner_text()
        rows.first.locator("a.name").click()
        expect(crumb(page)).to_contain_text(name, timeout=SLOW_MS)
    grid = page.evaluate("location.href")
    assert re.search(r"region=\d{15}$", grid)
    place = page.locator("li.card").first
    expect(place).to_be_visible(timeout=SLOW_MS)
    title = place.locator("a.name").inner_text()
    place.click()
    expect(page.locator(".d-head .name")).to_have_text(title, timeout=SLOW_MS)
    page.go_back()
    expect(page.locator(".d-head")).to_have_count(0, timeout=SLOW_MS)
    page.locator(".st-key-yzt_crumbs button").first.click()
    expect(page.locator("tr.foot")).to_be_visible(timeout=SLOW_MS)
    total = ask(live_app, "SELECT count(*) FROM place")[0]
    expect(page.locator("tr.foot td").nth(1)).to_have_text(f"{total:,}", timeout=SLOW_MS)


def test_an_address_opens_the_same_state_in_another_browser(desk: Any, live_app: LiveApp) -> None:
    place, name, code = ask(
        live_app,
        "SELECT p.id, p.name, r.code FROM place p JOIN region r ON r.id = p.region_id"
        " JOIN gas_installation g ON g.place_id = p.id WHERE p.geom IS NOT NULL AND r.level = 5 ORDER BY p.id LIMIT 1",
    )
    desk.goto(f"/drill?region={code}&layer=gas_shop&place={place}")
    expect(desk.locator(".d-head .name")).to_have_text(name, timeout=SLOW_MS)
    for words in ("为什么是这个等级", "谁负责", "用气设施", "数据来源"):
        expect(desk.get_by_text(words, exact=True).first).to_be_visible()


def test_search_leads_to_the_dossier(desk: Any, live_app: LiveApp) -> None:
    (name,) = ask(live_app, "SELECT name FROM place WHERE kinds @> '{gas_shop}' ORDER BY id LIMIT 1")
    desk.goto("/about")
    box = desk.get_by_placeholder("名称、地址、统一社会信用代码或区划代码")
    box.fill(name)
    box.press("Enter")
    found = desk.locator(".st-key-yzt_found_places li.card")
    expect(found.first.locator("a.name")).to_have_text(name, timeout=SLOW_MS)
    found.first.click()
    expect(desk.locator(".d-head .name")).to_have_text(name, timeout=SLOW_MS)
    until(desk, "location.search.includes('place=')")


def test_a_click_on_the_map_opens_the_dossier(desk: Any, live_app: LiveApp) -> None:
    place, name, lon, lat = ask(
        live_app,
        "SELECT p.id, p.name, ST_X(p.geom), ST_Y(p.geom) FROM place p JOIN drawn_place d ON d.place_id = p.id"
        " WHERE d.layer = 'gas_shop' AND p.geom IS NOT NULL"
        " ORDER BY (SELECT min(ST_Distance(o.geom, p.geom)) FROM place o WHERE o.id <> p.id) DESC LIMIT 1",
    )
    desk.goto("/?layer=gas_shop")
    frame = desk.frame_locator('iframe[title="streamlit_folium.st_folium"]')
    expect(frame.locator("canvas").first).to_be_visible(timeout=SLOW_MS)
    inside = next(f for f in desk.frames if "streamlit_folium" in f.url)
    until(inside, "window.YZT && YZT.view && YZT.view() && YZT.view().state().idle")
    inside.evaluate(f"YZT.view().centre({lon}, {lat}, 17)")
    until(inside, "YZT.view().state().idle")
    x, y = inside.evaluate(f"Object.values(YZT.view().map.latLngToContainerPoint([{lat}, {lon}]))")
    frame.locator("body").click(position={"x": x, "y": y})
    expect(desk.locator(".d-head .name")).to_have_text(name, timeout=SLOW_MS)
    until(desk, f"location.search.includes('place={place}')")


def test_gap_pages_show_numbers_and_their_basis(desk: Any, live_app: LiveApp) -> None:
    desk.goto("/plan?gap=never_inspected")
    expect(desk.locator(".gapcard .n")).to_be_visible(timeout=SLOW_MS)
    desk.get_by_text("消防 5 分钟覆盖（估算）", exact=True).first.click()
    expect(desk.get_by_text("不是道路行驶时间")).to_be_visible(timeout=SLOW_MS)
    until(desk, "location.search.includes('station_cover')")


def test_rows_show_a_name_made_of_html_as_text(chromium: Any) -> None:
    hostile = "<img src=x onerror=\"document.title='owned'\">"
    row = {"id": "1", "title": hostile, "href": "#", "text": hostile, "sub": hostile, "tags": [{"text": hostile}],
           "grade": {"key": "red", "shape": hostile, "word": hostile}}  # fmt: skip
    line = {
        "id": "1",
        "href": "#",
        "sub": hostile,
        "tags": [{"text": hostile}],
        "cells": {"name": hostile, "n": hostile},
    }
    columns = [
        {"key": "name", "title": hostile, "kind": "name"},
        {"key": "n", "title": hostile, "kind": "count", "grade": "red"},
    ]
    page = chromium.new_page()
    page.set_content('<title>fine</title><div id="at"><div class="rows"></div></div>')
    for data in ({"mode": "cards", "rows": [row]}, {"mode": "table", "columns": columns, "rows": [line]}):
        picked = page.evaluate(
            """async ([source, data]) => {
              const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
              const { default: draw } = await import(address);
              let picked = null;
              const parentElement = document.getElementById("at");
              draw({ data, parentElement, setTriggerValue: (_, id) => { picked = id; } });
              document.querySelector("a.name").click();
              return picked;
            }""",
            [ROWS_JS.read_text(encoding="utf-8"), data],
        )
        assert picked == "1"
        assert page.locator("#at img").count() == 0
        assert hostile in page.locator("#at").inner_text()
        assert page.title() == "fine"
    page.close()


def test_on_a_phone_nothing_is_cut_off_sideways(chromium: Any, live_app: LiveApp) -> None:
    for phone in opened(chromium, live_app, 390, 844):
        for path in ("/", "/drill", "/plan", "/about"):
            phone.goto(path)
            expect(phone.locator(".who .demo")).to_be_visible(timeout=SLOW_MS)
            expect(phone.get_by_placeholder("名称、地址、统一社会信用代码或区划代码")).to_be_in_viewport(
                timeout=SLOW_MS
            )
            assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
