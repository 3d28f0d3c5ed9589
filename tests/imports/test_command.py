"""The command line: one JSON line out, sentences aside, and an exit code that a script can trust."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from data.__main__ import main
from tests.conftest import ROOT, program_environment

HEAD = "单位名称,地址,从业人数\n"


@pytest.fixture
def command(db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean_environment: None):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("DATABASE_URL", db_url)
    monkeypatch.setenv("YZT_STATE_DIR", str(tmp_path / "state"))

    def run(text: str, *more: str) -> int:
        path = tmp_path / "名单.csv"
        path.write_text(text)
        return main(["import", str(path), "--kind", "enterprise", *more])

    return run


@pytest.mark.parametrize(
    ("text", "code"),
    [(HEAD + "甲,路,1\n", 0), (HEAD + "甲,路,1\n乙,路,x\n", 1), (HEAD + "乙,路,x\n", 2), (HEAD, 2), ("", 2)],
)
def test_exit_codes_say_all_some_or_nothing(command, capsys: pytest.CaptureFixture[str], text: str, code: int) -> None:  # type: ignore[no-untyped-def]
    assert command(text) == code
    out, err = capsys.readouterr()
    summary = json.loads(out)
    assert {"read", "accepted", "rejected", "reasons", "inserted", "updated", "unchanged", "warnings", "batch"} <= set(
        summary
    )
    assert summary["read"] == summary["accepted"] + summary["rejected"]
    assert err.strip(), "people get sentences"


def test_a_crash_is_neither_success_nor_a_bad_file(
    command,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,  # type: ignore[no-untyped-def]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("data.imports.run.read_fields", broken)
    assert command(HEAD + "甲,路,1\n") == 3
    assert "程序错误" in caplog.text
    assert capsys.readouterr().out == ""


def test_a_database_that_cannot_be_reached_is_no_bad_file_either(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + "甲,路,1\n")
    environment = program_environment("postgresql://nobody@127.0.0.1:9/none", tmp_path / "state")
    done = subprocess.run(
        [sys.executable, "-m", "data", "import", str(tmp_path / "a.csv"), "--kind", "enterprise"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stdout == ""


def test_maps_constants_and_what_is_wrong_with_them(command, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    assert command("字号\n甲\n", "--map", "字号=name", "--set", "industry=餐饮", "--source", "商务局") == 0
    assert json.loads(capsys.readouterr().out)["source"] == "商务局"
    assert command("字号\n甲\n", "--map", "字号") == 2
    assert "--map 要写成" in json.loads(capsys.readouterr().out)["error"]
