"""``python -m data doctor``: examine the data and say what is wrong, where, whom it harms and who mends it."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from data.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from data.doctor import Report

NAME = "doctor"
HELP = "数据体检：缺失、过期、矛盾、位置、重复……各有多少，该谁改"
NOTHING, FOUND, WRONG_WORDS, CRASHED = 0, 1, 2, 3
"""Exit codes: nothing found, findings, a region, source or check that does not exist, a crash."""
LISTED = 100
NAMED = 3

logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to examine, and what to do with the result."""
    parser.add_argument("--region", metavar="CODE", help="只看这个区域（区划代码）")
    parser.add_argument("--source", metavar="NAME", help="只看这一来源的记录")
    parser.add_argument("--check", metavar="ID", action="append", default=[], help="只做这一项，可重复")
    parser.add_argument("--list", action="store_true", help="列出所有检查项")
    parser.add_argument("--json", action="store_true", help="结果用 JSON 写到标准输出")
    parser.add_argument("--save", action="store_true", help="留存为最新一次体检并记入每日趋势；只能是全市全项")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Examine; the table or JSON goes to standard output, everything else to standard error."""
    from sqlalchemy.exc import OperationalError

    from data.doctor import checks

    if args.list:
        for check in checks().values():
            print(f"{check.id}\t{check.title}")
        return NOTHING
    known = checks()
    if wrong := [name for name in args.check if name not in known]:
        return _refuse(f"没有检查项“{wrong[0]}”；python -m data doctor --list 列出全部")
    if args.save and (args.region or args.source or args.check):
        return _refuse("--save 只能用于全市、全部来源、全部检查项：趋势里不能混进半次体检")
    try:
        return _examine(args, settings)
    except OperationalError as error:
        print(f"数据库断开了，请稍后再试：{str(error.orig).splitlines()[0]}", file=sys.stderr)
    except BrokenPipeError:
        raise
    except Exception:
        logger.exception("程序错误：体检没有完成，什么也没有留存。请把上面的内容发给维护人员")
    return CRASHED


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return WRONG_WORDS


def _examine(args: argparse.Namespace, settings: Settings) -> int:
    from datetime import UTC, datetime

    from sqlalchemy import text

    from data.doctor import examine, save
    from data.doctor.run import lock
    from data.engine import database, upgrade

    with database(settings) as opened:
        upgrade(opened.engine)
        with opened.engine.begin() as conn:
            if not conn.scalar(text("SELECT EXISTS (SELECT FROM region WHERE level = 1)")):
                return _refuse("还没有城市数据，无可体检。")
            node = None
            if args.region:
                node = conn.scalar(text("SELECT id FROM region WHERE code = :code"), {"code": args.region})
                if node is None:
                    return _refuse(f"没有区域“{args.region}”")
            if args.source and args.source not in _sources(conn):
                return _refuse(f"没有来源“{args.source}”；现有：{'、'.join(_sources(conn))}")
            if args.save:
                lock(conn)
            report = examine(conn, settings.today(), datetime.now(UTC), node, args.source, args.check, _say)
            if args.save:
                save(conn, report)
            if args.json:
                _json(conn, report)
            else:
                _table(conn, report)
    return FOUND if report.found else NOTHING


def _sources(conn: Connection) -> list[str]:
    from data.doctor.run import sources

    return sources(conn)


def _json(conn: Connection, report: Report) -> None:
    from data.doctor.run import listed, title_of

    named: dict[str, list[dict[str, Any]]] = {}
    for row in listed(conn, LISTED):
        named.setdefault(row.pop("check_id"), []).append(row)
    found = [
        {"id": one.check_id, "title": title_of(one.check_id, report.labels), "source": one.source, "n": one.n,
         "population": one.population, "unmapped": one.unmapped, "unknown": one.unknown,
         "unknown_at_least_orange": one.unknown_severe}
        for one in report.counts
    ]  # fmt: skip
    said = {
        "day": report.day.isoformat(), "at": report.at.isoformat(), "seconds": round(report.seconds, 2),
        "findings": report.found, "counts": found, "unknown": dict(report.unknown), "listed": named,
    }  # fmt: skip
    print(json.dumps(said, ensure_ascii=False))


def _table(conn: Connection, report: Report) -> None:
    from data.doctor import check_of
    from data.doctor.run import listed, title_of, totals

    named: dict[str, list[str]] = {}
    for row in listed(conn, NAMED):
        named.setdefault(row["check_id"], []).append(row["name"] + (f"（{row['value']}）" if row["value"] else ""))
    print(_row("检查项", ("发现", "共判", "致未知", "至少橙"), "来源", "该谁改"))
    for total in totals(report.counts):
        if not total.n:
            continue
        check = check_of(total.check_id)
        mends = check.who if check is not None else ""
        shown = [f"{n:,}" for n in (total.n, total.population or 0, total.unknown, total.unknown_severe)]
        print(_row(title_of(total.check_id, report.labels), shown, total.source, mends))
        if check is None or not check.family:
            print(f"    例：{'；'.join(named.get(total.check_id, []))}")
        if check is not None and not check.family:
            print(f"    改：{check.fix}")
    for name, why in report.unknown.items():
        print(f"未能判断　{title_of(name, report.labels)}：{why}")
    judged = len({count.check_id for count in report.counts})
    print(f"{report.day} 体检 {judged} 项，发现 {report.found:,} 处，用时 {report.seconds:.1f} 秒", file=sys.stderr)


def _row(title: str, counts: Sequence[str], source: str, who: str) -> str:
    numbers = "".join(_padded(each, 10, right=True) for each in counts)
    return f"{_padded(title, 46)}{numbers}  {_padded(source, 14)}{who}".rstrip()


def _padded(text: str, width: int, right: bool = False) -> str:
    """Return text filled with spaces to a width in columns of a terminal, where a Chinese sign takes two."""
    taken = sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
    spaces = " " * max(width - taken, 1)
    return spaces + text if right else text + spaces


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
