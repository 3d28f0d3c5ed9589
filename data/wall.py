"""What the wall shows: the figures of the viewer's whole scope, its parts, the worst places and the newest alarms.

The numbers are those of the desk pages (data.figures, data.drill, data.places), so wall and desk cannot disagree.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool

from data.access.viewer import Viewer
from data.city import read_assessed_on
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

    `parts` are the children of `parts_of`: the node, or where one child holds all places, the one below it that parts.
    `assessed_on` is the day the grades are of (None: never scored), however fresh the other data is.
    `made_from` are the versions it was read at: where they are behind the pulse, a newer board is seconds away.
    """

    made_from: Mapping[str, int]
    city: City | None
    node: Node | None
    figures: Figures | None
    parts_of: Node | None
    parts: tuple[RegionRow, ...]
    worst: tuple[PlaceRow, ...]
    assessed_on: date | None = None


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
        return Board(versions, city, None, None, None, (), ())
    parts_of, parts = _parted(conn, viewer, node, today)
    return Board(
        versions,
        city,
        node,
        read_figures(conn, viewer, node, today, now),
        parts_of,
        parts,
        tuple(read_worst(conn, viewer, node, today, limit=WORST)),
        read_assessed_on(conn, viewer),
    )


def _parted(conn: sa.Connection, viewer: Viewer, node: Node, today: date) -> tuple[Node, tuple[RegionRow, ...]]:
    """Go down while a single child holds every place, and return the node reached and its children."""
    while True:
        parts = tuple(read_children(conn, viewer, node, today))
        filled = [part for part in parts if part.places]
        below = read_node(conn, viewer, filled[0].code) if len(filled) == 1 else None
        if below is None or below.is_leaf:
            return node, parts
        node = below


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


log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True)
class _Entry(Generic[T]):
    """A kept answer: when its making began and how long it took (seconds), and what it was made from."""

    at: float
    took: float
    mark: Any
    value: T


class Kept(Generic[T]):
    """Answers kept for a moment, by key: whoever asks meanwhile gets the same, and one read runs for all of them.

    An answer is good while its `mark` (what it was made from) is unchanged and it is younger than `most_s`; when the
    mark has changed it still serves for `least_s`, and for ten times as long as it took to make: so making answers
    never takes more than a tenth of the time, however often the data changes. With `stale_s` an answer that is no
    longer good is given up to that age while a new one is made: nobody waits for it.
    """

    def __init__(
        self, least_s: float, most_s: float, stale_s: float = 0.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.made = 0
        self._least_s, self._most_s, self._stale_s, self._clock = least_s, most_s, stale_s, clock
        self._kept: dict[str, _Entry[T]] = {}
        self._making: dict[str, asyncio.Task[T]] = {}

    def _good(self, entry: _Entry[T], mark: Any) -> bool:
        age = self._clock() - entry.at
        rest = max(self._least_s, 10 * entry.took) if self._least_s else 0.0
        return age < min(rest, self._most_s) or (entry.mark == mark and age < self._most_s)

    async def get(self, key: str, mark: Any, make: Callable[[], T]) -> T:
        """Return the kept answer, or make it in a thread."""
        while True:
            entry = self._kept.get(key)
            if entry is not None and self._good(entry, mark):
                return entry.value
            task = self._making.get(key)
            if task is None or task.get_loop() is not asyncio.get_running_loop():
                task = asyncio.create_task(self._make(key, mark, make))
                task.add_done_callback(lambda done: done.cancelled() or done.exception())
                self._making[key] = task
                mine = True
            else:
                mine = False
            if entry is not None and self._clock() - entry.at < self._stale_s:
                return entry.value
            value = await asyncio.shield(task)
            if mine:
                return value

    async def _make(self, key: str, mark: Any, make: Callable[[], T]) -> T:
        at = self._clock()
        try:
            value = await run_in_threadpool(make)
            self.made += 1
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = _Entry(at, self._clock() - at, mark, value)
            return value
        except Exception as error:
            if self._stale_s:
                log.warning("the wall's figures could not be read: %s", type(error).__name__)
            raise
        finally:
            self._making.pop(key, None)


class Wall:
    """The wall's answers for every scope: alarms are exact at every request, a board is some seconds behind."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self.boards: Kept[Board] = Kept(least_s=3.0, most_s=60.0, stale_s=180.0)
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
            lambda: self._read(lambda conn: read_alarms(conn, viewer, board.parts_of)),
        )
        return pulse, board, alarms

    def _read(self, read: Callable[[sa.Connection], T]) -> T:
        with self._engine.connect() as conn:
            return read(conn)
