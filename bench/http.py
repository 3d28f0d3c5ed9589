"""A small HTTP/1.1 client for load: keep-alive connections, one request at a time each, nothing decoded."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """One answer: which request, status, seconds, bytes of the body as sent."""

    at: int
    status: int
    seconds: float
    size: int


async def _get(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, path: str) -> tuple[int, int]:
    head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\nConnection: keep-alive\r\n\r\n"
    writer.write(head.encode())
    header = await reader.readuntil(b"\r\n\r\n")
    lines = header.split(b"\r\n")
    status, length, chunked = int(lines[0].split()[1]), 0, False
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        elif name.lower() == b"transfer-encoding" and b"chunked" in value.lower():
            chunked = True
    if not chunked:
        await reader.readexactly(length)
        return status, length
    while size := int((await reader.readline()).split(b";")[0], 16):
        length += size
        await reader.readexactly(size + 2)
    await reader.readline()
    return status, length


async def _worker(port: int, host: str, paths: Sequence[str], queue: list[int], samples: list[Sample]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while queue:
            at = queue.pop()
            started = time.perf_counter()
            status, size = await _get(reader, writer, host, paths[at])
            samples.append(Sample(at, status, time.perf_counter() - started, size))
    finally:
        writer.close()


def run(port: int, paths: Sequence[str], in_flight: int) -> tuple[float, list[Sample]]:
    """Ask every path once, `in_flight` at a time, in order; returns (seconds for all, samples)."""

    async def everything() -> tuple[float, list[Sample]]:
        samples: list[Sample] = []
        queue = list(range(len(paths)))[::-1]
        started = time.perf_counter()
        await asyncio.gather(*(_worker(port, f"127.0.0.1:{port}", paths, queue, samples) for _ in range(in_flight)))
        return time.perf_counter() - started, samples

    return asyncio.run(everything())
