"""The connection to PostGIS: one place that opens it, checks it and brings its schema up to date.

``database(settings)`` hands out the private cluster (``data/embedded``) or the PostGIS of ``DATABASE_URL``; nobody
else needs to know which.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from data import embedded
from data.settings import Settings

logger = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
MINIMUM_POSTGRES = 15
MINIMUM_POSTGIS = (3, 3)
POOL_WAIT_SECONDS = 5.0
TRUSTED_SECONDS = 1.0
"""How long a pooled connection that was seen alive is handed out again without asking it."""
MIGRATION_LOCK = 7_239_146_051
"""Number of the PostgreSQL advisory lock under which migrations run."""


class DatabaseError(RuntimeError):
    """The database cannot be used; the text is one Chinese sentence saying why and what to do."""


def sqlalchemy_url(url: str) -> str:
    """``url`` (postgres://, postgresql://, with or without a driver) for SQLAlchemy with psycopg 3."""
    return "postgresql+psycopg://" + url.split("://", 1)[1]


def libpq_url(url: str) -> str:
    """``url`` as libpq, psycopg and psql read it."""
    return "postgresql://" + url.split("://", 1)[1]


def without_password(url: str) -> str:
    """``url`` fit for a log or a screen."""
    return make_url(sqlalchemy_url(url)).render_as_string(hide_password=True).replace("+psycopg", "", 1)


def make_engine(url: str, pool_size: int = 5) -> Engine:
    """A SQLAlchemy engine on ``url``.

    Every session runs in UTC, so a cast to a date never depends on the server, and without JIT, which takes a second to
    compile what takes a tenth to run.
    """
    engine = create_engine(sqlalchemy_url(url), pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True)

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        before = connection.autocommit
        connection.autocommit = True
        connection.execute("SELECT set_config('timezone', 'UTC', false), set_config('jit', 'off', false)")
        connection.autocommit = before

    return engine


@dataclass(frozen=True)
class Version:
    """What runs: PostgreSQL's major, PostGIS as (major, minor), and the schema's revision (None: no schema yet)."""

    postgres: int
    postgis: tuple[int, int]
    schema: str | None


class Database:
    """An open database: ``url`` (libpq), ``engine``, and the lease when it is the private cluster."""

    def __init__(self, settings: Settings, url: str, lease: embedded.Lease | None = None) -> None:
        self.settings = settings
        self.url = libpq_url(url)
        self.lease = lease
        self.engine = make_engine(self.url)
        if lease is not None:
            self._revive_with(lease)

    def _revive_with(self, lease: embedded.Lease) -> None:
        """Where a connection is refused because the private server was killed, start it and connect again."""

        @event.listens_for(self.engine, "do_connect")
        def _connect(dialect: Any, _record: Any, args: Any, kwargs: Any) -> Any:
            try:
                return dialect.connect(*args, **kwargs)
            except psycopg.OperationalError:
                lease.ensure_running()
                return dialect.connect(*args, **kwargs)

    def version(self) -> Version:
        """Versions in use. Raises :class:`DatabaseError` below PostgreSQL 15 or PostGIS 3.3, or when it is away."""
        return check_version(self.engine, self.url)

    def tile_pool(self) -> AsyncConnectionPool[Any]:
        """A closed pool for tiles on this database; open it in the running event loop (``await pool.open()``)."""
        return tile_pool(self.url, self.settings, self.lease)

    def close(self) -> None:
        """Close the connections and give the lease up."""
        self.engine.dispose()
        if self.lease is not None:
            self.lease.release()


def open_database(settings: Settings, say: Callable[[str], None] = logger.info) -> Database:
    """Open the database of ``settings`` and check its version; close it with :meth:`Database.close`.

    Raises :class:`DatabaseError` or :class:`data.embedded.EmbeddedError`, each one sentence.
    """
    if settings.database_url is not None:
        opened = Database(settings, settings.database_url)
    else:
        lease = embedded.acquire(settings, say=say)
        opened = Database(settings, lease.url, lease)
    try:
        opened.version()
    except BaseException:
        opened.close()
        raise
    return opened


@contextmanager
def database(settings: Settings, say: Callable[[str], None] = logger.info) -> Iterator[Database]:
    """The database of ``settings``, open for the length of the ``with`` block."""
    opened = open_database(settings, say)
    try:
        yield opened
    finally:
        opened.close()


def check_version(engine: Engine, url: str) -> Version:
    """Read the versions behind ``engine`` and refuse what is too old; ``url`` is for the sentence only."""
    shown = without_password(url)
    try:
        with engine.connect() as connection:
            postgres = int(connection.scalar(text("SELECT current_setting('server_version_num')::int / 10000")) or 0)
            if postgres < MINIMUM_POSTGRES:
                raise DatabaseError(f"{shown} 是 PostgreSQL {postgres}，至少要 {MINIMUM_POSTGRES}。")
            postgis = _postgis_version(connection, shown)
            has_schema = inspect(connection).has_table("alembic_version")
            schema = connection.scalar(text("SELECT version_num FROM alembic_version")) if has_schema else None
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[-1]
        raise DatabaseError(f"连不上数据库 {shown}：{reason}。") from error
    return Version(postgres, postgis, schema)


def _postgis_version(connection: Any, shown: str) -> tuple[int, int]:
    """Version of the installed extension, which is created where that is allowed."""
    query = text("SELECT extversion FROM pg_extension WHERE extname = 'postgis'")
    found = connection.scalar(query)
    if found is None:
        try:
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
            connection.commit()
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
            raise DatabaseError(
                f"数据库 {shown} 没有 PostGIS，也建不了（{reason}）：请管理员在这个库里执行 CREATE EXTENSION postgis。"
            ) from error
        found = connection.scalar(query)
    match = re.match(r"(\d+)\.(\d+)", str(found))
    version = (int(match.group(1)), int(match.group(2))) if match else (0, 0)
    if version < MINIMUM_POSTGIS:
        raise DatabaseError(f"{shown} 的 PostGIS 是 {found}，至少要 3.3。")
    return version


def alembic_config() -> Config:
    """Alembic's configuration, built here so that no .ini file carries an address."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to ``revision`` in one transaction. Two at once are safe: the second waits, then finds it done.

    ``data/migrations/env.py`` takes the open connection from ``config.attributes["connection"]``.
    Raises :class:`DatabaseError` when the database was written by a newer program or a migration fails.
    """
    with engine.begin() as guard:
        guard.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": MIGRATION_LOCK})
        config = alembic_config()
        try:
            with engine.begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, revision)
        except CommandError as error:
            raise DatabaseError(
                f"数据库的结构比这个程序新，或不是它的（{error}）：请用写它的那个版本的程序，数据没有动过。"
            ) from error
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
            raise DatabaseError(f"升级数据库结构失败，已退回原样：{reason}。") from error


def head_revision() -> str | None:
    """Revision of the schema this program needs."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def tile_pool(url: str, settings: Settings, lease: embedded.Lease | None = None) -> AsyncConnectionPool[Any]:
    """A pool for the tile routes on ``url``, autocommit and read only, with the settings' size and time limit.

    It comes closed: ``await pool.open()`` in the event loop that uses it. A caller waits at most five seconds for
    a connection (:class:`psycopg_pool.PoolTimeout`), so an overloaded server can answer "busy" instead of hanging.
    With the private cluster's ``lease`` a server that was killed is started again by whoever asks next.
    """
    session = {
        "statement_timeout": str(settings.tile_statement_timeout_ms),
        "default_transaction_read_only": "on",
        "timezone": "UTC",
        "jit": "off",
    }

    async def configure(connection: psycopg.AsyncConnection[Any]) -> None:
        await connection.set_autocommit(True)
        for name, value in session.items():
            await connection.execute("SELECT set_config(%s, %s, false)", (name, value))

    class Connection(psycopg.AsyncConnection[Any]):
        used_at = float("-inf")

        @classmethod
        async def connect(cls, *args: Any, **kwargs: Any) -> Any:
            try:
                return await super().connect(*args, **kwargs)
            except psycopg.OperationalError:
                if lease is None:
                    raise
                await asyncio.to_thread(lease.ensure_running)
                return await super().connect(*args, **kwargs)

    async def check(connection: psycopg.AsyncConnection[Any]) -> None:
        """See that the server is still there, unless it just was: asking costs as much as a small tile."""
        now = time.monotonic()
        if isinstance(connection, Connection) and now - connection.used_at > TRUSTED_SECONDS:
            await AsyncConnectionPool.check_connection(connection)
            connection.used_at = now

    return AsyncConnectionPool(
        libpq_url(url), connection_class=Connection, min_size=1, max_size=settings.tile_pool_size, open=False,
        configure=configure, timeout=POOL_WAIT_SECONDS, name="tiles", check=check,
    )  # fmt: skip
