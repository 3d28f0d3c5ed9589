"""``python -m data migrate``: bring the database's schema up to date."""

from __future__ import annotations

import argparse

from data.settings import Settings

NAME = "migrate"
HELP = "把数据库结构升到最新"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Migrate and say which revision is in force."""
    from data.engine import database, upgrade

    with database(settings) as opened:
        before = opened.version().schema
        upgrade(opened.engine)
        after = opened.version().schema
    print(f"数据库结构已是最新（{after}）" if before == after else f"数据库结构：{before or '空库'} → {after}")
    return 0
