"""The one way to the database: any spelling of its address, versions refused early, migrations safe in pairs."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, inspect, text

from data import engine as engines
from data.embedded.bootstrap import EXTENSIONS
from data.engine import (
    DatabaseError,
    database,
    head_revision,
    libpq_url,
    make_engine,
    sqlalchemy_url,
    upgrade,
    without_password,
)
from data.settings import Settings, load_settings
from tests.conftest import TestServer, database_name
from tests.data.cluster_tools import gone, postmaster, wait_until


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_an_address_works(db_url: str, scheme: str, clean_environment: None) -> None:
    url = scheme + "://" + db_url.split("://", 1)[1]
    with database(load_settings(database_url=url)) as opened:
        assert opened.version().postgis >= (3, 3)
        with psycopg.connect(opened.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert sqlalchemy_url(url).startswith("postgresql+psycopg://")
    assert libpq_url(url) == db_url


def test_password_is_not_in_what_is_shown(db_url: str) -> None:
    assert "geheim" not in without_password("postgresql://me:geheim@host/db")
    assert without_password("postgres://me:geheim@host/db") == "postgresql://me:***@host/db"


def test_database_that_does_not_answer_is_a_sentence(clean_environment: None) -> None:
    settings = load_settings(database_url="postgresql://me:geheim@127.0.0.1:1/db")
    with pytest.raises(DatabaseError, match="连不上数据库") as error, database(settings):
        pass
    assert "geheim" not in str(error.value)
    assert "\n" not in str(error.value)


def test_old_postgis_and_old_postgres_are_refused(db: Engine, db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "MINIMUM_POSTGIS", (99, 0))
    with pytest.raises(DatabaseError, match="PostGIS"):
        engines.check_version(db, db_url)
    monkeypatch.setattr(engines, "MINIMUM_POSTGRES", 99)
    with pytest.raises(DatabaseError, match="PostgreSQL"):
        engines.check_version(db, db_url)


def test_database_without_postgis_that_may_not_be_given_it_says_what_to_do(
    new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = new_database("template0")
    if os.environ.get("DATABASE_URL"):
        pytest.skip("the given role may create extensions")
    engine = make_engine(url)
    with pytest.raises(DatabaseError, match="CREATE EXTENSION postgis"):
        engines.check_version(engine, url)
    engine.dispose()


def test_days_do_not_depend_on_the_servers_time_zone(db: Engine) -> None:
    with db.begin() as connection:
        connection.execute(text(f'ALTER DATABASE "{db.url.database}" SET timezone = \'Pacific/Auckland\''))
    db.dispose()
    with db.connect() as connection:
        day = connection.scalar(text("SELECT timestamptz '2026-01-31 20:00+00' :: date"))
    assert day == date(2026, 1, 31)


def test_two_migrations_at_once_make_one_schema(
    test_server: tuple[TestServer, str], new_database: Callable[[str], str]
) -> None:
    url = new_database("template0")
    for extension in EXTENSIONS:
        test_server[0].run(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(extension)), database_name(url))
    faults: list[BaseException] = []

    def work() -> None:
        engine = make_engine(url)
        try:
            upgrade(engine)
        except BaseException as error:
            faults.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    engine = make_engine(url)
    assert engines.check_version(engine, url).schema == head_revision()
    engine.dispose()


def test_schema_of_a_newer_program_is_refused_untouched(db: Engine) -> None:
    with db.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    tables = set(inspect(db).get_table_names())
    with pytest.raises(DatabaseError, match="比这个程序新"):
        upgrade(db)
    assert set(inspect(db).get_table_names()) == tables


def test_tile_pool_cannot_write_and_cannot_run_for_ever(settings: Settings, db_url: str) -> None:
    async def ask() -> None:
        pool = engines.tile_pool(db_url, settings.model_copy(update={"tile_statement_timeout_ms": 100}))
        await pool.open()
        try:
            async with pool.connection() as connection:
                with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                    await connection.execute("CREATE TABLE x (n int)")
                with pytest.raises(psycopg.errors.QueryCanceled):
                    await connection.execute("SELECT pg_sleep(5)")
        finally:
            await pool.close()

    asyncio.run(ask())


def test_tiles_come_back_after_the_private_server_was_killed(state: Path) -> None:
    async def ask() -> None:
        with database(load_settings(state_dir=state)) as opened:
            pool = opened.tile_pool()
            await pool.open(wait=True)
            pid = postmaster(state)
            assert pid is not None
            os.kill(pid, 9)
            wait_until(lambda: gone(pid))
            try:
                async with pool.connection(timeout=30) as connection:
                    answer = await connection.execute("SELECT count(*) FROM kept")
                    assert await answer.fetchone() == (1,)
            finally:
                await pool.close()

    asyncio.run(ask())
