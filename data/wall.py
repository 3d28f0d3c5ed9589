"""What the wall shows: the figures of the viewer's whole scope, its parts, the worst places and the newest alarms.

The numbers are those of the desk pages (data.figures, data.drill, data.places), so wall and desk cannot disagree.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool

from data.access.viewer import Viewer
from data.drill import LEAF_LEVEL, Node, RegionRow, read_children, read_node
from data.figures import Figures, read_figures
from data.places import PlaceRow, read_worst
from data.reading import first, rows

SQL = "wall.sql"
WORST = 40
ALARMS = 30
MOST_KEPT = 200


@dataclass(frozen=True)
class City:
    """The city on the wall; `is_demo` makes it say 演示数据."""

    name: str
    is_demo: bool
    attribution: str | None


@dataclass(frozen=True)
class Board:
    """All that changes slowly: figures of the node in view, its parts, the worst places first.

    `made_from` are the versions it was read at: where they are behind the pulse, a newer board is seconds away.
    """

    made_from: Mapping[str, int]
    city: City | None
    node: Node | None
    figures: Figures | None
    parts: tuple[RegionRow, ...]
    worst: tuple[PlaceRow, ...]


@dataclass(frozen=True)
class AlarmRow:
    """One alarm that is not closed. `lon` None: its place is 未上图. `value` is in the sensor's `unit`."""

    id: int
    level: int
    kind: str
    value: float | None
    unit: str | None
    raised_at: datetime
    state: str
    place_id: int
    place: str
    lon: float | None
    lat: float | None
    region_name: str | None


@dataclass(frozen=True)
class Alarms:
    """Alarms that are not closed: the newest of them, how many there are, and how many in each part by its id."""

    newest: tuple[AlarmRow, ...]
    open: int
    high: int
    parts: Mapping[int, int]


@dataclass(frozen=True)
class Pulse:
    """Versions of everything that can change, and when something last did (None: never)."""

    versions: Mapping[str, int]
    data_at: datetime | None

    @property
    def slow(self) -> dict[str, int]:
        """Return the versions that the board depends on: alarms come and go without it."""
        return {name: version for name, version in self.versions.items() if name != "alarm"}


def read_pulse(conn: sa.Connection, viewer: Viewer) -> Pulse:
    """Return what has changed up to now: the key of everything that is kept between two requests."""
    found = rows(conn, viewer, SQL, "versions")
    return Pulse(
        {row["layer"]: row["version"] for row in found}, max((row["changed_at"] for row in found), default=None)
    )


def read_board(conn: sa.Connection, viewer: Viewer, today: date, now: datetime) -> Board:
    """Return the slow part of the wall on `today` and at `now` (with zone), as far as the viewer may see."""
    versions = read_pulse(conn, viewer).slow
    row = first(conn, viewer, SQL, "city")
    city = City(**row) if row is not None else None
    node = read_node(conn, viewer)
    if node is None:
        return Board(versions, city, None, None, (), ())
    return Board(
        versions,
        city,
        node,
        read_figures(conn, viewer, node, today, now),
        tuple(read_children(conn, viewer, node, today)),
        tuple(read_worst(conn, viewer, node, today, limit=WORST)),
    )


def read_alarms(conn: sa.Connection, viewer: Viewer, node: Node | None) -> Alarms:
    """Return the alarms in scope; `node` is the one whose children are counted."""
    newest = tuple(AlarmRow(**row) for row in rows(conn, viewer, SQL, "alarms", limit=ALARMS))
    level = min(node.level + 1, LEAF_LEVEL) if node is not None else 1
    counts = rows(conn, viewer, SQL, "alarm_counts", level=level)
    return Alarms(
        newest,
        sum(row["open"] for row in counts),
        sum(row["high"] for row in counts),
        {row["node"]: row["open"] for row in counts},
    )


T = TypeVar("T")


class Kept(Generic[T]):
    """Answers kept for a moment, by key: whoever asks meanwhile gets the same, and one read runs for all of them.

    An answer is used again while its `mark` (what it was made from) is unchanged and it is younger than `most_s`;
    when only the mark has changed it still serves until it is `least_s` old.
    """

    def __init__(self, least_s: float, most_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.made = 0
        self._least_s, self._most_s, self._clock = least_s, most_s, clock
        self._kept: dict[str, tuple[float, Any, T]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def _good(self, key: str, mark: Any) -> tuple[T] | None:
        if key not in self._kept:
            return None
        at, made_from, value = self._kept[key]
        age = self._clock() - at
        fresh = age < self._least_s or (made_from == mark and age < self._most_s)
        return (value,) if fresh else None

    async def get(self, key: str, mark: Any, make: Callable[[], T]) -> T:
        """Return the kept answer, or make it in a thread."""
        if found := self._good(key, mark):
            return found[0]
        async with self._locks.setdefault(key, asyncio.Lock()):
            if found := self._good(key, mark):
                return found[0]
            at = self._clock()
            value = await run_in_threadpool(make)
            self.made += 1
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
                self._locks.clear()
            self._kept[key] = (at, mark, value)
            return value


class Wall:
    """The wall's answers for every scope. Alarms are exact at every request; a board is at most 3 s behind."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self.boards: Kept[Board] = Kept(least_s=3.0, most_s=60.0)
        self.alarms: Kept[Alarms] = Kept(least_s=0.0, most_s=60.0)

    async def get(self, viewer: Viewer, today: date) -> tuple[Pulse, Board, Alarms]:
        """Return everything the wall shows to `viewer`. Raises sqlalchemy's errors when the database is away.

        The pulse is read anew for each request: an answer shared with a read that began before an alarm was committed
        would hide that alarm until the next one.
        """
        pulse = await run_in_threadpool(self._read, lambda conn: read_pulse(conn, viewer))
        board = await self.boards.get(
            viewer.scope_key,
            (pulse.slow, today),
            lambda: self._read(lambda conn: read_board(conn, viewer, today, datetime.now(UTC))),
        )
        alarms = await self.alarms.get(
            viewer.scope_key,
            dict(pulse.versions),
            lambda: self._read(lambda conn: read_alarms(conn, viewer, board.node)),
        )
        return pulse, board, alarms

    def _read(self, read: Callable[[sa.Connection], T]) -> T:
        with self._engine.connect() as conn:
            return read(conn)
