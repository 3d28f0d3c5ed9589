"""Key figures of a region in view: places, kinds, grades, open and overdue hazards, alarms, silent sensors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from data.access.viewer import Viewer
from data.drill import Grades, Node, read_row
from data.gaps import definition
from data.reading import first, rows, whole
from data.standards import coverage

SQL = "figures.sql"


@dataclass(frozen=True)
class Figures:
    """Key figures. `places` counts each place once; `kinds` overlap, as a place may be of several."""

    places: int
    mapped: int
    kinds: Mapping[str, int]
    grades: Mapping[str, Grades]
    open_hazards: int
    overdue: int
    major_hazards: int
    open_alarms: int
    high_alarms: int
    sensors: int
    silent_sensors: int
    faulty_sensors: int
    never_inspected: int
    inspectable: int

    @property
    def unmapped(self) -> int:
        """Return places without coordinates (未上图)."""
        return self.places - self.mapped


def read_figures(
    conn: Connection, viewer: Viewer, node: Node, today: date, now: datetime, visits: tuple[int, int] | None = None
) -> Figures:
    """Return the key figures below `node`, on `today` and at `now` (with zone), as far as the viewer may see.

    `visits` is the answer of :func:`read_never_inspected` where the caller has it already: it is the slow part.
    """
    never_inspected, inspectable = visits or read_never_inspected(conn, viewer, node, today, now)
    row = read_row(conn, viewer, node, today)
    kinds = rows(conn, viewer, SQL, "kinds", node=node.id)
    hazards = first(conn, viewer, SQL, "hazards", node=node.id, today=today)
    alarms = first(conn, viewer, SQL, "alarms", node=node.id)
    heard_since = now - timedelta(hours=coverage().silence.hours)
    sensors = first(conn, viewer, SQL, "sensors", node=node.id, heard_since=heard_since)
    return Figures(
        places=row.places,
        mapped=row.mapped,
        kinds={kind["kind"]: kind["n"] for kind in kinds},
        grades=row.grades,
        open_hazards=whole(hazards and hazards["open"]),
        overdue=whole(hazards and hazards["overdue"]),
        major_hazards=whole(hazards and hazards["major"]),
        open_alarms=whole(alarms and alarms["open"]),
        high_alarms=whole(alarms and alarms["high"]),
        sensors=whole(sensors and sensors["sensors"]),
        silent_sensors=whole(sensors and sensors["silent"]),
        faulty_sensors=whole(sensors and sensors["faulty"]),
        never_inspected=never_inspected,
        inspectable=inspectable,
    )


def read_never_inspected(conn: Connection, viewer: Viewer, node: Node, today: date, now: datetime) -> tuple[int, int]:
    """Return how many places below `node` no authority ever inspected, and of how many that are not closed."""
    never = definition("never_inspected", today, now)
    visits = first(conn, viewer, "gaps.sql", "count_inside", {"gap": never.sql}, node=node.id, **never.values)
    return whole(visits and visits["n"]), whole(visits and visits["total"])
