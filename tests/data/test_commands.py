"""The command line around the database: one sentence for every trouble, backups that come back whole."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from psycopg import sql
from sqlalchemy import Engine, text

from data import __main__ as program
from data.commands import ready
from data.embedded import cluster_lease, status
from data.engine import DatabaseError, make_engine
from data.settings import Settings, SettingsError, load_settings
from tests.conftest import TestServer, database_name
from tests.data.cluster_tools import ROOT, execute, postmaster, rows, settings_for


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """``python -m data …`` with nothing of ours in the environment but ``environment``."""
    ours = ("YZT_", "DATABASE_URL")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [sys.executable, "-m", "data", *words], cwd=ROOT, env=clean | environment, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip


def test_every_command_keeps_the_contract_of_the_dispatcher() -> None:
    parser = program.build_parser(list(program.command_modules()))
    text_of_help = parser.format_help()
    for name in program.command_modules():
        assert name in text_of_help


def test_wrong_setting_ends_in_one_line_and_its_own_exit_code() -> None:
    done = run("db", "status", YZT_PROT="1")
    assert done.returncode == program.UNUSABLE
    assert done.stderr.strip().count("\n") == 0
    assert "YZT_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_database_that_is_away_ends_in_one_line() -> None:
    done = run("migrate", DATABASE_URL="postgresql://me:geheim@127.0.0.1:1/db")
    assert done.returncode == program.UNUSABLE
    assert "连不上数据库" in done.stderr
    assert "geheim" not in done.stderr
    assert "Traceback" not in done.stderr


def test_status_starts_nothing(state: Path) -> None:
    done = run("db", "status", YZT_STATE_DIR=str(state))
    assert done.returncode == 0, done.stderr
    assert "没有运行" in done.stdout
    assert postmaster(state) is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_command_that_is_told_to_stop_stops_its_database(state: Path, number: signal.Signals) -> None:
    environment = {**os.environ, "YZT_STATE_DIR": str(state)}
    process = subprocess.Popen(
        [sys.executable, "-m", "data", "db", "hold"], cwd=ROOT, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # noqa: PLW1509 - a shell's background job has it ignored
    )  # fmt: skip
    assert process.stdout is not None
    assert rows(process.stdout.readline().strip()) == [(1,)]
    process.send_signal(number)
    process.communicate(timeout=30)
    assert postmaster(state) is None
    assert status(settings_for(state)).holders == ()


def command(settings: Settings, *words: str) -> int:
    """``python -m data …`` in this process."""
    args = program.build_parser(words[:1]).parse_args(words)
    return int(args.run(args, settings))


def test_backup_comes_back_whole_and_never_over_another_city(
    db_url: str, settings: Settings, state: Path, tmp_path: Path
) -> None:
    execute(db_url, "INSERT INTO city (name, is_demo) VALUES ('示例市', true)")
    file = str(tmp_path / "city.dump")
    assert command(settings, "db", "dump", file) == 0
    other = settings_for(state)
    with pytest.raises(DatabaseError, match="不是空的"):
        command(other, "db", "restore", file)
    with cluster_lease(other) as url:
        assert rows(url) == [(1,)]
        execute(url, "DROP TABLE kept")
        assert command(other, "db", "restore", file) == 0
        assert rows(url, "SELECT name FROM city") == [("示例市",)]
        assert rows(url, "SELECT count(*) FROM audit") == [(0,)]


@pytest.mark.parametrize("content", [None, "not a dump"], ids=["missing", "other"])
def test_file_that_is_no_backup_is_refused(
    new_database: Callable[[str], str], test_server: tuple[TestServer, str], tmp_path: Path, content: str | None
) -> None:
    url = new_database("template0")
    test_server[0].run(sql.SQL("CREATE EXTENSION postgis"), database_name(url))
    file = tmp_path / "x.dump"
    if content is not None:
        file.write_text(content)
    with pytest.raises(DatabaseError, match="备份"):
        command(load_settings(database_url=url), "db", "restore", str(file))


# -- ready -------------------------------------------------------------------------------------------------------


def test_port_in_use_is_said_before_the_long_work() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"端口 {port} .*PORT={port + 1}"):
            ready.check_port("127.0.0.1", port)
    ready.check_port("127.0.0.1", port)


def test_open_address_without_administrator_is_lowered_to_this_machine(
    db: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ready.serving_host(db, "0.0.0.0") == "127.0.0.1"  # noqa: S104
    assert "管理员" in capsys.readouterr().err
    with db.begin() as connection:
        connection.execute(
            text("INSERT INTO account (login, name, role, password_hash) VALUES ('a', 'a', 'admin', '$argon2id$x')")
        )
    assert ready.serving_host(db, "0.0.0.0") == "0.0.0.0"  # noqa: S104


def test_city_that_is_there_is_never_overwritten_by_the_demo(
    db: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(ready, "demo", lambda size, _settings: asked.append(size) or 0)
    assert ready.fill_if_empty(db, "small", settings) == 0
    assert asked == ["small"], "an empty database gets one"
    with db.begin() as connection:
        connection.execute(text("INSERT INTO city (name, is_demo) VALUES ('青岛市', false)"))
    assert ready.fill_if_empty(db, "small", settings) == 0
    assert asked == ["small"]


def test_demo_city_that_failed_is_not_reported_as_ready(
    db_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ready, "demo", lambda _size, _settings: 7)
    args = program.build_parser(["ready"]).parse_args(["ready"])
    assert ready.run(args, settings) == 7
    assert "数据库就绪" not in capsys.readouterr().err


def test_only_the_address_goes_to_standard_output(
    settings: Settings, db: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def demo(*_words: str) -> int:
        print("the demo's own answer")
        return 0

    chatty = SimpleNamespace(
        NAME="demo", HELP="", add_arguments=lambda parser: parser.add_argument("--size"), run=demo
    )
    real = program.importlib.import_module
    monkeypatch.setattr(
        program.importlib, "import_module", lambda name: chatty if name.endswith("commands.demo") else real(name)
    )
    monkeypatch.setattr(ready, "check_port", lambda _host, _port: None)
    args = program.build_parser(["ready"]).parse_args(["ready", "--serve"])
    assert ready.run(args, settings) == 0
    said = capsys.readouterr()
    assert said.out == "127.0.0.1\n"
    assert "the demo's own answer" in said.err


def test_two_starts_at_once_make_one_demo_city_and_never_wait_for_each_other_for_ever(
    db: Engine, db_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def slow_demo(_size: str, _settings: Settings) -> int:
        other = make_engine(db_url)
        with other.begin() as connection:
            connection.execute(text("LOCK TABLE city, region, place IN ACCESS EXCLUSIVE MODE"))
            connection.execute(text("SELECT pg_sleep(0.3)"))
            connection.execute(text("INSERT INTO city (name, is_demo) VALUES ('示例市', true)"))
        other.dispose()
        made.append(1)
        return 0

    monkeypatch.setattr(ready, "demo", slow_demo)
    threads = [threading.Thread(target=ready.fill_if_empty, args=(db, "small", settings)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]
