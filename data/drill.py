"""The region tree as it is drilled through: a node, its crumbs, its children, and totals that agree at every level.

Counts come from `region_count` and `region_total`. A viewer who may see only part of a node (a district's user at the
city) gets the sum of the parts in scope, and the row says that it is partial.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from data.access.viewer import Viewer
from data.reading import first, rows, whole

SQL = "drill.sql"
LAYERS = ("enterprise", "gas_shop", "small_place", "crowded_place")
"""Layers that are counted, in the order they are shown."""

SEVERE = 3
"""From this severity on a place is red or orange, or proven to be at least that."""

LEAF_LEVEL = 5
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Grades:
    """Places of one layer by grade; `unknown_severe` of the unknown are proven at least orange."""

    red: int = 0
    orange: int = 0
    yellow: int = 0
    blue: int = 0
    unknown: int = 0
    unknown_severe: int = 0
    na: int = 0
    mapped: int = 0

    @property
    def total(self) -> int:
        """Return all places of the layer, each once."""
        return self.red + self.orange + self.yellow + self.blue + self.unknown + self.na

    @property
    def severe(self) -> int:
        """Return places that are red or orange, or proven to be at least that."""
        return self.red + self.orange + self.unknown_severe

    @property
    def unmapped(self) -> int:
        """Return places without coordinates (未上图)."""
        return self.total - self.mapped


@dataclass(frozen=True)
class Node:
    """A region in view. `partial`: the viewer sees only some of what lies below. `bounds`: W, S, E, N in degrees."""

    id: int
    code: str
    name: str
    level: int
    is_rest: bool
    path: tuple[int, ...]
    partial: bool
    bounds: Bounds | None
    population_day: int | None = None
    population_night: int | None = None
    area_m2: float | None = None

    @property
    def is_leaf(self) -> bool:
        """Whether places hang on this node itself (a grid or a rest node)."""
        return self.is_rest or self.level == LEAF_LEVEL


@dataclass(frozen=True)
class Crumb:
    """One step of the way down to a node."""

    code: str
    name: str
    level: int
    is_rest: bool


@dataclass(frozen=True)
class RegionRow:
    """Counts of one region: places once each, each layer by grade, open and overdue hazards."""

    id: int
    code: str
    name: str
    level: int
    is_rest: bool
    partial: bool
    places: int = 0
    mapped: int = 0
    grades: Mapping[str, Grades] = field(default_factory=dict)
    open_hazards: int = 0
    overdue: int = 0

    @property
    def unmapped(self) -> int:
        """Return places without coordinates (未上图)."""
        return self.places - self.mapped


@dataclass(frozen=True)
class Difference:
    """Two numbers that should be equal and are not: the node's own count, its children's sum, the table's."""

    what: str
    node: int
    children: int | None
    table: int


@dataclass(frozen=True)
class RegionView:
    """A node's own counts, its children's, and which numbers do not agree: none, as it must be."""

    row: RegionRow
    children: tuple[RegionRow, ...]
    differences: tuple[Difference, ...]


def scope_roots(conn: Connection, viewer: Viewer) -> list[int] | None:
    """Return the regions that the viewer sees whole, none inside another; None for the whole city."""
    if viewer.everywhere:
        return None
    found = rows(conn, viewer, SQL, "paths", ids=list(viewer.regions or ()))
    ids = {row["id"] for row in found}
    return [row["id"] for row in found if not ids & set(row["path"][:-1])]


def read_top(conn: Connection, viewer: Viewer) -> str | None:
    """Return the code of the highest node that holds all the viewer may see; None when there is nothing to see."""
    if not viewer.may("view"):
        return None
    if viewer.everywhere:
        top = first(conn, viewer, SQL, "root_code")
        return None if top is None else str(top["code"])
    paths = [row["path"] for row in rows(conn, viewer, SQL, "paths", ids=scope_roots(conn, viewer))]
    if not paths:
        return None
    common = [step[0] for step in zip(*paths, strict=False) if len(set(step)) == 1]
    return str(rows(conn, viewer, SQL, "paths", ids=common[-1:])[0]["code"])


def read_node(conn: Connection, viewer: Viewer, code: str | None = None) -> Node | None:
    """Return the node with `code` (none given: the viewer's top), or None when it is unknown or out of scope."""
    code = code or read_top(conn, viewer)
    if code is None or not viewer.may("view"):
        return None
    row = first(conn, viewer, SQL, "node", code=code[:32], roots=scope_roots(conn, viewer))
    if row is None or not (row["whole"] or row["above_scope"]):
        return None
    bounds = None if row["west"] is None else (row["west"], row["south"], row["east"], row["north"])
    return Node(
        row["id"], row["code"], row["name"], row["level"], row["is_rest"], tuple(row["path"]), not row["whole"], bounds,
        row["population_day"], row["population_night"], row["area_m2"],
    )  # fmt: skip


def read_code(conn: Connection, viewer: Viewer, region_id: int) -> str | None:
    """Return the code of a region by its id (what a click on the map gives), or None when it is out of scope."""
    row = first(conn, viewer, SQL, "code_of", id=region_id, roots=scope_roots(conn, viewer))
    return None if row is None else str(row["code"])


def read_crumbs(conn: Connection, viewer: Viewer, node: Node) -> list[Crumb]:
    """Return the way from the viewer's top down to `node`, both included."""
    roots = scope_roots(conn, viewer)
    ids = list(node.path)
    if roots is not None:
        top = read_node(conn, viewer)
        ids = ids[top.level - 1 :] if top is not None else []
    return [Crumb(**row) for row in rows(conn, viewer, SQL, "crumbs", ids=ids)]


def read_row(conn: Connection, viewer: Viewer, node: Node, today: date) -> RegionRow:
    """Return the counts of `node` as far as the viewer may see them."""
    bare = [RegionRow(node.id, node.code, node.name, node.level, node.is_rest, node.partial)]
    return _counted(conn, viewer, bare, node.id, node.level, today)[0]


def read_children(conn: Connection, viewer: Viewer, node: Node, today: date) -> list[RegionRow]:
    """Return the counts of each child of `node` in scope, 未落格 last; empty for a leaf."""
    found = rows(conn, viewer, SQL, "children", node=node.id, roots=scope_roots(conn, viewer))
    bare = [RegionRow(r["id"], r["code"], r["name"], r["level"], r["is_rest"], not r["whole"]) for r in found]
    return _counted(conn, viewer, bare, node.id, node.level + 1, today)


def _counted(
    conn: Connection, viewer: Viewer, bare: Sequence[RegionRow], node: int, level: int, today: date
) -> list[RegionRow]:
    """Fill rows that all lie at `level` at or below `node` with their counts."""
    if not bare:
        return []
    parts: dict[int, list[int]] = {row.id: [] for row in bare}
    for row in rows(conn, viewer, SQL, "parts", nodes=list(parts), roots=scope_roots(conn, viewer)):
        parts[row["node"]].append(row["part"])
    ids = [part for of_node in parts.values() for part in of_node]
    totals = {row["region_id"]: row for row in rows(conn, viewer, SQL, "totals", ids=ids)}
    grades: dict[int, list[Any]] = {}
    for row in rows(conn, viewer, SQL, "grades", ids=ids, severe=SEVERE):
        grades.setdefault(row["region_id"], []).append(row)
    hazards = {row["node"]: row for row in rows(conn, viewer, SQL, "hazards", node=node, level=level, today=today)}
    return [_fill(row, parts[row.id], totals, grades, hazards.get(row.id)) for row in bare]


def _fill(row: RegionRow, parts: Sequence[int], totals: Any, grades: Any, hazards: Any) -> RegionRow:
    counted = [totals[part] for part in parts if part in totals]
    return RegionRow(
        row.id, row.code, row.name, row.level, row.is_rest, row.partial,
        places=sum(t["places"] for t in counted),
        mapped=sum(t["mapped"] for t in counted),
        grades=grades_by_layer([g for part in parts for g in grades.get(part, ())]),
        open_hazards=whole(hazards and hazards["open"]),
        overdue=whole(hazards and hazards["overdue"]),
    )  # fmt: skip


GRADE_OF = {4: "red", 3: "orange", 2: "yellow", 1: "blue", 0: "unknown", -1: "na"}


def grades_by_layer(counted: Sequence[Any]) -> dict[str, Grades]:
    """Sum rows of (layer, severity, severe, n, mapped) to grades; every counted layer is in the answer."""
    sums: dict[str, dict[str, int]] = {layer: {} for layer in LAYERS}
    for row in counted:
        into = sums.setdefault(row["layer"], {})
        grade = GRADE_OF[row["severity"]]
        into[grade] = into.get(grade, 0) + row["n"]
        into["mapped"] = into.get("mapped", 0) + row["mapped"]
        if row["severity"] == 0 and row["severe"]:
            into["unknown_severe"] = into.get("unknown_severe", 0) + row["n"]
    return {layer: Grades(**values) for layer, values in sums.items()}


def read_view(conn: Connection, viewer: Viewer, node: Node, today: date) -> RegionView:
    """Return the counts of `node`, of its children, and whether they and the tables agree."""
    own = read_row(conn, viewer, node, today)
    children = read_children(conn, viewer, node, today)
    return RegionView(own, tuple(children), tuple(_differences(conn, viewer, node, own, children)))


def _differences(
    conn: Connection, viewer: Viewer, node: Node, own: RegionRow, children: Sequence[RegionRow]
) -> list[Difference]:
    places = first(conn, viewer, SQL, "table_places", node=node.id)
    table = grades_by_layer(rows(conn, viewer, SQL, "table_grades", node=node.id, severe=SEVERE))
    in_table = RegionRow(
        own.id, own.code, own.name, own.level, own.is_rest, own.partial,
        places=whole(places and places["places"]), mapped=whole(places and places["mapped"]), grades=table,
        open_hazards=own.open_hazards, overdue=own.overdue,
    )  # fmt: skip
    mine, stored = _numbers(own), _numbers(in_table)
    summed = [_numbers(child) for child in children]
    found = []
    for what, number in mine.items():
        below = None if node.is_leaf else sum(child.get(what, 0) for child in summed)
        if stored[what] != number or below not in (None, number):
            found.append(Difference(what, number, below, stored[what]))
    return found


def _numbers(row: RegionRow) -> dict[str, int]:
    numbers = {
        "places": row.places, "unmapped": row.unmapped, "open_hazards": row.open_hazards, "overdue": row.overdue,
    }  # fmt: skip
    for layer in LAYERS:
        grades = row.grades[layer]
        for grade in (*GRADE_OF.values(), "unknown_severe", "unmapped"):
            numbers[f"{layer}.{grade}"] = getattr(grades, grade)
    return numbers
