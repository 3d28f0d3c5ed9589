"""Harm: a page, tile or websocket for somebody without a session; a sign-in that sends on to a stranger's site."""

import asyncio
import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect

from data import services
from data.access import COOKIE, LOCAL, passwords, recent, request_viewer
from data.access.accounts import add_account, set_disabled
from data.settings import load_settings
from ui import middleware, signin

PASSWORD = "correct horse 9"
CITY = """
TRUNCATE account, region RESTART IDENTITY CASCADE;
INSERT INTO region (id, code, name, level, path, source, source_key) VALUES (1,'370200','市',1,'{1}','t','1')
"""


async def who(request: Request) -> JSONResponse:
    viewer = await request_viewer(request)
    return JSONResponse({"name": viewer.name, "role": viewer.role})


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


def build() -> Starlette:
    everything = ["/", "/who", "/api/x.json", "/tiles/a/1/2.mvt", "/healthz", "/assets/a.js", "/static/x.js", "/wall"]
    own = [
        Route(path, who, methods=["GET", "POST"]) for path in [*everything, "/_stcore/metrics", "/_stcore/agent/mcp"]
    ]
    return Starlette(
        routes=[WebSocketRoute("/_stcore/stream", echo)],
        middleware=middleware.middleware([*signin.routes(), *own]),
    )


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", passwords.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    passwords._nobodys_hash.cache_clear()
    recent.forget()


@pytest.fixture(scope="module")
def one_database(template: str, new_database: Callable[[str], str]) -> Iterator[sa.Engine]:
    """One migrated database for all tests of this file."""
    url = new_database(template)
    opened = services.services_of(url, load_settings(database_url=url))
    services.use(opened)
    yield opened.engine
    services.use(None)
    opened.engine.dispose()


@pytest.fixture
def bare(one_database: sa.Engine) -> sa.Engine:
    """The services of an installation without accounts."""
    with one_database.begin() as conn:
        conn.execute(sa.text(CITY))
    return one_database


@pytest.fixture
def engine(bare: sa.Engine) -> sa.Engine:
    """The same with an administrator and a wall."""
    with bare.begin() as conn:
        add_account(conn, LOCAL, "boss", name="王局", role="admin", password=PASSWORD)
        add_account(conn, LOCAL, "wall1", name="大屏", role="wall", password=PASSWORD, codes=["370200"])
    recent.forget()
    return bare


def client(base: str = "http://localhost:8501", peer: str = "127.0.0.1") -> TestClient:
    return TestClient(build(), base, client=(peer, 5000), follow_redirects=False)


HTML = {"accept": "text/html,*/*"}


def sign_in(browser: TestClient, login: str = "boss", password: str = PASSWORD, **more: str) -> httpx.Response:
    return browser.post("/signin", data={"login": login, "password": password, **more})


def test_without_accounts_this_machine_needs_no_sign_in_and_others_are_refused(bare: sa.Engine) -> None:
    assert client().get("/who").json()["role"] == "local"
    assert "未设管理员：仅本机可用" in client().get("/signin").text
    for other in (client(peer="10.0.0.7"), client("http://evil.example"), client("http://10.0.0.9:8501")):
        refused = other.get("/", headers=HTML)
        assert refused.status_code == 403
        assert "未设管理员: 仅本机可用" in refused.text
        assert other.get("/api/x.json").status_code == 403
    with pytest.raises(WebSocketDisconnect), client(peer="10.0.0.7").websocket_connect("/_stcore/stream"):
        pass
    with client().websocket_connect("ws://localhost:8501/_stcore/stream") as socket:
        socket.send_text("x")
        assert socket.receive_text() == "x"


def test_without_a_session_pages_go_to_the_form_and_everything_else_is_401(engine: sa.Engine) -> None:
    browser = client()
    page = browser.get("/wall?a=1&b=2", headers=HTML)
    assert page.status_code == 303
    where = urlsplit(page.headers["location"])
    assert where.path == "/signin"
    assert parse_qs(where.query)["next"] == ["/wall?a=1&b=2"]
    for path in ("/api/x.json", "/tiles/a/1/2.mvt", "/static/x.js", "/who"):
        refused = browser.get(path, headers=HTML if path != "/who" else {})
        assert (refused.status_code, refused.json()) == (401, {"error": "请先登录"}), path
    assert browser.post("/who").status_code == 401
    with pytest.raises(WebSocketDisconnect), browser.websocket_connect("ws://localhost:8501/_stcore/stream"):
        pass


def test_what_stands_before_the_door_is_open(engine: sa.Engine) -> None:
    browser = client()
    assert [browser.get(path).status_code for path in ("/signin", "/healthz", "/assets/a.js")] == [200, 200, 200]


def raw_status(path: str) -> int:
    """Status of a GET of exactly this decoded path, as no well-behaved client would send it."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 1), "http_version": "1.1", "scheme": "http",
    }  # fmt: skip
    asyncio.run(build()(scope, receive, send))
    return int(sent[0]["status"])


def test_closed_and_crooked_paths(engine: sa.Engine) -> None:
    for path in ("/_stcore/metrics", "/_stcore/agent/mcp", "/_stcore/agent/openapi.json"):
        assert raw_status(path) == 404, path
    for path in ("/assets/../api/x.json", "/assets//x", "//signin", "/assets/..\\x", "/a\x00b", "/assets/./x", "/.."):
        assert raw_status(path) == 400, path


def test_signing_in_and_out(engine: sa.Engine) -> None:
    browser = client()
    entered = sign_in(browser, next="/wall?x=1")
    assert (entered.status_code, entered.headers["location"]) == (303, "/wall?x=1")
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    token = browser.cookies[COOKIE]
    assert browser.get("/who").json()["name"] == "王局"
    with browser.websocket_connect("ws://localhost:8501/_stcore/stream") as socket:
        socket.send_text("x")
        assert socket.receive_text() == "x"
    assert browser.get("/signout", headers=HTML).status_code == 200, "a link alone signs nobody out"
    assert browser.get("/who").status_code == 200
    assert browser.post("/signout").headers["location"] == "/signin"
    assert COOKIE not in browser.cookies
    assert browser.get("/who", headers={"cookie": f"{COOKIE}={token}"}).status_code == 401, "the token is dead at once"


def test_under_tls_the_cookie_is_secure(engine: sa.Engine) -> None:
    assert "secure" in sign_in(client("https://map.example")).headers["set-cookie"].lower()


def test_a_wall_goes_to_the_wall(engine: sa.Engine) -> None:
    browser = client()
    form = browser.get("/signin").text
    asked = re.search(r'name="next" value="([^"]*)"', form)
    assert asked is not None
    assert sign_in(browser, "wall1", next=asked[1]).headers["location"] == "/wall", "as the form sends it"
    assert browser.get("/signin").headers["location"] == "/wall"
    assert sign_in(client(), "wall1", next="/drill").headers["location"] == "/drill"
    assert sign_in(client(), "boss", next="/").headers["location"] == "/"


def test_a_disabled_account_loses_an_open_websocket(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = client()
    sign_in(browser, "wall1")
    with browser.websocket_connect("ws://localhost:8501/_stcore/stream") as socket:
        socket.send_text("x")
        assert socket.receive_text() == "x"
        with engine.begin() as conn:
            set_disabled(conn, LOCAL, "wall1")
        recent.forget()
        socket.send_text("y")
        assert socket.receive()["type"] in ("websocket.close", "websocket.disconnect")


EVIL = (
    "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/x\r\nSet-Cookie: x=1",
    "javascript:alert(1)", "/\t/evil.example", " //evil.example", "evil.example", "/signin?next=/", "/signout", "",
    "/" + "x" * 3000,
)  # fmt: skip


def test_a_sign_in_never_sends_on_to_another_site(engine: sa.Engine) -> None:
    for evil in EVIL:
        assert signin.safe_next(evil) == "/", evil
    for good in ("/", "/wall", "/下钻?code=370202&x=//y", "/a/b?next=https://x"):
        assert signin.safe_next(good) == good
    for evil in EVIL[:9]:
        assert sign_in(client(), next=evil).headers["location"] == "/", evil


def test_wrong_passwords_get_one_answer_and_nothing_is_echoed_as_html(engine: sa.Engine) -> None:
    browser = client()
    known, unknown = sign_in(browser, "boss", "wrong wrong 1"), sign_in(browser, "<img src=x>", "wrong wrong 1")
    assert (known.status_code, unknown.status_code) == (401, 401)
    assert "<img" not in unknown.text
    assert known.text.replace("boss", "") == unknown.text.replace("&lt;img src=x&gt;", "")
    assert "wrong wrong" not in known.text


def test_another_sites_form_is_refused(engine: sa.Engine) -> None:
    browser = client()
    sign_in(browser)
    for origin in ("http://evil.example", "null"):
        headers = {"origin": origin}
        form = {"login": "boss", "password": PASSWORD}
        assert browser.post("/signin", data=form, headers=headers).status_code == 403
        assert browser.post("/signout", headers=headers).status_code == 403
        with (
            pytest.raises(WebSocketDisconnect),
            browser.websocket_connect("ws://localhost:8501/_stcore/stream", headers=headers),
        ):
            pass
    assert browser.get("/who").status_code == 200


def test_hostile_forms_are_refused_without_a_crash(engine: sa.Engine) -> None:
    usual = "application/x-www-form-urlencoded"
    for body, kind in (
        (b"login=a&password=" + b"x" * 9000, usual),
        (b"{}", "application/json"),
        (b"--x", "multipart/form-data; boundary=x"),
        (b"&".join(b"a=1" for _ in range(100)), usual),
        (b"login=%ff%fe&password=%00", usual),
        (b"", ""),
    ):
        assert client().post("/signin", content=body, headers={"content-type": kind}).status_code in (400, 401), body


def test_one_client_cannot_try_passwords_without_end(engine: sa.Engine) -> None:
    browser = client()
    answers = [sign_in(browser, "nobody", "wrong wrong 1") for _ in range(12)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
    assert 0 < int(answers[-1].headers["retry-after"]) <= 7
    assert "请" in answers[-1].text


def test_the_allowance_refills_and_forgets_old_clients() -> None:
    bucket = middleware.Allowance(most=2, every_s=10, kept=3)
    assert [bucket.wait_s("a", now) for now in (0, 0, 1, 10, 10.5)] == [0, 0, 9, 0, 9.5]
    for other in "bcde":
        bucket.wait_s(other, 20)
    assert len(bucket._full_at) == 3


def test_every_answer_carries_the_headers_and_no_policy_names_another_host(engine: sa.Engine) -> None:
    browser = client()
    for path in ("/signin", "/healthz", "/who", "/_stcore/metrics"):
        headers = browser.get(path).headers
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert headers["x-content-type-options"] == "nosniff"
        assert "://" not in headers["content-security-policy"]
        assert "*" not in headers["content-security-policy"]
    own = browser.get("/signin")
    assert "unsafe" not in own.headers["content-security-policy"]
    assert "<script" not in own.text
    assert "style=" not in own.text


def test_a_database_that_is_away_is_503_and_never_an_open_door(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = client()
    sign_in(browser)
    recent.forget()
    gone = sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/x", connect_args={"connect_timeout": 1})
    monkeypatch.setattr("data.access.requests._engine", lambda: gone)
    answer = browser.get("/api/x.json")
    assert answer.status_code == 503
    assert "数据库" in answer.json()["error"]


def test_tiles_do_not_ask_the_database_each_time(engine: sa.Engine) -> None:
    browser = client()
    sign_in(browser)
    browser.get("/who")
    before = recent.asked
    for _ in range(50):
        assert browser.get("/tiles/a/1/2.mvt").status_code == 200
    assert recent.asked - before <= 2
