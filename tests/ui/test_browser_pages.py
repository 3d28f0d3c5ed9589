"""The desk pages as a user has them: in a browser, by clicks, with the back button, and no other host asked."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import expect

from data.engine import make_engine
from tests.conftest import LiveApp, running_app
from tests.layers import tile_city
from tests.ui.waiting import poll, until

pytestmark = pytest.mark.browser

ROWS_JS = Path(__file__).parents[2] / "ui" / "assets" / "rows.js"
MAP = 'iframe[title="streamlit_folium.st_folium"]'
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
    context = chromium.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", base_url=live_app.url, reduced_motion="reduce"
    )  # a flight over the map is drawn in software, frame by frame
    context.set_default_timeout(SLOW_MS)
    page = context.new_page()
    foreign: list[str] = []
    errors: list[str] = []
    ours = (live_app.url, live_app.url.replace("http", "ws", 1), "data:", "blob:", "about:")
    context.on("request", lambda sent: foreign.append(sent.url) if not sent.url.startswith(ours) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        yield page
        assert foreign == []
        assert errors == []
    finally:
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


def city_frame(page: Any, ready: str = "true") -> Any:
    """The frame of the map, once everything in it is drawn and `ready` holds of `state`."""
    holds = f"(() => {{ const state = window.YZT?.view?.()?.state(); return state?.idle && ({ready}); }})()"

    def drawn() -> Any:
        return next((f for f in page.frames if "streamlit_folium" in f.url and f.evaluate(holds)), None)

    return poll(page, drawn, f"a map that is drawn and {ready}")


def click_map(page: Any, frame: Any, lon: float, lat: float) -> None:
    x, y = frame.evaluate(f"Object.values(YZT.view().map.latLngToContainerPoint([{lat}, {lon}]))")
    page.frame_locator(MAP).locator("body").click(position={"x": x, "y": y})


DRAWN = "YZT.view().gl().queryRenderedFeatures().filter((f) => f.source === 'gas_shop')"


def lonely_shop(live_app: LiveApp) -> Any:
    """A gas-using shop with nobody near: id, name, longitude, latitude."""
    return ask(
        live_app,
        "SELECT p.id, p.name, ST_X(p.geom), ST_Y(p.geom) FROM place p JOIN drawn_place d ON d.place_id = p.id"
        " WHERE d.layer = 'gas_shop' AND p.geom IS NOT NULL"
        " ORDER BY (SELECT min(ST_Distance(o.geom, p.geom)) FROM place o WHERE o.id <> p.id) DESC LIMIT 1",
    )


def test_the_city_is_drawn_and_a_click_on_a_shop_opens_its_dossier(page: Any, live_app: LiveApp) -> None:
    place, name, lon, lat = lonely_shop(live_app)
    page.goto("/?layer=gas_shop")
    frame = city_frame(page)
    shown = frame.evaluate(f"{DRAWN}.reduce((sum, f) => sum + (f.properties.n || 1), 0)")
    assert shown > 100, "the shops are on the map, one by one or as sums"
    assert frame.evaluate("YZT.view().map.getContainer().clientHeight") > 0.6 * page.viewport_size["height"]
    frame.evaluate(f"YZT.view().centre({lon}, {lat}, 17)")
    frame = city_frame(page, "state.zoom === 16")
    assert place in frame.evaluate(f"{DRAWN}.map((f) => f.id)")
    click_map(page, frame, lon, lat)
    expect(page.locator(".d-head .name")).to_have_text(name, timeout=SLOW_MS)
    until(page, f"location.search.includes('place={place}')")
    assert frame.evaluate("YZT.view().state().zoom") == 16, "the map stays where the hand is"


def test_the_address_of_a_place_goes_to_it_and_shows_its_layer(desk: Any, live_app: LiveApp) -> None:
    place, _, lon, lat = lonely_shop(live_app)
    desk.goto(f"/?place={place}")
    frame = city_frame(desk, "state.zoom > 13")
    west, south, east, north = frame.evaluate("YZT.view().state().bounds")
    assert west < lon < east
    assert south < lat < north
    assert place in frame.evaluate(f"{DRAWN}.map((f) => f.id)")
    desk.get_by_role("button", name="关闭").click()
    city_frame(desk, "state.zoom < 13")


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


@pytest.fixture(scope="module")
def hostile_app(template: str, new_database: Callable[[str], str], enterable_tmp: Path) -> Iterator[LiveApp]:
    """The app on the city of the tile tests, one of whose places has a name made of HTML."""
    url = new_database(template)
    engine = make_engine(url)
    tile_city.build(engine)
    engine.dispose()
    with running_app(url, enterable_tmp / "hostile") as app:
        yield app


def test_a_name_made_of_html_is_text_in_dossier_list_and_search(chromium: Any, hostile_app: LiveApp) -> None:
    place, code = ask(
        hostile_app,
        "SELECT p.id, r.code FROM place p JOIN region r ON r.id = p.region_id WHERE p.name LIKE '%onerror%'",
    )
    seen = {
        f"/?place={place}": ".d-head .name",
        f"/place?place={place}": ".d-head .name",
        f"/drill?region={code}": "li.card a.name",
        "/about?q=onerror": ".st-key-yzt_found_places li.card a.name",
    }
    for page in opened(chromium, hostile_app, 1920, 1080):
        for path, where in seen.items():
            page.goto(path)
            expect(page.locator(where).filter(has_text=tile_city.HOSTILE).first).to_be_visible(timeout=SLOW_MS)
            assert page.locator('img[src="x"]').count() == 0
            assert page.evaluate("window.owned") is None


def test_on_a_phone_nothing_is_cut_off_sideways(chromium: Any, live_app: LiveApp) -> None:
    for phone in opened(chromium, live_app, 390, 844):
        for path in ("/", "/drill", "/plan", "/about"):
            phone.goto(path)
            expect(phone.locator(".who .demo")).to_be_visible(timeout=SLOW_MS)
            expect(phone.get_by_placeholder("名称、地址、统一社会信用代码或区划代码")).to_be_in_viewport(
                timeout=SLOW_MS
            )
            assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
        phone.goto("/signin")
        expect(phone.locator(".card")).to_be_visible(timeout=SLOW_MS)
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_phone_figures_keep_their_time_and_names_stand_in_a_line(chromium: Any, live_app: LiveApp) -> None:
    for phone in opened(chromium, live_app, 390, 844):
        phone.goto("/")
        expect(phone.locator(".kpi .of").last).to_contain_text("算于", timeout=SLOW_MS)
        assert phone.evaluate("[...document.querySelectorAll('.kpi .of')].every(e => e.scrollWidth <= e.clientWidth)")
        table = phone.locator("table.grades")
        expect(table).to_be_visible(timeout=SLOW_MS)
        assert table.evaluate("e => e.getBoundingClientRect().right <= innerWidth"), "the totals are cut off"
        phone.goto("/drill")
        names = phone.locator(".rows td a.name")
        expect(names.first).to_be_visible(timeout=SLOW_MS)
        assert names.first.evaluate("e => e.getClientRects().length") == 1
