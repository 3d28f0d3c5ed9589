"""Harm: a request answered for somebody else, a signed-out browser that is still let in, a query for every tile."""

import asyncio
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from starlette.requests import HTTPConnection

from data import services
from data.access import (
    COOKIE,
    LOCAL,
    NOBODY,
    NOTE,
    OUTSIDE,
    Viewer,
    admit,
    admitted,
    recent,
    request_viewer,
    session_viewer,
)
from data.access.accounts import add_account
from data.access.requests import Recent
from data.access.sessions import sign_in, sign_out
from data.settings import load_settings

PASSWORD = "correct horse 9"


@pytest.fixture
def running(city: sa.Engine, clean_environment: None) -> Iterator[sa.Engine]:
    """The city as the services of this process."""
    made = services.services_of(city.url.render_as_string(hide_password=False), load_settings())
    made.engine.dispose()
    services.use(services.Services(made.settings, city, made.url, made.pool))
    yield city
    services.use(None)


def connection(token: str | None = None, host: str = "localhost", peer: str = "127.0.0.1") -> HTTPConnection:
    headers = [(b"host", host.encode())]
    if token is not None:
        headers.append((b"cookie", f"other=1; {COOKIE}={token}".encode()))
    return HTTPConnection({"type": "http", "headers": headers, "client": (peer, 1)})


def asked(*args: str | None, **kwargs: str) -> Viewer:
    return asyncio.run(request_viewer(connection(*args, **kwargs)))


def with_people(engine: sa.Engine, operator: Viewer) -> str:
    with engine.begin() as conn:
        add_account(conn, operator, "boss", name="王", role="admin", password=PASSWORD)
        add_account(conn, operator, "zhang", name="张", role="supervisor", password=PASSWORD, codes=["370202"])
    recent.forget()
    return sign_in(engine, "zhang", PASSWORD).token


def test_without_accounts_only_this_machine_is_local_for_routes_and_pages(running: sa.Engine) -> None:
    assert asked() is LOCAL
    assert asked(peer="10.0.0.7") is OUTSIDE
    assert asked(host="evil.example") is OUTSIDE
    assert OUTSIDE.may("view").reason == NOTE
    assert session_viewer({}) is LOCAL
    assert session_viewer({}, "127.0.0.1") is LOCAL
    assert session_viewer({}, "10.0.0.7") is OUTSIDE


def test_with_accounts_the_cookie_alone_decides(running: sa.Engine, operator: Viewer) -> None:
    token = with_people(running, operator)
    assert asked(token).regions == (2,)
    assert asked(token, peer="10.0.0.7").name == "张"
    assert session_viewer({COOKIE: token}, "10.0.0.7").name == "张"
    for wrong in (None, "", "x", token[1:], token + "0", "a" * 5000, "'; --", "\ud800"):
        given = session_viewer({} if wrong is None else {COOKIE: wrong})
        assert given is NOBODY, wrong


def test_signing_out_and_the_first_administrator_count_within_seconds(running: sa.Engine, operator: Viewer) -> None:
    assert asked() is LOCAL
    token = with_people(running, operator)
    assert asked() is NOBODY
    assert asked(token).name == "张"
    sign_out(running, token)
    recent.forget(token)
    assert asked(token) is NOBODY


def test_answers_are_kept_for_a_moment_only_and_never_for_another_database(
    running: sa.Engine, operator: Viewer
) -> None:
    token = with_people(running, operator)
    kept = Recent(ttl_s=60)
    for _ in range(20):
        assert kept.find(running, token).name == "张"
    assert kept.asked == 1
    other = sa.create_engine(running.url)
    assert kept.get(other, token) is None
    other.dispose()
    short = Recent(ttl_s=0)
    for _ in range(3):
        short.find(running, token)
    assert short.asked == 3


def test_a_flood_of_made_up_cookies_does_not_fill_the_memory(running: sa.Engine, operator: Viewer) -> None:
    with_people(running, operator)
    kept = Recent(ttl_s=60)
    engine = sa.create_engine("postgresql+psycopg://")
    kept._kept[engine] = {bytes([i % 256, i // 256]): (0.0, NOBODY) for i in range(4096)}
    kept._kept[running] = dict(kept._kept[engine])
    kept.find(running, "made up")
    assert len(kept._kept[running]) == 1


def test_whom_the_door_let_in_is_known_to_that_request_only(running: sa.Engine) -> None:
    request, viewer = connection(), Viewer("甲", "leader", regions=(7,))
    admit(request, viewer)
    assert asyncio.run(admitted(request)) is viewer
    assert asyncio.run(admitted(connection())) is LOCAL, "another request knows nothing of it"
    assert asyncio.run(request_viewer(request)) is LOCAL, "who asks outright (a websocket) is answered anew"
