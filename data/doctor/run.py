"""One examination: every check over a city or a part of it, in temp tables of a transaction; kept only when asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from time import perf_counter
from typing import Any

import orjson
from sqlalchemy import Connection, text

from data.doctor import outlines
from data.doctor.checks import Check, check_of, checks
from data.drill import SEVERE
from data.sql import pieces

SQL = "doctor.sql"
RUN_LOCK = 7_239_146_062
"""Number of the PostgreSQL advisory lock under which an examination is kept: two at once are ordered."""
WORK_MEMORY = "128MB"
"""What a sort or a join of an examination may hold in memory: it runs alone, once a day."""
EVERYTHING = "input"
"""The family that judges every input of every scheme."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Count:
    """What a check found in records of one source: `n` of `population`; see `data.tables.doctor.DoctorTrend`."""

    check_id: str
    source: str
    n: int
    population: int | None
    unmapped: int
    unknown: int
    unknown_severe: int


@dataclass(frozen=True)
class Report:
    """An examination of a node on a day. `unknown`: checks that could not be made, and why; `labels`: of parts."""

    day: date
    at: datetime
    node: int
    counts: tuple[Count, ...]
    unknown: Mapping[str, str]
    labels: Mapping[str, str]
    seconds: float
    took: Mapping[str, float] = field(default_factory=dict)

    @property
    def found(self) -> int:
        """Return how many findings there are, all checks together."""
        return sum(count.n for count in self.counts)


def examine(
    conn: Connection, day: date, now: datetime, node: int | None = None, source: str | None = None,
    only: Sequence[str] = (), progress: Progress | None = None,
) -> Report:  # fmt: skip
    """Examine what lies below `node` (None: the city) in records of `source` (None: all) with the checks `only`.

    The findings stand in temp tables until the transaction ends: :func:`save` keeps them, :func:`listed` reads them.
    Raises KeyError for a check there is none of, ValueError while there is no city.
    """
    began = perf_counter()
    chosen = [checks()[name] for name in only] if only else list(checks().values())
    root = node if node is not None else conn.execute(text("SELECT id FROM region WHERE level = 1")).scalar()
    if root is None:
        raise ValueError("the region tree is empty: load the regions first")
    conn.exec_driver_sql(f"SET LOCAL jit = off; SET LOCAL work_mem = '{WORK_MEMORY}'")
    conn.execute(pieces(SQL)["lack"])
    unknown: dict[str, str] = {}
    took: dict[str, float] = {}
    for check in chosen:
        begun = perf_counter()
        if check.known and not conn.scalar(text(check.known), check.values(check.known, today=day, now=now)):
            unknown[check.id] = str(check.unknown)
            continue
        if check.made_by is not None:
            outlines.PREPARE[check.made_by](conn)
        _examine(conn, check, {"today": day, "now": now}, node, source)
        took[check.id] = perf_counter() - begun
        if progress is not None:
            progress(f"{check.title}：{took[check.id]:.1f} 秒")
    conn.execute(pieces(SQL)["summed"], {"severe": SEVERE})
    found = conn.execute(pieces(SQL)["new_counts"], {"node": root}).mappings().all()
    labels = {row.id: row.label for row in conn.execute(pieces(SQL)["labels"])}
    counts = tuple(Count(**row) for row in found)
    return Report(day, now, root, counts, unknown, labels, perf_counter() - began, took)


def _examine(conn: Connection, check: Check, given: Mapping[str, Any], node: int | None, source: str | None) -> None:
    name = f"'{check.id}'"  # the name of a file of ours
    own = check.id == EVERYTHING
    inserts = {
        "check": check.sql,
        "part": f"{name} || ':' || q.part" if check.family else name,
        "subjects": "q.subjects" if check.summed else "1",
        "shape": "q.shape" if check.shapes else "CAST(NULL AS geometry)",
        "hurt": f"{name} || ':' || l.input" if own else name,
        "effect": "true" if own else "l.input = ANY (CAST(:effect AS text[]))",
    }
    values = {**check.values(check.sql, **given), "node": node, "only_source": source}
    if not own:
        values["effect"] = list(check.effect)
    statement = pieces(SQL)["examine"].text
    for place, sql in inserts.items():
        statement = statement.replace(f"{{{place}}}", sql)
    conn.execute(text(statement), values)


def listed(conn: Connection, limit: int) -> list[dict[str, Any]]:
    """Return up to `limit` findings of each check of the examination of this transaction, the worst first."""
    return [dict(row) for row in conn.execute(pieces(SQL)["new_listed"], {"limit": limit}).mappings()]


def save(conn: Connection, report: Report) -> int:
    """Keep the examination of this transaction (of a whole city, by all checks) as the newest; returns its id."""
    for part in pieces(SQL)["save"].text.split(";\n"):
        statement_values = {"day": report.day} if ":day" in part else {}
        conn.execute(text(part), statement_values)
    note = {
        "day": report.day, "at": report.at, "seconds": report.seconds,
        "unknown": orjson.dumps(dict(report.unknown)).decode(), "labels": orjson.dumps(dict(report.labels)).decode(),
    }  # fmt: skip
    return int(conn.execute(pieces(SQL)["note"], note).scalar_one())


def lock(conn: Connection) -> None:
    """Wait until no other examination that will be kept is running; held to the end of the transaction."""
    conn.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": RUN_LOCK})


def sources(conn: Connection) -> list[str]:
    """Return the names of the sources that any record comes from."""
    return [row.source for row in conn.execute(pieces(SQL)["sources"])]


def title_of(check_id: str, labels: Mapping[str, str]) -> str:
    """Return what a check, or a part of a family, is called; a check that is no more is called by its id."""
    check = check_of(check_id)
    if check is None or ":" not in check_id:
        return check_id if check is None else check.title
    part = check_id.split(":", 1)[1]
    return f"{check.title}：{part.split('.')[0]} {labels.get(check_id, part)}"


def totals(counts: Sequence[Count]) -> list[Count]:
    """Return one count per check, its sources joined and summed, in the order of the checks, most findings first."""
    by_check: dict[str, list[Count]] = {}
    for count in counts:
        by_check.setdefault(count.check_id, []).append(count)
    order = {name: i for i, name in enumerate(checks())}
    summed = [_total(same) for same in by_check.values()]
    return sorted(summed, key=lambda one: (order.get(one.check_id.split(":")[0], len(order)), -one.n, one.check_id))


def _total(same: Sequence[Count]) -> Count:
    known = [count.population for count in same if count.population is not None]
    finders = sorted((count for count in same if count.n), key=lambda count: -count.n)
    return Count(
        same[0].check_id, "、".join(count.source for count in finders), sum(count.n for count in same),
        sum(known) if len(known) == len(same) else None, sum(count.unmapped for count in same),
        sum(count.unknown for count in same), sum(count.unknown_severe for count in same),
    )  # fmt: skip
