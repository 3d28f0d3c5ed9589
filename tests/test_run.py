"""The whole program as a process: what it started, it stops, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.embedded import status
from data.settings import PREFIX
from tests.conftest import ROOT, free_port, wait_for
from tests.data.cluster_tools import postmaster, settings_for, wait_until

Running = tuple[subprocess.Popen[bytes], Path]


def program_of(state: Path, **more: str) -> dict[str, str]:
    """Environment of a program that uses the private cluster in ``state``."""
    ours = (PREFIX, "DATABASE_URL")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return clean | {"YZT_STATE_DIR": str(state)} | more


@pytest.fixture(scope="module")
def migrated_state(enterable_tmp: Path) -> Path:
    """State folder of a stopped private cluster with an empty, migrated database. Copy it, never start it."""
    state = enterable_tmp / "migrated"
    ready = [sys.executable, "-m", "data", "ready", "--no-demo"]
    subprocess.run(ready, cwd=ROOT, env=program_of(state), check=True, capture_output=True)
    return state


@pytest.fixture
def running_app(migrated_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The app on a private cluster of its own, serving an empty city, and its state folder."""
    state = migrated_state.with_name(tmp_path_factory.mktemp("run").name)
    subprocess.run(["cp", "-a", migrated_state, state], check=True)
    environment = program_of(state, YZT_PORT=str(free_port()))
    command = [
        sys.executable, "-m", "streamlit", "run", "app.py",
        "--server.address", "127.0.0.1", "--server.port", environment["YZT_PORT"], "--server.headless", "true",
    ]  # fmt: skip
    with (state / "app.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        wait_for(f"http://127.0.0.1:{environment['YZT_PORT']}/healthz", process)
        yield process, state
    except (RuntimeError, TimeoutError) as error:
        pytest.fail(f"{error}\n{(state / 'app.log').read_text(encoding='utf-8')[-4000:]}", pytrace=False)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def processes_of(state: Path) -> list[int]:
    """Process ids of our programs that were started with this state folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.fsencode(f"YZT_STATE_DIR={state}") in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("how", ["ctrl-c", "terminate", "kill"])
def test_nothing_is_left_when_the_app_ends(running_app: Running, how: str, clean_environment: None) -> None:
    process, state = running_app
    assert postmaster(state) is not None
    wait_until(lambda: len(status(settings_for(state)).holders) == 2, 60)  # the pages and the worker
    if how == "ctrl-c":
        os.killpg(process.pid, signal.SIGINT)
    elif how == "terminate":
        process.terminate()
    else:
        process.kill()
    process.wait(40)
    wait_until(lambda: processes_of(state) == [], 40)
    assert postmaster(state) is None, (state / "app.log").read_text(encoding="utf-8")[-4000:]
    log = (state / "app.log").read_text(encoding="utf-8")
    assert "Traceback" not in log, log[-4000:]
