"""``python -m data import FILE --kind KIND``: one file of another bureau into the tables."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from data.settings import Settings

if TYPE_CHECKING:
    from data.imports import Summary

NAME = "import"
HELP = "导入一个文件（CSV、XLSX、GeoJSON、GeoPackage、Shapefile）"
CRASHED = 3
"""Exit code of a crash: 0 all in, 1 some rejected, 2 nothing usable."""

logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, its kind and how it is to be read."""
    from data.imports.kinds import kind_names

    parser.add_argument("file", type=Path, help="要导入的文件")
    parser.add_argument("--kind", required=True, choices=kind_names(), help="是什么表")
    parser.add_argument(
        "--datum", choices=("wgs84", "gcj02", "bd09", "cgcs2000"), help="坐标基准；文件里有基准列时以列为准"
    )
    parser.add_argument("--crs", help="投影坐标系，如 EPSG:4549（坐标是米时要写）")
    parser.add_argument("--map", action="append", default=[], metavar="列名=字段", help="把一列指给一个字段，可重复")
    parser.add_argument("--set", action="append", default=[], metavar="字段=值", help="每一行都用这个值，可重复")
    parser.add_argument("--source", help="来源的名字（默认同 --kind）：同一来源再导入是更新")
    parser.add_argument("--layer", help="工作表或图层的名字")
    parser.add_argument("--encoding", help="CSV 的文字编码，看不出来时才要写")
    parser.add_argument("--dry-run", action="store_true", help="只检查，什么也不写")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Import the file; the summary goes to standard output as JSON, sentences for people to standard error."""
    from sqlalchemy.exc import OperationalError

    from data.imports.report import sentences

    try:
        summary = _import(args, settings)
    except OperationalError as error:
        print(f"数据库断开了，什么也没有写进去，请稍后再试：{str(error.orig).splitlines()[0]}", file=sys.stderr)
        return CRASHED
    except Exception:
        logger.exception("程序错误：导入没有完成，库里什么也没有改。请把上面的内容发给维护人员")
        return CRASHED
    for line in sentences(summary):
        print(line, file=sys.stderr)
    print(json.dumps(summary.as_json(), ensure_ascii=False))
    return summary.exit_code


def _import(args: argparse.Namespace, settings: Settings) -> Summary:
    from data.engine import database, upgrade
    from data.imports import ImportOptions, Summary, Unusable, run_import

    try:
        maps, constants = pairs(args.map, "--map"), pairs(args.set, "--set")
    except Unusable as error:
        return Summary(args.kind, args.source or args.kind, args.file.name, error=str(error))
    options = ImportOptions(
        datum=args.datum, crs=args.crs, maps=maps, constants=constants, source=args.source, dry_run=args.dry_run,
        layer=args.layer, encoding=args.encoding, today=settings.today(), rejected_dir=settings.state_dir / "imports",
    )  # fmt: skip
    with database(settings) as opened:
        upgrade(opened.engine)
        return run_import(opened.engine, args.file, args.kind, options)


def pairs(given: list[str], option: str) -> dict[str, str]:
    """Return "a=b" texts as a dict; Unusable names the one that has no equals sign."""
    from data.imports import Unusable

    found: dict[str, str] = {}
    for text in given:
        left, sign, right = text.rpartition("=") if option == "--map" else text.partition("=")
        if not sign or not left.strip():
            raise Unusable(f"{option} 要写成 {'列名=字段' if option == '--map' else '字段=值'}，这里是“{text}”")
        found[left.strip()] = right.strip()
    return found
