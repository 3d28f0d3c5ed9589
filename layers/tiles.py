"""Vector tiles out of PostGIS: made once, kept by version and scope, refused politely when the house is full.

Tiles of counted layers are made a block at a time: whoever looks at a tile looks at its neighbours next, and asking the
database costs more than what most tiles hold. A block with too much in it falls back to tile by tile.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from data.access import Viewer
from layers.cache import SingleFlight, Tile, TileCache
from layers.catalogue import CELLS_TO, Entry, Source
from layers.queries import MOST_POINTS, Address, Moment, Query, drawn, from_file
from layers.versions import LIVE_S

logger = logging.getLogger(__name__)

WAIT_S = 5.0
"""Longest wait for a turn to make a tile; then the caller is told to come back."""
STREET_LEVEL = 3
BLOCK = 4
"""Tiles on a side of a block."""
MOST_CROWDED = 10_000
"""Blocks remembered as having too much in them."""
EMPTY = Tile(b"")
Key = tuple[str, int, str, Address]


class Overloaded(RuntimeError):
    """The tile could not be made in time, or the database is away: try again shortly."""


class Tiles:
    """Makes and keeps tiles. One per process; it belongs to the event loop it is first used in."""

    def __init__(self, pool: AsyncConnectionPool[Any], concurrency: int, cache: TileCache | None = None) -> None:
        self.pool = pool
        self.cache = cache or TileCache()
        self.queries = 0
        """Queries sent to the database so far."""
        self._flight: SingleFlight[Tile] = SingleFlight()
        self._block_flight: SingleFlight[None] = SingleFlight()
        self._crowded: set[Key] = set()
        self._turns = asyncio.Semaphore(concurrency)
        self._levels: dict[str, tuple[float, bool]] = {}

    def kept(self, entry: Entry, version: int, viewer: Viewer, at: Address) -> Tile | None:
        """Return the tile if it is made already; never waits."""
        return self.cache.get(_key(entry, version, viewer, at), time.monotonic())

    async def get(self, entry: Entry, version: int, viewer: Viewer, at: Address, when: Callable[[], Moment]) -> Tile:
        """Return the tile of a layer as this viewer may see it; `version` is the layer's current one.

        Raises Overloaded. A live layer's tile is shared for a few seconds and made again.
        """
        kept = self.kept(entry, version, viewer, at)
        if kept is not None:
            return kept
        fine = await self._finer_than_street(entry, viewer, at)
        block = at.block(BLOCK)
        block_key = _key(entry, version, viewer, block)
        if _in_blocks(entry, at.z, fine) and block_key not in self._crowded:

            async def make_block() -> None:
                await self._make_block(entry, version, viewer, block, when())

            await self._block_flight.run(block_key, make_block)
            kept = self.kept(entry, version, viewer, at)
            if kept is not None:
                return kept

        async def make() -> Tile:
            moment = when()
            async with self._connected(entry, at) as connection:
                tries = [_queries(entry, source, viewer, at, moment, fine) for source in entry.at(at.z)]
                tile = Tile(b"".join([await self._first_within_limit(connection, queries) for queries in tries]))
            until = time.monotonic() + LIVE_S if entry.live else float("inf")
            self.cache.put(_key(entry, version, viewer, at), tile, until)
            return tile

        return await self._flight.run(_key(entry, version, viewer, at), make)

    async def _make_block(self, entry: Entry, version: int, viewer: Viewer, block: Address, moment: Moment) -> None:
        """Make and keep every tile of a block, the empty ones too, except those with too many points."""
        query = _queries(entry, entry.at(block.z)[0], viewer, block, moment, False)[0]
        async with self._connected(entry, block) as connection:
            rows = await self._run(connection, query)
        if query.limit is not None and sum(row.features for row in rows) > query.limit:
            if len(self._crowded) >= MOST_CROWDED:
                self._crowded.clear()
            self._crowded.add(_key(entry, version, viewer, block))
            return
        made = {(row.x, row.y): row for row in rows}
        for x in range(block.x, block.x + block.side):
            for y in range(block.y, block.y + block.side):
                row = made.get((x, y))
                if row is None or query.limit is None or row.features <= MOST_POINTS:
                    key = _key(entry, version, viewer, Address(block.z, x, y))
                    self.cache.put(key, Tile(row.mvt) if row else EMPTY)

    @asynccontextmanager
    async def _connected(self, entry: Entry, at: Address) -> AsyncIterator[Any]:
        """Wait for a turn and a connection. Raises Overloaded when either does not come, or the query fails."""
        try:
            await asyncio.wait_for(self._turns.acquire(), WAIT_S)
        except TimeoutError as error:
            raise Overloaded("too many tiles at once") from error
        try:
            async with self.pool.connection(WAIT_S) as connection:
                yield connection
        except (PoolTimeout, PoolClosed, errors.QueryCanceled, psycopg.OperationalError, OSError) as error:
            logger.warning("tile %s %s/%s/%s: %s", entry.id, at.z, at.x, at.y, error)
            raise Overloaded(str(error)) from error
        finally:
            self._turns.release()

    async def _first_within_limit(self, connection: Any, queries: list[Query]) -> bytes:
        for query in queries:
            rows = await self._run(connection, query)
            if query.limit is None or sum(row.features for row in rows) <= query.limit:
                return b"".join(row.mvt for row in rows)
        raise AssertionError("the last query of a tile has no limit")

    async def _run(self, connection: Any, query: Query) -> list["Row"]:
        self.queries += 1
        cursor = await connection.execute(query.text, query.values, binary=True)
        return [Row(x, y, features, bytes(mvt)) for x, y, features, mvt in await cursor.fetchall() if features]

    async def _finer_than_street(self, entry: Entry, viewer: Viewer, at: Address) -> bool:
        """Whether a viewer's scope cuts through streets; remembered for a minute per scope."""
        if viewer.regions is None:
            return False
        known = self._levels.get(viewer.scope_key)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        async with self._connected(entry, at) as connection:
            cursor = await connection.execute(
                "SELECT COALESCE(max(level), 0) > %s FROM region WHERE id = ANY (%s::integer[])",
                (STREET_LEVEL, list(viewer.regions)),
            )
            fine = bool((await cursor.fetchone())[0])
        if len(self._levels) > 10_000:
            self._levels.clear()
        self._levels[viewer.scope_key] = (time.monotonic() + 60, fine)
        return fine


@dataclass(frozen=True)
class Row:
    """What a query says of one tile."""

    x: int
    y: int
    features: int
    mvt: bytes


def _in_blocks(entry: Entry, z: int, fine: bool) -> bool:
    sources = entry.at(z)
    stored = len(sources) == 1 and sources[0].drawn is not None and not entry.live
    return stored and (z > CELLS_TO or not fine)


def _queries(entry: Entry, source: Source, viewer: Viewer, at: Address, moment: Moment, fine: bool) -> list[Query]:
    name = source.name or entry.id
    if source.drawn is None:
        return from_file(source, name, viewer, at, moment)
    return drawn(source, name, viewer, at, moment, fine)


def _key(entry: Entry, version: int, viewer: Viewer, at: Address) -> Key:
    return entry.id, version, viewer.scope_key, at
