"""``python -m data undo BATCH``: take a whole import back."""

from __future__ import annotations

import argparse
import getpass
import json
import sys

from data.settings import Settings

NAME = "undo"
HELP = "撤销一整批导入：新增的去掉，改过的改回来"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The batch, and whether it is only tried."""
    parser.add_argument("batch", type=int, help="批次号（导入时的 batch）")
    parser.add_argument("--dry-run", action="store_true", help="只看会怎样，什么也不改")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Undo and print one JSON summary: 0 done, 2 refused with one sentence on standard error."""
    from data.access.sessions import command_viewer
    from data.engine import database, upgrade
    from data.imports.undo import UndoError, undo
    from data.jobs import defer

    with database(settings) as opened:
        upgrade(opened.engine)
        viewer = command_viewer(opened.engine, getpass.getuser())
        try:
            done = undo(opened.engine, args.batch, viewer, args.dry_run)
        except UndoError as error:
            print(f"{error}。", file=sys.stderr)
            return 2
        if done.rows and not args.dry_run:
            defer(opened.url, "risk.run")
    print(json.dumps(done.as_json(), ensure_ascii=False))
    return 0
