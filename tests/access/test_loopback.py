"""Harm: an installation without accounts that the whole office can read; another site's page that acts for us."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.requests import HTTPConnection

from data.access import NOTE, BindRefused, Viewer, check_bind, is_local, loopback_only, same_origin
from data.access.accounts import add_account, set_disabled
from data.settings import load_settings

PASSWORD = "correct horse 9"


def connection(host: str = "localhost:8501", peer: str | None = "127.0.0.1", **headers: str) -> HTTPConnection:
    raw = [(b"host", host.encode()), *((k.replace("_", "-").encode(), v.encode()) for k, v in headers.items())]
    return HTTPConnection({"type": "http", "headers": raw, "client": (peer, 1) if peer else None})


def test_without_an_administrator_the_program_listens_on_this_machine_only(
    city: sa.Engine, operator: Viewer, clean_environment: None, tmp_path: Path
) -> None:
    wide = load_settings(host="0.0.0.0", state_dir=tmp_path)  # noqa: S104
    near = load_settings(host="127.0.0.1", state_dir=tmp_path)
    assert loopback_only(city).reason == NOTE
    check_bind(near, city)
    with pytest.raises(BindRefused, match=r"还没有管理员账号.*account add") as refused:
        check_bind(wide, city)
    assert "\n" not in str(refused.value)
    with city.begin() as conn:
        add_account(conn, operator, "boss", name="王", role="admin", password=PASSWORD)
        add_account(conn, operator, "deputy", name="李", role="admin", password=PASSWORD)
    check_bind(wide, city)
    assert not loopback_only(city)
    with city.begin() as conn:
        set_disabled(conn, operator, "deputy")
        conn.execute(sa.text("UPDATE account SET disabled = true"))
    assert not loopback_only(city), "a disabled administrator must not open the door to everybody here"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8501", "127.0.0.1:1", "[::1]:8501", "[::1]", "127.9.9.9"])
def test_a_request_of_this_machine_is_local(host: str) -> None:
    assert is_local(connection(host))
    assert is_local(connection(host, "::1"))


@pytest.mark.parametrize(
    "odd",
    [
        connection("evil.example"),
        connection("localhost.evil.example:8501"),
        connection("127.0.0.1.evil.example"),
        connection(""),
        connection("10.1.2.3:8501"),
        connection(peer="10.1.2.3"),
        connection(peer=None),
        connection(peer="testclient"),
        connection(x_forwarded_for="10.1.2.3"),
        connection(forwarded="for=10.1.2.3"),
    ],
)
def test_rebinding_a_neighbour_and_a_proxy_are_not_local(odd: HTTPConnection) -> None:
    assert not is_local(odd)


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"origin": "http://localhost:8501"}, True),
        ({"origin": "https://localhost:8501"}, True),
        ({}, True),
        ({"sec_fetch_site": "same-origin"}, True),
        ({"origin": "http://localhost:8502"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "http://localhost:8501.evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"sec_fetch_site": "same-site"}, False),
    ],
)
def test_only_pages_of_our_own_change_something(headers: dict[str, str], ours: bool) -> None:
    assert same_origin(connection(**headers)) is ours
