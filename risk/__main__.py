"""`python -m risk`: score the city (`run`), or one JSON record without a database (`assess`).

Exit codes: 0 done; 2 the record, the scheme or a rule file cannot be used; 3 settings or database cannot be used.
Progress goes to standard error, the JSON answer to standard output.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson

from risk import schemes
from risk.explain import result_of
from risk.record import RecordError
from risk.rulefile import RuleFileError

UNUSABLE_INPUT, UNUSABLE_DATABASE = 2, 3
NICE = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = build_parser().parse_args(arguments)
    try:
        answer = args.answer(args)
    except (RecordError, RuleFileError, schemes.UnknownScheme) as error:
        print(error, file=sys.stderr)
        return UNUSABLE_INPUT
    if isinstance(answer, int):
        return answer
    sys.stdout.buffer.write(orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of both commands."""
    parser = argparse.ArgumentParser(prog="python -m risk", description="一张图：风险评定")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    whole = commands.add_parser("run", help="评定全市，写入评定结果")
    whole.add_argument("--as-of", type=_day, help="评定日期（2026-01-31），默认今天")
    whole.add_argument("--scheme", action="append", choices=schemes.names(), help="只评定这个方案，可写多次")
    whole.set_defaults(answer=run_city)
    one = commands.add_parser("assess", help="评定一条 JSON 记录，不用数据库")
    one.add_argument("--scheme", required=True, help="方案：" + "、".join(schemes.names()))
    one.add_argument("--input", required=True, type=Path, help="JSON 文件，- 为标准输入")
    one.add_argument("--as-of", type=_day, help="评定日期，默认今天")
    one.set_defaults(answer=assess)
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"日期要写成 2026-01-31 这样，现在是 {text!r}") from None


def run_city(args: argparse.Namespace) -> Any:
    """Score the city of the settings' database at low priority; returns the summary, or an exit code."""
    from data.embedded import EmbeddedError
    from data.engine import DatabaseError, database, upgrade
    from data.settings import TIME_ZONE, SettingsError, load_settings
    from risk.run import run

    os.nice(NICE)
    now = datetime.now(TIME_ZONE)
    as_of = args.as_of or now.date()
    try:
        settings = load_settings()
        logging.basicConfig(level=settings.log_level, format="%(message)s", stream=sys.stderr)
        logging.getLogger("alembic").setLevel(logging.WARNING)
        with database(settings, say=_say) as opened:
            upgrade(opened.engine)
            at = now if as_of == now.date() else None
            return run(opened.engine, as_of, args.scheme, _say, at).as_dict()
    except (SettingsError, EmbeddedError, DatabaseError) as error:
        _say(str(error))
        return UNUSABLE_DATABASE


def assess(args: argparse.Namespace) -> dict[str, Any]:
    """Judge one record and return the whole result. Raises :class:`RecordError` for an unusable file or record."""
    as_of = args.as_of or datetime.now().astimezone().date()
    scheme = schemes.load_in_force(args.scheme, as_of)
    record = read_record(args.input)
    return result_of(scheme.judge(scheme.frame_of(record), scheme.rule, as_of), as_of).as_dict()


def read_record(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file (`-`: standard input); NaN and infinity are kept, to be refused by name."""
    import json

    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")
        record = json.loads(text)
    except OSError as error:
        raise RecordError(f"读不了 {path}：{error.strerror}。") from None
    except ValueError as error:
        raise RecordError(f"{path} 不是 JSON：{error}。") from None
    if not isinstance(record, dict):
        raise RecordError(f"{path} 里要是一个 JSON 对象（{{…}}），现在是 {type(record).__name__}。")
    return record


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
