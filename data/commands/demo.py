"""``python -m data demo``: fill an empty database with the demo city, the same one for the same seed, size and date."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

from data.settings import Settings

NAME = "demo"
HELP = "生成演示城市（不下载任何东西）"
REFUSED = 2
CREDIT = "区划边界 © OpenStreetMap contributors（ODbL 1.0）；其余为演示数据"
"""What the boundaries of `--regions` are owed (docs/demo-city.md says which files the folder holds)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--size``, ``--seed``, ``--as-of``, ``--regions`` and ``--replace``."""
    parser.add_argument("--size", choices=("small", "full"), help="一个区，或整座城市")
    parser.add_argument("--seed", type=int, help="种子：同样的种子、大小和日期得到同样的城市")
    parser.add_argument("--as-of", type=date.fromisoformat, metavar="DATE", help="截至日期，如 2026-01-31；默认今天")
    parser.add_argument("--regions", type=Path, metavar="DIR", help="用这个文件夹里真实的区划，内容仍是演示数据")
    parser.add_argument("--replace", action="store_true", help="先清除现有的演示城市（导入的数据不动）")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Make the city, write it in one transaction and print a JSON summary; 2 when it refuses."""
    from data.demo.write import NotEmptyError
    from data.engine import database, upgrade

    with database(settings, say=say) as opened:
        upgrade(opened.engine)
        try:
            summary = fill(
                opened.engine, size=args.size or settings.demo_size,
                seed=settings.demo_seed if args.seed is None else args.seed,
                as_of=args.as_of or settings.today(), regions=args.regions, replace=args.replace,
            )  # fmt: skip
        except (NotEmptyError, ValueError) as error:
            print(error, file=sys.stderr)
            return REFUSED
    print(json.dumps(summary, ensure_ascii=False, indent=2))
    return 0


def fill(
    engine: Any, *, size: str, seed: int, as_of: date, regions: Path | None = None, replace: bool = False
) -> dict[str, Any]:
    """Make and write the demo city; progress goes to standard error. Returns rows and seconds by step.

    Raises :class:`data.demo.write.NotEmptyError` when the database is not empty (or, with `replace`, holds more than a
    demo city); nothing is changed then. Scores are a separate step: ``python -m risk run``.
    """
    from data.demo import write
    from data.demo.contents import make

    begun = perf_counter()
    with engine.connect() as connection:  # refuse before the long work
        if not replace and write.holds_anything(connection):
            raise write.NotEmptyError(write.NOT_EMPTY)
        if replace:
            write.check_replaceable(connection)
    geography = _geography(regions, seed, size)
    seconds = {"地理": perf_counter() - begun}
    say(f"地理：{len(geography.regions):,} 个区划，{len(geography.roads):,} 段道路（{seconds['地理']:.1f} 秒）")
    city = make(geography, seed, size, as_of, say)
    city.attribution = None if regions is None else CREDIT
    with engine.begin() as connection:
        scopes = write.wipe(connection) if replace else {}
        counts = write.write(connection, city, say)
        lost = write.restore_scopes(connection, scopes)
    for login in lost:
        say(f"账号 {login} 原来的区划有的已不存在，请重新指定。")
    seconds |= city.seconds
    total = perf_counter() - begun
    say(f"演示城市已写入，用时 {total:.1f} 秒")
    return {
        "city": city.name, "size": size, "seed": seed, "as_of": as_of.isoformat(), "rows": counts,
        "seconds": {name: round(taken, 2) for name, taken in seconds.items()} | {"total": round(total, 2)},
    }  # fmt: skip


def _geography(regions: Path | None, seed: int, size: str) -> Any:
    wanted: Literal["full", "small"] = "small" if size == "small" else "full"
    if regions is not None:
        from data.demo.given import given

        return given(regions, seed, wanted)
    from data.demo.geography import invent

    return invent(seed, wanted)


def say(line: str) -> None:
    """Show one line of progress at once."""
    print(line, file=sys.stderr, flush=True)
