"""The private cluster on a bad day: each ends in a working database or one sentence, never in lost data."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from data import embedded
from data.embedded import EmbeddedError, binaries, server
from data.embedded import folder as folders
from data.embedded.conf import MIB, memory_settings, render
from data.embedded.folder import open_state_folder, socket_folder
from tests.data.cluster_tools import BECOME_NOBODY, HOLD, acquire, execute, holder, postmaster, rows, settings_for


def sentence(error: pytest.ExceptionInfo[EmbeddedError]) -> str:
    """The text of the refusal, which must be one sentence without a stack trace."""
    said = str(error.value)
    assert said.endswith("。")
    assert said.count("。") == 1
    assert "\n" not in said
    assert "Traceback" not in said
    return said


def fingerprint(folder: Path) -> str:
    """Hash over names and contents below ``folder``."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(os.fsencode(path.relative_to(folder)))
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


# -- another PostgreSQL, or none ---------------------------------------------------------------------------------


def fake_postgres(folder: Path, version: str, postgis: bool = False) -> Path:
    """A ``bin`` folder whose programs claim to be PostgreSQL ``version``."""
    share = folder / "share"
    (share / "extension").mkdir(parents=True)
    if postgis:
        (share / "extension" / "postgis.control").touch()
    place = folder / "bin"
    place.mkdir()
    for name in ("initdb", "pg_ctl", "postgres", "pg_config"):
        answer = str(share) if name == "pg_config" else f"{name} (PostgreSQL) {version}"
        (place / name).write_text(f"#!/bin/sh\necho '{answer}'\n")
        (place / name).chmod(0o755)
    return place


def test_cluster_of_another_major_is_refused_untouched(state: Path) -> None:
    (state / "cluster/data/PG_VERSION").write_text("12\n")
    before = fingerprint(state / "cluster")
    with pytest.raises(EmbeddedError) as error:
        acquire(state)
    said = sentence(error)
    assert "PostgreSQL 12" in said
    assert str(binaries.installed()[0].major) in said, "both versions are named"
    assert "postgresql-12" in said
    assert "YZT_STATE_DIR" in said
    assert fingerprint(state / "cluster") == before


def test_cluster_is_opened_by_its_own_major_even_when_a_newer_one_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old, new = (fake_postgres(tmp_path / major, f"{major}.4", postgis=True) for major in ("15", "17"))
    monkeypatch.setattr(binaries, "_candidate_folders", lambda: iter([old, new]))
    assert binaries.for_new_cluster().folder == new
    assert binaries.for_existing_cluster(15, tmp_path).folder == old


@pytest.mark.parametrize(
    ("version", "words"), [("13.9", ["13", "至少要 15"]), ("16.2", ["16", "没有 PostGIS"])], ids=["old", "bare"]
)
def test_unfit_postgres_is_named_with_the_three_ways_on(
    tmp_path: Path, empty_state: Path, version: str, words: list[str]
) -> None:
    with pytest.raises(EmbeddedError) as error:
        acquire(empty_state, pg_bin=fake_postgres(tmp_path, version))
    said = sentence(error)
    for word in [*words, "apt-get install", "DATABASE_URL", "docker compose -f deploy/compose.yaml up"]:
        assert word in said
    assert not (empty_state / "cluster").exists()


def test_machine_without_postgres_is_told_the_three_ways_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_candidate_folders", lambda: iter([Path("/nowhere/bin")]))
    with pytest.raises(EmbeddedError, match=r"apt-get install.*DATABASE_URL.*docker compose"):
        binaries.for_new_cluster()
    with pytest.raises(EmbeddedError, match="/nowhere/bin"):
        binaries.for_new_cluster(Path("/nowhere/bin"))


# -- full disk ---------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(empty_state: Path) -> Iterator[Path]:
    """A state folder on a disk of its own of 90 MB."""
    empty_state.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=90m,mode=0755", "tmpfs", str(empty_state)]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("may not mount a small disk here")
    yield empty_state / "state"
    subprocess.run(["umount", "-l", str(empty_state)], check=True)


def fill(folder: Path) -> Path:
    """Use up the disk of ``folder``; returns the file that does."""
    hog = folder / "hog"
    with hog.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 65536)
        except OSError:
            return hog


def test_too_little_room_is_said_before_anything_is_written(
    empty_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(100, 90, 10))
    with pytest.raises(EmbeddedError, match="磁盘已满") as error:
        acquire(empty_state)
    sentence(error)
    assert not (empty_state / "cluster").exists()


def test_disk_that_fills_up_while_the_cluster_is_made_leaves_no_half_cluster(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ROOM_FOR_CLUSTER", 0)
    small_disk.mkdir()
    (small_disk.parent / "hog").write_bytes(b"\0" * 70 * MIB)
    with pytest.raises(EmbeddedError, match="磁盘已满") as error:
        acquire(small_disk)
    sentence(error)
    assert not list(small_disk.glob("cluster*"))
    (small_disk.parent / "hog").unlink()
    lease = acquire(small_disk)
    assert rows(lease.url, "SELECT 1") == [(1,)]
    lease.release()


def test_full_disk_at_start_keeps_every_row(small_disk: Path, finished_cluster: Path) -> None:
    subprocess.run(["cp", "-a", finished_cluster, small_disk], check=True)
    hog = fill(small_disk.parent)
    with pytest.raises(EmbeddedError, match="磁盘已满") as error:
        acquire(small_disk)
    sentence(error)
    assert postmaster(small_disk) is None
    hog.unlink()
    lease = acquire(small_disk)
    assert rows(lease.url) == [(1,)]
    lease.release()


# -- folders and permissions -------------------------------------------------------------------------------------


def test_file_in_place_of_the_state_folder_is_refused(empty_state: Path) -> None:
    empty_state.write_text("mine")
    with pytest.raises(EmbeddedError) as error:
        acquire(empty_state)
    sentence(error)
    assert empty_state.read_text() == "mine"
    empty_state.unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="for root the cluster runs as another user")
def test_folder_the_servers_user_cannot_enter_is_named(enterable_tmp: Path) -> None:
    private = enterable_tmp / "private"
    private.mkdir(mode=0o700)
    with pytest.raises(EmbeddedError, match="进不了") as error:
        acquire(private / "state")
    assert str(private) in sentence(error)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_folder_of_another_user_is_refused_with_a_sentence(state: Path) -> None:
    process = holder(state, BECOME_NOBODY + HOLD)
    said, _ = process.communicate("\n", timeout=60)
    assert "EmbeddedError: 没有权限读写" in said or "EmbeddedError: 数据库要以用户" in said
    lease = acquire(state)
    assert rows(lease.url) == [(1,)]
    lease.release()


def test_data_folder_opened_to_others_is_closed_again(state: Path) -> None:
    (state / "cluster/data").chmod(0o755)
    lease = acquire(state)
    assert rows(lease.url) == [(1,)]
    lease.release()
    assert (state / "cluster/data").stat().st_mode & 0o777 == 0o700


def test_half_a_cluster_is_refused_and_kept(state: Path) -> None:
    (state / "cluster/data/PG_VERSION").unlink()
    before = fingerprint(state / "cluster")
    with pytest.raises(EmbeddedError, match="不是完整的数据库") as error:
        acquire(state)
    sentence(error)
    assert fingerprint(state / "cluster") == before


def test_lost_passwords_are_told_and_nobody_holds_a_lease(state: Path) -> None:
    (state / "cluster/passwords.json").unlink()
    with pytest.raises(EmbeddedError, match=r"passwords\.json") as error:
        acquire(state)
    sentence(error)
    assert list((state / "leases").iterdir()) == []
    assert postmaster(state) is None, "what was started in vain is stopped"


def test_own_configuration_that_is_wrong_is_quoted(state: Path) -> None:
    (state / "cluster/data/local.conf").write_text("shared_buffers = 'many'\n")
    with pytest.raises(EmbeddedError, match="起不来") as error:
        acquire(state)
    assert "shared_buffers" in sentence(error)
    (state / "cluster/data/local.conf").unlink()
    lease = acquire(state)
    assert rows(lease.url) == [(1,)]
    lease.release()


# -- sockets and ports -------------------------------------------------------------------------------------------


def test_long_path_gets_a_short_socket(state: Path) -> None:
    deep = state.parent / f"long-{state.name}" / ("d" * 60) / ("e" * 60)
    deep.parent.mkdir(parents=True)
    for path in (deep.parent, deep.parent.parent):
        path.chmod(0o755)
    state.rename(deep)
    lease = acquire(deep)
    assert "%2Ftmp%2Fyzt-" in lease.url
    assert rows(lease.url) == [(1,)]
    lease.release()
    assert not Path(unquote(lease.url.split("host=")[1].split("&")[0])).exists(), "nothing is left in /tmp"


def test_socket_left_by_a_dead_server_is_replaced(state: Path) -> None:
    lease = acquire(state)
    pid = postmaster(state)
    assert pid is not None
    os.kill(pid, 9)
    assert list((state / "run").glob(".s.PGSQL.*"))
    lease.ensure_running()
    assert rows(lease.url) == [(1,)]
    lease.release()


def test_socket_somebody_listens_on_is_not_taken_from_them(state: Path) -> None:
    folder = open_state_folder(state)
    place = socket_folder(folder)
    assert place is not None
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.bind(os.fspath(place / ".s.PGSQL.5432"))
        stranger.listen()
        lock = place / ".s.PGSQL.5432.lock"
        lock.write_text(f"{os.getppid()}\n{state}\n0\n5432\n{place}\n\n")
        os.chown(lock, folder.user.uid, folder.user.gid)
        lease = acquire(state)
        assert rows(lease.url) == [(1,)]
        lease.release()


def test_socket_folder_of_somebody_else_is_not_trusted(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (state / "run").mkdir(exist_ok=True)
    (state / "run").chmod(0o777)
    monkeypatch.setattr(folders.hashlib, "sha256", lambda _data: hashlib.md5(b"taken", usedforsecurity=False))
    squatted = Path("/tmp", f"yzt-{hashlib.md5(b'taken', usedforsecurity=False).hexdigest()[:12]}")  # noqa: S108
    squatted.mkdir(exist_ok=True)
    squatted.chmod(0o777)
    try:
        lease = acquire(state)
        assert "@127.0.0.1:" in lease.url, "a port on loopback instead"
        assert rows(lease.url) == [(1,)]
        lease.release()
    finally:
        squatted.rmdir()


def test_port_that_was_taken_meanwhile_is_exchanged(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        taken = stranger.getsockname()[1]
        ports = iter([taken, folders.free_port(), folders.free_port()])
        monkeypatch.setattr(server, "free_port", lambda: next(ports))
        lease = acquire(state, pg_transport="tcp")
        assert f":{taken}/" not in lease.url
        assert rows(lease.url) == [(1,)]
        lease.release()


def test_moved_state_folder_is_found_again_while_its_server_runs(state: Path) -> None:
    left = acquire(state)
    execute(left.url, "INSERT INTO kept VALUES (2)")
    moved = state.parent / f"{state.name}-moved"
    state.rename(moved)
    try:
        lease = acquire(moved)
        assert rows(lease.url) == [(2,)]
        lease.release()
        left.release()
        assert embedded.stop_unused(settings_for(moved))
        assert postmaster(moved) is None
    finally:
        shutil.rmtree(moved, ignore_errors=True)


# -- configuration -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gigabytes", [0.25, 0.5, 1, 2, 24, 1024])
def test_memory_never_exceeds_the_machine(gigabytes: float) -> None:
    total = int(gigabytes * 1024 * MIB)
    values = {name: int(value.removesuffix("MB")) * MIB for name, value in memory_settings(total).items()}
    assert values["shared_buffers"] + values["maintenance_work_mem"] + 8 * values["work_mem"] <= total / 2
    assert values["shared_buffers"] <= 2048 * MIB


def test_no_value_breaks_out_of_its_line_of_configuration() -> None:
    text = render({"log_directory": "/a'b\\c\nfsync = off"})
    assert text.splitlines()[1] == "log_directory = '/a''b\\\\c fsync = off'"
    assert len(text.splitlines()) == 2
