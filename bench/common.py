"""What the benchmarks share: servers that are started and stopped, quantiles, tables of Markdown."""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    """Return a TCP port nobody listens on now."""
    with closing(socket.socket()) as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@contextmanager
def server(command: Sequence[str], env: dict[str, str], ready: str, seconds: float = 180) -> Iterator[None]:
    """Run a server until the block ends; it is ready when the address `ready` answers below 500."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}, stdout=log, stderr=log)
        try:
            _wait(process, ready, seconds, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(process: "subprocess.Popen[bytes]", ready: str, seconds: float, log: object) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(ready, timeout=5) as answer:  # noqa: S310 - loopback only
                if answer.status < 500:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    log.seek(0)  # type: ignore[attr-defined]
    raise RuntimeError(f"{ready} did not come up:\n" + log.read().decode()[-3000:])  # type: ignore[attr-defined]


@contextmanager
def our_app(url: str) -> Iterator[int]:
    """Run the product on a database address as `make run` does; yields its port."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port),
               "--server.address", "127.0.0.1", "--server.headless", "true"]  # fmt: skip
    with server(command, {"DATABASE_URL": url, "YZT_PORT": str(port)}, f"http://127.0.0.1:{port}/healthz"):
        yield port


def quantile(values: Sequence[float], q: float) -> float:
    """Return the q-quantile (0–1) of at least one value, nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def spread(values: Sequence[float]) -> str:
    """Return "median (min–max)" of several runs."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table; numbers right-aligned from the second column on."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" + "---:|" * (len(head) - 1)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)
