"""A killed import, a database gone in the middle, two at once: all of a file is in, or none of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from data import drawn
from data.imports import ImportOptions, run_import
from data.imports.run import IMPORT_LOCK
from tests.conftest import ROOT, program_environment
from tests.imports.conftest import TODAY, rows_of, scalar

ROWS = "\n".join(f"厂{i},路{i}号,{120.3 + i / 20000:.5f},36.05" for i in range(2000))
SHEET = f"单位名称,地址,经度,纬度\n{ROWS}\n"
OPEN = "FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
OPTIONS = ImportOptions(today=TODAY, file_name="a.csv")


def counts(engine: Engine) -> dict[str, int]:
    tables = ("place", "drawn_place", "import_batch", "raw_file", "audit", "rejected_row")
    return {table: scalar(engine, f"SELECT count(*) FROM {table}") for table in tables}


def test_a_database_that_goes_away_in_the_middle_keeps_nothing(city: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    refresh = drawn.refresh

    def cut(connection: object, **scope: object) -> object:
        with city.connect() as other:
            other.execute(text(f"SELECT pg_terminate_backend(pid) {OPEN} AND pid <> pg_backend_pid()"))
        return refresh(connection, **scope)  # type: ignore[arg-type]

    monkeypatch.setattr(drawn, "refresh", cut)
    with pytest.raises(OperationalError):
        run_import(city, SHEET.encode(), "enterprise", OPTIONS)
    monkeypatch.undo()
    assert set(counts(city).values()) == {0}
    assert run_import(city, SHEET.encode(), "enterprise", OPTIONS).inserted == 2000, "and the next try goes in"


HELD = {
    "10 %, nothing written yet": f"SELECT pg_advisory_xact_lock({IMPORT_LOCK})",
    "50 %, the batch open, rows on their way": "LOCK TABLE place IN SHARE MODE",
    "90 %, all rows in, the map not drawn": "LOCK TABLE drawn_place IN ACCESS EXCLUSIVE MODE",
}


@pytest.mark.parametrize("held", HELD.values(), ids=HELD.keys())
def test_kill_9_leaves_the_old_data_whole_and_the_same_batch_again_is_safe(
    city: Engine, db_url: str, tmp_path: Path, held: str
) -> None:
    old = "\n".join(SHEET.splitlines()[:500]) + "\n"
    assert run_import(city, old.encode(), "enterprise", OPTIONS).inserted == 499
    before = counts(city), scalar(city, "SELECT sum(hashtext(p::text)::bigint) FROM place p")
    (tmp_path / "a.csv").write_text(SHEET)
    with city.begin() as holder:
        holder.execute(text(held))
        process = subprocess.Popen(
            [sys.executable, "-m", "data", "import", str(tmp_path / "a.csv"), "--kind", "enterprise"],
            cwd=ROOT, env=program_environment(db_url, tmp_path / "state"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        waiting = (
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN "
            "(SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
        )
        deadline = time.monotonic() + 120
        while not holder.scalar(text(waiting)) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert process.poll() is None, process.stderr.read().decode() if process.stderr else ""
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    for _ in range(100):
        if not scalar(
            city, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
        ):
            break
        time.sleep(0.05)
    assert (counts(city), scalar(city, "SELECT sum(hashtext(p::text)::bigint) FROM place p")) == before
    again = run_import(city, SHEET.encode(), "enterprise", OPTIONS)
    assert (again.inserted, again.unchanged) == (2000 - 499, 499)


def test_two_imports_of_one_file_at_once_write_it_once(city: Engine) -> None:
    done = []

    def once() -> None:
        done.append(run_import(city, SHEET.encode(), "enterprise", OPTIONS))

    threads = [threading.Thread(target=once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(summary.inserted for summary in done) == [0, 2000]
    assert scalar(city, "SELECT count(*) FROM place") == 2000
    assert [row["n"] for row in rows_of(city, "SELECT places AS n FROM region_total ORDER BY places DESC LIMIT 1")] == [
        2000
    ]
