"""``python -m data city FOLDER``: a folder with a ``city.yaml`` as one city."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path

from data.settings import Settings

NAME = "city"
HELP = "按 city.yaml 把一个文件夹的文件导入成一座城市"
CRASHED = 3

logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, and where its data lie."""
    parser.add_argument("folder", type=Path, help="有 city.yaml 的文件夹（或这个文件本身）")
    parser.add_argument("--data", type=Path, help="数据所在的文件夹（默认与 city.yaml 同处）")
    parser.add_argument("--replace", action="store_true", help="先删除库里的演示城市或另一个城市")
    parser.add_argument("--dry-run", action="store_true", help="只检查，什么也不写")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Load the city; the summary goes to standard output as JSON, sentences for people to standard error."""
    from data.engine import database, upgrade
    from data.imports.city import load_city
    from data.imports.model import ImportOptions
    from data.imports.report import sentences

    options = ImportOptions(dry_run=args.dry_run, today=settings.today(), rejected_dir=settings.state_dir / "imports")
    try:
        with database(settings) as opened:
            upgrade(opened.engine)
            summary = load_city(opened.engine, args.folder, options, args.data, args.replace, _say)
    except Exception:
        logger.exception("程序错误：城市没有导入，库里什么也没有改。请把上面的内容发给维护人员")
        return CRASHED
    for done in summary.files:
        _say("\n".join(sentences(done)))
    if summary.error:
        _say(f"没有导入：{summary.error}")
    print(json.dumps(summary.as_json(), ensure_ascii=False))
    return summary.exit_code


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
