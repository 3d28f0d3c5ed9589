"""The door of the whole application: who may come in, from where, and what a browser may do with the answer.

One pure ASGI middleware in front of Streamlit's pages, websocket and static files and of our own routes:

1. odd paths and Streamlit's metrics and agent routes are closed;
2. without an administrator's account only this machine is served; with one, whoever has no session is sent to
   `/signin` (a page) or gets 401 as JSON (everything else);
3. what changes something, and every websocket, must have been started by a page of our own;
4. every answer carries the security headers; foreign hosts are forbidden to the page by its policy.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from sqlalchemy.exc import SQLAlchemyError
from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.access import NOTE, OUTSIDE, Viewer, admit, known_viewer, request_viewer, same_origin
from layers.tile_route import TileRoute

log = logging.getLogger(__name__)

OPEN_PATHS = frozenset({"/signin", "/healthz", "/favicon.ico"})
OPEN_FOLDERS = ("/assets/",)
CLOSED = ("/_stcore/metrics", "/_stcore/agent")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SIGN_IN = "/signin"

PAGE_POLICY = "; ".join(
    (
        "default-src 'self'",
        # Streamlit's start page, its charts and folium's maps are made of inline scripts
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "frame-src 'self' blob: data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
"""What a Streamlit page may do: no other host than ours is ever asked for anything."""

OWN_PAGE_POLICY = PAGE_POLICY.replace(" 'unsafe-inline' 'unsafe-eval' blob:", "", 1).replace(" 'unsafe-inline'", "", 1)
"""What our own plain pages may do: as above, and no inline script or style at all."""

HEADERS = {
    "x-frame-options": "SAMEORIGIN",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(self)",
    "content-security-policy": PAGE_POLICY,
}
RAW_HEADERS = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in HEADERS.items())
OWN_NAMES = frozenset(name for name, _ in RAW_HEADERS)


PLAIN_PAGE = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '<title>一张图</title><link rel="stylesheet" href="/assets/signin.css">'
    '<main class="card"><h1>一张图</h1><p class="said">{text}。</p><p><a href="/">返回</a></p></main></html>'
)


class Allowance:
    """Attempts of each client: `most` at once, then one more every `every_s` seconds; `kept` clients are known."""

    def __init__(self, most: int, every_s: float, kept: int = 10_000) -> None:
        self._most, self._every_s, self._kept = most, every_s, kept
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, client: str, now: float | None = None) -> float:
        """Take one attempt and return 0, or return the seconds to wait for the next one."""
        now = time.monotonic() if now is None else now
        full_at = max(self._full_at.get(client, now), now) + self._every_s
        short = full_at - now - self._most * self._every_s
        if short > 1e-6:
            return short
        self._full_at[client] = full_at
        self._full_at.move_to_end(client)
        while len(self._full_at) > self._kept:
            self._full_at.popitem(last=False)
        return 0.0


class Door:
    """The middleware, outermost of all."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._sign_ins = Allowance(most=10, every_s=6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            refusal = await self._refusal(connection)
        except SQLAlchemyError:
            log.exception("the database did not answer who is asking")
            refusal = _say(connection, 503, "数据库暂时连不上，请稍后再试", {"retry-after": "5"})
        if scope["type"] == "websocket":
            if refusal is None:
                await self._app(scope, _watched(connection, receive, send), send)
            else:
                await receive()
                await send({"type": "websocket.close", "code": 1008, "reason": "refused"})
            return
        app = self._app if refusal is None else refusal
        await app(scope, receive, _with_headers(send))

    async def _refusal(self, connection: HTTPConnection) -> Response | None:
        path = connection.scope["path"]
        method = connection.scope.get("method", "GET")
        if _odd(path):
            return _say(connection, 400, "地址不对")
        if path.startswith(CLOSED):
            return _say(connection, 404, "没有这个页面")
        websocket = connection.scope["type"] == "websocket"
        if (websocket or method not in SAFE_METHODS) and not same_origin(connection):
            return _say(connection, 403, "请求不是从本系统的页面发出的，已拒绝")
        if path == SIGN_IN and method == "POST":
            wait = self._sign_ins.wait_s(connection.client.host if connection.client else "")
            if wait:
                return _say(
                    connection, 429, f"登录尝试太频繁，请 {int(wait) + 1} 秒后再试", {"retry-after": str(int(wait) + 1)}
                )
        if path in OPEN_PATHS or path.startswith(OPEN_FOLDERS):
            return None
        viewer = known_viewer(connection) or await request_viewer(connection)
        if viewer.role == "nobody":
            return _turned_away(connection, viewer)
        if not websocket:  # a websocket outlives what was known when it was opened
            admit(connection, viewer)
        return None


class Own:
    """Our own routes, in front of Streamlit's sessions, compression and routing, which tiles have no use for."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._tiles = [route for route in routes if isinstance(route, TileRoute)]
        self._router = ExceptionMiddleware(Router(routes, redirect_slashes=False, default=app))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection: by the route that matches, else by Streamlit."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        for route in self._tiles:  # asked for by the dozen: they say their own errors and need no router
            if route.matches(scope)[0] is Match.FULL:
                await route.handle(scope, receive, send)
                return
        await self._router(scope, receive, send)


def middleware(routes: Sequence[BaseRoute]) -> list[Middleware]:
    """Return the middleware that app.py puts in front of Streamlit: the door, then our own routes."""
    return [Middleware(Door), Middleware(Own, routes=routes)]


def _turned_away(connection: HTTPConnection, viewer: Viewer) -> Response:
    if viewer is OUTSIDE:
        return _say(connection, 403, f"{NOTE}。请在运行本系统的电脑上用 http://localhost 打开，或请管理员先建账号")
    if not _wants_page(connection):
        return _say(connection, 401, viewer.refusal)
    path, query = connection.scope["path"], connection.scope.get("query_string", b"").decode("latin-1")
    wanted = f"{path}?{query}" if query else path
    address = SIGN_IN if wanted == "/" else f"{SIGN_IN}?next={quote(wanted, safe='')}"
    return RedirectResponse(address, 303, {"cache-control": "no-store"})


def _wants_page(connection: HTTPConnection) -> bool:
    """Whether a browser opens this address as a page, so that it can be shown a form instead."""
    path = connection.scope["path"]
    return (
        connection.scope["type"] == "http"
        and connection.scope["method"] in ("GET", "HEAD")
        and "text/html" in connection.headers.get("accept", "")
        and not path.startswith(("/api/", "/tiles/", "/events", "/_stcore/", "/static/"))
    )


def _say(connection: HTTPConnection, status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    """Return one sentence as a small page or as JSON, whichever the caller reads."""
    headers = {"cache-control": "no-store", **(headers or {})}
    if _wants_page(connection) or connection.scope["path"] == SIGN_IN:
        return HTMLResponse(PLAIN_PAGE.format(text=escape(text)), status, headers)
    return JSONResponse({"error": text}, status, headers)


def _odd(path: str) -> bool:
    """Whether a path could mean another one than it says, to one of the parts that read it after us."""
    if "\\" in path or "//" in path or "\x00" in path:
        return True
    return "/." in path and any(part in (".", "..") for part in path.split("/"))


def _watched(connection: HTTPConnection, receive: Receive, send: Send) -> Receive:
    """Return `receive` that closes a websocket at its next message once its session is over."""

    async def watched() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive":
            try:
                viewer = await request_viewer(connection)
            except SQLAlchemyError:
                return message
            if viewer.role == "nobody":
                await send({"type": "websocket.close", "code": 1008, "reason": "signed out"})
                return {"type": "websocket.disconnect", "code": 1008}
        return message

    return watched


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            given = OWN_NAMES.intersection([name.lower() for name, _ in headers])
            missing = [pair for pair in RAW_HEADERS if pair[0] not in given] if given else RAW_HEADERS
            message["headers"] = [*headers, *missing]
        await send(message)

    return sending
