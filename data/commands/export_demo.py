"""``python -m data export-demo FILE``: the demo city as ordered text, and its SHA-256, to compare two cities."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

from data.settings import Settings

NAME = "export-demo"
HELP = "把演示城市按固定次序写成文本，用来比对两次生成是否相同"
NO_DEMO = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``FILE``."""
    parser.add_argument("file", type=Path, metavar="FILE", help="要写的文件；已有的会被覆盖")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Write the file and print rows by table and the hash as JSON; 2 when the database holds no demo city."""
    from sqlalchemy import text

    from data.demo.export import export
    from data.engine import database

    with database(settings) as opened, opened.engine.connect() as connection:
        if not connection.scalar(text("SELECT EXISTS (SELECT FROM city WHERE is_demo)")):
            print("数据库里没有演示城市。", file=sys.stderr)
            return NO_DEMO
        digest = hashlib.sha256()
        with args.file.open("wb") as file:

            def write(block: bytes) -> None:
                digest.update(block)
                file.write(block)

            rows = export(connection, write)
    print(json.dumps({"file": str(args.file), "sha256": digest.hexdigest(), "rows": rows}, ensure_ascii=False))
    return 0
