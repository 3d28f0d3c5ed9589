"""What a running server shares: settings, the database and the pool of the tile routes.

`serving(settings)` opens them for the life of the process; routes and pages ask `current()`.
Nothing is opened at import.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg_pool import AsyncConnectionPool
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from data.engine import make_engine, open_database, tile_pool
from data.settings import Settings


@dataclass(frozen=True)
class Services:
    """Settings, the engine for pages and jobs, and the pool for routes (closed where no event loop serves)."""

    settings: Settings
    engine: Engine
    url: str
    pool: AsyncConnectionPool[Any]

    def today(self) -> date:
        """Return today's date in Asia/Shanghai: the only clock of the pages."""
        return self.settings.today()


_current: Services | None = None


def use(services: Services | None) -> None:
    """Make `services` the ones that `current()` returns (None: none)."""
    global _current  # noqa: PLW0603 - the one place where a process keeps what it serves with
    _current = services


def current() -> Services:
    """Return the services of this process. A RuntimeError before they are open."""
    if _current is None:
        raise RuntimeError("the services are not open: the program starts them in app.py")
    return _current


def services_of(url: str, settings: Settings) -> Services:
    """Return services with a pool that is not open yet, on a database address: for tests and scripts."""
    return Services(settings, make_engine(url), url, tile_pool(url, settings))


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Services]:
    """Open the database (starting the private cluster where needed) and the pool, and close them at the end."""
    database = await run_in_threadpool(open_database, settings)
    pool = database.tile_pool()
    try:
        await pool.open()
        services = Services(settings, database.engine, database.url, pool)
        use(services)
        yield services
    finally:
        use(None)
        await pool.close()
        await run_in_threadpool(database.close)
