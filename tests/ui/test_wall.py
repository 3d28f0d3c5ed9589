"""Harm: a wall that shows old figures as new, hides an alarm, runs a name as HTML, or must be touched to recover."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
import uvicorn
from playwright.sync_api import Error
from starlette.applications import Starlette

import layers.events
import layers.serve
import ui.wall
from data import drawn, services
from data.access import LOCAL, Viewer, recent
from data.settings import load_settings
from data.wall import Kept, Wall, read_alarms, read_board, read_pulse
from ui import signin
from ui.middleware import middleware

NOW = datetime.now(UTC)
TODAY = NOW.date()
HOSTILE = "<img src=x onerror=document.title='owned'>饭店"
CITY = """
INSERT INTO city (name, is_demo, attribution) VALUES ('示例市', true, '演示');
INSERT INTO region (id, code, name, level, parent_id, is_rest, path, source, source_key, geom) VALUES
 (1, '370200', '示例市', 1, NULL, false, '{1}', 't', '1', ST_Multi(ST_MakeEnvelope(120, 36, 120.4, 36.2, 4326))),
 (2, '370202', '东区', 2, 1, false, '{1,2}', 't', '2', ST_Multi(ST_MakeEnvelope(120, 36, 120.2, 36.2, 4326))),
 (3, '370203', '西区', 2, 1, false, '{1,3}', 't', '3', ST_Multi(ST_MakeEnvelope(120.2, 36, 120.4, 36.2, 4326)));
INSERT INTO region (id, code, name, level, parent_id, is_rest, path, source, source_key) VALUES
 (4, '370202X', '未落格', 3, 2, true, '{1,2,4}', 't', '4'), (5, '370203X', '未落格', 3, 3, true, '{1,3,5}', 't', '5'),
 (6, '370200X', '未落格', 2, 1, true, '{1,6}', 't', '6');
INSERT INTO place (id, name, kinds, region_id, source, source_key, geom)
 SELECT i, '场所' || i,
        CASE WHEN i % 2 = 0 THEN '{gas_shop}' ELSE '{enterprise}' END::text[], 4 + i % 2, 't', i::text,
        CASE WHEN i > 5 THEN ST_SetSRID(ST_MakePoint(120.05 + i * 0.005, 36.1), 4326) END
 FROM generate_series(1, 60) i;
INSERT INTO risk_run (id, as_of) VALUES (1, '2026-11-22');
INSERT INTO assessment (place_id, scheme, rule_version, as_of, grade, severity, at_least, sentence, contributions,
                        run_id)
 SELECT id, CASE WHEN id % 2 = 0 THEN 'gas_shop' ELSE 'place' END, '1', '2026-11-22', 'g', s,
        CASE WHEN s = 0 THEN a ELSE s END, '一句话', '[]', 1
 FROM (SELECT id, (id / 2) % 6 - 1 AS s, CASE WHEN id % 5 = 0 THEN 3 ELSE -1 END AS a FROM place WHERE id <= 50) x;
INSERT INTO hazard (place_id, level, state, description, found_on, deadline, source, source_key)
 SELECT i, 'general', 'assigned', 'x', '2026-10-01', current_date + i - 6, 't', i::text
 FROM generate_series(1, 10) i;
INSERT INTO sensor (id, place_id, code, kind, unit, last_seen_at, source, source_key) VALUES
 (1, 2, 'A', 'gas', '%LEL', now(), 't', '1'), (2, 4, 'B', 'gas', '%LEL', now() - interval '9 days', 't', '2'),
 (3, 6, 'C', 'gas', '%LEL', NULL, 't', '3');
"""
RAISE = sa.text(
    "INSERT INTO alarm (place_id, sensor_id, level, kind, value, raised_at, source, source_key)"
    " VALUES (:place, 1, :level, 'gas', 61, now(), 't', gen_random_uuid()::text)"
)
SIZES = [(1920, 1080), (3840, 2160)]
EAST = Viewer("东", "leader", 1, (2,))


@pytest.fixture(scope="module")
def opened(template: str, new_database: Callable[[str], str]) -> Iterator[services.Services]:
    """The services of this process on one small city."""
    url = new_database(template)
    made = services.services_of(url, load_settings(database_url=url))
    with made.engine.begin() as conn:
        conn.execute(sa.text(CITY))
        conn.execute(sa.text("UPDATE place SET name = :name WHERE id = 4"), {"name": HOSTILE})
        drawn.refresh(conn)
    services.use(made)
    recent.forget()
    yield made
    services.use(None)
    made.engine.dispose()


@pytest.fixture
def db(opened: services.Services) -> sa.Engine:
    """The engine, with no alarm raised."""
    with opened.engine.begin() as conn:
        conn.execute(sa.text("DELETE FROM alarm"))
    return opened.engine


def alarm(db: sa.Engine, place: int = 8, level: int = 2) -> float:
    with db.begin() as conn:
        conn.execute(RAISE, {"place": place, "level": level})
    return time.monotonic()


def shown(db: sa.Engine, viewer: Viewer) -> dict[str, Any]:
    with db.connect() as conn:
        board = read_board(conn, viewer, TODAY, NOW)
        made = ui.wall.wall_json(read_pulse(conn, viewer), board, read_alarms(conn, viewer, board.parts_of), NOW)
    return dict(orjson.loads(orjson.dumps(made)))


def number(db: sa.Engine, query: str) -> int:
    with db.connect() as conn:
        return int(conn.scalar(sa.text(query)) or 0)


def test_every_figure_equals_the_tables_and_unknown_is_counted(db: sa.Engine) -> None:
    alarm(db, 8, 2)
    alarm(db, 9, 1)
    wall = shown(db, LOCAL)
    assert wall["figures"]["places"] == number(db, "SELECT count(*) FROM place") == 60
    assert wall["figures"]["unmapped"] == number(db, "SELECT count(*) FROM place WHERE geom IS NULL") == 5
    assert wall["figures"]["open_hazards"] == 10
    assert wall["figures"]["overdue"] == number(db, f"SELECT count(*) FROM hazard WHERE deadline < date '{TODAY}'")
    assert (wall["figures"]["sensors"], wall["figures"]["silent"]) == (3, 2)
    assert (wall["alarms"]["open"], wall["alarms"]["high"]) == (2, 1)
    for layer, kind in (("enterprise", "enterprise"), ("gas_shop", "gas_shop")):
        grades = wall["grades"][layer]
        assert sum(grades[g] for g in ("red", "orange", "yellow", "blue", "unknown", "na")) == grades["total"]
        assert grades["total"] == number(db, f"SELECT count(*) FROM place WHERE '{kind}' = ANY (kinds)")
        never = f"SELECT count(*) FROM place p WHERE '{kind}' = ANY (kinds) AND id > 50"
        assert grades["unknown"] >= number(db, never), "what was never scored is unknown"
        for grade in ("red", "orange", "unknown_severe", "unknown"):
            assert sum(part["layers"][layer][grade] for part in wall["parts"]["rows"]) == grades[grade]
    assert sum(part["alarms"] for part in wall["parts"]["rows"]) == 2
    assert wall["demo"] == "演示数据"
    worst = wall["worst"]
    assert worst == sorted(worst, key=lambda row: (-row["at_least"], -row["severity"]))


def test_the_day_of_the_grades_is_told_apart_from_newer_data(db: sa.Engine) -> None:
    """A device that reports every hour must not make week-old grades look like this hour's."""
    assert shown(db, LOCAL)["assessed_on"] is None
    rules = orjson.dumps(dict.fromkeys(("place", "gas_shop", "hazchem_enterprise"), "1")).decode()
    add = (
        "INSERT INTO risk_run (id, as_of, finished_at, rules, counts) VALUES (99, date '2026-11-20', now(),"
        " CAST(:rules AS jsonb), jsonb_build_object('kept', true))"
    )
    with db.begin() as conn:
        conn.execute(sa.text(add), {"rules": rules})
        conn.execute(sa.text("UPDATE layer_version SET changed_at = now()"))
    try:
        for viewer in (LOCAL, EAST):
            assert shown(db, viewer)["assessed_on"] == "2026-11-20"
    finally:
        with db.begin() as conn:
            conn.execute(sa.text("DELETE FROM risk_run WHERE id = 99"))


def test_a_district_sees_its_own_part_only_and_nobody_nothing(db: sa.Engine) -> None:
    alarm(db, 8)
    alarm(db, 9)
    wall = shown(db, EAST)
    assert wall["node"]["name"] == "东区"
    assert wall["figures"]["places"] == number(db, "SELECT count(*) FROM place WHERE region_id = 4")
    assert [row["place_id"] for row in wall["alarms"]["newest"]] == [8]
    assert all(row["id"] % 2 == 0 for row in wall["worst"])
    empty = shown(db, Viewer("无", "leader", 2, ()))
    assert (empty["figures"], empty["worst"], empty["alarms"]["newest"]) == (None, [], [])


def test_no_person_is_on_the_wall(db: sa.Engine) -> None:
    with db.begin() as conn:
        conn.execute(sa.text("UPDATE place SET contact_name = '孙某某', contact_phone = '13800000000'"))
        conn.execute(sa.text("UPDATE hazard SET owner = '钱某某'"))
    text = orjson.dumps(shown(db, LOCAL)).decode()
    assert "某某" not in text
    assert "138" not in text


def test_an_alarm_is_in_the_very_next_answer_and_a_board_is_shared(db: sa.Engine) -> None:
    async def ask() -> tuple[list[int], int]:
        wall = Wall(db)
        counts = [len((await wall.get(LOCAL, TODAY))[2].newest)]
        for _ in range(3):
            alarm(db)
            answers = await asyncio.gather(*(wall.get(LOCAL, TODAY) for _ in range(8)))
            assert len({id(found[1]) for found in answers}) == 1
            counts.append(len(answers[0][2].newest))
        return counts, wall.boards.made

    assert asyncio.run(ask()) == ([0, 1, 2, 3], 1)


def test_a_kept_answer_is_made_once_for_all_who_wait_and_again_when_its_source_changed() -> None:
    made: list[int] = []
    clock = [0.0]

    def make() -> int:
        time.sleep(0.02)
        made.append(1)
        return len(made)

    async def ask() -> list[Any]:
        kept: Kept[int] = Kept(least_s=3, most_s=60, clock=lambda: clock[0])
        first = await asyncio.gather(*(kept.get("all", 1, make) for _ in range(20)))
        soon = await kept.get("all", 2, make)
        other = await kept.get("2", 2, make)
        clock[0] = 4
        same, changed = await kept.get("all", 1, make), await kept.get("all", 2, make)
        clock[0] = 70
        old = await kept.get("all", 2, make)
        return [set(first), soon, other, same, changed, old]

    assert asyncio.run(ask()) == [{1}, 1, 2, 1, 3, 4]


def test_a_slow_board_holds_up_no_alarm_and_takes_a_tenth_of_the_time_at_most() -> None:
    clock = [0.0]
    made: list[float] = []

    def slow() -> int:
        clock[0] += 2
        made.append(clock[0])
        time.sleep(0.05)
        return len(made)

    async def ask() -> list[Any]:
        kept: Kept[int] = Kept(least_s=3, most_s=60, stale_s=180, clock=lambda: clock[0])
        first = await kept.get("all", 1, slow)
        clock[0] = 19
        too_soon = await kept.get("all", 2, slow)
        clock[0] = 21
        began = time.monotonic()
        at_once = await kept.get("all", 2, slow)
        waited = time.monotonic() - began
        await asyncio.sleep(0.2)
        return [first, too_soon, at_once, waited < 0.05, await kept.get("all", 2, slow), len(made)]

    assert asyncio.run(ask()) == [1, 1, 1, True, 2, 2]


class Server:
    """The wall's routes behind the door, on a port of their own; it can be stopped and started again."""

    def __init__(self, opened: services.Services) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.opened = opened
        self.url = f"http://localhost:{self.port}"
        self.start()

    def start(self) -> None:
        fresh = services.services_of(self.opened.url, self.opened.settings)
        services.use(services.Services(fresh.settings, self.opened.engine, fresh.url, fresh.pool))
        fresh.engine.dispose()

        @asynccontextmanager
        async def lifespan(app: Starlette) -> Any:
            await fresh.pool.open()
            async with layers.events.listening(services.current()):
                yield
            await fresh.pool.close()

        routes = [*layers.serve.routes(), *layers.events.routes(layers.events.HUB), *ui.wall.routes(), *signin.routes()]
        app = Starlette(middleware=middleware(routes), lifespan=lifespan)
        config = uvicorn.Config(
            app, host="127.0.0.1", port=self.port, log_level="critical", timeout_graceful_shutdown=0
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        deadline = time.monotonic() + 20
        while not self.server.started and time.monotonic() < deadline:
            time.sleep(0.02)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(20)


@pytest.fixture(scope="module")
def server(opened: services.Services) -> Iterator[Server]:
    running = Server(opened)
    yield running
    running.stop()


class Screen:
    """One wall in a browser, with everything it asked for and complained of."""

    def __init__(
        self, chromium: Any, server: Server, width: int = 1920, height: int = 1080, with_map: bool = False
    ) -> None:
        self.context = chromium.new_context(viewport={"width": width, "height": height})
        self.page = self.context.new_page()
        if not with_map:  # drawing it in software would take most of a test's time
            self.page.route("**/assets/map.js*", lambda route: route.fulfill(body=""))
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        self.page.goto(f"{server.url}/wall")
        self.wait("document.getElementById('state').dataset.state === 'live'")

    def wait(self, condition: str, seconds: float = 30) -> None:
        """Wait for a condition in the page (Playwright's own waiting needs eval, which the page's policy forbids)."""
        deadline = time.monotonic() + seconds
        while not self._holds(condition):
            if time.monotonic() > deadline:
                raise AssertionError(f"not in {seconds:.0f} s: {condition}; {self.errors}")
            time.sleep(0.02)

    def _holds(self, condition: str) -> bool:
        try:
            return bool(self.page.evaluate(condition))
        except Error as error:
            if "navigation" not in str(error):
                raise
            return False  # the page is loading itself anew

    def text(self, selector: str) -> str:
        return str(self.page.inner_text(selector)).strip()


@pytest.fixture
def screen(chromium: Any, server: Server, db: sa.Engine) -> Iterator[Screen]:
    made = Screen(chromium, server)
    yield made
    made.context.close()


@pytest.fixture(params=SIZES, ids=["1080p", "4k"])
def mapped(chromium: Any, server: Server, db: sa.Engine, request: pytest.FixtureRequest) -> Iterator[Screen]:
    """A wall with its map, in both sizes that walls have most."""
    made = Screen(chromium, server, *request.param, with_map=True)
    yield made
    made.context.close()


def figures(page: Any, name: str) -> str:
    return str(page.inner_text(f".kpi [data-f={name}]")).replace(",", "")


@pytest.mark.browser
def test_an_alarm_is_on_the_wall_within_a_second_and_goes_when_closed(screen: Screen, db: sa.Engine) -> None:
    assert "没有未关闭的报警" in screen.text("#noalarm")
    waits = []
    for n in (1, 2, 3):
        committed = alarm(db, 8 + 2 * n)
        screen.wait(f"document.querySelector('.kpi [data-f=alarms_open]').textContent === '{n}'")
        waits.append(time.monotonic() - committed)
    assert min(waits) < 1, waits
    assert screen.text("#alarms li:first-child .place").endswith("场所14")
    assert "new" in str(screen.page.get_attribute("#alarms li:first-child", "class"))
    assert screen.page.is_visible("#callout")
    with db.begin() as conn:
        conn.execute(sa.text("UPDATE alarm SET state = 'closed', closed_at = now()"))
    screen.wait("document.querySelector('.kpi [data-f=alarms_open]').textContent === '0'")
    assert screen.page.locator("#alarms li").count() == 0
    assert screen.errors == []


@pytest.mark.browser
def test_figures_follow_the_data_by_themselves(screen: Screen, db: sa.Engine) -> None:
    assert figures(screen.page, "places") == "60"
    with db.begin() as conn:
        place = "INSERT INTO place (id, name, kinds, region_id, source, source_key)"
        conn.execute(sa.text(f"{place} VALUES (999, '新', '{{gas_shop}}', 4, 't', 'n')"))
        drawn.refresh(conn)
    screen.wait("document.querySelector('.kpi [data-f=places]').textContent === '61'")
    unknown = "document.querySelector('[data-layer=gas_shop] [data-n=unknown]').textContent"
    after = int(screen.page.evaluate(unknown))
    with db.begin() as conn:
        conn.execute(sa.text("DELETE FROM place WHERE id = 999"))
        drawn.refresh(conn)
    screen.wait(f"{unknown} === '{after - 1}'")


@pytest.mark.browser
def test_it_draws_its_map_and_follows_the_data_with_no_other_host_and_no_script_run(
    mapped: Screen, db: sa.Engine, server: Server
) -> None:
    screen = mapped
    opened_at = screen.page.evaluate("performance.timeOrigin")
    screen.wait("window.YZT && YZT.drawn", 90)
    alarm(db, 4)
    screen.wait("document.querySelector('#alarms li')")
    assert "<img src=x onerror" in screen.text("#alarms li:first-child .place")
    assert "<img src=x onerror" in screen.text("#callout .place")
    assert screen.page.locator("#wall img:not(.leaflet-tile)").count() == 0
    assert "owned" not in screen.page.title()
    assert screen.page.evaluate("performance.timeOrigin") == opened_at, "not loaded anew"
    assert any("/tiles/enterprise/" in url for url in screen.asked)
    assert not any("/_stcore/" in url for url in screen.asked), "no Streamlit session, so no script run"
    assert {url.split("/")[2] for url in screen.asked if not url.startswith(("data:", "blob:"))} == {
        f"localhost:{server.port}"
    }
    assert screen.errors == []
    assert "演示数据" in screen.text(".demo")


@pytest.mark.browser
def test_a_lost_server_is_said_in_red_and_the_wall_recovers_by_itself(
    screen: Screen, db: sa.Engine, server: Server
) -> None:
    server.stop()
    screen.wait("document.body.classList.contains('lost')", 40)
    assert "数据已过时" in screen.text("#banner")
    assert "连接中断" in screen.text("#banner")
    assert figures(screen.page, "places") == "60", "the last figures stay, and are said to be old"
    alarm(db)
    server.start()
    screen.wait("document.getElementById('state').dataset.state === 'live'", 60)
    screen.wait("document.querySelector('.kpi [data-f=alarms_open]').textContent === '1'")
    assert not screen.page.is_visible("#banner")


@pytest.mark.browser
def test_old_data_is_said_to_be_old(screen: Screen, db: sa.Engine) -> None:
    with db.begin() as conn:
        conn.execute(sa.text("UPDATE layer_version SET changed_at = now() - interval '3 days'"))
    screen.wait("document.getElementById('state').dataset.state === 'stale'")
    assert "数据已过时 3 天" in screen.text("#state")
    with db.begin() as conn:
        conn.execute(sa.text("UPDATE layer_version SET changed_at = now()"))
    screen.wait("document.getElementById('state').dataset.state === 'live'", 40)


@pytest.mark.browser
def test_a_page_of_another_version_loads_itself_anew(
    screen: Screen, db: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = screen.page.evaluate("performance.timeOrigin")
    monkeypatch.setattr(ui.wall, "page_version", lambda: "another")
    alarm(db)
    screen.wait(f"performance.timeOrigin !== {before} && document.body.dataset.version === 'another'", 20)


@pytest.mark.browser
def test_tabs_of_one_browser_share_one_stream_and_do_without_a_shared_worker(
    screen: Screen, chromium: Any, server: Server, db: sa.Engine
) -> None:
    def on_time(page: Any, n: int) -> None:
        deadline = time.monotonic() + 15
        while page.inner_text(".kpi [data-f=alarms_open]") != str(n) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert page.inner_text(".kpi [data-f=alarms_open]") == str(n)

    second = screen.context.new_page()
    second.route("**/assets/map.js*", lambda route: route.fulfill(body=""))
    second.goto(f"{server.url}/wall")
    old = chromium.new_context()
    old.add_init_script("delete window.SharedWorker")
    third = old.new_page()
    third.route("**/assets/map.js*", lambda route: route.fulfill(body=""))
    third.goto(f"{server.url}/wall")
    alarm(db)
    for page in (screen.page, second, third):
        on_time(page, 1)
    assert len(layers.events.HUB.streams) == 2, "one for the two tabs, one for the browser without a shared worker"
    old.close()


MUST_FIT = ".kpi, .kpi > b, .kpi em, .tile, .tile .n, .proven, .clock b, .others td, .head h1, .kinds"
MUST_BE_INSIDE = f"{MUST_FIT}, .panel, .mapbox, .head, .legend, #parts tr, #worst li, #alarms li"
CUT_OFF = f"""() => [
  ...[...document.querySelectorAll('{MUST_FIT}')].filter((node) => node.scrollWidth > node.clientWidth + 1),
  ...[...document.querySelectorAll('{MUST_BE_INSIDE}')].filter((node) => {{
    const box = node.getBoundingClientRect();
    const frame = (node.closest('section') || document.body).getBoundingClientRect();
    return box.width && (box.right > frame.right + 1 || box.bottom > frame.bottom + 1);
  }}),
].map((node) => node.className + '|' + node.textContent.trim().slice(0, 40))"""


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160), (7680, 2160)])
def test_nothing_is_cut_off_on_any_wall_and_unknown_is_as_large_as_the_colours(
    chromium: Any,
    server: Server,
    db: sa.Engine,
    width: int,
    height: int,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    for place in range(8, 28):
        alarm(db, place, 1 + place % 2)
    real = ui.wall._grades
    monkeypatch.setattr(ui.wall, "_grades", lambda grades: dict.fromkeys(real(grades), 130_417))
    screen = Screen(chromium, server, width, height)
    request.addfinalizer(screen.context.close)
    page = screen.page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CUT_OFF) == []
    sizes = page.evaluate("[...document.querySelectorAll('.tile .n')].map((n) => getComputedStyle(n).fontSize)")
    assert len(set(sizes)) == 1
    assert page.evaluate("document.querySelectorAll('.tile.unknown .shape.hatch').length") == 2
    shown_alarms = page.locator("#alarms li").count()
    assert f"另有 {20 - shown_alarms} 条" in screen.text("#morealarms"), "what does not fit is counted"


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_streets_that_have_no_room_are_summed_and_none_is_cut_off(
    chromium: Any,
    server: Server,
    db: sa.Engine,
    width: int,
    height: int,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    real = ui.wall.wall_json

    def many(*args: Any) -> dict[str, Any]:
        made = real(*args)
        made["parts"]["rows"] = [row | {"name": f"街道{n}", "rest": False} for row in made["parts"]["rows"][:1]
                                 for n in range(30)]  # fmt: skip
        return made

    monkeypatch.setattr(ui.wall, "wall_json", many)
    screen = Screen(chromium, server, width, height)
    request.addfinalizer(screen.context.close)
    names = screen.page.evaluate("[...document.querySelectorAll('#parts th')].map(n => n.textContent)")
    assert 3 < len(names) < 30
    assert names[-1] == f"其余 {30 - (len(names) - 1)} 个"
    edge = "document.querySelector('.parts').getBoundingClientRect().bottom"
    assert screen.page.evaluate(f"document.getElementById('parts').getBoundingClientRect().bottom <= {edge}")


@pytest.mark.browser
def test_the_page_does_not_grow(screen: Screen, db: sa.Engine) -> None:
    def nodes() -> int:
        return int(screen.page.evaluate("document.querySelectorAll('#wall *:not(#map *)').length"))

    for _ in range(12):
        alarm(db)
    screen.wait("document.querySelector('.kpi [data-f=alarms_open]').textContent === '12'")
    before = nodes()
    for _ in range(20):
        alarm(db)
    screen.wait("document.querySelector('.kpi [data-f=alarms_open]').textContent === '32'")
    assert nodes() == before
