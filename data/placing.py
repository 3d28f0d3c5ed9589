"""A person puts a place without coordinates on the map, and may take it back: checked, audited, in one transaction.

Who may import may place, inside their own regions: the place and the new point both. The point is WGS-84 and its
evidence is `confirmed`. A later file without coordinates leaves it alone, one with coordinates replaces it and says
so (`data/imports/hand_placed.py`).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, RowMapping
from sqlalchemy.exc import OperationalError

from data import drawn, jobs
from data.access.audit import audit
from data.access.viewer import Viewer
from data.addresses import DISTRICT, Gazetteer, Node
from data.city import read_city
from data.reading import first, rows
from data.settings import TIME_ZONE
from data.sql import pieces

logger = logging.getLogger(__name__)

SQL = "unmapped.sql"
ACTION = "import"
"""The right it takes: whoever may bring in a file of places may say where one stands."""

NEAR_M = 2.0
"""Places closer than this stand on one spot: the house is the same, or the click was meant for another."""

WARNINGS = ("no_outline", "outside_named", "outside_address", "stack")
DIGITS = 7  # of a degree: a centimetre
WAIT_MS = 10_000
SCORING = "risk.run"
_POINT = ("orig_x", "orig_y", "orig_crs", "datum", "datum_evidence")


class Refused(ValueError):
    """The point was not written (or not taken back); the text is a Chinese sentence for whoever asked."""


@dataclass(frozen=True)
class Checked:
    """What was found about a spot for a place. `refusal`: why it cannot stand there, "" where it can.

    `warnings`: what the person has to know before they confirm: "outside_named" (not in the region the place hangs
    in), "outside_address" (not in `address_region`, which its address names), "stack" (others stand there: `near`),
    "no_outline" (no polygon to check against).
    """

    lon: float
    lat: float
    refusal: str = ""
    warnings: tuple[str, ...] = ()
    region_id: int = 0
    region: str = ""
    region_name: str = ""
    near: tuple[str, ...] = ()
    address_region: str = ""


def check(conn: Connection, viewer: Viewer, place_id: int, lon: float, lat: float) -> Checked:
    """Return what speaks for and against putting a place at (lon, lat) in degrees WGS-84; nothing is written."""
    lon, lat = round(lon, DIGITS), round(lat, DIGITS)
    try:
        return _check(conn, viewer, _standing(conn, viewer, place_id, lock=False), lon, lat)
    except Refused as refused:
        return Checked(lon, lat, str(refused))


def place_point(
    conn: Connection, viewer: Viewer, place_id: int, lon: float, lat: float, seen: datetime,
    accepted: tuple[str, ...] = (), how: Mapping[str, Any] | None = None,
) -> Checked:  # fmt: skip
    """Write a point for a place in the caller's transaction, with its line in the audit log and what is drawn.

    `seen`: the place's `updated_at` when the person chose it; `accepted`: the warnings they have read; `how`: where
    the spot is from ({"by": "click"} or a geocoder's answer). Raises Refused.
    """
    conn.exec_driver_sql(f"SET LOCAL lock_timeout = {WAIT_MS}")
    row = _standing(conn, viewer, place_id)
    if row["updated_at"] != seen:
        raise Refused("这一家的资料刚刚被别人改过：请重新看一遍再确认")
    checked = _check(conn, viewer, row, round(lon, DIGITS), round(lat, DIGITS))
    if checked.refusal:
        raise Refused(checked.refusal)
    if set(checked.warnings) - set(accepted):
        raise Refused("核对结果刚刚有变：请重新看一遍再确认")
    after = {
        "lon": checked.lon, "lat": checked.lat, "region": checked.region, "orig_x": checked.lon, "orig_y": checked.lat,
        "orig_crs": None, "datum": "wgs84", "datum_evidence": "confirmed",
    }  # fmt: skip
    _write(conn, place_id, after, checked.region_id)
    detail = {"name": row["name"], "before": _state(row), "after": after, "warnings": list(checked.warnings)}
    audit(conn, viewer, "place_point", f"place:{place_id}", {**detail, "how": dict(how or {"by": "click"})})
    drawn.refresh(conn, place_ids=[place_id])
    return checked


def take_back(conn: Connection, viewer: Viewer, entry: int) -> str:
    """Put a place back to the state before the audit line `entry` set its point; returns its name. Raises Refused."""
    conn.exec_driver_sql(f"SET LOCAL lock_timeout = {WAIT_MS}")
    _allowed(viewer)
    line = first(conn, viewer, SQL, "entry", entry=entry)
    if line is None:
        raise Refused("没有这条上图记录")
    place_id = int(line["subject"].removeprefix("place:"))
    row = _read(conn, viewer, place_id, lock=True)
    before, after = line["detail"]["before"], line["detail"]["after"]
    if any(_state(row)[name] != after[name] for name in ("lon", "lat", *_POINT)):
        raise Refused("这个点已经被撤销，或者后来又改过：不能再撤销")
    home = first(conn, viewer, SQL, "region_by_code", code=before["region"])
    if home is None:
        raise Refused("原来所在的区域已经不在区划里：不能自动撤销")
    if not viewer.sees(home["path"]):
        raise Refused("原来所在的区域不在您的管辖区域内")
    _write(conn, place_id, before, home["id"])
    audit(conn, viewer, "place_point_undone", f"place:{place_id}", {"entry": entry, "before": after, "after": before})
    drawn.refresh(conn, place_ids=[place_id])
    return str(row["name"])


def confirm(
    engine: Engine, url: str, viewer: Viewer, place_id: int, lon: float, lat: float, seen: datetime,
    accepted: tuple[str, ...] = (), how: Mapping[str, Any] | None = None,
) -> tuple[Checked, bool]:  # fmt: skip
    """Do :func:`place_point` in a transaction of its own and queue a scoring. Raises Refused: nothing changed.

    Returns what was checked, and whether the scoring could be queued.
    """
    with _transaction(engine) as conn:
        checked = place_point(conn, viewer, place_id, lon, lat, seen, accepted, how)
    return checked, queue_scoring(engine, url)


def undo(engine: Engine, url: str, viewer: Viewer, entry: int) -> str:
    """Do :func:`take_back` in a transaction of its own and queue a scoring. Raises Refused: nothing changed."""
    with _transaction(engine) as conn:
        name = take_back(conn, viewer, entry)
    queue_scoring(engine, url)
    return name


def queue_scoring(engine: Engine, url: str) -> bool:
    """Queue a scoring of the city (of a demo city: as of its own day); False where the queue could not be reached.

    What was written stands either way: scores only lag, and say of which day they are.
    """
    try:
        with engine.connect() as conn:
            city = read_city(conn)
        day = city.as_of.isoformat() if city is not None and city.is_demo and city.as_of is not None else None
        jobs.defer(url, SCORING, as_of=day)
    except Exception:
        logger.exception("a scoring could not be queued")
        return False
    return True


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction in which a lock that is not had in time is a sentence."""
    try:
        with engine.begin() as conn:
            yield conn
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        raise Refused("这一家正被导入或别人改动，请稍后再试") from error


def _allowed(viewer: Viewer) -> None:
    answer = viewer.may(ACTION)
    if not answer:
        raise Refused(f"不能确定位置：{answer.reason}")


def _read(conn: Connection, viewer: Viewer, place_id: int, lock: bool) -> RowMapping:
    _allowed(viewer)
    if lock:
        conn.execute(pieces(SQL)["lock"], {"place": place_id})
    row = first(conn, viewer, SQL, "standing", place=place_id)
    if row is None:
        raise Refused("没有这个场所，或不在您的管辖区域内")
    return row


def _standing(conn: Connection, viewer: Viewer, place_id: int, lock: bool = True) -> RowMapping:
    """Return the place as it stands; Refused where it has a point already, saying who has set it."""
    row = _read(conn, viewer, place_id, lock)
    if row["lon"] is None:
        return row
    who = first(conn, viewer, SQL, "who_placed", subject=f"place:{place_id}")
    if who is None:
        raise Refused("这一家已经有坐标了")
    at = who["at"].astimezone(TIME_ZONE).strftime("%m-%d %H:%M")
    raise Refused(f"这一家已由“{who['actor']}”于 {at} 确定了位置")


def _check(conn: Connection, viewer: Viewer, row: RowMapping, lon: float, lat: float) -> Checked:
    if not (math.isfinite(lon) and math.isfinite(lat) and -180 <= lon <= 180 and -90 <= lat <= 90):
        raise Refused("坐标超出范围")
    leaf, warnings = _leaf(conn, viewer, row, lon, lat)
    if not viewer.sees(leaf["path"]):
        raise Refused("这个点不在您的管辖区域内")
    near = tuple(
        found["name"] for found in rows(conn, viewer, SQL, "near", place=row["id"], lon=lon, lat=lat, metres=NEAR_M)
    )
    named = [node for node in rows(conn, viewer, SQL, "nodes", ids=leaf["path"]) if not node["is_rest"]]
    elsewhere = _address_says(conn, viewer, row["address"], leaf["path"])
    odd = (*warnings, *(("outside_address",) if elsewhere else ()), *(("stack",) if near else ()))
    return Checked(
        lon, lat, "", odd, leaf["id"], leaf["code"],
        " · ".join(node["name"] for node in named[1:]) or named[0]["name"], near, elsewhere,
    )  # fmt: skip


def _address_says(conn: Connection, viewer: Viewer, address: str | None, path: list[int]) -> str:
    """Return the name of the region that the address proves and the point is not in, or ""."""
    if not address:
        return ""
    found = rows(conn, viewer, SQL, "names")
    code_of = {row["id"]: row["code"] for row in found}
    names = Gazetteer(
        Node(row["code"], row["name"], row["level"], tuple(code_of[id_] for id_ in row["path"])) for row in found
    )
    read = names.read(address)
    proved = next((row for row in found if row["code"] == read.code and read.level >= DISTRICT), None)
    against = [] if proved is None else [row for row in found if row["id"] in proved["path"] and row["drawn"]]
    return str(proved["name"]) if proved is not None and any(row["id"] not in path for row in against) else ""


def _leaf(
    conn: Connection, viewer: Viewer, row: RowMapping, lon: float, lat: float
) -> tuple[RowMapping, tuple[str, ...]]:
    """Return the leaf a point hangs on, by the importer's rule (`Regions.leaves`), and what is odd about it.

    The deepest polygon around it; where the region the place hangs in lies below that and has no polygon, that one.
    """
    own = rows(conn, viewer, SQL, "nodes", ids=row["path"])
    around = first(conn, viewer, SQL, "around", lon=lon, lat=lat)
    warnings: tuple[str, ...] = ()
    if around is None and own[0]["drawn"]:
        raise Refused("这个点在城市范围之外")
    if around is None:
        around, warnings = own[0], ("no_outline",)
    if any(node["drawn"] and node["id"] not in around["path"] for node in own):
        warnings = (*warnings, "outside_named")
    depth = len(around["path"])
    below = [node for node in own[depth:] if not node["is_rest"]]
    if list(row["path"][:depth]) == list(around["path"]) and below and not any(node["drawn"] for node in below):
        return own[-1], warnings
    if around["level"] == 5:
        return around, warnings
    rest = first(conn, viewer, SQL, "rest_of", node=around["id"])
    assert rest is not None  # noqa: S101 - every region above grid level has one
    return rest, warnings


def _state(row: RowMapping) -> dict[str, Any]:
    return {name: row[name] for name in ("lon", "lat", "region", *_POINT)}


def _write(conn: Connection, place_id: int, state: Mapping[str, Any], region_id: int) -> None:
    values = {name: state[name] for name in ("lon", "lat", *_POINT)}
    conn.execute(pieces(SQL)["write_point"], {**values, "region_id": region_id, "place": place_id})
