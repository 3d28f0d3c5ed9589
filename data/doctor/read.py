"""What the page shows of the newest kept examination: counts, findings and days, inside a viewer's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from data.access.viewer import Viewer
from data.doctor.run import Count, title_of, totals
from data.drill import SEVERE, Node, scope_roots
from data.reading import first, rows, whole

SQL = "doctor.sql"
KEPT_LEVEL = 3
"""Counts of every day are kept for city, district and street; below, those of the newest day are counted on request."""
TREND_DAYS = 90
WEEK = 7


@dataclass(frozen=True)
class Kept:
    """The newest examination that was kept. `unknown`: checks that could not be made, and why; `labels`: of parts."""

    day: date
    at: datetime
    seconds: float
    unknown: dict[str, str]
    labels: dict[str, str]


@dataclass(frozen=True)
class Line:
    """One check at a node: its count over all sources (`sources`: each one's), and `n` about a week ago, if kept."""

    check_id: str
    title: str
    count: Count
    sources: tuple[Count, ...]
    before: int | None


@dataclass(frozen=True)
class Examined:
    """The newest examination at a node. Empty `lines`: nothing was judged here."""

    kept: Kept
    lines: tuple[Line, ...]

    def line(self, check_id: str) -> Line | None:
        """Return the line of a check, or None where it was not judged."""
        return next((line for line in self.lines if line.check_id == check_id), None)


@dataclass(frozen=True)
class Finding:
    """One subject found: a place, or a region (`place_id` None). `value` is what stands there."""

    record_id: int
    place_id: int | None
    name: str
    value: str | None
    source: str
    region_code: str
    within: str | None
    unknown: bool
    at_least: int


@dataclass(frozen=True)
class Child:
    """How a check stands in one child of a node."""

    code: str
    name: str
    is_rest: bool
    n: int
    unknown: int


@dataclass(frozen=True)
class Detail:
    """One check at a node: its children, its days (day, findings, judged), and some findings of `total`."""

    children: tuple[Child, ...]
    days: tuple[tuple[date, int, int], ...]
    findings: tuple[Finding, ...]


def read_kept(conn: Connection, viewer: Viewer) -> Kept | None:
    """Return the newest examination, or None when none was kept or the viewer may see nothing."""
    row = first(conn, viewer, SQL, "newest") if viewer.may("view") else None
    return None if row is None else Kept(row["day"], row["at"], row["seconds"], row["unknown"], row["labels"])


def read_examined(conn: Connection, viewer: Viewer, node: Node) -> Examined | None:
    """Return every check's counts below `node` as far as the viewer may see them; None when none was kept."""
    kept = read_kept(conn, viewer)
    if kept is None:
        return None
    parts = kept_parts(conn, viewer, node)
    if parts is None:
        found = rows(conn, viewer, SQL, "counted", node=node.id, severe=SEVERE)
    else:
        found = rows(conn, viewer, SQL, "kept_counts", day=kept.day, ids=parts)
    counts = [Count(**row) for row in found]
    before = _week_before(conn, viewer, kept.day, parts)
    by_check: dict[str, list[Count]] = {}
    for count in counts:
        by_check.setdefault(count.check_id, []).append(count)
    lines = [
        Line(
            total.check_id, title_of(total.check_id, kept.labels), total,
            tuple(sorted(by_check[total.check_id], key=lambda one: -one.n)), before.get(total.check_id),
        )
        for total in totals(counts)
    ]  # fmt: skip
    return Examined(kept, tuple(lines))


def kept_parts(conn: Connection, viewer: Viewer, node: Node) -> list[int] | None:
    """Return the nodes whose kept counts make up what the viewer sees of `node`; None where one is below a street."""
    found = rows(conn, viewer, "drill.sql", "parts", nodes=[node.id], roots=scope_roots(conn, viewer))
    ids = [row["part"] for row in found]
    deepest = first(conn, viewer, SQL, "levels", ids=ids)
    return None if whole(deepest and deepest["deepest"]) > KEPT_LEVEL else ids


def _week_before(conn: Connection, viewer: Viewer, day: date, parts: list[int] | None) -> dict[str, int]:
    if parts is None:
        return {}
    return {row["check_id"]: row["n"] for row in rows(conn, viewer, SQL, "before", ids=parts, day=day, days=WEEK)}


def read_detail(
    conn: Connection, viewer: Viewer, check_id: str, node: Node, today: date, limit: int = 50, offset: int = 0
) -> Detail:
    """Return one check below `node`: how its children stand, its days, and `limit` findings, the worst first."""
    children = [] if node.is_leaf else _children(conn, viewer, check_id, node)
    parts = kept_parts(conn, viewer, node)
    days: list[tuple[date, int, int]] = []
    if parts is not None:
        found = rows(conn, viewer, SQL, "trend", check=check_id, ids=parts, today=today, days=TREND_DAYS)
        days = [(row["day"], row["n"], row["population"]) for row in found]
    return Detail(tuple(children), tuple(days), tuple(read_list(conn, viewer, check_id, node, limit, offset)))


def read_list(
    conn: Connection, viewer: Viewer, check_id: str, node: Node, limit: int = 50, offset: int = 0
) -> list[Finding]:
    """Return findings of a check below `node`, the worst first; what was deleted since is left out."""
    found = rows(conn, viewer, SQL, "list", check=check_id, node=node.id, limit=limit, offset=offset)
    return [
        Finding(
            row["record_id"], row["place_id"], row["name"], row["value"], row["source"], row["region_code"],
            row["within"], row["unknown"], row["at_least"],
        )
        for row in found
    ]  # fmt: skip


def _children(conn: Connection, viewer: Viewer, check_id: str, node: Node) -> Sequence[Child]:
    """Return the children with findings, most first; what hangs on the node itself (its own outline) is left out."""
    counted = rows(conn, viewer, SQL, "children", check=check_id, node=node.id, level=node.level + 1)
    by_node = {row["node"]: row for row in counted if row["node"] is not None}
    names = rows(conn, viewer, SQL, "names", ids=list(by_node))
    found = [
        Child(row["code"], row["name"], row["is_rest"], by_node[row["id"]]["n"], by_node[row["id"]]["unknown"])
        for row in names
    ]
    return sorted(found, key=lambda child: (-child.n, child.code))
