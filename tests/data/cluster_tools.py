"""Helpers of the cluster's tests: a state folder of their own, and other processes that use it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from data import embedded
from data.embedded import server
from data.settings import Settings, load_settings
from data.state_folder import service_user

ROOT = Path(__file__).resolve().parents[2]
FAST = {"shared_buffers": "32MB", "max_connections": "20", "fsync": "off"}
"""Killing processes loses nothing without fsync: only a machine that falls over would."""

HOLD = """
import sys
from data import embedded
from data.settings import load_settings
settings = load_settings(state_dir=sys.argv[1])
lease = embedded.acquire(settings, options={"shared_buffers": "32MB", "fsync": "off"})
print("UP", lease.url, flush=True)
sys.stdin.readline()
lease.release()
print("DOWN", flush=True)
"""
BECOME_NOBODY = """
import os
import encodings.ascii, encodings.idna  # loaded while they can be: this Python may lie in root's home
from data import embedded
os.setgroups([]), os.setgid(65534), os.setuid(65534)
"""


def settings_for(state: Path, **more: Any) -> Settings:
    """Settings of a private cluster in ``state``."""
    return load_settings(state_dir=state, **more)


def acquire(state: Path, **more: Any) -> embedded.Lease:
    """A lease on the small cluster in ``state``."""
    return embedded.acquire(settings_for(state, **more), options=FAST)


def holder(state: Path, code: str = HOLD, **popen: Any) -> subprocess.Popen[str]:
    """Another process that takes a lease, prints ``UP url`` and keeps it until its input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", code, str(state)], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **popen,
    )  # fmt: skip


def url_of(process: subprocess.Popen[str]) -> str:
    """The URL the holder got; fails with what it said instead."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("UP "), line + process.stdout.read()
    return line.split()[1]


def finish(process: subprocess.Popen[str]) -> str:
    """Let the holder go and return what else it said."""
    said, _ = process.communicate("\n", timeout=60)
    assert process.returncode == 0, said
    return said


def kill(process: subprocess.Popen[str]) -> None:
    """``kill -9`` a process we started."""
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)


def postmaster(state: Path) -> int | None:
    """Process id of the running server of ``state``."""
    alive = server.running(state / "cluster" / "data")
    return alive.pid if alive else None


def wait_until(question: Callable[[], object], seconds: float = 20) -> None:
    """Wait until ``question`` is answered with something true."""
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def gone(pid: int) -> bool:
    """Whether process ``pid`` has ended (a zombie has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").split(") ")[1][0] == "Z"
    except FileNotFoundError:
        return True


def rows(url: str, query: str = "SELECT count(*) FROM kept") -> list[tuple[Any, ...]]:
    """Answer of ``query``."""
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def execute(url: str, *statements: str) -> None:
    """Run and commit each statement."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def as_cluster_user(state: Path) -> dict[str, Any]:
    """``subprocess`` arguments that run a process as the account of the cluster in ``state``."""
    user = service_user(state)
    return {} if user.uid == os.geteuid() else {"user": user.uid, "group": user.gid, "extra_groups": []}
