"""Signing in and out, and from a token back to its viewer. Only the SHA-256 of a token is ever stored."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from data.access.accounts import LOGIN_FORM, has_administrator
from data.access.audit import audit
from data.access.passwords import hash_password, outdated, verify
from data.access.viewer import LOCAL, NOBODY, Viewer
from data.tables.accounts import Account, SignIn

TOKEN_BYTES = 32
LIFETIME = timedelta(hours=12)
WALL_LIFETIME = timedelta(days=400)
"""A wall stands for months with nobody to sign in again; its role sees no person and changes nothing."""

FREE_ATTEMPTS = 5
FIRST_DELAY_S = 30
LONGEST_DELAY_S = 3600

REFUSED = "登录名或密码不对。连续输错会暂时锁定账号，锁定期间密码正确也不能登录。"
"""One sentence for a wrong password, an unknown login, a disabled and a locked account: it tells nothing apart."""


@dataclass(frozen=True)
class SignedIn:
    """An opened session: the secret for the browser's cookie, how long it lasts, and who it is."""

    token: str
    lifetime: timedelta
    viewer: Viewer


class SignInRefused(ValueError):
    """Signing in did not work; the text is :data:`REFUSED`."""


def token_hash(token: str) -> bytes:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def delay_after(failures: int) -> int:
    """Return the seconds an account is locked after so many failed attempts in a row: 0, then 30, 60, … 3600."""
    if failures < FREE_ATTEMPTS:
        return 0
    return min(FIRST_DELAY_S << min(failures - FREE_ATTEMPTS, 12), LONGEST_DELAY_S)


def sign_in(engine: sa.Engine, login: str, password: str) -> SignedIn:
    """Check a login and password, and open a session.

    Attempts on one account wait for each other, so that a burst cannot outrun the lock. Every path computes one
    Argon2 hash, whether the login exists or not. Raises :class:`SignInRefused`.
    """
    plain = login.strip().lower()
    with engine.begin() as conn:
        row = conn.execute(_ACCOUNT, {"login": plain}).mappings().one_or_none() if LOGIN_FORM.fullmatch(plain) else None
        usable = row is not None and not row["disabled"] and not row["locked"]
        fits = verify(row["password_hash"] if row is not None and usable else None, password)
        if row is not None and fits:
            return _open(conn, row, password)
        if row is not None and usable:
            _count_failure(conn, row["id"], row["failed_signins"] + 1)
        audit(conn, NOBODY, "sign_in_refused", plain[:40], {"known": row is not None})
    raise SignInRefused(REFUSED)


def sign_out(engine: sa.Engine, token: str) -> None:
    """End the session of a token; an unknown token is no error."""
    with engine.begin() as conn:
        viewer = viewer_of(conn, token)
        conn.execute(sa.delete(SignIn).where(SignIn.token_hash == token_hash(token)))
        if viewer is not None:
            audit(conn, viewer, "sign_out")


def viewer_of(conn: sa.Connection, token: str) -> Viewer | None:
    """Return the viewer of a token, or None when it is unknown, expired or its account disabled."""
    row = conn.execute(_SESSION, {"hash": token_hash(token)}).mappings().one_or_none()
    return None if row is None else _viewer(row)


def command_viewer(engine: sa.Engine, user: str) -> Viewer:
    """Return who a command runs as: the account with the operating-system user's name, else the operator.

    Whoever can start a command on this machine holds the database's password already, so a user without an account
    is the operator (every right, the whole city) under their own name; a disabled account is nobody.
    """
    with engine.connect() as conn:
        row = conn.execute(_BY_LOGIN, {"login": user.lower()}).mappings().one_or_none()
        if row is None or not has_administrator(conn):
            return Viewer(name=f"命令行 {user}", role=LOCAL.role, regions=None)
        return NOBODY if row["disabled"] else _viewer(row)


def job_viewer(conn: sa.Connection, account_id: int | None) -> Viewer:
    """Return who a job of the queue runs for: the account as it is *now*, or LOCAL while there is no administrator."""
    if account_id is None:
        return NOBODY if has_administrator(conn) else LOCAL
    row = conn.execute(_BY_ID, {"id": account_id}).mappings().one_or_none()
    return NOBODY if row is None or row["disabled"] else _viewer(row)


def _open(conn: sa.Connection, row: sa.RowMapping, password: str) -> SignedIn:
    values: dict[str, object] = {"failed_signins": 0, "locked_until": None}
    if outdated(row["password_hash"]):
        values["password_hash"] = hash_password(password)
    conn.execute(sa.update(Account).where(Account.id == row["id"]).values(values))
    conn.execute(sa.delete(SignIn).where(SignIn.expires_at < sa.func.now()))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    lifetime = WALL_LIFETIME if row["role"] == "wall" else LIFETIME
    conn.execute(
        sa.insert(SignIn).values(
            token_hash=token_hash(token), account_id=row["id"], expires_at=sa.func.now() + lifetime
        )
    )
    viewer = _viewer(row)
    audit(conn, viewer, "sign_in", row["login"])
    return SignedIn(token, lifetime, viewer)


def _count_failure(conn: sa.Connection, account_id: int, failures: int) -> None:
    conn.execute(
        sa.update(Account)
        .where(Account.id == account_id)
        .values(failed_signins=failures, locked_until=sa.func.now() + timedelta(seconds=delay_after(failures)))
    )


def _viewer(row: sa.RowMapping) -> Viewer:
    everywhere = row["role"] == "admin" or row["whole_city"]
    return Viewer(
        name=row["name"],
        role=row["role"],
        account_id=row["id"],
        regions=None if everywhere else tuple(row["regions"]),
    )


_COLUMNS = """
    SELECT a.id, a.login, a.name, a.role, a.disabled, a.password_hash, a.failed_signins,
           coalesce(a.locked_until > now(), false) AS locked,
           ARRAY(SELECT ar.region_id FROM account_region ar WHERE ar.account_id = a.id ORDER BY 1) AS regions,
           EXISTS (SELECT 1 FROM account_region ar JOIN region r ON r.id = ar.region_id
                   WHERE ar.account_id = a.id AND r.level = 1) AS whole_city
    FROM account a
"""
_ACCOUNT = sa.text(_COLUMNS + "WHERE a.login = :login FOR UPDATE OF a")
_BY_LOGIN = sa.text(_COLUMNS + "WHERE a.login = :login")
_BY_ID = sa.text(_COLUMNS + "WHERE a.id = :id")
_SESSION = sa.text(
    _COLUMNS
    + "JOIN sign_in s ON s.account_id = a.id WHERE s.token_hash = :hash AND s.expires_at > now() AND NOT a.disabled"
)
