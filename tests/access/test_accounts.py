"""Harm: a weak or double account, a door opened by disabling, a scope that is wider than was said."""

import pytest
import sqlalchemy as sa

from data.access import Viewer, sign_in
from data.access.accounts import (
    AccountError,
    add_account,
    list_accounts,
    plain_login,
    set_disabled,
    set_password,
    set_scope,
)
from data.access.passwords import PasswordRefused, check_password
from data.access.sessions import SignInRefused, viewer_of

PASSWORD = "correct horse 9"


def add(engine: sa.Engine, by: Viewer, login: str, role: str = "admin", codes: tuple[str, ...] = ()) -> None:
    with engine.begin() as conn:
        add_account(conn, by, login, name=f"{login}的姓名", role=role, password=PASSWORD, codes=codes)


def test_the_first_account_must_be_an_administrator(city: sa.Engine, operator: Viewer) -> None:
    with pytest.raises(AccountError, match="管理员"):
        add(city, operator, "zhang", "leader")
    add(city, operator, "boss")
    add(city, operator, "zhang", "leader", ("370202",))


def test_a_password_that_is_easily_guessed_is_refused() -> None:
    for password in ("short", "aaaaaaaaaaaaaaa", "my-boss-1234567", "x" * 201):
        with pytest.raises(PasswordRefused):
            check_password("boss", password)
    check_password("boss", PASSWORD)


def test_a_login_that_nobody_can_type_is_refused() -> None:
    for login in ("", "王五", "a", "-x1", "a b", "x" * 41, "a;drop"):
        with pytest.raises(AccountError, match="登录名"):
            plain_login(login)
    assert plain_login(" Boss ") == "boss"


def test_the_same_login_twice_changes_nothing(city: sa.Engine, operator: Viewer) -> None:
    add(city, operator, "Boss")
    with pytest.raises(AccountError, match="已经有了"):
        add(city, operator, "boss ")
    with city.connect() as conn:
        assert [row.login for row in list_accounts(conn)] == ["boss"]


def test_an_unknown_region_makes_no_account(city: sa.Engine, operator: Viewer) -> None:
    add(city, operator, "boss")
    with pytest.raises(AccountError, match="999999"):
        add(city, operator, "zhang", "leader", ("370202", "999999"))
    with city.connect() as conn:
        assert [row.login for row in list_accounts(conn)] == ["boss"]


def test_scope_is_exactly_the_named_regions(city: sa.Engine, operator: Viewer) -> None:
    add(city, operator, "boss")
    add(city, operator, "zhang", "leader", ("370202",))
    viewer = sign_in(city, "zhang", PASSWORD).viewer
    assert viewer.regions == (2,)
    assert viewer.sees([1, 2, 4])
    assert not viewer.sees([1, 3, 5])
    with city.begin() as conn:
        set_scope(conn, operator, "zhang", [])
    nothing = sign_in(city, "zhang", PASSWORD).viewer
    assert nothing.regions == ()
    assert not nothing.may("view")
    assert "没有分配任何区域" in nothing.may("view").reason
    with city.begin() as conn:
        set_scope(conn, operator, "zhang", ["370200"])
    assert sign_in(city, "zhang", PASSWORD).viewer.everywhere


def test_the_last_working_administrator_cannot_be_disabled(city: sa.Engine, operator: Viewer) -> None:
    add(city, operator, "boss")
    add(city, operator, "deputy")
    with city.begin() as conn:
        set_disabled(conn, operator, "deputy")
    with city.begin() as conn, pytest.raises(AccountError, match="最后一个"):
        set_disabled(conn, operator, "boss")
    assert sign_in(city, "boss", PASSWORD).viewer.role == "admin"


@pytest.mark.parametrize("how", ["password", "disabled"])
def test_a_new_password_or_a_disabled_account_ends_every_session(city: sa.Engine, operator: Viewer, how: str) -> None:
    add(city, operator, "boss")
    add(city, operator, "zhang", "leader", ("370202",))
    tokens = [sign_in(city, "zhang", PASSWORD).token for _ in range(3)]
    with city.begin() as conn:
        if how == "password":
            set_password(conn, operator, "zhang", "another horse 7")
        else:
            set_disabled(conn, operator, "zhang")
    with city.connect() as conn:
        assert [viewer_of(conn, token) for token in tokens] == [None, None, None]
    with pytest.raises(SignInRefused):
        sign_in(city, "zhang", PASSWORD)


def test_every_change_of_an_account_is_in_the_log_and_the_log_cannot_be_changed(
    city: sa.Engine, operator: Viewer
) -> None:
    add(city, operator, "boss")
    add(city, operator, "zhang", "leader", ("370202",))
    with city.begin() as conn:
        set_scope(conn, operator, "zhang", ["370203"])
        set_password(conn, operator, "zhang", "another horse 7")
        set_disabled(conn, operator, "zhang")
        set_disabled(conn, operator, "zhang", disabled=False)
    with city.connect() as conn:
        rows = conn.execute(sa.text("SELECT actor, action, subject, detail::text FROM audit ORDER BY id")).all()
    assert [(row.action, row.subject) for row in rows] == [
        ("account_add", "boss"), ("account_add", "zhang"), ("account_scope", "zhang"),
        ("account_password", "zhang"), ("account_disable", "zhang"), ("account_enable", "zhang"),
    ]  # fmt: skip
    assert {row.actor for row in rows} == {"测试"}
    assert "horse" not in "".join(row.detail for row in rows)
    for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit"):
        with city.connect() as conn, pytest.raises(sa.exc.DBAPIError, match="audit log"):
            conn.execute(sa.text(statement))


def test_what_is_rolled_back_is_not_in_the_log(city: sa.Engine, operator: Viewer) -> None:
    add(city, operator, "boss")
    with city.connect() as conn:
        set_scope(conn, operator, "boss", ["370202"])
        conn.rollback()
    with city.connect() as conn:
        assert conn.scalar(sa.text("SELECT count(*) FROM audit WHERE action = 'account_scope'")) == 0
