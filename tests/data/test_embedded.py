"""The private cluster among several processes: who starts it, who stops it, and what a kill leaves behind."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from data import embedded
from data.embedded import lease as leases
from data.embedded.folder import open_state_folder
from data.engine import open_database
from tests.data.cluster_tools import (
    BECOME_NOBODY,
    HOLD,
    acquire,
    as_cluster_user,
    execute,
    finish,
    gone,
    holder,
    kill,
    postmaster,
    rows,
    settings_for,
    url_of,
    wait_until,
)


def test_new_cluster_is_safe_by_construction(empty_state: Path) -> None:
    with embedded.cluster_lease(settings_for(empty_state)) as url:
        facts = dict(
            rows(url, "SELECT name, setting FROM pg_settings WHERE name IN "
                 "('data_checksums', 'listen_addresses', 'fsync', 'synchronous_commit', 'TimeZone', 'jit')")
        )  # fmt: skip
        assert facts["data_checksums"] == facts["fsync"] == facts["synchronous_commit"] == "on"
        assert facts["listen_addresses"] == "", "a unix socket only: nobody else on the network may ask"
        assert facts["TimeZone"] == "UTC"
        assert rows(url, "SELECT datcollate FROM pg_database WHERE datname = current_database()") == [("C.UTF-8",)]
        assert rows(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]
        assert {"postgis", "pg_trgm"} <= {row[0] for row in rows(url, "SELECT extname FROM pg_extension")}
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(url.replace("@", "x@", 1))
    assert postmaster(empty_state) is None
    secrets = empty_state / "cluster" / "passwords.json"
    assert secrets.stat().st_mode & 0o077 == 0
    assert empty_state.stat().st_mode & 0o077 == 0


def test_two_starts_at_once_make_one_cluster(empty_state: Path) -> None:
    first, second = holder(empty_state), holder(empty_state)
    url = url_of(first)
    assert url_of(second) == url
    execute(url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)")
    finish(first)
    assert rows(url) == [(1,)], "the second still uses it"
    finish(second)
    assert postmaster(empty_state) is None, "the last one out stops it"


def test_command_line_beside_the_app_does_not_stop_the_app(state: Path) -> None:
    app = holder(state)
    url = url_of(app)
    server = postmaster(state)
    done = subprocess.run(
        [sys.executable, "-m", "data", "db", "psql", "--", "-Atc", "SELECT n FROM kept"], capture_output=True,
        text=True, env={**os.environ, "YZT_STATE_DIR": str(state)}, check=False,
    )  # fmt: skip
    assert done.stdout == "1\n", done.stderr
    assert postmaster(state) == server
    assert rows(url) == [(1,)]
    finish(app)
    assert postmaster(state) is None


def test_killed_app_does_not_hold_the_cluster_for_ever(state: Path) -> None:
    app = holder(state)
    url = url_of(app)
    execute(url, "INSERT INTO kept VALUES (2)")
    kill(app)
    assert postmaster(state) is not None, "a kill -9 leaves the server running"
    assert embedded.status(settings_for(state)).holders == ()
    lease = acquire(state)
    assert rows(lease.url) == [(2,)]
    lease.release()
    assert postmaster(state) is None, "the next one out stops it"
    assert list((state / "leases").iterdir()) == []


def test_server_left_by_a_killed_app_can_be_stopped(state: Path) -> None:
    app = holder(state)
    url_of(app)
    assert not embedded.stop_unused(settings_for(state)), "never from under somebody"
    kill(app)
    assert embedded.stop_unused(settings_for(state))
    assert postmaster(state) is None


def test_killed_server_loses_no_committed_row_and_comes_back_under_the_same_lease(state: Path) -> None:
    opened = open_database(settings_for(state))
    try:
        for number in range(20):
            execute(opened.url, f"INSERT INTO kept VALUES ({number})")
        pid = postmaster(state)
        assert pid is not None
        os.kill(pid, 9)
        wait_until(lambda: gone(pid))
        opened.engine.dispose()
        with opened.engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM kept")) == 21
    finally:
        opened.close()
    assert postmaster(state) is None


def test_server_and_app_killed_together_start_again_with_every_row(state: Path) -> None:
    app = holder(state)
    execute(url_of(app), "INSERT INTO kept VALUES (2)")
    pid = postmaster(state)
    assert pid is not None
    os.kill(pid, 9)
    kill(app)
    lease = acquire(state)
    assert rows(lease.url) == [(2,)]
    lease.release()


def test_kill_in_the_middle_of_initdb_leaves_room_for_a_good_cluster(empty_state: Path) -> None:
    app = holder(empty_state)
    wait_until(lambda: list(empty_state.glob("cluster.new-*/data/base")))
    kill(app)
    assert not (empty_state / "cluster").exists(), "it appears whole or not at all"
    lease = acquire(empty_state)
    assert rows(lease.url, "SELECT 1") == [(1,)]
    lease.release()
    assert list(empty_state.glob("cluster.new-*")) == []


def test_kill_in_the_middle_of_a_start_is_picked_up(state: Path) -> None:
    app = holder(state)
    wait_until((state / "cluster/data/postmaster.pid").exists)
    kill(app)
    lease = acquire(state)
    assert rows(lease.url) == [(1,)]
    lease.release()
    assert postmaster(state) is None


@pytest.mark.parametrize("lost", ["DROP DATABASE yizhangtu", "DROP OWNED BY yizhangtu", "EXTENSION"])
def test_interrupted_preparation_is_completed_by_the_next_start(state: Path, lost: str) -> None:
    lease = acquire(state)
    if lost == "EXTENSION":
        execute(lease.admin_url, "DROP EXTENSION postgis")
    else:
        admin = lease.admin_url.replace("/yizhangtu?", "/postgres?")
        execute(admin, "DROP DATABASE yizhangtu", *([] if "DATABASE" in lost else [lost, "DROP ROLE yizhangtu"]))
    lease.release()
    lease = acquire(state)
    assert rows(lease.url, "SELECT postgis_lib_version() >= '3.3'") == [(True,)]
    lease.release()


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
def test_stale_pid_file_naming_a_stranger_does_not_stop_the_start(state: Path) -> None:
    lease = acquire(state)
    pid = postmaster(state)
    assert pid is not None
    os.kill(pid, 9)
    wait_until(lambda: gone(pid))
    stranger = subprocess.Popen(["sleep", "60"], **as_cluster_user(state))
    try:
        pid_file = state / "cluster/data/postmaster.pid"
        pid_file.write_text(pid_file.read_text().replace(str(pid), str(stranger.pid), 1))
        assert postmaster(state) is None
        lease.ensure_running()
        assert rows(lease.url) == [(1,)]
        assert stranger.poll() is None, "the stranger was left alone"
    finally:
        stranger.kill()
        stranger.wait()
        lease.release()


@pytest.mark.parametrize("content", ["", "12345\n", "not a number\n"])
def test_broken_pid_file_does_not_stop_the_start(state: Path, content: str) -> None:
    (state / "cluster/data/postmaster.pid").write_text(content)
    lease = acquire(state)
    assert rows(lease.url) == [(1,)]
    lease.release()


def test_lock_that_is_never_given_back_ends_in_a_sentence(state: Path) -> None:
    folder = open_state_folder(state)
    said: list[str] = []
    with (
        leases.exclusive(folder, said.append),
        pytest.raises(embedded.EmbeddedError, match="仍占着"),
        leases.exclusive(folder, said.append, wait_seconds=0.1),
    ):
        pass
    assert said == ["另一个进程正在启动或停止数据库，等它完成……"]


def test_forked_child_does_not_give_up_its_parents_lease(state: Path) -> None:
    lease = acquire(state)
    child = os.fork()
    if child == 0:
        lease.release()
        os._exit(0)
    os.waitpid(child, 0)
    assert rows(lease.url) == [(1,)]
    lease.release()
    lease.release()
    assert postmaster(state) is None


def test_many_threads_share_the_cluster_of_one_process(state: Path) -> None:
    answers: list[int] = []

    def work() -> None:
        with embedded.cluster_lease(settings_for(state)) as url:
            answers.append(rows(url)[0][0])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [1] * 4
    assert postmaster(state) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_ordinary_user_gets_a_cluster_too(enterable_tmp: Path, clean_environment: None) -> None:
    home = enterable_tmp / "nobody"
    home.mkdir()
    os.chown(home, 65534, 65534)
    process = holder(home / "state", BECOME_NOBODY + HOLD)
    url = url_of(process)
    assert rows(url, "SELECT 1") == [(1,)]
    assert (home / "state").stat().st_uid == 65534
    lease = acquire(home / "state")
    assert lease.url == url, "root joins the owner's cluster instead of making another"
    lease.release()
    assert rows(url, "SELECT 1") == [(1,)]
    finish(process)
    assert postmaster(home / "state") is None
