"""Long work runs beside the pages: queued once, done by a worker at low priority, which comes back when it dies."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, text

from data.jobs import _Keeper, defer, run_worker, worker_process
from data.settings import Settings
from data.worker import NICE


def until(holds: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False


def finished(db: Engine) -> int:
    with db.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM risk_run WHERE finished_at IS NOT NULL")) or 0)


def test_the_same_work_waits_in_the_queue_only_once_and_is_done(db: Engine, db_url: str, settings: Settings) -> None:
    assert defer(db_url, "risk.run", as_of="2026-11-22") is not None
    assert defer(db_url, "risk.run", as_of="2026-11-22") is None
    run_worker(settings, wait=False)
    assert finished(db) == 1
    assert defer(db_url, "risk.run") is not None


def test_work_that_a_killed_worker_left_is_taken_up_again(db: Engine, db_url: str, settings: Settings) -> None:
    defer(db_url, "risk.run", as_of="2026-11-22")
    with db.begin() as connection:
        connection.execute(text("UPDATE procrastinate_jobs SET status = 'doing'"))
    run_worker(settings, wait=False)
    assert finished(db) == 1


def test_a_worker_that_dies_is_started_again_and_ends_with_the_server(
    db: Engine, db_url: str, settings: Settings
) -> None:
    keeper = _Keeper(settings)
    keeper.thread.start()
    try:
        assert until(lambda: keeper.process is not None)
        assert keeper.process is not None
        first = keeper.process.pid
        assert until(lambda: os.getpriority(os.PRIO_PROCESS, first) == NICE)
        os.kill(first, signal.SIGKILL)
        assert until(lambda: keeper.process is not None and keeper.process.pid != first)
        defer(db_url, "risk.run", as_of="2026-11-22")
        assert until(lambda: finished(db) == 1)
        second = keeper.process.pid
    finally:
        keeper.stop()
    assert not Path(f"/proc/{second}").exists()


def test_leaving_the_server_stops_the_worker(settings: Settings, db: Engine) -> None:
    with worker_process(settings):
        time.sleep(0.5)
    with db.connect() as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        assert until(lambda: int(connection.scalar(text(query)) or 0) == 0, 10)
