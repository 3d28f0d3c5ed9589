"""The event stream `/events` (server-sent events): one listener on the database, every browser told at once.

Events: `state` on every connect (all versions; fetch what you show), `layers` {layer: version}, `alarm`
{id, place_id, level, state}, `alarms` {} (many at once: fetch them), `beat` every 15 s with the server's time and how
old the data is, `bye` when the session is over. Nothing is replayed: whoever reconnects gets the whole state, so an
event can be late and never missing.
"""

import asyncio
import logging
import secrets
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import anyio
import orjson
import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from data.access import Viewer, request_viewer
from data.live import LiveState, listen, read_state
from data.services import Services, current

log = logging.getLogger(__name__)

BEAT_S = 15.0
GATHER_S = 0.25
"""Versions that rise one after the other are told together, this many seconds apart at most."""

QUEUE = 200
MOST_STREAMS = 2000
SIGNED_OUT_S = 5.0
RETRY_S = (0.5, 1, 2, 5, 10)
BOOT = secrets.token_hex(4)
"""Changes with every start of the server: a page that sees another one asks whether it is out of date itself."""

HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no", "content-type": "text/event-stream; charset=utf-8"}


def pack(event: str, data: Any, number: int) -> bytes:
    """Return one event in the wire format; JSON holds no line break, so data is one line."""
    return b"id: %s-%d\nevent: %s\ndata: %s\n\n" % (BOOT.encode(), number, event.encode(), orjson.dumps(data))


class Stream:
    """What one browser is still to be sent: a bounded queue; who cannot keep up is dropped and will come again."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE)
        self.scope = anyio.CancelScope()

    def put(self, packed: bytes) -> None:
        """Queue an event, or drop the browser when it is too far behind."""
        try:
            self.queue.put_nowait(packed)
        except asyncio.QueueFull:
            self.scope.cancel()

    def end(self) -> None:
        """Let the stream end after what is queued."""
        try:
            self.queue.put_nowait(None)
        except asyncio.QueueFull:
            self.scope.cancel()


class Hub:
    """The streams of one process and the one task that feeds them; it runs while somebody listens."""

    def __init__(self, beat_s: float = BEAT_S) -> None:
        self.streams: set[Stream] = set()
        self.beat_s = beat_s
        self._number = 0
        self._task: asyncio.Task[None] | None = None
        self._waiting: dict[str, int] = {}
        self._state: LiveState | None = None
        self._connected = False

    def join(self, viewer: Viewer) -> Stream:
        """Add a browser; the first one starts the listener."""
        stream = Stream(viewer)
        self.streams.add(stream)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(current().engine), name="events")
        elif self._state is not None:
            stream.put(self._pack("state", self._whole(self._state)))
        return stream

    def leave(self, stream: Stream) -> None:
        """Take a browser out; the last one stops the listener."""
        self.streams.discard(stream)
        if not self.streams and self._task is not None:
            self._task.cancel()
            self._forget()

    async def close(self) -> None:
        """End every stream and stop the listener."""
        for stream in self.streams:
            stream.end()
        task = self._task
        self._forget()
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def _forget(self) -> None:
        """Know nothing any more: what was heard before a pause says nothing about now."""
        self._task, self._state, self._connected = None, None, False
        self._waiting.clear()

    async def _run(self, engine: sa.Engine) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(engine))
            tasks.create_task(self._tell_layers())
            tasks.create_task(self._beat(engine))
            tasks.create_task(self._end_with_server())

    async def _listen(self, engine: sa.Engine) -> None:
        """Hear the database; when it goes away say so, come back, and tell everybody the whole state anew."""
        tries = 0
        while True:
            try:
                async for message in listen(engine):
                    if not self._connected:
                        await self._start_over(engine)
                        tries = 0
                    if message is not None:
                        self._tell(message)
            except (psycopg.Error, SQLAlchemyError, OSError, ValueError) as error:
                log.warning("event stream: the database is away (%s)", type(error).__name__)
            if self._connected:
                self._connected = False
                self._send("beat", self._beat_data())
            await asyncio.sleep(RETRY_S[min(tries, len(RETRY_S) - 1)])
            tries += 1
            with suppress(SQLAlchemyError):  # the engine starts a private cluster that was killed
                await run_in_threadpool(read_state, engine)

    async def _start_over(self, engine: sa.Engine) -> None:
        self._state = await run_in_threadpool(read_state, engine)
        self._connected = True
        self._send("state", self._whole(self._state))

    def _tell(self, message: dict[str, Any]) -> None:
        kind = message.get("kind")
        if kind == "layers":
            self._waiting[message["layer"]] = message["version"]
        elif kind == "alarm":
            path = message["path"]
            data = {key: message[key] for key in ("id", "place_id", "level", "state")}
            self._send("alarm", data, lambda viewer: bool(viewer.sees(path)))
        elif kind == "alarms":
            self._send("alarms", {})

    async def _tell_layers(self) -> None:
        while True:
            await asyncio.sleep(GATHER_S)
            if self._waiting:
                versions, self._waiting = self._waiting, {}
                if self._state is not None:
                    self._state.layers.update(versions)
                self._send("layers", versions)

    async def _beat(self, engine: sa.Engine) -> None:
        while True:
            await asyncio.sleep(self.beat_s)
            with suppress(SQLAlchemyError):
                self._state = await run_in_threadpool(read_state, engine)
            self._send("beat", self._beat_data())

    async def _end_with_server(self) -> None:
        """End all streams when the server is told to stop: it waits for every answer that is still being sent."""
        while not server_is_stopping():
            await asyncio.sleep(0.3)
        for stream in self.streams:
            stream.end()

    def _whole(self, state: LiveState) -> dict[str, Any]:
        return {"layers": state.layers, **self._beat_data()}

    def _beat_data(self) -> dict[str, Any]:
        now = datetime.now(UTC)
        data_at = self._state.data_at if self._state is not None else None
        return {
            "boot": BOOT,
            "now": now,
            "data_at": data_at,
            "age_s": None if data_at is None else max(0, round((now - data_at).total_seconds())),
            "database": self._connected,
        }

    def _pack(self, event: str, data: Any) -> bytes:
        self._number += 1
        return pack(event, data, self._number)

    def _send(self, event: str, data: Any, wanted: Callable[[Viewer], bool] | None = None) -> None:
        packed = self._pack(event, data)
        for stream in tuple(self.streams):
            if wanted is None or wanted(stream.viewer):
                stream.put(packed)


def server_is_stopping() -> bool:
    """Whether uvicorn was told to stop; its signal handler is a method of the server."""
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return bool(getattr(server, "should_exit", False))


class EventResponse(Response):
    """Sends a stream until the browser goes, falls behind, or its session is over."""

    def __init__(self, hub: Hub, viewer: Viewer, request: Request) -> None:
        super().__init__(headers=HEADERS)
        self._hub, self._viewer, self._request = hub, viewer, request
        self.raw_headers = [pair for pair in self.raw_headers if pair[0] != b"content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the end."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": b"retry: 1500\n\n", "more_body": True})
        stream = self._hub.join(self._viewer)
        try:
            with stream.scope:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._until_gone, receive, stream)
                    tasks.start_soon(self._until_signed_out, stream)
                    while (packed := await stream.queue.get()) is not None:
                        await send({"type": "http.response.body", "body": packed, "more_body": True})
                    tasks.cancel_scope.cancel()
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._hub.leave(stream)

    @staticmethod
    async def _until_gone(receive: Receive, stream: Stream) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        stream.scope.cancel()

    async def _until_signed_out(self, stream: Stream) -> None:
        """End the stream of a viewer who signed out, was disabled or got other regions; the browser comes again."""
        while True:
            await asyncio.sleep(min(self._hub.beat_s, SIGNED_OUT_S))
            with suppress(SQLAlchemyError):
                if await request_viewer(self._request) != self._viewer:
                    stream.put(pack("bye", {}, 0))
                    stream.end()


HUB = Hub()
"""The streams of this process."""


@asynccontextmanager
async def listening(services: Services) -> AsyncIterator[Hub]:
    """Let `/events` be served within; at the end every stream is ended and the listener stopped.

    The database is asked only while a browser listens, so entering costs nothing.
    """
    try:
        yield HUB
    finally:
        await HUB.close()


def routes(hub: Hub = HUB) -> list[Route]:
    """Return the route `/events`."""

    async def events(request: Request) -> Response:
        """Open an event stream for whoever may view."""
        viewer = await request_viewer(request)
        allowed = viewer.may("view")
        if not allowed:
            return JSONResponse({"error": allowed.reason}, 401 if viewer.role == "nobody" else 403)
        if len(hub.streams) >= MOST_STREAMS:
            return JSONResponse({"error": "连接太多，请稍后再试"}, 503, {"retry-after": "30"})
        return EventResponse(hub, viewer, request)

    return [Route("/events", events, methods=["GET"])]
