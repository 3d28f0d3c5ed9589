"""What a standing source holds now, as the bytes of one delivery. Nothing there is changed, moved or deleted."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from data.bulk import quoted
from data.imports.model import Limits
from data.sources.plan import Plan

REST_S = 10.0
"""A file that changed within so many seconds is perhaps still being written: it is left for the next look."""
_UNFINISHED = ("~$", ".")
_UNFINISHED_ENDS = (".tmp", ".part", ".crdownload", ".filepart")
ROWS_AT_A_TIME = 5_000


class FetchError(RuntimeError):
    """The source cannot be read; the text is one Chinese sentence without addresses or passwords."""


@dataclass(frozen=True)
class Delivery:
    """One delivery: its name, its bytes and their SHA-256."""

    name: str
    content: bytes
    sha256: str


def deliveries(
    plan: Plan, known: set[str], limits: Limits, environment: Mapping[str, str], now: float | None = None
) -> list[Delivery]:
    """Return what is new, oldest first; of a full source only the newest. `known`: SHA-256 of what came already.

    Raises FetchError. `now`: seconds since 1970, by which files still being written are told.
    """
    if plan.folder is not None:
        found = _of_folder(plan.folder, plan, limits, time.time() if now is None else now)
    else:
        found = [_of_view(plan.view or "", plan.database or "", limits, environment)]
    return [one for one in found if one.sha256 not in known]


def _of_folder(folder: Path, plan: Plan, limits: Limits, now: float) -> list[Delivery]:
    try:
        entries = [e for e in os.scandir(folder) if e.is_file() and _fits(e.name, plan.pattern)]
        rested = sorted((e.stat().st_mtime, e.name, e) for e in entries if now - e.stat().st_mtime >= REST_S)
    except OSError as error:
        raise FetchError(f"文件夹 {folder} 读不了：{error.strerror}") from None
    chosen = rested[-1:] if plan.mode == "full" else rested
    return [_file(entry, limits) for _, _, entry in chosen]


def _fits(name: str, pattern: str) -> bool:
    return fnmatch(name, pattern) and not name.startswith(_UNFINISHED) and not name.lower().endswith(_UNFINISHED_ENDS)


def _file(entry: os.DirEntry[str], limits: Limits) -> Delivery:
    try:
        if entry.stat().st_size > limits.file_bytes:
            raise FetchError(f"文件 {entry.name} 超过上限 {limits.file_bytes // 1_000_000} MB")
        with open(entry.path, "rb") as file:
            content = file.read(limits.file_bytes + 1)
    except OSError as error:
        raise FetchError(f"文件 {entry.name} 读不出来：{error.strerror}") from None
    return Delivery(entry.name, content, hashlib.sha256(content).hexdigest())


def _of_view(view: str, variable: str, limits: Limits, environment: Mapping[str, str]) -> Delivery:
    """Read a view as CSV, in a read-only transaction of the other database."""
    address = environment.get(variable, "")
    if not address.startswith(("postgresql://", "postgres://")):
        raise FetchError(f"环境变量 {variable} 里没有 postgresql:// 地址（目前只能读 PostgreSQL 的视图）")
    url = "postgresql+psycopg://" + address.split("://", 1)[1]
    head, lines, size = "", [], 0
    try:
        engine = create_engine(url, connect_args={"connect_timeout": 10})
        try:
            options = {"stream_results": True, "yield_per": ROWS_AT_A_TIME, "postgresql_readonly": True}
            with engine.connect().execution_options(**options) as connection:
                named = ".".join(quoted(part) for part in view.split("."))
                rows = connection.execute(text(f"SELECT * FROM {named}"))  # noqa: S608 - a checked, quoted name
                head = _line(rows.keys())
                for row in rows:
                    lines.append(_line(row))
                    size += len(lines[-1])
                    if len(lines) > limits.rows or size > limits.file_bytes:
                        most = f"{limits.rows} 行或 {limits.file_bytes // 1_000_000} MB"
                        raise FetchError(f"视图 {view} 超过上限 {most}")
        finally:
            engine.dispose()
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).splitlines()[0]
        said = "连不上那个数据库，或登录被拒绝" if "connection" in said or "password" in said else said
        raise FetchError(f"视图 {view} 读不了：{said}") from None
    content = "".join([head, *sorted(lines)]).encode()  # a view has no order of its own: the same rows, the same bytes
    return Delivery(f"{view}.csv", content, hashlib.sha256(content).hexdigest())


def _line(cells: Iterable[Any]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow("" if cell is None else cell for cell in cells)
    return out.getvalue()
