"""Vector tiles out of PostGIS: made once, kept by version and scope, refused politely when the house is full."""

import asyncio
import gzip
import hashlib
import logging
import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import errors
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from data.access import Viewer
from layers.cache import SingleFlight, Tile, TileCache
from layers.catalogue import Entry, Source
from layers.queries import Address, Moment, Query, drawn, from_file
from layers.versions import LIVE_S

logger = logging.getLogger(__name__)

GZIP_LEVEL = 4
WAIT_S = 5.0
"""Longest wait for a turn to make a tile; then the caller is told to come back."""
STREET_LEVEL = 3
EMPTY = Tile(b"", '"0"', 0)


class Overloaded(RuntimeError):
    """The tile could not be made in time, or the database is away: try again shortly."""


class Tiles:
    """Makes and keeps tiles. One per process; it belongs to the event loop it is first used in."""

    def __init__(self, pool: AsyncConnectionPool[Any], concurrency: int, cache: TileCache | None = None) -> None:
        self.pool = pool
        self.cache = cache or TileCache()
        self.queries = 0
        """Queries sent to the database so far."""
        self._flight = SingleFlight()
        self._turns = asyncio.Semaphore(concurrency)
        self._levels: dict[str, tuple[float, bool]] = {}

    async def get(self, entry: Entry, version: int, viewer: Viewer, at: Address, when: Callable[[], Moment]) -> Tile:
        """Return the tile of a layer as this viewer may see it; `version` is the layer's current one.

        Raises Overloaded. A live layer's tile is shared for a few seconds and made again.
        """
        key = (entry.id, version, viewer.scope_key, at.z, at.x, at.y)
        now = time.monotonic()
        kept = self.cache.get(key, now)
        if kept is not None:
            return kept

        async def make() -> Tile:
            tile = await self._make(entry, viewer, at, when())
            self.cache.put(key, tile, now + LIVE_S if entry.live else float("inf"))
            return tile

        return await self._flight.run(key, make)

    async def _make(self, entry: Entry, viewer: Viewer, at: Address, moment: Moment) -> Tile:
        try:
            await asyncio.wait_for(self._turns.acquire(), WAIT_S)
        except TimeoutError as error:
            raise Overloaded("too many tiles at once") from error
        try:
            async with self.pool.connection(WAIT_S) as connection:
                parts = [await self._layer(connection, entry, source, viewer, at, moment) for source in entry.at(at.z)]
        except (PoolTimeout, PoolClosed, errors.QueryCanceled, psycopg.OperationalError, OSError) as error:
            logger.warning("tile %s %s/%s/%s: %s", entry.id, at.z, at.x, at.y, error)
            raise Overloaded(str(error)) from error
        finally:
            self._turns.release()
        return packed(b"".join(parts))

    async def _layer(
        self, connection: Any, entry: Entry, source: Source, viewer: Viewer, at: Address, moment: Moment
    ) -> bytes:
        name = source.name or entry.id
        if source.drawn is not None:
            fine = await self._finer_than_street(connection, viewer)
            tries = drawn(source, name, viewer, at, moment, fine)
        else:
            tries = from_file(source, name, viewer, at, moment)
        for query in tries:
            features, mvt = await self._run(connection, query)
            if query.limit is None or features <= query.limit:
                return mvt
        raise AssertionError("the last query of a tile has no limit")

    async def _run(self, connection: Any, query: Query) -> tuple[int, bytes]:
        self.queries += 1
        cursor = await connection.execute(query.text, query.values, binary=True)
        features, mvt = await cursor.fetchone()
        return features, bytes(mvt) if features else b""

    async def _finer_than_street(self, connection: Any, viewer: Viewer) -> bool:
        """Whether a viewer's scope cuts through streets; remembered for a minute per scope."""
        if viewer.regions is None:
            return False
        known = self._levels.get(viewer.scope_key)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        cursor = await connection.execute(
            "SELECT COALESCE(max(level), 0) > %s FROM region WHERE id = ANY (%s::integer[])",
            (STREET_LEVEL, list(viewer.regions)),
        )
        fine = bool((await cursor.fetchone())[0])
        if len(self._levels) > 10_000:
            self._levels.clear()
        self._levels[viewer.scope_key] = (time.monotonic() + 60, fine)
        return fine


def packed(mvt: bytes) -> Tile:
    """Return the bytes of a tile gzip'd, with a tag of their content."""
    if not mvt:
        return EMPTY
    tag = hashlib.blake2b(mvt, digest_size=9).hexdigest()
    return Tile(gzip.compress(mvt, GZIP_LEVEL, mtime=0), f'"{tag}"', len(mvt))
