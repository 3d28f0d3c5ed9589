"""Harm: an alarm nobody sees, an alarm of another district, a screen that looks live and is not."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest
import sqlalchemy as sa
import uvicorn
from starlette.applications import Starlette

from data import services
from data.access import COOKIE, LOCAL, NOBODY, Viewer, passwords, recent, sign_in, sign_out
from data.access.accounts import add_account
from data.settings import load_settings
from layers import events

PASSWORD = "correct horse 9"
CITY = """
TRUNCATE alarm, place, account, region, layer_version RESTART IDENTITY CASCADE;
INSERT INTO region (id, code, name, level, parent_id, is_rest, path, source, source_key) VALUES
 (1, '370200', '示例市', 1, NULL, false, '{1}', 't', '1'), (2, '370202', '东区', 2, 1, false, '{1,2}', 't', '2'),
 (3, '370203', '西区', 2, 1, false, '{1,3}', 't', '3'), (4, '370202X', '未落格', 3, 2, true, '{1,2,4}', 't', '4'),
 (5, '370203X', '未落格', 3, 3, true, '{1,3,5}', 't', '5');
INSERT INTO place (id, name, kinds, region_id, source, source_key) VALUES
 (1, '东区饭店', '{gas_shop}', 4, 't', '1'), (2, '西区饭店', '{gas_shop}', 5, 't', '2');
"""
ALARM = sa.text(
    "INSERT INTO alarm (place_id, level, kind, raised_at, source, source_key)"
    " SELECT :place, 2, 'gas', now(), 't', :key || i FROM generate_series(1, :n) i"
)


@pytest.fixture(scope="module")
def one_database(template: str, new_database: Callable[[str], str]) -> Iterator[sa.Engine]:
    url = new_database(template)
    opened = services.services_of(url, load_settings(database_url=url))
    services.use(opened)
    yield opened.engine
    services.use(None)
    opened.engine.dispose()


@pytest.fixture
def db(one_database: sa.Engine) -> sa.Engine:
    """Two districts with a shop each, as the services of this process."""
    recent.forget()
    with one_database.begin() as conn:
        conn.execute(sa.text(CITY))
    return one_database


@pytest.fixture
def address(db: sa.Engine) -> Iterator[str]:
    """A server with the event stream alone, beating twice a second."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        app = Starlette(routes=events.routes(events.Hub(beat_s=0.5)))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=0))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/events"
        server.should_exit = True
        thread.join(10)


class Browser:
    """Reads an event stream in a thread of its own."""

    def __init__(self, address: str, token: str = "") -> None:
        self.events: list[tuple[str, Any, float]] = []
        self.status = 0
        self.ended = threading.Event()
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(address, token), daemon=True)
        self._thread.start()

    def _run(self, address: str, token: str) -> None:
        with contextlib.suppress(httpx.TransportError):  # the server was stopped at the end of a test
            self._read(address, token)
        self.ended.set()

    def _read(self, address: str, token: str) -> None:
        name = ""
        with httpx.stream("GET", address, headers={"cookie": f"{COOKIE}={token}"}, timeout=30) as answer:
            self.status = answer.status_code
            self.type = answer.headers["content-type"]
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    self.events.append((name, json.loads(line[6:]), time.monotonic()))
                if self._leave.is_set():
                    break

    def close(self) -> None:
        self._leave.set()

    def wait(self, name: str, times: int = 1, seconds: float = 10) -> tuple[Any, float]:
        """Data and time of the event `name` when it came for the n-th time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = [(data, at) for event, data, at in tuple(self.events) if event == name]
            if len(found) >= times:
                return found[times - 1]
            time.sleep(0.01)
        raise AssertionError(f"no {name} (×{times}) in {seconds} s; came: {[event for event, *_ in self.events]}")

    def count(self, name: str) -> int:
        return sum(event == name for event, *_ in self.events)


def raise_alarm(db: sa.Engine, place: int = 1, n: int = 1, key: str = "k") -> float:
    with db.begin() as conn:
        conn.execute(ALARM, {"place": place, "n": n, "key": key})
    return time.monotonic()


def test_an_alarm_is_told_in_well_under_a_second_with_its_life(db: sa.Engine, address: str) -> None:
    browser = Browser(address)
    assert browser.wait("state")[0]["database"] is True
    committed = raise_alarm(db)
    data, at = browser.wait("alarm")
    assert data == {"id": 1, "place_id": 1, "level": 2, "state": "open"}
    assert at - committed < 0.5
    with db.begin() as conn:
        conn.execute(sa.text("UPDATE alarm SET state = 'closed', closed_at = now()"))
        conn.execute(sa.text("DELETE FROM alarm"))
    assert [browser.wait("alarm", n)[0]["state"] for n in (2, 3)] == ["closed", "deleted"]
    assert "alarm" in browser.wait("layers")[0]
    assert browser.type.startswith("text/event-stream")
    browser.close()


def test_what_was_rolled_back_is_not_told(db: sa.Engine, address: str) -> None:
    browser = Browser(address)
    browser.wait("state")
    with db.connect() as conn:
        conn.execute(ALARM, {"place": 1, "n": 1, "key": "a"})
        conn.rollback()
    raise_alarm(db, key="b")
    assert browser.wait("alarm")[0]["id"] == 2
    browser.close()


def test_a_thousand_alarms_at_once_are_one_event(db: sa.Engine, address: str) -> None:
    browser = Browser(address)
    browser.wait("state")
    raise_alarm(db, n=1000)
    browser.wait("alarms")
    assert browser.count("alarm") == 0
    browser.close()


def test_versions_that_rise_quickly_are_told_together_and_the_last_one_wins(db: sa.Engine, address: str) -> None:
    browser = Browser(address)
    browser.wait("state")
    for version in range(1, 60):
        with db.begin() as conn:
            conn.execute(
                sa.text(
                    "INSERT INTO layer_version (layer, version) VALUES ('gas_shop', :v)"
                    " ON CONFLICT (layer) DO UPDATE SET version = :v"
                ),
                {"v": version},
            )
    deadline = time.monotonic() + 5
    told: list[int] = []
    while time.monotonic() < deadline and (not told or told[-1] != 59):
        told = [data["gas_shop"] for event, data, _ in tuple(browser.events) if event == "layers"]
        time.sleep(0.02)
    assert told[-1] == 59
    assert len(told) < 30
    browser.close()


def test_a_district_hears_its_own_alarms_only(db: sa.Engine, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", passwords.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    with db.begin() as conn:
        add_account(conn, LOCAL, "boss", name="王", role="admin", password=PASSWORD)
        for login, code in (("east", "370202"), ("west", "370203")):
            add_account(conn, LOCAL, login, name=login, role="supervisor", password=PASSWORD, codes=[code])
        add_account(conn, LOCAL, "none", name="无", role="supervisor", password=PASSWORD)
    recent.forget()
    browsers = {login: Browser(address, sign_in(db, login, PASSWORD).token) for login in ("boss", "east", "west")}
    for browser in browsers.values():
        browser.wait("state")
    raise_alarm(db, 1, key="a")
    raise_alarm(db, 2, key="b")
    browsers["boss"].wait("alarm", 2)
    assert browsers["east"].wait("alarm")[0]["place_id"] == 1
    assert browsers["west"].wait("alarm")[0]["place_id"] == 2
    time.sleep(0.3)
    assert [browsers[login].count("alarm") for login in ("boss", "east", "west")] == [2, 1, 1]
    assert httpx.get(address).status_code == 401
    token = sign_in(db, "none", PASSWORD).token
    assert httpx.get(address, headers={"cookie": f"{COOKIE}={token}"}).status_code == 403
    for browser in browsers.values():
        browser.close()


def test_signing_out_ends_the_stream(db: sa.Engine, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", passwords.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    with db.begin() as conn:
        add_account(conn, LOCAL, "boss", name="王", role="admin", password=PASSWORD)
    recent.forget()
    token = sign_in(db, "boss", PASSWORD).token
    browser = Browser(address, token)
    browser.wait("state")
    sign_out(db, token)
    recent.forget(token)
    browser.wait("bye")
    assert browser.ended.wait(5)


def test_a_lost_database_is_said_at_once_and_after_it_everything_is_told_anew(db: sa.Engine, address: str) -> None:
    browser = Browser(address)
    browser.wait("state")
    with db.connect() as conn:
        conn.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'yizhangtu events'"
            )
        )
    raise_alarm(db, key="while away")
    state, at = browser.wait("state", 2)
    assert state["layers"]["alarm"] == 1
    beats = [data["database"] for event, data, when in browser.events if event == "beat" and when < at]
    assert False in beats
    raise_alarm(db, key="after")
    assert browser.wait("alarm")[0]["id"] == 2
    browser.close()


def test_beats_tell_the_age_of_the_data(db: sa.Engine, address: str) -> None:
    with db.begin() as conn:
        conn.execute(sa.text("TRUNCATE layer_version"))
        conn.execute(sa.text("INSERT INTO layer_version VALUES ('x', 1, now() - interval '2 hours')"))
    browser = Browser(address)
    assert 7190 < browser.wait("state")[0]["age_s"] < 7210
    beat = browser.wait("beat")[0]
    assert 7190 < beat["age_s"] < 7210
    assert beat["boot"] == events.BOOT
    with db.begin() as conn:
        conn.execute(sa.text("TRUNCATE layer_version"))
    browser.wait("beat", browser.count("beat") + 2)
    assert browser.events[-1][1]["data_at"] is None
    browser.close()


def test_a_browser_that_does_not_read_is_dropped_and_memory_stays_bounded() -> None:
    async def flood() -> tuple[bool, int]:
        hub = events.Hub()
        slow = events.Stream(LOCAL)
        hub.streams.add(slow)
        for _ in range(events.QUEUE * 3):
            hub._send("alarm", {"id": 1})
        return slow.scope.cancel_called, slow.queue.qsize()

    assert asyncio.run(flood()) == (True, events.QUEUE)


def test_an_alarm_without_a_region_is_told_to_the_whole_city_only() -> None:
    async def tell() -> list[int]:
        hub = events.Hub()
        streams = [events.Stream(viewer) for viewer in (LOCAL, Viewer("东", "leader", 1, (2,)), NOBODY)]
        hub.streams.update(streams)
        hub._tell({"kind": "alarm", "id": 1, "place_id": 9, "level": 1, "state": "open", "path": []})
        hub._tell({"kind": "something new"})
        return [stream.queue.qsize() for stream in streams]

    assert asyncio.run(tell()) == [1, 0, 0]


def test_the_listener_rests_when_nobody_listens(db: sa.Engine, address: str) -> None:
    def listening() -> int:
        with db.connect() as conn:
            query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'yizhangtu events'"
            return int(conn.scalar(sa.text(f"{query} AND datname = current_database()")) or 0)

    browsers = [Browser(address) for _ in range(5)]
    for browser in browsers:
        browser.wait("state")
    assert listening() == 1
    for browser in browsers:
        browser.close()
    deadline = time.monotonic() + 10
    while listening() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert listening() == 0
    late = Browser(address)
    assert late.wait("state", seconds=3)[0]["database"] is True, "who comes after a pause must not wait for a beat"
    late.close()


def test_the_triggers_are_part_of_the_migration(db: sa.Engine) -> None:
    with psycopg.connect(db.url.set(drivername="postgresql").render_as_string(hide_password=False)) as heard:
        heard.autocommit = True
        heard.execute("LISTEN yzt")
        raise_alarm(db, n=2)
        notes = [json.loads(note.payload) for note in heard.notifies(timeout=0.5)]
    assert [note["kind"] for note in notes if note["kind"] == "alarm"] == ["alarm", "alarm"]
    assert {note["path"][-1] for note in notes if note["kind"] == "alarm"} == {4}
    assert any(note["kind"] == "layers" and note["layer"] == "alarm" for note in notes)
