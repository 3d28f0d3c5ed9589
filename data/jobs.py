"""The job queue in PostGIS and the worker process that empties it, at low priority, beside the web process.

Tasks are known by name; their modules are found by the paths in `TASK_MODULES`, so nothing is imported here.
`python -m data.worker` is the worker; :func:`worker_process` runs it for as long as the server runs.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import text

from data.engine import Database, database, libpq_url
from data.services import services_of, use
from data.settings import Settings
from data.state_folder import PROJECT_ROOT

logger = logging.getLogger(__name__)

TASK_MODULES = ("risk.run", "data.sources.job", "data.uploads.job")
RESTART_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Pauses before a worker that died is started again, the last one repeated."""
STOP_SECONDS = 20.0
WORKER_LOCK = 7_239_146_061
"""Number of the PostgreSQL advisory lock that the one worker of a database holds."""
ORPHANS = """
SELECT j.id, EXISTS (SELECT FROM procrastinate_jobs w WHERE w.status = 'todo' AND w.queueing_lock = j.queueing_lock)
FROM procrastinate_jobs j WHERE j.status = 'doing' ORDER BY j.id
"""
TAKE_UP = """
UPDATE procrastinate_jobs SET status = CAST(:status AS procrastinate_job_status), worker_id = NULL WHERE id = :id
"""
LONG_ENOUGH = 60.0

app = App(connector=PsycopgConnector(), import_paths=list(TASK_MODULES))


def defer(url: str, task: str, **arguments: Any) -> int | None:
    """Queue a task by name on the database `url`; returns the job's id, or None when the same already waits.

    One job of a task runs at a time, and at most one waits. Arguments are JSON values.
    """
    queue = App(connector=SyncPsycopgConnector(conninfo=libpq_url(url)))
    with queue.open():
        try:
            return queue.configure_task(task, lock=task, queueing_lock=task).defer(**arguments)
        except AlreadyEnqueued:
            return None


@contextmanager
def worker_process(settings: Settings) -> Iterator[None]:
    """Run a worker process beside this one: restarted when it dies, stopped (jobs allowed to end) on leaving."""
    keeper = _Keeper(settings)
    keeper.thread.start()
    try:
        yield
    finally:
        keeper.stop()


class _Keeper:
    """Starts the worker, waits for its end, and starts it again until told to stop."""

    def __init__(self, settings: Settings) -> None:
        self.environment = _environment(settings)
        self.stopping = threading.Event()
        self.process: subprocess.Popen[bytes] | None = None
        self.guard = threading.Lock()
        self.thread = threading.Thread(target=self._keep, name="worker-keeper", daemon=True)

    def _start(self) -> subprocess.Popen[bytes] | None:
        with self.guard:
            if self.stopping.is_set():
                return None
            self.process = subprocess.Popen(
                [sys.executable, "-m", "data.worker"], cwd=PROJECT_ROOT, env=self.environment, stdin=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for us: we then ask the worker to finish
            )  # fmt: skip
            return self.process

    def _keep(self) -> None:
        failures = 0
        while (process := self._start()) is not None:
            lived = threading.Event()
            timer = threading.Timer(LONG_ENOUGH, lived.set)
            timer.daemon = True
            timer.start()
            code = process.wait()
            timer.cancel()
            failures = 0 if lived.is_set() else failures + 1
            if self.stopping.is_set():
                return
            pause = RESTART_SECONDS[min(failures, len(RESTART_SECONDS)) - 1] if failures else 0.0
            logger.warning("后台任务进程退出（%s），%.0f 秒后重新启动", code, pause)
            if self.stopping.wait(pause):
                return

    def stop(self) -> None:
        """Ask the worker to finish its job and end; after a while it is killed (its transaction rolls back)."""
        self.stopping.set()
        with self.guard:
            process = self.process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which a worker reads the same settings as this process."""
    environment = dict(os.environ) | {"YZT_STATE_DIR": str(settings.state_dir), "YZT_LOG_LEVEL": settings.log_level}
    environment.pop("YZT_DATABASE_URL", None)
    if settings.database_url is not None:
        environment["DATABASE_URL"] = settings.database_url
    else:
        environment.pop("DATABASE_URL", None)
    return environment


@contextmanager
def _only_worker(opened: Database) -> Iterator[bool]:
    """Hold the lock of the one worker of a database; False where another worker has it."""
    with opened.engine.connect() as connection:
        taken = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": WORKER_LOCK}))
        connection.commit()
        try:
            yield taken
        finally:
            if taken:
                connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": WORKER_LOCK})


def take_up_orphans(opened: Database) -> int:
    """Queue again what a killed worker was doing, and return how many; call it as the only worker.

    A job left in "doing" would hold its lock for ever. Where the same work waits already, the orphan has failed.
    """
    with opened.engine.begin() as connection:
        orphans = connection.execute(text(ORPHANS)).all()
        for job_id, waits in orphans:
            status = "failed" if waits else "todo"
            connection.execute(text(TAKE_UP), {"id": job_id, "status": status})
    return len(orphans)


def run_worker(settings: Settings, wait: bool = True) -> None:
    """Work the queue in this process. `wait` False: only what is queued now."""
    with database(settings, say=logger.info) as opened:
        use(services_of(opened.url, settings))
        connector = PsycopgConnector(conninfo=opened.url, min_size=1, max_size=3)
        try:
            # in place, not a copy of the app: periodic tasks are queued by the app they were declared on
            with _only_worker(opened) as alone, app.replace_connector(connector) as bound:
                if alone:
                    take_up_orphans(opened)
                bound.run_worker(
                    wait=wait, concurrency=1, install_signal_handlers=wait, delete_jobs="successful",
                    shutdown_graceful_timeout=STOP_SECONDS - 5,
                )  # fmt: skip
        finally:
            use(None)
