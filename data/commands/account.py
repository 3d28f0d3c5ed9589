"""``python -m data account``: make, list, disable, scope accounts and give new passwords."""

from __future__ import annotations

import argparse
import getpass
import sys

from sqlalchemy import Connection, Engine

from data.access.accounts import (
    AccountError,
    add_account,
    city_code,
    list_accounts,
    set_disabled,
    set_password,
    set_scope,
)
from data.access.passwords import PasswordRefused
from data.access.sessions import command_viewer
from data.access.viewer import Viewer
from data.settings import TIME_ZONE, Settings
from data.tables.accounts import ROLES

NAME = "account"
HELP = "账号：新建、列出、停用、改密码、改管辖区域"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``add``, ``list``, ``disable``, ``enable``, ``password`` and ``scope``."""
    todo = parser.add_subparsers(dest="todo", required=True, metavar="做什么")
    adding = todo.add_parser("add", help="新建账号（第一个必须是管理员）")
    adding.add_argument("login", help="登录名：小写字母、数字、. _ @ -")
    adding.add_argument("--name", help="姓名（默认同登录名）")
    adding.add_argument("--role", choices=ROLES, required=True, help="角色")
    _scope_arguments(adding)
    _password_argument(adding)
    todo.add_parser("list", help="列出账号")
    for name, text in (("disable", "停用，并立即退出所有登录"), ("enable", "重新启用")):
        todo.add_parser(name, help=text).add_argument("login")
    changing = todo.add_parser("password", help="改密码，并立即退出所有登录")
    changing.add_argument("login")
    _password_argument(changing)
    scoping = todo.add_parser("scope", help="改管辖区域（不写区域即清空）")
    scoping.add_argument("login")
    _scope_arguments(scoping)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Do what was asked for; exit code 0, or 2 with one sentence when it cannot be done."""
    from data.engine import database

    with database(settings) as opened:
        viewer = command_viewer(opened.engine, getpass.getuser())
        allowed = viewer.may("manage_accounts")
        if not allowed:
            print(f"不能管理账号：{allowed.reason}。", file=sys.stderr)
            return 2
        try:
            return _do(args, opened.engine, viewer)
        except (AccountError, PasswordRefused) as refused:
            print(refused, file=sys.stderr)
            return 2


def _do(args: argparse.Namespace, engine: Engine, viewer: Viewer) -> int:
    password = _read_password(args.password_stdin) if args.todo in ("add", "password") else ""
    with engine.begin() as conn:
        if args.todo == "list":
            _show(conn)
        elif args.todo == "add":
            name = args.name or args.login
            add_account(
                conn, viewer, args.login, name=name, role=args.role, password=password, codes=_codes(conn, args)
            )
            print(f"已建账号 {args.login.strip().lower()}（{args.role}）")
        elif args.todo == "password":
            set_password(conn, viewer, args.login, password)
            print("密码已改，原有登录全部退出")
        elif args.todo == "scope":
            set_scope(conn, viewer, args.login, _codes(conn, args))
            print("管辖区域已改")
        else:
            set_disabled(conn, viewer, args.login, disabled=args.todo == "disable")
            print("已停用，原有登录全部退出" if args.todo == "disable" else "已启用")
    return 0


def _scope_arguments(parser: argparse.ArgumentParser) -> None:
    scope = parser.add_mutually_exclusive_group()
    scope.add_argument("--region", action="append", default=[], metavar="代码", help="可看的区域代码，可多次")
    scope.add_argument("--whole-city", action="store_true", help="全市")


def _password_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--password-stdin", action="store_true", help="从标准输入读一行作密码，不询问")


def _codes(conn: Connection, args: argparse.Namespace) -> list[str]:
    return [city_code(conn)] if args.whole_city else list(args.region)


def _read_password(from_stdin: bool) -> str:
    """Read a password without showing it, twice when a person types it; it is never an argument others can list."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    try:
        typed = getpass.getpass("密码: ")
        if getpass.getpass("再输一遍: ") != typed:
            raise AccountError("两遍不一样，没有改动。")
    except EOFError:
        raise AccountError("没有读到密码；用管道传密码时请加 --password-stdin。") from None
    return typed


def _show(conn: Connection) -> None:
    rows = list_accounts(conn)
    if not rows:
        print("还没有账号：仅本机可用。")
    for row in rows:
        where = (
            "全市" if row.role == "admin" else "、".join(f"{name}({code})" for code, name in row.regions) or "无区域"
        )
        made = row.created_at.astimezone(TIME_ZONE).date().isoformat()
        print("\t".join((row.login, row.name, row.role, "停用" if row.disabled else "可用", where, made)))
