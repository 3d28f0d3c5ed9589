"""``python -m data sources``: the standing sources — list them, look at one now, settle what is gone."""

from __future__ import annotations

import argparse
import getpass
import json
import sys

from sqlalchemy import Engine

from data.access.viewer import Viewer
from data.settings import Settings

NAME = "sources"
HELP = "常备来源：列出、立即查看、处理没有再送来的行"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``list``, ``look``, ``gone``, ``keep`` and ``close``."""
    todo = parser.add_subparsers(dest="todo", required=True, metavar="做什么")
    todo.add_parser("list", help="列出来源和上次的结果")
    looking = todo.add_parser("look", help="现在就看一遍（不写名字：全部）")
    looking.add_argument("name", nargs="?", help="来源的名字")
    gone = todo.add_parser("gone", help="列出没有再送来、待确认的行")
    gone.add_argument("--source", help="只看一个来源")
    for name, text in (("keep", "保留：仍然存在"), ("close", "确认停业（记录都留着）")):
        todo.add_parser(name, help=text).add_argument("ids", nargs="+", type=int, metavar="编号")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Do what was asked for: 0 done, 1 a source failed, 2 it cannot be done (one sentence on standard error)."""
    from data.access.sessions import command_viewer
    from data.engine import database, upgrade
    from data.sources.plan import PlanError
    from data.sources.reconcile import DecisionError

    with database(settings) as opened:
        upgrade(opened.engine)
        viewer = command_viewer(opened.engine, getpass.getuser())
        allowed = viewer.may("import")
        if not allowed:
            print(f"不能处理来源：{allowed.reason}。", file=sys.stderr)
            return 2
        try:
            return _do(args, settings, opened.engine, viewer)
        except (PlanError, DecisionError) as error:
            print(error, file=sys.stderr)
            return 2


def _do(args: argparse.Namespace, settings: Settings, engine: Engine, viewer: Viewer) -> int:
    from data.sources.plan import PlanError, read_plans
    from data.sources.reconcile import decide, read_gone
    from data.sources.run import look, looked

    if args.todo in ("keep", "close"):
        with engine.begin() as connection:
            for number in args.ids:
                decide(connection, number, "kept" if args.todo == "keep" else "closed", viewer)
        print(json.dumps({"decided": args.ids}, ensure_ascii=False))
        return 0
    if args.todo == "gone":
        with engine.connect() as connection:
            for row in read_gone(connection, viewer, args.source):
                print(json.dumps(vars(row) | {"noticed_at": row.noticed_at.isoformat()}, ensure_ascii=False))
        return 0
    if settings.sources_dir is None:
        raise PlanError("还没有常备来源：用 YZT_SOURCES_DIR 指出放来源说明（*.yaml）的文件夹")
    plans = read_plans(settings.sources_dir)
    if args.todo == "list":
        with engine.connect() as connection:
            last = looked(connection)
        for plan in plans:
            seen = last.get(plan.name)
            print(json.dumps({
                "name": plan.name, "kind": plan.kind, "mode": plan.mode, "every_minutes": plan.every_minutes,
                "checked_at": seen.checked_at.isoformat() if seen else None, "state": seen.state if seen else "waiting",
                "sentence": seen.sentence if seen else "", "counts": seen.counts if seen else {},
            }, ensure_ascii=False))  # fmt: skip
        return 0
    chosen = [plan for plan in plans if args.name in (None, plan.name)]
    if not chosen:
        raise PlanError(f"没有名为“{args.name}”的来源，有：{'、'.join(plan.name for plan in plans) or '（没有）'}")
    reports = [look(engine, plan, settings.today()) for plan in chosen]
    for report in reports:
        print(json.dumps(report.as_json(), ensure_ascii=False, default=str))
    return 1 if any(report.state == "failed" for report in reports) else 0
