"""Dump, restore and psql with the PostgreSQL programs that fit the open database."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.engine import make_url

from data.embedded import binaries
from data.engine import Database, DatabaseError, sqlalchemy_url

OWN_SCHEMA = "public"
ALREADY_THERE = (" SCHEMA - ", " COMMENT - SCHEMA ", " spatial_ref_sys ")
"""Entries of a dump's table of contents that every database with PostGIS has from the start."""


def _tool(opened: Database, name: str) -> str:
    """Path of a PostgreSQL program at least as new as the server."""
    major = opened.version().postgres
    fitting = [one for one in binaries.installed(opened.settings.pg_bin) if one.major >= major]
    found = fitting[-1].tool(name) if fitting else shutil.which(name)
    if found is None or not os.access(found, os.X_OK):
        raise DatabaseError(f"这台机器上没有 {name}，请安装 postgresql-client-{major}。")
    return found


def _target(opened: Database) -> tuple[str, dict[str, str]]:
    """URL without the password, and an environment that carries it: arguments are visible to every user."""
    address = make_url(sqlalchemy_url(opened.url))
    environment = dict(os.environ)
    if address.password:
        environment["PGPASSWORD"] = str(address.password)
    bare = address.set(password=None).render_as_string(hide_password=False)
    return bare.replace("postgresql+psycopg://", "postgresql://", 1), environment


def psql(opened: Database, arguments: Sequence[str]) -> int:
    """An interactive psql on the open database; returns its exit code."""
    target, environment = _target(opened)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return subprocess.run([_tool(opened, "psql"), target, *arguments], env=environment, check=False).returncode
    finally:
        signal.signal(signal.SIGINT, before)


def dump(opened: Database, file: Path) -> int:
    """Write the whole city to ``file`` (pg_dump's custom format), whole or not at all; returns its size in bytes."""
    target, environment = _target(opened)
    draft = file.with_name(file.name + ".part")
    command = [_tool(opened, "pg_dump"), "-Fc", f"--schema={OWN_SCHEMA}", "--no-owner", "-f", str(draft), target]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        draft.unlink(missing_ok=True)
        raise DatabaseError(f"备份失败：{_reason(done.stderr)}。")
    draft.replace(file)
    return file.stat().st_size


def restore(opened: Database, file: Path) -> None:
    """Fill the open database, which must be empty, from ``file``, whole or not at all."""
    if not file.is_file():
        raise DatabaseError(f"没有备份文件 {file}。")
    own = set(inspect(opened.engine).get_table_names(schema=OWN_SCHEMA)) - {"spatial_ref_sys"}
    if own:
        raise DatabaseError("要恢复到的数据库不是空的，没有动它：请用 YZT_STATE_DIR 另选一个文件夹，或给一个空库。")
    target, environment = _target(opened)
    tool = _tool(opened, "pg_restore")
    listed = subprocess.run([tool, "-l", str(file)], capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        raise DatabaseError(f"{file} 不是本程序的备份：{_reason(listed.stderr)}。")
    entries = [line for line in listed.stdout.splitlines() if not any(part in line for part in ALREADY_THERE)]
    wanted = file.with_name(file.name + ".list")
    wanted.write_text("\n".join(entries) + "\n", encoding="utf-8")
    try:
        command = [tool, "--no-owner", "--single-transaction", "-L", str(wanted), "-d", target, str(file)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    finally:
        wanted.unlink()
    if done.returncode != 0:
        raise DatabaseError(f"恢复失败，数据库仍是空的：{_reason(done.stderr)}。")


def _reason(said: str) -> str:
    """The first error in what a PostgreSQL program said."""
    lines = [line for line in said.strip().splitlines() if "error:" in line] or said.strip().splitlines()
    return lines[0].split("error:", 1)[-1].strip() if lines else "没有说明原因"
