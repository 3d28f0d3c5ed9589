"""Which city this database holds, in which versions, and where its data came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from data.access.viewer import LOCAL, Viewer
from data.reading import first, rows

SQL = "city.sql"


@dataclass(frozen=True)
class CityCard:
    """The city: its name, whether it is made up, and who is to be credited for its data."""

    name: str
    is_demo: bool
    seed: int | None
    as_of: date | None
    attribution: str | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class About:
    """What the database holds: rows by table, layer versions, the last scorings and the last imports."""

    counts: Mapping[str, int]
    versions: tuple[Mapping[str, Any], ...]
    runs: tuple[Mapping[str, Any], ...]
    batches: tuple[Mapping[str, Any], ...]


def read_city(conn: Connection) -> CityCard | None:
    """Return the city of this database, or None while it holds none. Everybody may know it."""
    row = first(conn, LOCAL, SQL, "city")
    return None if row is None else CityCard(**{**row, "notes": tuple(row["notes"])})


def read_versions(conn: Connection) -> tuple[tuple[str, int], ...]:
    """Return (layer, version) of all that is counted and drawn: a key that changes with the data."""
    return tuple((row["layer"], row["version"]) for row in rows(conn, LOCAL, SQL, "versions"))


def read_assessed_on(conn: Connection, viewer: Viewer) -> date | None:
    """Return the day the grades are of (schemes scored on different days: the oldest), None while one never was."""
    row = first(conn, viewer, SQL, "assessed_on")
    return None if row is None else row["day"]


def read_about(conn: Connection, viewer: Viewer, limit: int = 50) -> About | None:
    """Return what the database holds and where from; None for a viewer of a part: these are numbers of all the city."""
    if not viewer.may("view") or not viewer.everywhere:
        return None
    counts = first(conn, viewer, SQL, "counts")
    return About(
        dict(counts or {}),
        tuple(dict(row) for row in rows(conn, viewer, SQL, "versions")),
        tuple(dict(row) for row in rows(conn, viewer, SQL, "runs")),
        tuple(dict(row) for row in rows(conn, viewer, SQL, "batches", limit=limit)),
    )
