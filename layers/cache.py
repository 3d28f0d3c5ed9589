"""A bounded cache of made tiles, and one making at a time per tile however many ask."""

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Made = TypeVar("Made")
RawHeaders = list[tuple[bytes, bytes]]
GZIP_LEVEL = 4
MVT = b"application/vnd.mapbox-vector-tile"
FOR_EVER = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"


class Tile:
    """A made tile: its gzip'd bytes (empty when nothing is in it) and its entity tag, both made when first asked for.

    Half of the tiles of a block are never asked for, and packing costs as much as making.
    """

    __slots__ = ("_body", "_etag", "_heads", "_mvt", "size")

    def __init__(self, mvt: bytes) -> None:
        self.size = len(mvt)
        """Bytes before gzip."""
        self._mvt = mvt
        self._body = b""
        self._etag = "" if mvt else '"0"'
        self._heads: dict[bool, RawHeaders] = {}

    @property
    def body(self) -> bytes:
        """Return the gzip'd bytes, the same ones every time."""
        if self._mvt:
            self._etag = self.etag
            self._body, self._mvt = gzip.compress(self._mvt, GZIP_LEVEL, mtime=0), b""
        return self._body

    @property
    def etag(self) -> str:
        """Return the tag of the content."""
        if not self._etag:
            self._etag = f'"{hashlib.blake2b(self._mvt, digest_size=9).hexdigest()}"'
        return self._etag


    def heads(self, exact: bool) -> RawHeaders:
        """Return the headers of an answer with the gzip'd bytes; only an `exact` address may be kept for ever."""
        found = self._heads.get(exact)
        if found is None:
            found = self._heads[exact] = [
                (b"cache-control", (FOR_EVER if exact else ASK_AGAIN).encode()),
                (b"etag", self.etag.encode()),
                (b"vary", b"Accept-Encoding" if exact else b"Accept-Encoding, Cookie"),
            ]
            if self.body:
                found += [
                    (b"content-type", MVT),
                    (b"content-encoding", b"gzip"),
                    (b"content-length", str(len(self.body)).encode()),
                ]
        return found


class TileCache:
    """Tiles by key, the longest unused dropped first; at most `limit` bytes, counted before gzip."""

    OVERHEAD = 200

    def __init__(self, limit: int = 256 * 1024 * 1024) -> None:
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
        self.held += tile.size + self.OVERHEAD
        while self.held > self.limit and self._kept:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Hashable) -> None:
        tile, _ = self._kept.pop(key)
        self.held -= tile.size + self.OVERHEAD

    def __len__(self) -> int:
        return len(self._kept)


class SingleFlight(Generic[Made]):
    """Runs one making per key; whoever asks meanwhile waits for it. A caller that leaves does not stop it."""

    def __init__(self) -> None:
        self._flying: dict[Hashable, asyncio.Task[Made]] = {}

    async def run(self, key: Hashable, make: Callable[[], Awaitable[Made]]) -> Made:
        """Return what `make` returns, or raise what it raises, once for all who wait."""
        task = self._flying.get(key)
        if task is None:
            task = asyncio.ensure_future(make())
            self._flying[key] = task
            task.add_done_callback(lambda done: self._landed(key, done))
        return await asyncio.shield(task)

    def _landed(self, key: Hashable, done: "asyncio.Task[Made]") -> None:
        self._flying.pop(key, None)
        if not done.cancelled():
            done.exception()  # marks it as seen where every caller has left
