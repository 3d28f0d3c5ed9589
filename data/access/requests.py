"""From a request, a Streamlit session or its cookies to the viewer, without asking the database each time.

Tiles ask hundreds of times a second, so answers are kept for :data:`TTL_S` seconds: that is how long a disabled
account or a changed scope may still work. Signing out in this process counts at once.
"""

import threading
import time
from collections.abc import Mapping
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from data.access.accounts import has_administrator
from data.access.loopback import is_local
from data.access.sessions import token_hash, viewer_of
from data.access.viewer import LOCAL, NOBODY, OUTSIDE, Viewer
from data.services import current
from data.settings import is_loopback

COOKIE = "yzt_session"
ADMITTED = "yzt.viewer"
"""Key of a request's scope under which the door leaves the viewer it has let in."""
TTL_S = 2.0
MOST_KEPT = 4096
LONGEST_TOKEN = 200


class Recent:
    """Viewers looked up in the last seconds, by the hash of their token (the empty one too).

    One lookup runs at a time: a hundred tiles after a quiet minute make one query. `asked` counts queries.
    """

    def __init__(self, ttl_s: float = TTL_S) -> None:
        self.asked = 0
        self._ttl_s = ttl_s
        self._kept: WeakKeyDictionary[sa.Engine, dict[bytes, tuple[float, Viewer]]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def get(self, engine: sa.Engine, token: str) -> Viewer | None:
        """Return the viewer if it is known well enough, else None; never waits."""
        found = self._kept.get(engine, {}).get(token_hash(token))
        return found[1] if found is not None and found[0] > time.monotonic() else None

    def find(self, engine: sa.Engine, token: str) -> Viewer:
        """Return the viewer, from the database where needed."""
        with self._lock:
            viewer = self.get(engine, token)
            if viewer is None:
                self.asked += 1
                viewer = _look_up(engine, token)
                kept = self._kept.setdefault(engine, {})
                if len(kept) >= MOST_KEPT:
                    kept.clear()
                kept[token_hash(token)] = (time.monotonic() + self._ttl_s, viewer)
            return viewer

    def forget(self, token: str | None = None) -> None:
        """Forget one token, or everything: the next request asks the database."""
        with self._lock:
            for kept in list(self._kept.values()):
                if token is None:
                    kept.clear()
                else:
                    kept.pop(token_hash(token), None)


recent = Recent()


async def request_viewer(request: HTTPConnection) -> Viewer:
    """Return who sent a request: `LOCAL` while no administrator exists and it comes from this machine, else by cookie.

    Raises sqlalchemy.exc.SQLAlchemyError when the database does not answer (the middleware makes that a 503).
    """
    viewer = known_viewer(request)
    if viewer is None:
        viewer = _from_here(request, await run_in_threadpool(recent.find, _engine(), _token(request)))
    return viewer


def admit(request: HTTPConnection, viewer: Viewer) -> None:
    """Note on one request who was let in, so that its route need not ask again (see :func:`admitted`)."""
    request.scope[ADMITTED] = viewer


async def admitted(request: HTTPConnection) -> Viewer:
    """Return who was let in with this very request, else (no door stands in front) ask."""
    viewer: Viewer | None = request.scope.get(ADMITTED)
    return await request_viewer(request) if viewer is None else viewer


def known_viewer(request: HTTPConnection) -> Viewer | None:
    """Return who sent a request if that was asked in the last seconds, else None; never waits."""
    viewer = recent.get(_engine(), _token(request))
    return None if viewer is None else _from_here(request, viewer)


def _token(request: HTTPConnection) -> str:
    if not any(name == b"cookie" for name, _ in request.scope["headers"]):
        return ""
    return request.cookies.get(COOKIE, "")


def _from_here(request: HTTPConnection, viewer: Viewer) -> Viewer:
    return OUTSIDE if viewer is LOCAL and not is_local(request) else viewer


def session_viewer(cookies: Mapping[str, str], ip_address: str | None = None) -> Viewer:
    """Return who looks at a Streamlit page: pass `st.context.cookies` and `st.context.ip_address` (None is local)."""
    viewer = recent.find(_engine(), cookies.get(COOKIE, ""))
    return OUTSIDE if viewer is LOCAL and not is_loopback(ip_address or "localhost") else viewer


def _engine() -> sa.Engine:
    return current().engine


def _look_up(engine: sa.Engine, token: str) -> Viewer:
    with engine.connect() as conn:
        if not has_administrator(conn):
            return LOCAL
        usable = 0 < len(token) <= LONGEST_TOKEN
        return (viewer_of(conn, token) if usable else None) or NOBODY
