"""The scripts between `make` and the program: a step that failed must stop what follows."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from data.settings import load_settings, setting_names

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = [*sorted((ROOT / "deploy").glob("*.sh")), ROOT / ".ci" / "run"]
MAKE_VARIABLES = {"HOST", "PORT", "SIZE"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the scripts and nothing else."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    return tmp_path


def sh(script: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script with nothing of ours in the environment but ``environment``."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("YZT_", *MAKE_VARIABLES))}
    return subprocess.run(
        [str(script)], env=clean | environment, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_sound_and_executable(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert subprocess.run(["sh", "-n", str(script)], capture_output=True, check=False).stderr == b""


def stub_python(checkout: Path, ready: str) -> Path:
    """A ``python`` that answers ``-m data ready`` with the shell words ``ready`` and notes what else is run."""
    stub = checkout / "python"
    stub.write_text(
        '#!/bin/sh\nif [ "$2" = data ]; then\n'
        f'  echo "ready $YZT_HOST $YZT_PORT $YZT_DEMO_SIZE" >>calls\n  {ready}\nelse echo "$YZT_HOST $*" >>calls; fi\n'
    )
    stub.chmod(0o755)
    return stub


def test_server_listens_where_the_database_says_it_may(checkout: Path) -> None:
    stub = stub_python(checkout, "echo 127.0.0.1")
    done = sh(checkout / "deploy/run.sh", PYTHON=str(stub), HOST="0.0.0.0", PORT="9000", SIZE="small")  # noqa: S104
    assert done.returncode == 0, done.stderr
    first, second = (checkout / "calls").read_text().splitlines()
    assert first == "ready 0.0.0.0 9000 small"
    assert second.startswith("127.0.0.1 -m streamlit run app.py --server.address 127.0.0.1 --server.port 9000")


def test_nothing_is_served_when_the_database_is_not_ready(checkout: Path) -> None:
    done = sh(checkout / "deploy/run.sh", PYTHON=str(stub_python(checkout, "exit 3")))
    assert done.returncode == 3
    assert (checkout / "calls").read_text() == "ready 127.0.0.1 8501 full\n"


def test_front_end_files_appear_whole_or_not_at_all(checkout: Path) -> None:
    (checkout / "deploy/vendor.txt").write_text("# comment\n\none/a.js  one/a.js\none/img   one/img\n")
    package = checkout / "node_modules" / "one"
    (package / "img").mkdir(parents=True)
    (package / "img" / "x.png").touch()
    vendor = checkout / "ui/assets/vendor"
    vendor.mkdir(parents=True)
    (vendor / "old").touch()
    assert sh(checkout / "deploy/vendor.sh").returncode != 0, "a.js is not in the package"
    assert (vendor / "old").exists(), "what was there before still is"
    (package / "a.js").touch()
    assert sh(checkout / "deploy/vendor.sh").returncode == 0
    assert sorted(path.name for path in vendor.rglob("*")) == ["a.js", "img", "one", "x.png"]


def test_ci_fails_when_tests_or_checks_fail(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    script = Path(shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run"))
    for test, check in (("true", "true"), ("false", "true"), ("true", "false"), ("false", "false")):
        (tmp_path / "Makefile").write_text(f"test:\n\t@{test}\ncheck:\n\t@echo checking; {check}\n")
        done = sh(script)
        assert (done.returncode == 0) is (test == check == "true")
        assert "checking" in done.stdout, "the checks run even when a test fails"


def test_compose_file_opens_no_database_port_and_uses_settings_that_exist(
    monkeypatch: pytest.MonkeyPatch, clean_environment: None
) -> None:
    services = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))["services"]
    assert all("ports" not in service for service in services.values())
    environment = services["app"]["environment"]
    assert set(environment) - set(setting_names()) <= MAKE_VARIABLES | {"DATABASE_URL"}
    url = environment["DATABASE_URL"].replace("${YZT_DB_PASSWORD:-yizhangtu}", "x")
    monkeypatch.setenv("DATABASE_URL", url)
    assert load_settings().database_url == "postgresql://yizhangtu:x@/yizhangtu?host=/var/run/postgresql"
    assert (ROOT / services["app"]["build"]["dockerfile"]).is_file()
