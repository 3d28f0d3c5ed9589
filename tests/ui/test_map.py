"""Harm in the browser: a map that calls out, a name that runs, a place that cannot be clicked, a map made anew."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from data import services
from data.access import recent
from data.engine import make_engine
from data.settings import load_settings
from layers import serve
from tests.conftest import ROOT, free_port, program_environment, wait_for
from tests.layers import tile_city
from tests.ui.waiting import poll, until
from ui.components.map_page import standalone_html
from ui.middleware import OWN_PAGE_POLICY

pytestmark = pytest.mark.browser
IDLE = "() => window.view && view.state().idle"
ALONE = "source_key = '100'"
LISTEN = "() => { window.got = []; view.options.onEvent = (event) => window.got.push(event); }"
DESK = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def map_city(template: str, new_database: Callable[[str], str]) -> str:
    """Address of a database with the tile city of tests/layers."""
    url = new_database(template)
    engine = make_engine(url)
    tile_city.build(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="module")
def address(map_city: str) -> Iterator[str]:
    """A server of the map's own routes, and of the map on a plain page under the strict policy."""

    async def page(request: Request) -> HTMLResponse:
        options = json.loads(request.query_params.get("o", "{}"))
        return HTMLResponse(standalone_html(options), headers={"content-security-policy": OWN_PAGE_POLICY})

    @asynccontextmanager
    async def lifespan(app: Starlette) -> Any:
        opened = services.services_of(map_city, load_settings(database_url=map_city))
        services.use(opened)
        recent.forget()
        await opened.pool.open()
        yield
        services.use(None)
        await opened.pool.close()
        opened.engine.dispose()

    port = free_port()
    app = Starlette(routes=[*serve.routes(), Route("/map", page)], lifespan=lifespan)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


class Shown:
    """A page with the map, what it asked for and what went wrong in it."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.asked: list[str] = []
        self.wrong: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda m: self.wrong.append(m.text) if "Content Security Policy" in m.text else None)

    def open(self, address: str, **options: Any) -> "Shown":
        """Open the plain page and wait until everything is drawn."""
        self.page.goto(f"{address}/map?o={quote(json.dumps(options))}")
        until(self.page, IDLE)
        return self

    def js(self, code: str, *given: Any) -> Any:
        """Run JavaScript in the page."""
        return self.page.evaluate(code, *given)

    def go(self, lon: float, lat: float, zoom: float) -> None:
        """Look at a spot; zoom as Leaflet counts (tiles are one less)."""
        self.js("([lon, lat, zoom]) => view.centre(lon, lat, zoom)", [lon, lat, zoom])
        until(self.page, IDLE)

    def pixel(self, lon: float, lat: float) -> tuple[float, float]:
        """Return where a spot is in the window."""
        x, y = self.js("([lon, lat]) => { const p = view.map.latLngToContainerPoint([lat, lon]); return [p.x, p.y] }",
                       [lon, lat])  # fmt: skip
        return x, y

    def foreign(self, address: str) -> list[str]:
        """Return what was asked of any other host."""
        return [url for url in self.asked if not url.startswith((address, "data:", "blob:"))]


@contextmanager
def shown(browser: Any, size: dict[str, int]) -> Iterator[Shown]:
    context = browser.new_context(viewport=size)
    context.set_default_timeout(120_000)  # software WebGL on a busy machine
    try:
        yield Shown(context.new_page())
    finally:
        context.close()


@pytest.fixture
def desk(chromium: Any) -> Iterator[Shown]:
    with shown(chromium, DESK) as page:
        yield page


def spot_of(url: str, where: str, **values: Any) -> tuple[int, float, float]:
    engine = make_engine(url)
    with engine.connect() as conn:
        row = conn.execute(sa.text(f"SELECT id, ST_X(geom), ST_Y(geom) FROM place WHERE {where}"), values).one()
    engine.dispose()
    return row[0], row[1], row[2]


def test_the_map_draws_says_its_scheme_and_calls_nobody(desk: Shown, address: str) -> None:
    desk.open(address)
    assert desk.foreign(address) == []
    assert desk.wrong == []
    legend = desk.page.locator(".yzt-box", has_text="图例").inner_text()
    for words in ("四色等级", "重大风险", "较大风险", "一般风险", "低风险", "未知", "至少橙", "不适用"):
        assert words in legend
    assert desk.page.locator(".yzt-badge").inner_text() == "演示数据"
    assert desk.page.locator(".yzt-credit").inner_text() == "<b>出处</b>"
    assert "WGS-84" in desk.page.locator(".yzt-coordinates").inner_text()
    assert desk.page.locator(".leaflet-control-scale-line").inner_text()
    drawn = desk.js("() => new Set(view.gl().queryRenderedFeatures().map((f) => f.layer.metadata.yzt)).size")
    assert drawn >= 3


def test_the_switch_shows_and_hides_a_layer(desk: Shown, address: str) -> None:
    desk.open(address, bounds=[120.0, 36.0, 120.4, 36.1])
    count = "(id) => view.gl().queryRenderedFeatures().filter((f) => f.source === id).length"
    assert desk.js(count, "gas_shop") == 0
    desk.page.locator('input[data-layer="gas_shop"]').check()
    until(desk.page, "() => view.gl().queryRenderedFeatures().some((f) => f.source === 'gas_shop')")
    desk.page.locator('input[data-layer="gas_shop"]').uncheck()
    until(desk.page, "() => !view.gl().queryRenderedFeatures().some((f) => f.source === 'gas_shop')")


def test_a_hostile_name_is_text_in_the_tip(desk: Shown, address: str, map_city: str) -> None:
    _, lon, lat = spot_of(map_city, "name = :name", name=tile_city.HOSTILE)
    desk.open(address, bounds=[lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001], panel=False, legend=False)
    desk.go(lon, lat, 18)
    x, y = desk.pixel(lon, lat)
    desk.page.mouse.move(x, y)
    desk.page.mouse.move(x + 1, y)
    tip = desk.page.locator(".yzt-tip")
    tip.wait_for(state="visible")
    assert tile_city.HOSTILE in tip.inner_text()
    assert desk.page.locator(".yzt-tip img").count() == 0
    assert desk.js("() => window.owned") is None


def test_a_click_on_a_place_is_its_event_and_on_a_pile_a_choice(desk: Shown, address: str, map_city: str) -> None:
    lon, lat = tile_city.STACKED
    desk.open(address, bounds=[lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001], panel=False, legend=False)
    desk.go(lon, lat, 18)
    desk.js(LISTEN)
    desk.page.mouse.click(*desk.pixel(lon, lat))
    rows = desk.page.locator(".yzt-tip.yzt-list .yzt-said")
    rows.first.wait_for(state="visible")
    assert rows.count() >= 40
    wanted = rows.nth(3).locator("b").inner_text()
    rows.nth(3).click()
    until(desk.page, "() => window.got.length === 1")
    event = desk.js("() => window.got[0]")
    assert event["kind"] == "place"
    assert spot_of(map_city, "id = :id AND name = :name", id=event["id"], name=wanted)[0] == event["id"]


def test_a_click_on_a_sum_goes_closer_and_on_empty_ground_opens_the_region(desk: Shown, address: str) -> None:
    desk.open(address, bounds=[120.0, 36.0, 120.4, 36.1], panel=False, legend=False)
    desk.js(LISTEN)
    before = desk.js("() => view.state().zoom")
    lon, lat = desk.js(
        """() => {
            const sums = view.gl().queryRenderedFeatures().filter((f) => f.properties.n > 50);
            return sums.sort((a, b) => b.properties.n - a.properties.n)[0].geometry.coordinates;
        }"""
    )
    desk.page.mouse.click(*desk.pixel(lon, lat))
    until(desk.page, "(before) => view.state().zoom > before", before)
    assert desk.js("() => window.got") == []
    desk.js("() => view.setVisible(['district', 'street'])")
    until(desk.page, IDLE)
    desk.page.mouse.click(400, 300)
    until(desk.page, "() => window.got.length === 1")
    assert desk.js("() => window.got[0].kind") == "region"
    assert desk.js("() => window.got[0].layer") == "street"


def test_new_addresses_are_fetched_without_emptying_the_map(desk: Shown, address: str) -> None:
    desk.open(address, bounds=[120.0, 36.0, 120.4, 36.1])
    had = desk.js("() => view.gl().queryRenderedFeatures().filter((f) => f.source === 'enterprise').length")
    desk.asked.clear()
    desk.js(
        """() => {
            const layers = view.gl().getStyle().layers.map((l) => l.id).filter((id) => id.startsWith('enterprise:'));
            window.least = Infinity;
            view.gl().on('render', () => {
                window.least = Math.min(window.least, view.gl().queryRenderedFeatures({ layers }).length);
            });
            view.setVersions({ enterprise: '/tiles/enterprise/7/{z}/{x}/{y}.mvt' });
        }"""
    )
    until(desk.page, IDLE)
    seen = desk.js("() => window.least")
    assert any("/tiles/enterprise/7/" in url for url in desk.asked)
    assert not any("/tiles/road/" in url for url in desk.asked)
    assert seen >= had > 0


def test_a_tile_that_was_refused_is_asked_for_again(desk: Shown, address: str) -> None:
    refused: list[str] = []

    def busy_at_first(route: Any) -> None:
        if route.request.url in refused:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.fulfill(status=503)

    desk.page.route("**/tiles/enterprise/**", busy_at_first)
    desk.open(address, bounds=[120.0, 36.0, 120.4, 36.1])
    assert refused
    until(desk.page, "() => view.gl().queryRenderedFeatures().some((f) => f.source === 'enterprise')")


def test_a_lost_graphics_context_is_said_and_mended(desk: Shown, address: str) -> None:
    desk.open(address, bounds=[120.0, 36.0, 120.4, 36.1])
    desk.js("() => { const gl = view.gl().painter.context.gl; gl.getExtension('WEBGL_lose_context').loseContext(); }")
    desk.page.locator(".yzt-notice", has_text="恢复").wait_for(state="visible")
    until(desk.page, "() => view.state().idle && document.querySelector('.yzt-notice').hidden")
    assert desk.js("() => view.gl().queryRenderedFeatures().filter((f) => f.source === 'enterprise').length") > 0


def test_what_was_fitted_fits_again_when_the_frame_grows_until_somebody_moves_the_map(
    desk: Shown, address: str
) -> None:
    desk.page.set_viewport_size({"width": 600, "height": 340})
    desk.open(address)
    small = desk.js("() => view.state().zoom")
    desk.page.set_viewport_size(DESK)
    grown = "(small) => view.state().idle && view.state().zoom > small + 1"
    until(desk.page, grown, small)
    west, _, east, _ = desk.js("() => view.state().bounds")
    assert west < 120.0
    assert east > 120.4
    desk.page.mouse.move(600, 600)
    desk.page.mouse.down()
    desk.page.mouse.move(400, 600, steps=4)
    desk.page.mouse.up()
    until(desk.page, IDLE)
    moved = desk.js("() => view.state().zoom")
    desk.page.set_viewport_size({"width": 900, "height": 500})
    until(desk.page, "() => view.state().idle && view.map.getSize().x === 900")
    assert desk.js("() => view.state().zoom") == moved


@pytest.mark.parametrize(
    ("size", "open_boxes", "scale"),
    [((1920, 1080), 2, 1.0), ((3840, 2160), 2, 2.0), ((390, 844), 0, 1.0)],
    ids=["desk", "wall", "phone"],
)
def test_the_map_fills_every_screen(
    chromium: Any, address: str, size: tuple[int, int], open_boxes: int, scale: float
) -> None:
    with shown(chromium, {"width": size[0], "height": size[1]}) as page:
        page.open(address, visible=["city", "district"])
        box = page.page.locator("#map_div").bounding_box()
        assert (box["width"], box["height"]) == size
        assert page.js("() => document.documentElement.scrollWidth <= window.innerWidth")
        assert page.page.locator(".yzt-body:visible").count() == open_boxes
        assert page.js("() => view.state().scale") == scale


APP = """
from contextlib import asynccontextmanager
from streamlit.starlette import App
import data.services as services
from data.settings import load_settings
from layers.serve import routes
from ui.middleware import middleware

@asynccontextmanager
async def lifespan(app):
    async with services.serving(load_settings()):
        yield {{}}

app = App({page!r}, lifespan=lifespan, middleware=middleware(routes()))
"""
PAGE = """
import streamlit as st
from ui.components.map import MapView, Selected, city_map

st.set_page_config(layout="wide")
state = st.session_state
state.setdefault("events", [])
where = {there!r} if st.button("there") else None
view = MapView(visible=("enterprise",), bounds=where or state.get("where"), selected=state.get("selected"),
               theme="dark" if st.toggle("dark") else "light")
state.where = view.bounds
event = city_map(view, "map")
if event:
    state.events.append(event)
    state.selected = Selected(event.kind, event.id, event.lon, event.lat)
st.text("events " + repr([(e.kind, e.id) for e in state.events]))
"""


@pytest.fixture
def streamlit_map(map_city: str, tmp_path: Path) -> Iterator[str]:
    """The map on a Streamlit page, behind the same door as the product."""
    _, lon, lat = spot_of(map_city, ALONE)
    there = (lon - 0.002, lat - 0.001, lon + 0.002, lat + 0.001)
    (tmp_path / "page.py").write_text(PAGE.format(there=there), encoding="utf-8")
    (tmp_path / "map_app.py").write_text(APP.format(page=str(tmp_path / "page.py")), encoding="utf-8")
    port = free_port()
    environment = program_environment(map_city, tmp_path / "state") | {"PYTHONPATH": f"{ROOT}:{tmp_path}"}
    command = [sys.executable, "-m", "uvicorn", "map_app:app", "--port", str(port), "--log-level", "warning"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _frame(page: Any) -> Any:
    """Return the frame of the map once it is drawn."""
    idle = "() => Boolean(window.YZT && YZT.view && YZT.view() && YZT.view().state().idle)"

    def drawn() -> Any:
        found = (frame for frame in page.frames if "streamlit_folium" in frame.url)
        return next((frame for frame in found if frame.evaluate(idle)), None)

    return poll(page, drawn, "the map on the page")


def test_on_a_streamlit_page_the_map_stays_and_a_click_comes_back_once(
    desk: Shown, streamlit_map: str, map_city: str
) -> None:
    page = desk.page
    page.goto(streamlit_map)
    page.wait_for_selector('iframe[title="streamlit_folium.st_folium"]')
    frame = _frame(page)
    frame.evaluate("() => { window.mark = 1; }")
    page.get_by_role("button", name="there").click()
    until(frame, "() => YZT.view().state().zoom > 12 && YZT.view().state().idle")
    place, lon, lat = spot_of(map_city, ALONE)
    where = "(at) => { const p = YZT.view().map.latLngToContainerPoint(at); return [p.x, p.y]; }"
    x, y = frame.evaluate(where, [lat, lon])
    box = page.locator('iframe[title="streamlit_folium.st_folium"]').bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + y)
    page.get_by_text(f"events [('place', {place})]").wait_for()
    page.get_by_text("dark").click()
    until(frame, "() => YZT.view().state().theme === 'dark' && YZT.view().state().idle")
    assert page.get_by_text("events [(").inner_text() == f"events [('place', {place})]"
    assert frame.evaluate("() => window.mark") == 1
    assert frame.evaluate("() => YZT.view().state().selected.kind") == "place"
    assert desk.foreign(streamlit_map) == []
    assert box["height"] > DESK["height"] - 200
