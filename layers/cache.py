"""A bounded cache of made tiles, and one making at a time per tile however many ask."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass


@dataclass(frozen=True)
class Tile:
    """A made tile: its gzip'd bytes (empty when nothing is in it), its entity tag and its size before gzip."""

    body: bytes
    etag: str
    size: int


class TileCache:
    """Tiles by key, the longest unused dropped first; at most `limit` bytes of bodies."""

    OVERHEAD = 200

    def __init__(self, limit: int = 128 * 1024 * 1024) -> None:
        self.limit = limit
        self.held = 0
        self._kept: OrderedDict[Hashable, tuple[Tile, float]] = OrderedDict()

    def get(self, key: Hashable, now: float = 0.0) -> Tile | None:
        """Return the tile if it is kept and has not run out at `now` (the clock of `put`'s `until`)."""
        found = self._kept.get(key)
        if found is None:
            return None
        if found[1] < now:
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, tile: Tile, until: float = float("inf")) -> None:
        """Keep a tile until it runs out or space is needed."""
        if key in self._kept:
            self._drop(key)
        self._kept[key] = (tile, until)
        self.held += len(tile.body) + self.OVERHEAD
        while self.held > self.limit and self._kept:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Hashable) -> None:
        tile, _ = self._kept.pop(key)
        self.held -= len(tile.body) + self.OVERHEAD

    def __len__(self) -> int:
        return len(self._kept)


class SingleFlight:
    """Runs one making per key; whoever asks meanwhile waits for it. A caller that leaves does not stop it."""

    def __init__(self) -> None:
        self._flying: dict[Hashable, asyncio.Task[Tile]] = {}

    async def run(self, key: Hashable, make: Callable[[], Awaitable[Tile]]) -> Tile:
        """Return what `make` returns, or raise what it raises, once for all who wait."""
        task = self._flying.get(key)
        if task is None:
            task = asyncio.ensure_future(make())
            self._flying[key] = task
            task.add_done_callback(lambda done: self._landed(key, done))
        return await asyncio.shield(task)

    def _landed(self, key: Hashable, done: "asyncio.Task[Tile]") -> None:
        self._flying.pop(key, None)
        if not done.cancelled():
            done.exception()  # marks it as seen where every caller has left
