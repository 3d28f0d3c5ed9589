"""Accounts: made, listed, scoped, disabled, given a new password. Every change is a line in the audit log.

An administrator's account is the switch of the whole product: before it exists everybody on this machine is
`LOCAL`, so it must come first, and the last one that works can neither be disabled nor lose its role.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from data.access.audit import audit
from data.access.passwords import check_password, hash_password
from data.access.viewer import Viewer
from data.tables.accounts import ROLES, Account, AccountRegion, SignIn
from data.tables.regions import Region

LOGIN_FORM = re.compile(r"[a-z0-9][a-z0-9._@-]{1,39}")


class AccountError(ValueError):
    """An account cannot be made or changed like that; the text is one sentence for the user."""


@dataclass(frozen=True)
class AccountRow:
    """One account as a list shows it; `regions` are (code, name) pairs."""

    id: int
    login: str
    name: str
    role: str
    disabled: bool
    locked_until: datetime | None
    created_at: datetime
    regions: tuple[tuple[str, str], ...]


def plain_login(login: str) -> str:
    """Return a login as it is stored (lower case, no blanks around). Raises :class:`AccountError`."""
    plain = login.strip().lower()
    if not LOGIN_FORM.fullmatch(plain):
        raise AccountError(f"登录名“{login}”不合适：用 2–40 个小写字母、数字或 . _ @ -，以字母或数字开头。")
    return plain


def has_administrator(conn: sa.Connection) -> bool:
    """Whether an administrator's account exists. A disabled one counts: disabling never opens the door."""
    return bool(conn.scalar(sa.select(sa.exists().where(Account.role == "admin"))))


def region_ids(conn: sa.Connection, codes: Sequence[str]) -> list[int]:
    """Return the ids of the regions with these codes. Raises :class:`AccountError` naming the unknown ones."""
    rows = conn.execute(sa.select(Region.code, Region.id).where(Region.code.in_(list(codes))))
    known = {row.code: row.id for row in rows}
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise AccountError(f"没有代码为 {'、'.join(unknown)} 的区域；先导入区划，或检查代码。")
    return [known[code] for code in codes]


def city_code(conn: sa.Connection) -> str:
    """Return the code of the whole city. Raises :class:`AccountError` while no city is loaded."""
    code = conn.scalar(sa.select(Region.code).where(Region.level == 1))
    if code is None:
        raise AccountError("还没有导入区划，不能分配全市范围。")
    return str(code)


def add_account(
    conn: sa.Connection, by: Viewer, login: str, *, name: str, role: str, password: str, codes: Sequence[str] = ()
) -> int:
    """Make an account with its region scope and return its id; an administrator sees the whole city without one.

    Raises :class:`AccountError` or :class:`~data.access.passwords.PasswordRefused` with one sentence.
    """
    plain = plain_login(login)
    if role not in ROLES:
        raise AccountError(f"没有“{role}”这个角色，可选：{'、'.join(ROLES)}。")
    if not name.strip():
        raise AccountError("姓名不能为空。")
    if role != "admin" and not has_administrator(conn):
        raise AccountError("还没有管理员账号，请先建一个管理员（--role admin）。")
    check_password(plain, password)
    made = conn.scalar(
        sa.text(
            "INSERT INTO account (login, name, role, password_hash) VALUES (:login, :name, :role, :hash)"
            " ON CONFLICT (login) DO NOTHING RETURNING id"
        ),
        {"login": plain, "name": name.strip(), "role": role, "hash": hash_password(password)},
    )
    if made is None:
        raise AccountError(f"登录名“{plain}”已经有了。")
    _replace_scope(conn, made, codes)
    audit(conn, by, "account_add", plain, {"role": role, "regions": list(codes)})
    return int(made)


def list_accounts(conn: sa.Connection) -> list[AccountRow]:
    """Return every account, by login."""
    rows = conn.execute(
        sa.text(
            "SELECT a.id, a.login, a.name, a.role, a.disabled, a.locked_until, a.created_at,"
            " coalesce(jsonb_agg(jsonb_build_array(r.code, r.name) ORDER BY r.code) FILTER (WHERE r.id IS NOT NULL),"
            " '[]') AS regions"
            " FROM account a LEFT JOIN account_region ar ON ar.account_id = a.id"
            " LEFT JOIN region r ON r.id = ar.region_id"
            " GROUP BY a.id ORDER BY a.login"
        )
    ).mappings()
    return [AccountRow(**{**row, "regions": tuple((code, name) for code, name in row["regions"])}) for row in rows]


def set_password(conn: sa.Connection, by: Viewer, login: str, password: str) -> None:
    """Give an account a new password, lift its lock and end all its sessions. Raises as :func:`add_account`."""
    account = _locked_row(conn, login)
    check_password(account.login, password)
    conn.execute(
        sa.update(Account)
        .where(Account.id == account.id)
        .values(password_hash=hash_password(password), failed_signins=0, locked_until=None)
    )
    end_sessions(conn, account.id)
    audit(conn, by, "account_password", account.login)


def set_disabled(conn: sa.Connection, by: Viewer, login: str, disabled: bool = True) -> None:
    """Disable an account (its sessions end at once) or enable it again.

    Raises :class:`AccountError` for an unknown login and for the last administrator that works.
    """
    account = _locked_row(conn, login)
    if disabled and account.role == "admin":
        others = conn.scalars(
            sa.select(Account.id)
            .where(Account.role == "admin", Account.id != account.id, sa.not_(Account.disabled))
            .with_for_update()
        ).all()
        if not others:
            raise AccountError(f"“{account.login}”是最后一个可用的管理员，不能停用；请先另建一个管理员。")
    conn.execute(sa.update(Account).where(Account.id == account.id).values(disabled=disabled))
    if disabled:
        end_sessions(conn, account.id)
    audit(conn, by, "account_disable" if disabled else "account_enable", account.login)


def set_scope(conn: sa.Connection, by: Viewer, login: str, codes: Sequence[str]) -> None:
    """Replace the regions an account may see by those with these codes; none means it sees nothing.

    Raises :class:`AccountError` for an unknown login or code.
    """
    account = _locked_row(conn, login)
    _replace_scope(conn, account.id, codes)
    audit(conn, by, "account_scope", account.login, {"regions": list(codes)})


def end_sessions(conn: sa.Connection, account_id: int) -> None:
    """End every session of an account."""
    conn.execute(sa.delete(SignIn).where(SignIn.account_id == account_id))


def _replace_scope(conn: sa.Connection, account_id: int, codes: Sequence[str]) -> None:
    ids = region_ids(conn, list(dict.fromkeys(codes)))
    conn.execute(sa.delete(AccountRegion).where(AccountRegion.account_id == account_id))
    if ids:
        conn.execute(sa.insert(AccountRegion), [{"account_id": account_id, "region_id": number} for number in ids])


def _locked_row(conn: sa.Connection, login: str) -> sa.Row[int, str, str]:
    plain = plain_login(login)
    query = sa.select(Account.id, Account.login, Account.role).where(Account.login == plain).with_for_update()
    row = conn.execute(query).one_or_none()
    if row is None:
        raise AccountError(f"没有登录名为“{plain}”的账号。")
    return row
