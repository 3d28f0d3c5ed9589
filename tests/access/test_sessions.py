"""Harm: a guessed password, a stolen database that opens sessions, a session that outlives its end."""

import hashlib
import threading

import pytest
import sqlalchemy as sa

from data.access import SignInRefused, Viewer, command_viewer, passwords, sign_in, sign_out
from data.access.accounts import add_account, set_disabled
from data.access.sessions import FREE_ATTEMPTS, delay_after, viewer_of

PASSWORD = "correct horse 9"


@pytest.fixture
def people(city: sa.Engine, operator: Viewer) -> sa.Engine:
    with city.begin() as conn:
        add_account(conn, operator, "boss", name="王局", role="admin", password=PASSWORD)
        add_account(conn, operator, "zhang", name="张三", role="supervisor", password=PASSWORD, codes=["370202"])
        add_account(conn, operator, "wall1", name="大屏", role="wall", password=PASSWORD, codes=["370200"])
    return city


def fail(engine: sa.Engine, login: str, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(SignInRefused):
            sign_in(engine, login, "wrong wrong 1")


def test_only_the_hash_of_a_token_is_stored_and_tokens_are_long_and_new(people: sa.Engine) -> None:
    first, second = sign_in(people, "zhang", PASSWORD).token, sign_in(people, " ZHANG ", PASSWORD).token
    assert first != second
    assert len(first) >= 43
    with people.connect() as conn:
        stored = [bytes(row) for row in conn.scalars(sa.text("SELECT token_hash FROM sign_in ORDER BY created_at"))]
    assert stored == [hashlib.sha256(token.encode()).digest() for token in (first, second)]


def test_a_token_says_who_and_where_until_sign_out(people: sa.Engine) -> None:
    token = sign_in(people, "zhang", PASSWORD).token
    with people.connect() as conn:
        assert viewer_of(conn, token) == Viewer("张三", "supervisor", 2, (2,))
        assert viewer_of(conn, token[:-1]) is None
        assert viewer_of(conn, token + "x") is None
    sign_out(people, token)
    sign_out(people, "never was one")
    with people.connect() as conn:
        assert viewer_of(conn, token) is None


def test_an_expired_session_is_over(people: sa.Engine) -> None:
    token = sign_in(people, "zhang", PASSWORD).token
    with people.begin() as conn:
        conn.execute(sa.text("UPDATE sign_in SET expires_at = now() - interval '1 second'"))
        assert viewer_of(conn, token) is None


def test_a_wall_stays_signed_in_for_months_and_a_person_does_not(people: sa.Engine) -> None:
    assert sign_in(people, "wall1", PASSWORD).lifetime.days > 180
    assert sign_in(people, "zhang", PASSWORD).lifetime.days < 1


def test_guessing_locks_the_account_with_a_growing_delay_even_for_the_right_password(people: sa.Engine) -> None:
    fail(people, "zhang", FREE_ATTEMPTS)
    with pytest.raises(SignInRefused):
        sign_in(people, "zhang", PASSWORD)
    first = lock_seconds(people)
    assert 25 <= first <= 30
    unlock(people)
    fail(people, "zhang")
    assert 55 <= lock_seconds(people) <= 60
    unlock(people)
    assert sign_in(people, "zhang", PASSWORD)
    fail(people, "zhang", FREE_ATTEMPTS - 1)
    assert sign_in(people, "zhang", PASSWORD)


def lock_seconds(engine: sa.Engine) -> float:
    with engine.connect() as conn:
        query = "SELECT extract(epoch FROM locked_until - now()) FROM account WHERE login = 'zhang'"
        return float(conn.scalar(sa.text(query)) or 0)


def unlock(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        conn.execute(sa.text("UPDATE account SET locked_until = now() - interval '1 s' WHERE login = 'zhang'"))


def test_the_delay_grows_and_never_locks_for_ever() -> None:
    delays = [delay_after(failures) for failures in range(40)]
    assert delays == sorted(delays)
    assert delays[FREE_ATTEMPTS - 1] == 0
    assert delays[FREE_ATTEMPTS] == 30
    assert max(delays) == 3600


def test_a_burst_of_guesses_cannot_outrun_the_lock(people: sa.Engine) -> None:
    def guess() -> None:
        with pytest.raises(SignInRefused):
            sign_in(people, "zhang", "wrong wrong 1")

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with people.connect() as conn:
        assert conn.scalar(sa.text("SELECT failed_signins FROM account WHERE login = 'zhang'")) == FREE_ATTEMPTS


def test_a_stranger_cannot_tell_which_logins_exist(people: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with people.begin() as conn:
        set_disabled(conn, Viewer("测试", "local", regions=None), "wall1")
    said = {}
    for login in ("zhang", "nobody-here", "wall1", "'; --", ""):
        with pytest.raises(SignInRefused) as refused:
            sign_in(people, login, "wrong wrong 1")
        said[login] = str(refused.value)
    assert len(set(said.values())) == 1


def test_an_unknown_login_costs_as_much_as_a_known_one(people: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    worked: list[str] = []
    real = passwords.HASHER

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            worked.append(stored)
            return bool(real.verify(stored, password))

        def hash(self, password: str) -> str:
            return real.hash(password)

    passwords.verify(None, "warm up")
    monkeypatch.setattr(passwords, "HASHER", Counting())
    for login in ("zhang", "nobody-here", "'; --"):
        fail(people, login)
    assert len(worked) == 3
    assert len({hash_.rsplit("$", 2)[0] for hash_ in worked}) == 1, "the same Argon2 parameters for all"


def test_a_hash_with_old_parameters_is_made_anew_at_the_next_sign_in(
    people: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    stronger = passwords.PasswordHasher(time_cost=2, memory_cost=128, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", stronger)
    sign_in(people, "zhang", PASSWORD)
    with people.connect() as conn:
        stored = conn.scalar(sa.text("SELECT password_hash FROM account WHERE login = 'zhang'"))
    assert stored is not None
    assert "m=128,t=2" in stored
    assert sign_in(people, "zhang", PASSWORD)


def test_the_products_own_parameters_are_argon2id_of_rfc_9106() -> None:
    hasher = passwords.PasswordHasher()
    assert (hasher.type.name, hasher.memory_cost, hasher.time_cost) == ("ID", 65536, 3)


def test_a_command_runs_as_the_account_of_its_user(people: sa.Engine) -> None:
    assert command_viewer(people, "zhang").regions == (2,)
    assert command_viewer(people, "root").may("import")
    assert command_viewer(people, "root").name == "命令行 root"
    with people.begin() as conn:
        set_disabled(conn, Viewer("测试", "local", regions=None), "zhang")
    assert not command_viewer(people, "zhang").may("view")
