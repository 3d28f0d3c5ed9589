"""Who uses the cluster: one locked file per user, and one lock for making, starting and stopping it.

Both are ``flock`` locks, which the kernel drops with the process that held them: a ``kill -9`` leaves nothing
that has to be cleaned up before the next start.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from data.embedded.errors import EmbeddedError
from data.embedded.folder import StateFolder

LOCK_WAIT_SECONDS = 300.0
_POLL_SECONDS = 0.05


def _open(folder: StateFolder, path: Path) -> int:
    existed = path.exists()
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not existed:
        folder.own(path, 0o600)
    return handle


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def exclusive(
    folder: StateFolder, say: Callable[[str], None], wait_seconds: float = LOCK_WAIT_SECONDS
) -> Iterator[None]:
    """Hold the cluster's lock; waits its turn, and after ``wait_seconds`` gives up with :class:`EmbeddedError`."""
    handle = _open(folder, folder.lock)
    try:
        deadline = time.monotonic() + wait_seconds
        told = False
        while not _try_lock(handle):
            if not told:
                say("另一个进程正在启动或停止数据库，等它完成……")
                told = True
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"等了 {wait_seconds:.0f} 秒，另一个进程仍占着 {folder.lock}：请结束那个进程后再试。"
                )
            time.sleep(_POLL_SECONDS)
        yield
    finally:
        os.close(handle)


class LeaseFile:
    """One user's mark: a file that stays locked as long as its process lives. Use only under :func:`exclusive`."""

    def __init__(self, folder: StateFolder) -> None:
        self.path = folder.leases / f"{os.getpid()}-{secrets.token_hex(4)}"
        self._handle: int | None = _open(folder, self.path)
        if not _try_lock(self._handle):
            raise EmbeddedError(f"{self.path} 已被别的进程锁住。")

    def close(self) -> None:
        """Give the mark up; safe to call twice."""
        if self._handle is None:
            return
        os.close(self._handle)
        self._handle = None
        self.path.unlink(missing_ok=True)


def live_leases(folder: StateFolder) -> list[int]:
    """Process ids of those who hold a lease; marks of the dead are removed. Use only under :func:`exclusive`."""
    holders = []
    for path in sorted(folder.leases.iterdir()):
        try:
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            if _try_lock(handle):
                path.unlink(missing_ok=True)
            else:
                holders.append(int(path.name.split("-", 1)[0]))
        finally:
            os.close(handle)
    return holders
