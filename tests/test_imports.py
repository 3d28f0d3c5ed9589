"""The import table of the house (docs/architecture.md): who may know whom. Imports hidden in functions count."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("geo", "risk", "data", "layers", "reports", "ui")
ALLOWED = {
    "geo": {"geo"},
    "risk": {"risk", "geo"},
    "data": {"data", "geo"},
    "layers": {"layers", "geo", "data"},
    "reports": {"reports", "geo", "risk", "data", "layers"},
    "ui": set(OURS),
}
RISK_MAY_USE_DATA = {"risk/run.py", "risk/__main__.py"}
SCREEN_LIBRARIES = {"streamlit", "streamlit_folium", "folium", "branca"}
DATABASE_LIBRARIES = {"sqlalchemy", "psycopg", "psycopg_pool", "geoalchemy2", "alembic", "procrastinate"}
CLOCK_CALLS = {"now", "utcnow", "today", "time", "time_ns", "localtime", "gmtime"}
CLOCK_OWNERS = {"datetime", "date", "time", "dt", "Timestamp"}


def modules(room: str) -> list[Path]:
    """Every Python file of a room."""
    return sorted((ROOT / room).rglob("*.py"))


def where(path: Path) -> str:
    """The path as the architecture names it."""
    return path.relative_to(ROOT).as_posix()


def imported(source: str, package: str) -> Iterator[str]:
    """Full names of everything ``source`` imports, anywhere in it; ``package`` resolves the relative ones."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")[: -node.level + 1 or None] if node.level else []
            yield ".".join([*parts, node.module] if node.module else parts)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            first = node.args[0] if node.args else None
            if name in ("import_module", "__import__") and isinstance(first, ast.Constant):
                yield str(first.value)


def roots(path: Path) -> set[str]:
    """First names of what a file imports."""
    package = ".".join(path.relative_to(ROOT).parent.parts)
    return {name.split(".")[0] for name in imported(path.read_text(encoding="utf-8"), package)}


def faults(room: str) -> list[str]:
    """Lines of the table that a room breaks."""
    found = []
    for path in modules(room):
        allowed = ALLOWED[room] | ({"data"} if where(path) in RISK_MAY_USE_DATA else set())
        names = roots(path)
        found += [f"{where(path)} imports {name}" for name in sorted(names & set(OURS) - allowed)]
        if room != "ui":
            found += [f"{where(path)} imports {name}" for name in sorted(names & SCREEN_LIBRARIES)]
        if room == "geo" or (room == "risk" and where(path) not in RISK_MAY_USE_DATA):
            found += [f"{where(path)} imports {name}" for name in sorted(names & DATABASE_LIBRARIES)]
        if room == "ui":
            found += [f"{where(path)} imports {name}" for name in sorted(names & {"psycopg", "geoalchemy2", "alembic"})]
    return found


def clock_reads(source: str) -> list[int]:
    """Lines that ask what time it is (``datetime.now()``, ``time.time()``, ``date.today()``, …)."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCK_CALLS
        and isinstance(node.func.value, ast.Name | ast.Attribute)
        and (node.func.value.id if isinstance(node.func.value, ast.Name) else node.func.value.attr) in CLOCK_OWNERS
    ]


def sql_strings(source: str) -> list[int]:
    """Lines with a string that is an SQL statement."""
    starts = ("select ", "insert into ", "update ", "delete from ", "with ")
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.strip().lower().startswith(starts)
        and (" from " in node.value.lower() or " set " in node.value.lower() or " values" in node.value.lower())
    ]


@pytest.mark.parametrize("room", [room for room in OURS if (ROOT / room).is_dir()])
def test_room_imports_only_what_the_table_allows(room: str) -> None:
    assert modules(room), f"{room}/ holds no module"
    assert faults(room) == []


@pytest.mark.parametrize("room", ["geo", "risk"])
def test_pure_rooms_never_read_the_clock(room: str) -> None:
    outside = RISK_MAY_USE_DATA
    found = {where(path): clock_reads(path.read_text(encoding="utf-8")) for path in modules(room)}
    assert {path: lines for path, lines in found.items() if lines and path not in outside} == {}


def test_pages_hold_no_sql() -> None:
    found = {where(path): sql_strings(path.read_text(encoding="utf-8")) for path in modules("ui")}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_the_check_sees_hidden_imports_clocks_and_sql() -> None:
    hidden = "def f():\n    from data.engine import database\n    import risk.run\n    import_module('ui.main')\n"
    assert set(imported(hidden, "geo")) == {"data.engine", "risk.run", "ui.main"}
    assert list(imported("from . import x\nfrom ..b import y\n", "a.c")) == ["a.c", "a.b"]
    assert clock_reads("import datetime as d\nx = datetime.now()\ny = time.time()\nz = row.time()\n") == [2, 3]
    assert sql_strings("q = 'SELECT a FROM b'\nt = 'select one'\n") == [1]
