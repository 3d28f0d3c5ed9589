"""A cluster that was made once, copied for every test that needs one."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from data.regions import write_regions
from tests.data.cluster_tools import acquire, execute
from tests.data.small_city import regions


@pytest.fixture(scope="session")
def finished_cluster(enterable_tmp: Path) -> Path:
    """State folder of a stopped cluster with one committed row in the table ``kept``. Copy it, never start it."""
    state = enterable_tmp / "finished"
    lease = acquire(state)
    execute(lease.url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (1)")
    lease.release()
    return state


@pytest.fixture
def empty_state(enterable_tmp: Path, request: pytest.FixtureRequest, clean_environment: None) -> Iterator[Path]:
    """Path of a state folder that does not exist yet."""
    state = enterable_tmp / f"s{abs(hash(request.node.name)) % 10**8}"
    yield state
    shutil.rmtree(state, ignore_errors=True)


@pytest.fixture
def state(finished_cluster: Path, empty_state: Path) -> Path:
    """A state folder with a good, stopped cluster in it."""
    subprocess.run(["cp", "-a", finished_cluster, empty_state], check=True)
    return empty_state


@pytest.fixture
def city(db: Engine) -> dict[str, int]:
    """The ids of the small city's regions by code, plus "rest" (the city's own rest node)."""
    with db.begin() as connection:
        write_regions(connection, regions(), "test")
        found = dict(connection.execute(text("SELECT code, id FROM region")).all())
    return {**found, "rest": found["990100X"]}
