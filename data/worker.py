"""`python -m data.worker`: the worker process of `data/jobs.py`, at low priority, until it is told to stop."""

from __future__ import annotations

import logging
import os
import signal
import stat
import sys
import threading

from data.embedded import EmbeddedError
from data.engine import DatabaseError
from data.jobs import run_worker
from data.settings import SettingsError, load_settings

NICE = 10
UNUSABLE = 3


def _end_with_parent() -> None:
    """End this worker when the process that started it is gone: its end of our standard input closes."""

    def watch() -> None:
        while sys.stdin.buffer.read(1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def _leave(number: int, _frame: object) -> None:
    """Turn SIGTERM into an orderly exit also while no job runs yet, so that the lease is given back."""
    raise SystemExit(128 + number)


def main() -> int:
    """Work until a signal comes, or until the process that started this one is gone. 3: the database is unusable."""
    os.nice(NICE)
    signal.signal(signal.SIGTERM, _leave)
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        _end_with_parent()
    try:
        settings = load_settings()
        logging.basicConfig(level=settings.log_level, format="%(message)s", stream=sys.stderr)
        logging.getLogger("procrastinate").setLevel(logging.WARNING)
        run_worker(settings)
    except (SettingsError, EmbeddedError, DatabaseError) as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
