"""The private PostGIS cluster: found, made, started, leased and stopped, so that nobody has to set up a database.

Every process that uses it (pages, command line, workers, tests) takes a lease::

    with cluster_lease(settings) as url:
        ...

The first one in starts the server, the last one out stops it. Leases are file locks the kernel releases with their
process, so a ``kill -9`` anywhere leaves nothing in the way: the server of a killed process keeps running until
the next process that used it leaves. Whatever goes wrong ends in one sentence (:class:`EmbeddedError`), and no
path through this package deletes a cluster that was ever complete.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from data.embedded import binaries, bootstrap, lease, server
from data.embedded.errors import EmbeddedError, from_os_error
from data.embedded.folder import StateFolder, open_state_folder
from data.settings import Settings

__all__ = ["ClusterStatus", "EmbeddedError", "Lease", "acquire", "cluster_lease", "status", "stop_unused"]

logger = logging.getLogger(__name__)
Say = Callable[[str], None]
STARTS = 3
"""How often a server that dies on the way is started before giving up."""


class Lease:
    """The right to use the running cluster until :meth:`release`; ``url`` is its address."""

    def __init__(self, folder: StateFolder, settings: Settings, options: Mapping[str, str], say: Say) -> None:
        self._folder, self._settings, self._options, self._say = folder, settings, dict(options), say
        self._guard = threading.Lock()
        self._mark: lease.LeaseFile | None = None
        self._process = os.getpid()
        self.url = ""
        self.admin_url = ""

    def _take(self) -> None:
        with lease.exclusive(self._folder, self._say):
            self._mark = lease.LeaseFile(self._folder)
            try:
                self._start()
            except BaseException:
                self._mark.close()
                self._mark = None
                with contextlib.suppress(EmbeddedError, OSError):  # what went wrong first is what is told
                    self._stop_unused()
                raise

    def _start(self) -> None:
        machine = _server(self._folder, self._settings, self._options, self._say)
        if not self._folder.cluster.exists():
            machine.create()
        for _ in range(STARTS):
            alive = machine.start(self._settings.pg_transport)
            if bootstrap.answers(self._folder, alive):
                break
            machine.stop()
        else:
            raise EmbeddedError(f"数据库进程在，却不应答，日志在 {self._folder.log}（数据没有动过）。")
        self.url = bootstrap.ensure_database(self._folder, alive)
        self.admin_url = bootstrap.admin_url(self._folder, alive)

    def _stop_unused(self) -> None:
        """Stop the server when nobody holds a lease on it (any more)."""
        if server.running(self._folder.data) is not None and not lease.live_leases(self._folder):
            _server(self._folder, self._settings, self._options, self._say).stop()

    def ensure_running(self) -> None:
        """Start the server again if it died under this lease; the committed rows are all there. Thread-safe."""
        with self._guard, _os_errors(self._folder.root):
            if self._mark is not None:
                with lease.exclusive(self._folder, self._say):
                    self._start()

    def release(self) -> None:
        """Give the lease up; the last one out stops the server. Safe to call twice; a forked child only forgets.

        Never raises: whoever leaves must be able to leave. What keeps the server from being stopped is logged.
        """
        if os.getpid() != self._process:
            return
        with self._guard:
            if self._mark is None:
                return
            mark, self._mark = self._mark, None
            try:
                with lease.exclusive(self._folder, self._say):
                    mark.close()
                    self._stop_unused()
            except (OSError, EmbeddedError) as error:
                mark.close()
                logger.warning("没能停下自带的数据库：%s", error)


@dataclass(frozen=True)
class ClusterStatus:
    """What can be said about a cluster without starting it."""

    folder: Path
    exists: bool
    running_pid: int | None
    holders: tuple[int, ...]


def acquire(settings: Settings, options: Mapping[str, str] | None = None, say: Say = logger.info) -> Lease:
    """Take a lease on the private cluster of ``settings.state_dir``, making and starting it where needed.

    ``options`` are PostgreSQL parameters that win over ours (tests). ``say`` gets a line of progress before each
    long step. Raises :class:`EmbeddedError` with one sentence.
    """
    with _os_errors(settings.state_dir):
        folder = open_state_folder(settings.state_dir)
        taken = Lease(folder, settings, options or {}, say)
        taken._take()
    return taken


@contextlib.contextmanager
def cluster_lease(settings: Settings, say: Say = logger.info) -> Iterator[str]:
    """The URL of the private cluster, leased for the length of the ``with`` block."""
    taken = acquire(settings, say=say)
    try:
        yield taken.url
    finally:
        taken.release()


def status(settings: Settings) -> ClusterStatus:
    """Whether the cluster exists, runs, and who holds leases; starts and changes nothing."""
    root = settings.state_dir
    if not (root / "cluster").exists():
        return ClusterStatus(root, False, None, ())
    with _os_errors(root):
        folder = open_state_folder(root)
        with lease.exclusive(folder, logger.info):
            alive = server.running(folder.data)
            return ClusterStatus(root, True, alive.pid if alive else None, tuple(lease.live_leases(folder)))


def stop_unused(settings: Settings) -> bool:
    """Stop the server when nobody holds a lease (what a killed process left running); whether it is stopped now."""
    root = settings.state_dir
    if not (root / "cluster").exists():
        return True
    with _os_errors(root):
        folder = open_state_folder(root)
        with lease.exclusive(folder, logger.info):
            if lease.live_leases(folder):
                return False
            return _server(folder, settings, {}, logger.info).stop()


def _server(folder: StateFolder, settings: Settings, options: Mapping[str, str], say: Say) -> server.Server:
    """The server of ``folder`` with the PostgreSQL that fits: the newest for a new cluster, its own major else."""
    if not folder.cluster.exists():
        return server.Server(folder, binaries.for_new_cluster(settings.pg_bin), options, say)
    try:
        major = int((folder.data / "PG_VERSION").read_text(encoding="ascii").strip())
    except (FileNotFoundError, ValueError):
        raise EmbeddedError(
            f"{folder.cluster} 不是完整的数据库（缺 PG_VERSION）：请从备份恢复它，或用 YZT_STATE_DIR 另选一个文件夹。"
        ) from None
    return server.Server(folder, binaries.for_existing_cluster(major, folder.data, settings.pg_bin), options, say)


@contextlib.contextmanager
def _os_errors(root: Path) -> Iterator[None]:
    """Turn a failed file operation below ``root`` into one sentence."""
    try:
        yield
    except OSError as error:
        raise from_os_error(error, root) from error
