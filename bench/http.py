"""A small HTTP/1.1 client for load: keep-alive connections, one request at a time each, nothing decoded.

It shares the machine with what it measures, so it does as little as can be: requests are bytes made beforehand, of an
answer only status and length are read. It is the same for every server.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import uvloop


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer: which request, status, seconds, bytes of the body as sent."""

    at: int
    status: int
    seconds: float
    size: int


class _Connection(asyncio.Protocol):
    """Asks one request after another from a shared queue, until that is empty."""

    def __init__(self, requests: Sequence[bytes], queue: list[int], samples: list[Sample]) -> None:
        self.requests, self.queue, self.samples = requests, queue, samples
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.WriteTransport | None = None
        self.kept = b""
        self.at = -1
        self.started = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask the first."""
        self.transport = cast(asyncio.WriteTransport, transport)
        self._next()

    def _next(self) -> None:
        transport = cast(asyncio.WriteTransport, self.transport)
        if not self.queue:
            self.done.set_result(None)
            transport.close()
            return
        self.at = self.queue.pop()
        self.started = time.perf_counter()
        transport.write(self.requests[self.at])

    def data_received(self, data: bytes) -> None:
        """Take in a piece of an answer; when it is whole, note it and ask the next."""
        self.kept = self.kept + data if self.kept else data
        end = self.kept.find(b"\r\n\r\n")
        if end < 0:
            return
        size = _body(self.kept, end)
        if size is None:
            return
        self.samples.append(Sample(self.at, int(self.kept[9:12]), time.perf_counter() - self.started, size))
        self.kept = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """A server that hangs up in the middle spoils the measurement."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))


def _body(answer: bytes, end: int) -> int | None:
    """Return the bytes of a whole answer's body (without the frame of chunks), None while some are missing."""
    head = answer[:end].lower()
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        stop = head.find(b"\r\n", at + 2)
        length = int(head[at + 17 : stop if stop > 0 else end])
        return length if len(answer) >= end + 4 + length else None
    if b"\r\ntransfer-encoding: chunked" not in head:
        return 0
    if not answer.endswith(b"\r\n0\r\n\r\n"):
        return None
    size, at = 0, end + 4
    while length := int(answer[at : answer.index(b"\r\n", at)].split(b";")[0], 16):
        size += length
        at = answer.index(b"\r\n", at) + 4 + length
    return size


def run(port: int, paths: Sequence[str], in_flight: int) -> tuple[float, list[Sample]]:
    """Ask every path once, `in_flight` at a time, in order; returns (seconds for all, samples)."""
    ask = "GET {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAccept-Encoding: gzip\r\nConnection: keep-alive\r\n\r\n"
    requests = [ask.format(path, port).encode() for path in paths]

    async def everything() -> tuple[float, list[Sample]]:
        loop, samples = asyncio.get_running_loop(), list[Sample]()
        queue = list(range(len(paths)))[::-1]
        started = time.perf_counter()
        made = [
            await loop.create_connection(lambda: _Connection(requests, queue, samples), "127.0.0.1", port)
            for _ in range(in_flight)
        ]
        await asyncio.gather(*(connection.done for _, connection in made))
        return time.perf_counter() - started, samples

    return uvloop.run(everything())
