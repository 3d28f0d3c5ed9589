"""While no administrator's account exists the program serves this machine only, and says so."""

from functools import lru_cache

import sqlalchemy as sa
from starlette.requests import HTTPConnection

from data.access.accounts import has_administrator
from data.access.viewer import NOTE, Answer
from data.settings import Settings, is_loopback

FORWARDED = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip"})


class BindRefused(ValueError):
    """The program may not listen where it was told to; the text is one sentence for the user."""


def loopback_only(engine: sa.Engine) -> Answer:
    """Answer whether only this machine may be served now (no administrator's account yet), with the note to show."""
    with engine.connect() as conn:
        if has_administrator(conn):
            return Answer(False, "已设管理员，按账号访问")
    return Answer(True, NOTE)


def check_bind(settings: Settings, engine: sa.Engine) -> None:
    """Refuse to start on an address that others can reach while no administrator's account exists.

    Raises :class:`BindRefused` with one sentence.
    """
    if not is_loopback(settings.host) and loopback_only(engine):
        raise BindRefused(
            f"还没有管理员账号，不能在 {settings.host} 上对外服务：请先运行 "
            "python -m data account add 登录名 --role admin，或去掉 YZT_HOST 只在本机使用。"
        )


def host_name(header: str) -> str:
    """Return the host of a Host header, without port and brackets, lower case."""
    text = header.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") <= 1 else text


def is_local(connection: HTTPConnection) -> bool:
    """Whether a request comes from this machine and was meant for it.

    The peer must be a loopback address, the Host header a loopback name (a page of another site whose name was made
    to point here, DNS rebinding, carries its own name), and no proxy may stand in between.
    """
    client, host = connection.scope.get("client"), None
    for name, value in connection.scope["headers"]:
        if name in FORWARDED:
            return False
        if name == b"host" and host is None:
            host = value
    return _loopback_pair(client[0] if client else "", (host or b"").decode("latin-1"))


@lru_cache(maxsize=1024)
def _loopback_pair(peer: str, host: str) -> bool:
    return is_loopback(peer) and is_loopback(host_name(host))


def same_origin(connection: HTTPConnection) -> bool:
    """Whether a request that changes something (or a websocket) was started by a page of our own.

    Browsers send Origin with every POST and websocket; its host and port must be the Host header's. A client that is
    no browser sends neither Origin nor Sec-Fetch-Site and carries no one else's cookie.
    """
    origin = connection.headers.get("origin")
    if origin is None:
        return connection.headers.get("sec-fetch-site", "none") in ("same-origin", "none")
    return origin.partition("://")[2].lower() == connection.headers.get("host", "").lower() != ""
