"""What must be in the cluster before the program can use it: its role, its database, its extensions.

Every step is safe to repeat, so an interruption anywhere is mended by the next start.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from data.embedded.errors import EmbeddedError, disk_full
from data.embedded.folder import StateFolder
from data.embedded.server import ADMIN_ROLE, APP_ROLE, PidFile, running

DATABASE = "yizhangtu"
EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")
CONNECT_SECONDS = 20
ANSWER_SECONDS = 60.0
NOT_YET = (
    "starting up", "shutting down", "recovery mode", "closed the connection", "refused", "No such file", "timeout",
)  # fmt: skip
"""What a connection is told by a server that is not there yet, or no more."""


def read_passwords(folder: StateFolder) -> dict[str, str]:
    """The roles' passwords. Raises :class:`EmbeddedError` when the file is gone or damaged."""
    try:
        words = json.loads(folder.passwords.read_text(encoding="utf-8"))
        return {role: str(words[role]) for role in (ADMIN_ROLE, APP_ROLE)}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        raise EmbeddedError(
            f"{folder.passwords} 不见了或已损坏，进不了数据库；数据没有动过，恢复办法见 docs/operations.md。"
        ) from None


def address(server: PidFile, role: str, password: str, database: str) -> str:
    """libpq URL of ``database`` on the running server."""
    who = f"{quote(role)}:{quote(password, safe='')}"
    if server.socket_folder and not server.listen:
        return f"postgresql://{who}@/{quote(database)}?host={quote(server.socket_folder, safe='')}&port={server.port}"
    return f"postgresql://{who}@127.0.0.1:{server.port}/{quote(database)}"


def answers(folder: StateFolder, server: PidFile) -> bool:
    """Whether the server that seems alive takes connections; one that is busy recovering is waited for.

    False when it died meanwhile, or when its socket is gone because the state folder was moved.
    """
    url = address(server, ADMIN_ROLE, read_passwords(folder)[ADMIN_ROLE], "postgres")
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline:
        try:
            _connect(url).close()
            return True
        except psycopg.OperationalError as error:
            if not any(words in str(error) for words in NOT_YET):
                return True  # it answered, if only to refuse us: the next step says why
        if running(folder.data) is None or not _socket_exists(server):
            return False
        time.sleep(0.1)
    return False


def _socket_exists(server: PidFile) -> bool:
    return bool(server.listen) or os.path.exists(Path(server.socket_folder) / f".s.PGSQL.{server.port}")


def ensure_database(folder: StateFolder, server: PidFile) -> str:
    """Make role, database and extensions where they are missing; returns the program's own URL."""
    words = read_passwords(folder)
    try:
        with _connect(address(server, ADMIN_ROLE, words[ADMIN_ROLE], "postgres")) as admin:
            _ensure_role(admin, words[APP_ROLE])
            _ensure_owned_database(admin)
        with _connect(address(server, ADMIN_ROLE, words[ADMIN_ROLE], DATABASE)) as inside:
            _ensure_extensions(inside)
    except psycopg.errors.DiskFull:
        raise disk_full(folder.root) from None
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[-1]
        raise EmbeddedError(f"数据库起来了，但准备它时出错：{reason}（日志在 {folder.log}）。") from error
    return address(server, APP_ROLE, words[APP_ROLE], DATABASE)


def admin_url(folder: StateFolder, server: PidFile, database: str = DATABASE) -> str:
    """URL of the cluster's superuser, for tests and for an administrator's psql."""
    return address(server, ADMIN_ROLE, read_passwords(folder)[ADMIN_ROLE], database)


def _connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS)


def _ensure_role(admin: psycopg.Connection, password: str) -> None:
    if admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (APP_ROLE,)).fetchone():
        return
    admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(APP_ROLE), sql.Literal(password)))


def _ensure_owned_database(admin: psycopg.Connection) -> None:
    if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
        return
    admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(APP_ROLE)))


def _ensure_extensions(inside: psycopg.Connection) -> None:
    have = {row[0] for row in inside.execute("SELECT extname FROM pg_extension")}
    for name in EXTENSIONS:
        if name not in have:
            inside.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name)))
