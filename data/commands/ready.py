"""``python -m data ready``: everything the pages need before they can be served, quickly when nothing is to do."""

from __future__ import annotations

import argparse
import contextlib
import socket
import subprocess
import sys
import time

from sqlalchemy import Engine, text

from data.settings import Settings, SettingsError, is_loopback
from data.state_folder import PROJECT_ROOT

NAME = "ready"
HELP = "准备好数据库：升级结构，空库时生成示例城市并评定风险"
DEMO_LOCK = 7_239_146_052
"""Number of the PostgreSQL advisory lock under which the demo city is made."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--size``, ``--no-demo`` and ``--serve``."""
    parser.add_argument("--size", choices=("small", "full"), help="示例城市的大小：一个区，或整座城市")
    parser.add_argument("--no-demo", action="store_true", help="空库也不生成示例城市")
    parser.add_argument("--serve", action="store_true", help="接着要开网页服务：检查端口，把可以监听的地址打印出来")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Start or reach the database, migrate it, fill an empty one with the demo city, score one never scored."""
    from data.engine import database, upgrade

    started = time.monotonic()
    if args.serve:
        check_port(settings.host, settings.port)
    with database(settings, say=say) as opened:
        version = opened.version()
        upgrade(opened.engine)
        schema = opened.version().schema
        if schema != version.schema:
            say(f"数据库结构：{version.schema or '空库'} → {schema}")
        if not args.no_demo:
            code = fill_if_empty(opened.engine, args.size or settings.demo_size, settings)
            if code != 0:
                return code
        code = score_if_never(opened.engine)
        if code != 0:
            return code
        host = serving_host(opened.engine, settings.host)
    postgis = ".".join(map(str, version.postgis))
    say(f"数据库就绪：PostgreSQL {version.postgres}，PostGIS {postgis}，用时 {time.monotonic() - started:.1f} 秒")
    if args.serve:
        shown = f"[{host}]" if ":" in host else host
        say(f"正在启动网页，地址：http://{shown}:{settings.port}（Ctrl-C 停止）")
        print(host)
    return 0


def check_port(host: str, port: int) -> None:
    """Refuse a port that is taken, before the long work. Raises :class:`SettingsError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, port))
    except OSError as error:
        reason = error.strerror or str(error)
        other = f"make run PORT={port % 65535 + 1}"
        said = f"{host} 的端口 {port} 用不了（{reason}），可能已有一个在运行；换一个端口：{other}。"
        raise SettingsError(said) from None


def serving_host(engine: Engine, host: str) -> str:
    """``host``, or loopback as long as no administrator's account guards the pages."""
    from data.access.loopback import loopback_only

    if is_loopback(host) or not loopback_only(engine):
        return host
    say(f"还没有管理员账号，先只在本机（127.0.0.1）开放，不在 {host} 上开放。")
    return "127.0.0.1"


def is_empty(engine: Engine) -> bool:
    """Whether the database holds neither a city nor any region or place."""
    query = "SELECT NOT (EXISTS (SELECT FROM city) OR EXISTS (SELECT FROM region) OR EXISTS (SELECT FROM place))"
    with engine.connect() as connection:
        return bool(connection.scalar(text(query)))


def fill_if_empty(engine: Engine, size: str, settings: Settings) -> int:
    """Make the demo city when there is nothing yet; two at once make one. Returns the demo command's exit code.

    The connection that holds the lock looks at no table: the demo city takes some of them for itself.
    """
    if not is_empty(engine):
        return 0
    with engine.begin() as guard:
        guard.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": DEMO_LOCK})
        if not is_empty(engine):
            return 0
        say("数据库是空的，正在生成示例城市（演示数据）……")
        return demo(size, settings)


def demo(size: str, settings: Settings) -> int:
    """Run the command ``demo`` as if it had been typed."""
    from data.__main__ import build_parser

    args = build_parser(["demo"]).parse_args(["demo", "--size", size])
    with contextlib.redirect_stdout(sys.stderr):  # our own standard output is for the address
        return int(args.run(args, settings))


def score_if_never(engine: Engine) -> int:
    """Score a city that has places and was never scored; returns the exit code of ``python -m risk run``.

    It is run as a program: ``data`` stores what the rules say and knows none of them.
    """
    query = "SELECT EXISTS (SELECT FROM place) AND NOT EXISTS (SELECT FROM assessment)"
    with engine.connect() as connection:
        if not connection.scalar(text(query)):
            return 0
    say("正在评定全市的风险……")
    return subprocess.run(
        [sys.executable, "-m", "risk", "run"], cwd=PROJECT_ROOT, stdout=subprocess.DEVNULL, check=False
    ).returncode


def say(line: str) -> None:
    """Show one line of progress at once; standard output is kept for ``--serve``'s answer."""
    print(line, file=sys.stderr, flush=True)
