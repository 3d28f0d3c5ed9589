"""``python -m data match``: which records are one premises; the sure ones merged, the doubtful ones asked."""

from __future__ import annotations

import argparse
import json
import sys

from data.settings import Settings

NAME = "match"
HELP = "查找重复的场所：有把握的合并（--apply），没把握的进“疑似重复”"
REFUSED = 2
SCORING = "risk.run"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--dry-run``, ``--apply`` and ``--split``."""
    parser.add_argument("--dry-run", action="store_true", help="只查找，什么也不写")
    parser.add_argument("--apply", action="store_true", help="合并有把握的；不写时它们也只进“疑似重复”")
    parser.add_argument("--split", type=int, metavar="MERGE", help="拆开一次合并，恢复原来的记录")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Search (or take a merge apart); the summary goes to standard output as one JSON line. 2: refused."""
    from data.access import LOCAL
    from data.engine import database, upgrade
    from data.jobs import defer
    from data.matching import queue, scan
    from data.matching.merge import Refused

    with database(settings) as opened:
        upgrade(opened.engine)
        try:
            if args.split is not None:
                apart = queue.take_apart(opened.engine, LOCAL, args.split)
                said, changed = vars(apart), True
            else:
                done = scan.run(opened.engine, LOCAL, apply=args.apply, dry_run=args.dry_run)
                said, changed = done.as_json(), bool(done.merged) and not done.dry_run
        except Refused as error:
            print(error, file=sys.stderr)
            return REFUSED
        if changed:
            defer(opened.url, SCORING)
            print("已排队重新评定；没有网页服务在运行时，请执行 python -m risk run", file=sys.stderr)
    print(json.dumps(said, ensure_ascii=False))
    return 0
