"""``python -m data db``: look after the database itself."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from data.settings import Settings

NAME = "db"
HELP = "数据库：状态、地址、psql、备份、恢复、停止"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One action a command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("find", help="自带的数据库会用哪一个 PostgreSQL")
    actions.add_parser("status", help="自带的数据库在哪里、是否在运行、谁在用")
    actions.add_parser("url", help="打印数据库地址（含密码）")
    actions.add_parser("hold", help="启动数据库并一直开着，直到 Ctrl-C（给 QGIS 等外部程序用）")
    psql = actions.add_parser("psql", help="打开 psql")
    psql.add_argument("rest", nargs="*", help="-- 之后的都交给 psql，如 db psql -- -c 'SELECT 1'")
    dump = actions.add_parser("dump", help="备份整座城市到一个文件")
    dump.add_argument("file", type=Path)
    restore = actions.add_parser("restore", help="把备份恢复到空的数据库")
    restore.add_argument("file", type=Path)
    actions.add_parser("stop", help="停掉没有人用的自带数据库")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Carry out one action."""
    return {
        "find": _find, "status": _status, "url": _url, "hold": _hold, "psql": _psql, "dump": _dump,
        "restore": _restore, "stop": _stop,
    }[args.action](args, settings)  # fmt: skip


def _find(args: argparse.Namespace, settings: Settings) -> int:
    from data.embedded import binaries

    found = binaries.for_new_cluster(settings.pg_bin)
    print(f"PostgreSQL {found.major}（{found.folder}），有 PostGIS")
    return 0


def _status(args: argparse.Namespace, settings: Settings) -> int:
    from data import embedded
    from data.engine import database, without_password

    if settings.database_url is not None:
        with database(settings) as opened:
            version = opened.version()
        postgis = ".".join(map(str, version.postgis))
        print(f"外部数据库 {without_password(settings.database_url)}：PostgreSQL {version.postgres}，PostGIS {postgis}")
        return 0
    found = embedded.status(settings)
    if not found.exists:
        print(f"还没有自带的数据库（会建在 {found.folder}）")
        return 0
    running = f"在运行（进程 {found.running_pid}）" if found.running_pid else "没有运行"
    holders = "、".join(map(str, found.holders)) or "无"
    print(f"自带的数据库在 {found.folder}，{running}；正在使用它的进程：{holders}")
    return 0


def _url(args: argparse.Namespace, settings: Settings) -> int:
    from data.engine import database

    with database(settings) as opened:
        print(opened.url)
    return 0


def _hold(args: argparse.Namespace, settings: Settings) -> int:
    import signal

    from data.engine import database

    with database(settings) as opened:
        print(opened.url, flush=True)
        print("数据库开着，Ctrl-C 结束。", file=sys.stderr, flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            return 0
    return 0


def _psql(args: argparse.Namespace, settings: Settings) -> int:
    from data import backup
    from data.engine import database

    with database(settings) as opened:
        return backup.psql(opened, args.rest)


def _dump(args: argparse.Namespace, settings: Settings) -> int:
    from data import backup
    from data.engine import database

    with database(settings) as opened:
        size = backup.dump(opened, args.file)
    print(f"已备份到 {args.file}（{size / 1e6:.1f} MB）")
    return 0


def _restore(args: argparse.Namespace, settings: Settings) -> int:
    from data import backup
    from data.engine import database, upgrade

    with database(settings) as opened:
        backup.restore(opened, args.file)
        upgrade(opened.engine)
    print(f"已从 {args.file} 恢复")
    return 0


def _stop(args: argparse.Namespace, settings: Settings) -> int:
    from data import embedded

    if settings.database_url is not None:
        print("用的是 DATABASE_URL 指定的数据库，不归本程序停。", file=sys.stderr)
        return 1
    if embedded.stop_unused(settings):
        print("自带的数据库已停止。")
        return 0
    holders = "、".join(map(str, embedded.status(settings).holders))
    print(f"还有进程在用（{holders}），没有停。", file=sys.stderr)
    return 1
