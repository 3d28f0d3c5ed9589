"""``python -m data export``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data.__main__ import main


def test_the_command_writes_the_file_and_says_what_is_in_it(
    filled: Engine, db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", db_url)
    monkeypatch.setenv("YZT_STATE_DIR", str(tmp_path))
    out = tmp_path / "商户.xlsx"
    assert main(["export", "--kind", "shop", "--format", "xlsx", "--region", "370202002", str(out)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["rows"], said["file"], said["region"]) == (2, str(out), "370202002")
    assert out.stat().st_size > 0
    assert main(["export", "--kind", "shop", "--format", "csv", "--region", "1", str(tmp_path / "x.csv")]) == 2
    assert "没有代码" in capsys.readouterr().err
    assert main(["export", "--kind", "shop", "--format", "csv", str(tmp_path / "no" / "x.csv")]) == 2
    assert "写不了文件" in capsys.readouterr().err
