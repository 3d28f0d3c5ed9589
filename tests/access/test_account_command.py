"""Harm: the one way to make an administrator does not work, asks for a password in the open, or crashes."""

import io
import json
import sys
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from data.__main__ import main
from data.access import sign_in
from data.access.accounts import list_accounts

PASSWORD = "correct horse 9"


@pytest.fixture
def command(
    city: sa.Engine, clean_environment: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run ``python -m data account …`` in this process with a line on standard input."""
    monkeypatch.setenv("DATABASE_URL", city.url.set(drivername="postgresql").render_as_string(hide_password=False))

    def run(*words: str, typed: str = "") -> tuple[int, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        code = main(["account", *words])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def test_a_city_gets_its_first_administrator_and_a_district_user(
    command: Callable[..., tuple[int, str]], city: sa.Engine
) -> None:
    assert "还没有账号" in command("list")[1]
    made = command("add", "boss", "--name", "王局", "--role", "admin", "--password-stdin", typed=PASSWORD + "\n")
    assert made == (0, "已建账号 boss（admin）\n")
    words = ("add", "zhang", "--role", "supervisor", "--region", "370202", "--password-stdin")
    assert command(*words, typed=PASSWORD)[0] == 0
    assert sign_in(city, "zhang", PASSWORD).viewer.regions == (2,)
    listed = command("list")[1]
    assert "东区(370202)" in listed
    assert "全市" in listed
    assert "argon2" not in listed
    assert command("scope", "zhang", "--whole-city")[0] == 0
    assert sign_in(city, "zhang", PASSWORD).viewer.everywhere
    assert command("password", "zhang", "--password-stdin", typed="another horse 7\n")[0] == 0
    assert sign_in(city, "zhang", "another horse 7")
    assert command("disable", "zhang")[0] == 0
    assert command("enable", "zhang")[0] == 0


def test_every_refusal_is_one_sentence_and_code_2(command: Callable[..., tuple[int, str]], city: sa.Engine) -> None:
    for words, typed, said in (
        (("add", "zhang", "--role", "leader", "--password-stdin"), PASSWORD, "还没有管理员"),
        (("add", "boss", "--role", "admin", "--password-stdin"), "short", "至少 10 个字符"),
        (("add", "王 五", "--role", "admin", "--password-stdin"), PASSWORD, "登录名"),
        (("disable", "ghost"), "", "没有登录名"),
        (("scope", "ghost", "--region", "1"), "", "没有登录名"),
    ):
        code, text = command(*words, typed=typed)
        assert (code, text.count("\n")) == (2, 1), text
        assert said in text
    with city.connect() as conn:
        assert list_accounts(conn) == []


def test_the_log_names_who_ran_the_command(command: Callable[..., tuple[int, str]], city: sa.Engine) -> None:
    command("add", "boss", "--role", "admin", "--password-stdin", typed=PASSWORD)
    with city.connect() as conn:
        row = conn.execute(sa.text("SELECT actor, action, detail FROM audit")).one()
    assert row.actor.startswith("命令行 ")
    assert (row.action, json.dumps(row.detail)) == ("account_add", '{"role": "admin", "regions": []}')
