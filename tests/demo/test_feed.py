"""A demo city whose devices all fell silent overnight looks like a broken one; a device that is made up to report
although it is silent, or although it is somebody's real one, would be a wrong green.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import Connection, Engine, text

from data.access.viewer import LOCAL
from data.demo import write
from data.demo.contents import City, make
from data.demo.devices import LOW_LEL, moment
from data.demo.feed import KEEP_DAYS, LOCK, Fed, feed
from data.demo.geography import invent
from data.drill import read_node
from data.figures import read_figures
from data.jobs import run_worker
from data.settings import TIME_ZONE, Settings
from data.sql import pieces
from data.wall import read_pulse

AS_OF = date(2026, 11, 22)
MOMENT = datetime(2026, 11, 22, 8, tzinfo=TIME_ZONE)
NEXT_DAY = MOMENT + timedelta(days=1, minutes=20)
HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def city() -> City:
    return make(invent(seed=7, size="small"), 7, "small", AS_OF)


@pytest.fixture
def demo(db: Engine, city: City) -> Engine:
    """The small demo city, and two devices that somebody imported: silent for three days, heard at the moment."""
    with db.begin() as connection:
        write.write(connection, city)
        for code, seen in (("SILENT", MOMENT - timedelta(days=3)), ("HEARD", MOMENT)):
            connection.execute(
                text("INSERT INTO sensor (place_id, code, kind, last_seen_at, last_value, source, source_key)"
                     " SELECT min(id), :code, 'gas', :seen, 1, 'import:real', :code FROM place"),
                {"code": code, "seen": seen},
            )  # fmt: skip
            connection.execute(
                text("INSERT INTO reading SELECT id, at, 1 FROM sensor, generate_series(CAST(:since AS timestamptz),"
                     " :seen, interval '1 day') AS g(at) WHERE code = :code"),
                {"code": code, "seen": seen, "since": seen - timedelta(days=20)},
            )  # fmt: skip
    return db


def sensors(db: Engine, where: str = "source = 'demo'") -> dict[int, tuple[datetime | None, float | None]]:
    with db.connect() as connection:
        found = connection.execute(text(f"SELECT id, last_seen_at, last_value FROM sensor WHERE {where}"))
        return {row.id: (row.last_seen_at, row.last_value) for row in found}


def readings(db: Engine, where: str = "s.source = 'demo'") -> dict[tuple[int, datetime], float]:
    query = f"SELECT sensor_id, at, value FROM reading r JOIN sensor s ON s.id = sensor_id WHERE {where}"
    with db.connect() as connection:
        return {(row.sensor_id, row.at): row.value for row in connection.execute(text(query))}


def silent(connection: Connection, now: datetime) -> int:
    node = read_node(connection, LOCAL)
    assert node is not None
    return read_figures(connection, LOCAL, node, now.date(), now).silent_sensors


def heard_at(found: dict[int, tuple[datetime | None, float | None]], at: datetime) -> set[int]:
    return {sensor for sensor, (seen, _) in found.items() if seen == at}


def test_a_day_later_the_devices_of_the_demo_are_heard_and_the_silent_ones_are_not(demo: Engine) -> None:
    before = sensors(demo)
    reporting = heard_at(before, MOMENT)
    assert 0 < len(reporting) < len(before), "the demo city has both"
    with demo.connect() as connection:
        at_first = silent(connection, MOMENT)
        assert silent(connection, NEXT_DAY + HOUR) == len(before) + 2, "without the feed everything falls silent"
    done = feed(demo, NEXT_DAY)
    assert (done.appended, done.heard) == (24 * len(reporting), len(reporting))
    after = sensors(demo)
    assert heard_at(after, MOMENT + timedelta(days=1)) == reporting
    quiet = before.keys() - reporting
    assert {s: after[s] for s in quiet} == {s: before[s] for s in quiet}, "a silent device was made to report"
    with demo.connect() as connection:
        now_silent = silent(connection, NEXT_DAY + HOUR)
    assert now_silent == at_first + 1, "the silent ones, and the imported one that was heard at the moment"


def test_a_reading_is_that_of_the_week_before_and_none_is_a_leak(demo: Engine) -> None:
    with demo.begin() as connection:
        chosen = connection.scalar(text("SELECT sensor_id FROM alarm WHERE state = 'closed' LIMIT 1"))
        raised = connection.scalar(text("SELECT count(*) FROM alarm"))
    old = readings(demo)
    assert any(value >= LOW_LEL for (sensor, _), value in old.items() if sensor == chosen)
    feed(demo, MOMENT + timedelta(days=6))
    new = {key: value for key, value in readings(demo).items() if key[1] > MOMENT}
    gas = sensors(demo, "kind = 'gas'").keys()
    for (sensor, at), value in new.items():
        copied = old[sensor, at - WEEK]
        if sensor in gas and copied >= LOW_LEL:
            assert value == pytest.approx(copied / 20, abs=0.051)
            assert value < LOW_LEL
        else:
            assert value == copied
    last = sensors(demo)
    assert all(last[sensor][1] == value for (sensor, at), value in new.items() if at == last[sensor][0])
    with demo.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM alarm")) == raised


def test_twice_changes_nothing_and_two_at_once_write_once(demo: Engine) -> None:
    first = feed(demo, NEXT_DAY)
    seen, kept = sensors(demo), readings(demo)
    with demo.connect() as connection:
        version = read_pulse(connection, LOCAL).versions["sensor"]
    assert feed(demo, NEXT_DAY) == Fed() == feed(demo, NEXT_DAY + timedelta(minutes=39))
    assert (sensors(demo), readings(demo)) == (seen, kept)
    with demo.connect() as connection:
        assert read_pulse(connection, LOCAL).versions["sensor"] == version, "walls were told of a change that is none"
    with demo.begin() as other:
        other.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
        assert feed(demo, NEXT_DAY + HOUR) == Fed(), "another one was at work"
    done: list[Fed] = []
    both = [Thread(target=lambda: done.append(feed(demo, NEXT_DAY + HOUR))) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(fed.appended for fed in done) == [0, first.heard]


def test_a_gap_of_thirty_days_is_bounded_and_leaves_the_charts_full(demo: Engine) -> None:
    reporting = heard_at(sensors(demo), MOMENT)
    now = MOMENT + timedelta(days=30)
    done = feed(demo, now)
    assert done.appended == 7 * 24 * len(reporting)
    kept = readings(demo)
    assert {at for _, at in kept} == {now - HOUR * n for n in range(7 * 24)}, "old ones gone, one a passed hour"
    assert heard_at(sensors(demo), now) == reporting
    for hours in (1, 2):
        assert feed(demo, now + HOUR * hours).appended == len(reporting)
    feed(demo, now + timedelta(days=9))
    oldest = min(at for _, at in readings(demo))
    assert oldest >= now + timedelta(days=9 - KEEP_DAYS)


def test_imported_devices_and_cities_are_never_fed(demo: Engine) -> None:
    other = "source <> 'demo'"
    before, kept = sensors(demo, other), readings(demo, "s.source <> 'demo'")
    feed(demo, MOMENT + timedelta(days=12))
    assert (sensors(demo, other), readings(demo, "s.source <> 'demo'")) == (before, kept), "a real device was touched"
    with demo.begin() as connection:
        connection.execute(text("UPDATE city SET is_demo = false"))
    seen = sensors(demo)
    assert feed(demo, MOMENT + timedelta(days=20)) == Fed()
    assert sensors(demo) == seen


def test_an_empty_database_and_a_city_of_a_coming_hour_are_left_alone(db: Engine, city: City) -> None:
    assert feed(db, NEXT_DAY) == Fed()
    with db.begin() as connection:
        write.write(connection, city)
        in_sql = connection.scalar(pieces("feed.sql")["demo_moment"])
    assert in_sql == MOMENT == moment(AS_OF).astype("datetime64[s]").item().replace(tzinfo=UTC)
    seen = sensors(db)
    assert feed(db, MOMENT - 2 * HOUR) == Fed()
    assert sensors(db) == seen


def test_the_wall_is_told_and_its_data_time_follows(demo: Engine) -> None:
    with demo.begin() as connection:
        connection.execute(text("UPDATE layer_version SET changed_at = changed_at - interval '3 days'"))
        old = read_pulse(connection, LOCAL)
    feed(demo, NEXT_DAY)
    with demo.connect() as connection:
        new = read_pulse(connection, LOCAL)
        assert new.slow["sensor"] > old.slow["sensor"]
    assert old.data_at is not None
    assert new.data_at is not None
    assert new.data_at - old.data_at > timedelta(days=2)


def test_a_worker_feeds_when_it_starts(demo: Engine, settings: Settings) -> None:
    with demo.begin() as connection:
        day = datetime.now(TIME_ZONE).date() - timedelta(days=2)
        connection.execute(text("UPDATE city SET as_of = :day"), {"day": day})
        back = datetime.combine(day, MOMENT.timetz()) - MOMENT
        connection.execute(text("UPDATE sensor SET last_seen_at = last_seen_at + :back"), {"back": back})
        connection.execute(text("CREATE TEMP TABLE moved AS SELECT sensor_id, at + :back AS at, value FROM reading"),
                           {"back": back})  # fmt: skip
        connection.execute(text("TRUNCATE reading"))
        connection.execute(text("INSERT INTO reading SELECT * FROM moved"))
    run_worker(settings, wait=False)
    newest = max(at for _, at in readings(demo))
    assert timedelta(0) <= datetime.now(UTC) - newest < 2 * HOUR
