"""Which version of its data each layer draws: part of every tile address, so that tiles may be kept for ever.

Counted layers have theirs in `layer_version`, raised by data.drawn in the transaction of the change. Base layers
(regions, roads, zones, stations) and open alarms have none there: theirs is taken from their tables, so nobody can
forget to raise it. Live layers depend on the day and the hour too and have no version.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable
from typing import Any

from psycopg_pool import AsyncConnectionPool

from layers.catalogue import Catalogue, Entry, read_sql

FRESH_S = 1.0
"""How long versions are believed before the database is asked again, by tiles."""
ASKED_S = 0.1
"""The same for a page that asks for them because it was told of a change."""
LIVE_S = 20
"""How long a tile of a live layer (hazards, gaps) may be shared before it is made again."""


class Versions:
    """The current versions, read at most once a second however many tiles ask."""

    def __init__(self, catalogue: Catalogue, clock: Callable[[], float] = time.monotonic) -> None:
        self.catalogue = catalogue
        self.clock = clock
        self._known: dict[str, int] = {}
        self._read_at = float("-inf")
        self._lock = asyncio.Lock()

    def fresh(self, age_s: float = FRESH_S) -> dict[str, int] | None:
        """Return the versions if they are at most `age_s` old, else None; never waits."""
        return self._known if self.clock() - self._read_at < age_s else None

    async def current(self, pool: AsyncConnectionPool[Any], age_s: float = FRESH_S) -> dict[str, int]:
        """Return the version of every layer that has one (live layers have none), at most `age_s` old."""
        if self.fresh(age_s) is None:
            async with self._lock:
                if self.fresh(age_s) is None:
                    began = self.clock()
                    marks = await read_marks(pool)
                    self._known = {e.id: version_of(e, marks) for e in self.catalogue.entries if not e.live}
                    self._read_at = began
        return self._known


async def read_marks(pool: AsyncConnectionPool[Any]) -> dict[str, str]:
    """Return, by layer or table name, a text that differs whenever what it draws has changed."""
    async with pool.connection() as connection:
        rows = await (await connection.execute(read_sql("versions.sql"))).fetchall()
    return dict(rows)


def version_of(entry: Entry, marks: dict[str, str]) -> int:
    """Return the number in the tile addresses of a layer: below 2^53, so that JavaScript reads it exactly."""
    text = "|".join(f"{name}={marks.get(name, '')}" for name in entry.depends)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")
