"""一企一档: everything stored about one place, in one read, as far as the viewer may see it.

Names and numbers of persons are masked here, not on the screen. What nobody has told is None, never a good value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from data.access import masked
from data.access.viewer import Viewer
from data.drill import Crumb
from data.reading import first, rows
from data.standards import coverage

SQL = "dossier.sql"
MOST_ROWS = 200
"""Inspections, hazards and alarms listed at most; `Dossier` says how many there are in all."""

READINGS_DAYS = 7

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Assessed:
    """What one scheme says of the place (or of its unit `unit_name`), with its contributions as written."""

    id: int
    scheme: str
    unit_id: int | None
    unit_name: str | None
    rule_version: str
    as_of: date
    value_low: float | None
    value_high: float | None
    grade: str
    severity: int
    at_least: int
    sentence: str
    contributions: tuple[Row, ...]
    missing: tuple[str, ...]
    data_from: date | None


@dataclass(frozen=True)
class UnitCard:
    """A production or storage unit, what it holds, and what its scheme says of it (None: not assessed)."""

    name: str
    kind: str
    exposed_people: int | None
    has_boundary: bool
    holdings: tuple[Row, ...]
    assessed: Assessed | None


@dataclass(frozen=True)
class SensorCard:
    """A device, whether it works (`working`, `silent` or `faulty`), and its readings of the last seven days."""

    code: str
    kind: str
    unit: str | None
    installed_on: date | None
    last_seen_at: datetime | None
    last_value: float | None
    state: str
    readings: tuple[tuple[datetime, float], ...]


@dataclass(frozen=True)
class Dossier:
    """Everything about one place. Rows are mappings named as the table's columns; persons are masked already."""

    place: Row
    crumbs: tuple[Crumb, ...]
    layers: tuple[Row, ...]
    assessments: tuple[Assessed, ...]
    duties: tuple[Row, ...]
    zones: tuple[Row, ...]
    units: tuple[UnitCard, ...]
    loose_holdings: tuple[Row, ...]
    gas: Row | None
    cylinders: tuple[Row, ...]
    inspections: tuple[Row, ...]
    inspection_count: int
    hazards: tuple[Row, ...]
    hazard_count: int
    open_hazards: int
    overdue: int
    acts: tuple[Row, ...]
    incidents: tuple[Row, ...]
    sensors: tuple[SensorCard, ...]
    alarms: tuple[Row, ...]

    @property
    def worst(self) -> Row | None:
        """Return the layer with the worst severity of the place, or None when it is in no layer."""
        return self.layers[0] if self.layers else None

    @property
    def colouring(self) -> Assessed | None:
        """Return the assessment behind the place's worst colour on the map; None: it is not assessed there."""
        scheme = self.worst and self.worst["scheme"]
        return next((a for a in self.assessments if a.unit_id is None and a.scheme == scheme), None)

    @property
    def others(self) -> tuple[Assessed, ...]:
        """Return every other assessment: further schemes of the place, then its units."""
        return tuple(a for a in self.assessments if a is not self.colouring)


def read_dossier(conn: Connection, viewer: Viewer, place_id: int, today: date, now: datetime) -> Dossier | None:
    """Return the dossier of a place, or None when it is unknown or out of the viewer's scope (which is not told).

    `today` decides what is overdue and who is on duty; `now` (with zone) which sensors are silent.
    """
    place = first(conn, viewer, SQL, "place", place=place_id)
    if place is None:
        return None

    def read(piece: str, **values: Any) -> tuple[Row, ...]:
        return tuple(masked(viewer, dict(row)) for row in rows(conn, viewer, SQL, piece, **values))

    path = list(place["path"])
    assessments = tuple(_assessed(row) for row in read("assessments", place=place_id))
    holdings = read("holdings", place=place_id)
    gas = next(iter(read("gas", place=place_id)), None)
    hazard_count = read("hazard_count", place=place_id, today=today)[0]
    return Dossier(
        place=masked(viewer, dict(place)),
        crumbs=tuple(Crumb(**row) for row in read("crumbs", path=path)),
        layers=read("layers", place=place_id),
        assessments=assessments,
        duties=read("duties", place=place_id, path=path, today=today),
        zones=read("zones", place=place_id),
        units=tuple(_unit(row, holdings, assessments) for row in read("units", place=place_id)),
        loose_holdings=tuple(row for row in holdings if row["unit_id"] is None),
        gas=gas,
        cylinders=read("cylinders", installation=gas["id"], today=today) if gas else (),
        inspections=read("inspections", place=place_id, limit=MOST_ROWS),
        inspection_count=read("inspection_count", place=place_id)[0]["n"],
        hazards=read("hazards", place=place_id, today=today, limit=MOST_ROWS),
        hazard_count=hazard_count["n"],
        open_hazards=hazard_count["open"],
        overdue=hazard_count["overdue"],
        acts=read("acts", place=place_id),
        incidents=read("incidents", place=place_id),
        sensors=_sensors(conn, viewer, place_id, now),
        alarms=read("alarms", place=place_id, limit=MOST_ROWS),
    )


def _assessed(row: Row) -> Assessed:
    values = {**row, "contributions": tuple(row["contributions"]), "missing": tuple(row["missing"])}
    return Assessed(**values)


def _unit(row: Row, holdings: Sequence[Row], assessments: Sequence[Assessed]) -> UnitCard:
    return UnitCard(
        row["name"],
        row["kind"],
        row["exposed_people"],
        row["has_boundary"],
        tuple(holding for holding in holdings if holding["unit_id"] == row["id"]),
        next((assessed for assessed in assessments if assessed.unit_id == row["id"]), None),
    )


def _sensors(conn: Connection, viewer: Viewer, place_id: int, now: datetime) -> tuple[SensorCard, ...]:
    heard_since = now - timedelta(hours=coverage().silence.hours)
    found = rows(conn, viewer, SQL, "sensors", place=place_id, heard_since=heard_since)
    readings: dict[int, list[tuple[datetime, float]]] = {row["id"]: [] for row in found}
    since = now - timedelta(days=READINGS_DAYS)
    for row in rows(conn, viewer, SQL, "readings", sensors=list(readings), since=since, now=now):
        readings[row["sensor_id"]].append((row["at"], row["value"]))
    return tuple(
        SensorCard(
            row["code"], row["kind"], row["unit"], row["installed_on"], row["last_seen_at"], row["last_value"],
            "faulty" if row["fault"] else "silent" if row["silent"] else "working", tuple(readings[row["id"]]),
        )
        for row in found
    )  # fmt: skip
