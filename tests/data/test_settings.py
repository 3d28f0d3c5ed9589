"""Settings: a slip in the environment must be refused with one sentence, not served with a wrong city or open door."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from data import state_folder
from data.settings import SettingsError, is_loopback, load_settings, setting_names
from data.state_folder import ServiceUser, can_enter, default_state_dir

pytestmark = pytest.mark.usefixtures("clean_environment")


def refusal(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    """The sentence with which this environment is refused."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        load_settings()
    said = str(error.value)
    assert said.count("。") == 1
    assert said.endswith("。")
    assert "\n" not in said
    return said


def test_nothing_set_is_a_private_cluster_on_loopback() -> None:
    settings = load_settings()
    assert settings.database_url is None
    assert is_loopback(settings.host)
    assert settings.state_dir.is_absolute()


def test_misspelt_name_is_refused_with_the_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "YZT_PORT" in refusal(monkeypatch, YZT_PROT="9000")


def test_unknown_name_points_at_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "docs/settings.md" in refusal(monkeypatch, YZT_QQQQ="1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YZT_PORT", "0"),
        ("YZT_PORT", "eighty"),
        ("YZT_TILE_STATEMENT_TIMEOUT_MS", "-1"),
        ("YZT_DEMO_SIZE", "big"),
        ("YZT_LOG_LEVEL", "loud"),
    ],
)
def test_value_that_does_not_fit_is_shown_with_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    said = refusal(monkeypatch, **{name: value})
    assert name in said
    assert value in said
    assert "Input" not in said, "the reason is Chinese, as the screens are"


def test_two_different_databases_are_a_contradiction(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(monkeypatch, DATABASE_URL="postgresql://a/x", YZT_DATABASE_URL="postgresql://a/y")
    assert "只能留一个" in said


@pytest.mark.parametrize("name", ["YZT_PG_BIN", "YZT_PG_TRANSPORT"])
def test_private_cluster_setting_beside_a_database_url_is_a_contradiction(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert name in refusal(monkeypatch, DATABASE_URL="postgresql://a/x", **{name: "tcp"})


def test_more_tiles_at_once_than_connections_is_a_contradiction(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(monkeypatch, YZT_TILE_CONCURRENCY="9", YZT_TILE_POOL_SIZE="4")
    assert "YZT_TILE_POOL_SIZE" in said


def test_password_never_reaches_a_sentence_or_a_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "geheim" not in refusal(monkeypatch, DATABASE_URL="mysql://me:geheim@host/db")
    assert "geheim" not in repr(load_settings(database_url="postgresql://me:geheim@host/db"))


def test_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("YZT_PORT", "")
    settings = load_settings()
    assert settings.database_url is None
    assert settings.port == 8501


def test_every_name_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"YZT_PORT": "9001", "YZT_CITY_TITLE": "青岛市", "YZT_STATE_DIR": "/srv/yzt", "YZT_LOG_LEVEL": "debug"}
    assert set(values) <= set(setting_names())
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert (settings.port, settings.city_title, settings.log_level) == (9001, "青岛市", "DEBUG")
    assert settings.state_dir == Path("/srv/yzt")


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("[::1]", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("192.168.1.4", False), ("example.org", False)],  # noqa: S104
)  # fmt: skip
def test_only_this_machine_counts_as_loopback(host: str, local: bool) -> None:
    assert is_loopback(host) is local


# -- where the state lives ---------------------------------------------------------------------------------------


def test_state_goes_where_the_checkout_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert default_state_dir(tmp_path) == tmp_path / ".state"


def test_root_in_a_private_home_gets_a_folder_the_server_can_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "root"
    project = home / "project"
    project.mkdir(parents=True)
    home.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(state_folder, "service_user", lambda _folder: ServiceUser("somebody", 12345, 12345))
    monkeypatch.setattr(state_folder, "ROOT_STATE_PARENT", tmp_path / "var")
    chosen = default_state_dir(project)
    assert chosen.parent == tmp_path / "var"
    assert default_state_dir(project) == chosen, "the choice is remembered by the checkout"
    (project / ".state" / "elsewhere").unlink()
    assert default_state_dir(project) != chosen, "a new clone in the same place starts its own city"


def test_closed_folder_anywhere_above_is_seen(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    for path in (inner, *inner.parents):
        if os.access(path, os.W_OK) and path.is_relative_to(tmp_path.parent.parent):
            path.chmod(0o755)
    stranger = ServiceUser("somebody", 12345, 12345)
    open_before = can_enter(inner, stranger)
    (tmp_path / "a").chmod(0o700)
    assert can_enter(inner, ServiceUser("me", os.stat(inner).st_uid, 12345)) or not open_before
    assert not can_enter(inner, stranger)
