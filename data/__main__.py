"""``python -m data COMMAND``: a thin dispatcher to the modules of ``data/commands``.

Exit codes: what the command says; 3 when settings or database cannot be used (one sentence on standard error);
130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import pkgutil
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from data import commands
from data.embedded import EmbeddedError
from data.engine import DatabaseError
from data.settings import SettingsError, load_settings

UNUSABLE = 3


def command_modules() -> dict[str, str]:
    """Module of every command there is, by the files in ``data/commands`` (``import_`` is ``import``)."""
    files = sorted(found.name for found in pkgutil.iter_modules(commands.__path__))
    return {name.rstrip("_").replace("_", "-"): f"{commands.__name__}.{name}" for name in files}


def build_parser(wanted: Sequence[str]) -> argparse.ArgumentParser:
    """The parser with the commands in ``wanted`` (only what is asked for is imported)."""
    modules = command_modules()
    parser = argparse.ArgumentParser(prog="python -m data", description="一张图：数据的命令行")
    chosen = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in wanted:
        module = importlib.import_module(modules[name])
        sub = chosen.add_parser(module.NAME, help=module.HELP, description=module.HELP)
        module.add_arguments(sub)
        sub.set_defaults(run=module.run)
    return parser


def _leave(number: int, _frame: object) -> NoReturn:
    """Turn a signal into an orderly exit, so that leases and locks are given back."""
    raise SystemExit(128 + number)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    names = list(command_modules())
    parser = build_parser([words[0]] if words and words[0] in names else names)
    if not words:
        parser.print_help()
        return 2
    args = parser.parse_args(words)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        settings = load_settings()
        logging.basicConfig(level=settings.log_level, format="%(message)s", stream=sys.stderr)
        logging.getLogger("alembic").setLevel(logging.WARNING)
        return int(args.run(args, settings))
    except (SettingsError, EmbeddedError, DatabaseError) as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        sys.stderr.close()
        return 128 + signal.SIGPIPE


if __name__ == "__main__":
    sys.exit(main())
