"""How reads run their SQL: named pieces of `data/sql/`, with the viewer's scope put in and every value bound."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from data.access.viewer import Viewer, scope_sql
from data.settings import TIME_ZONE
from data.sql import pieces

SCOPE = re.compile(r"\{scope (\w+\.path)\}")


def rows(
    conn: Connection, viewer: Viewer, file: str, piece: str, inserts: Mapping[str, str] | None = None, **values: object
) -> Sequence[RowMapping]:
    """Run one piece of a `.sql` file and return its rows; `values` are bound.

    `{scope r.path}` in the piece becomes the condition that the region path `r.path` is in the viewer's scope, so a
    piece without it reads nothing that belongs to a region, or reads ids that a scoped piece gave. `inserts`
    puts SQL of ours (never text from a request) in other places: `{name}` becomes its text.
    """
    statement, bound = prepared(viewer, file, piece, inserts, **values)
    return conn.execute(text(statement), bound).mappings().all()


def prepared(
    viewer: Viewer, file: str, piece: str, inserts: Mapping[str, str] | None = None, **values: object
) -> tuple[str, dict[str, object]]:
    """Return the SQL of a piece with the viewer's scope put in, and its bound values: what `rows` runs."""
    bound: dict[str, object] = dict(values)

    def condition(match: re.Match[str]) -> str:
        sql, scope = scope_sql(viewer, match.group(1))
        bound.update(scope)
        return f"({sql})"

    statement = pieces(file)[piece].text
    for name, sql in (inserts or {}).items():
        statement = statement.replace(f"{{{name}}}", sql)
    return SCOPE.sub(condition, statement), bound


def first(
    conn: Connection, viewer: Viewer, file: str, piece: str, inserts: Mapping[str, str] | None = None, **values: object
) -> RowMapping | None:
    """Return the first row of a piece, or None."""
    found = rows(conn, viewer, file, piece, inserts, **values)
    return found[0] if found else None


def local_day(instant: datetime) -> date:
    """Return the day of an instant in the zone that screens show (Asia/Shanghai)."""
    return instant.astimezone(TIME_ZONE).date()


def whole(value: Any) -> int:
    """Return a count as int; no row means none."""
    return int(value or 0)
