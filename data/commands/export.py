"""``python -m data export --kind KIND --format FORMAT OUT``: rows of a kind into a file that imports again."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from pathlib import Path

from data.settings import Settings

NAME = "export"
HELP = "导出一种表（XLSX、CSV、GeoJSON、GeoPackage），导出的文件可以再导入"
REFUSED = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The kind, the format, the region and the file."""
    from data.exports import FORMATS, exported_kinds

    parser.add_argument("--kind", required=True, choices=exported_kinds(), help="是什么表")
    parser.add_argument("--format", required=True, choices=sorted(FORMATS), help="文件格式")
    parser.add_argument("--region", metavar="CODE", help="只要这个区划（代码）以下的")
    parser.add_argument("file", type=Path, metavar="OUT", help="要写的文件；已有的会被覆盖")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Export and print what became of it as JSON; 2 with a sentence when nothing was exported."""
    from data.access import command_viewer
    from data.engine import database
    from data.exports import NotExported, run_export

    with database(settings) as opened:
        viewer = command_viewer(opened.engine, getpass.getuser())
        try:
            done = run_export(opened.engine, viewer, args.kind, args.format, args.file, args.region)
        except NotExported as error:
            print(error, file=sys.stderr)
            return REFUSED
    print(f"{done.file}：{done.rows} 行，{done.columns} 列", file=sys.stderr)
    print(json.dumps(done.as_json(), ensure_ascii=False))
    return 0
