"""Scoring what is stored: the right rows in, the right rows out, and nothing written twice."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from data.settings import TIME_ZONE
from risk.run import run

AS_OF = date(2026, 11, 22)


class City:
    """Places put in by hand, one statement each."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.keys = iter(range(1, 10_000))
        self.do(
            "INSERT INTO region (id, code, name, level, path, source, source_key) OVERRIDING SYSTEM VALUE "
            "VALUES (1, '370200', '市', 1, '{1}', 't', '1')"
        )
        self.do(
            "INSERT INTO region (id, code, name, level, parent_id, is_rest, path, source, source_key) "
            "OVERRIDING SYSTEM VALUE VALUES (2, '370200X', '未落格', 2, 1, true, '{1,2}', 't', '2')"
        )

    def do(self, sql: str, **values: Any) -> Any:
        """Run one statement in its own transaction; returns its rows, if any."""
        with self.engine.begin() as connection:
            done = connection.execute(text(sql), values)
            return done.all() if done.returns_rows else None

    def add(self, table: str, **values: Any) -> int:
        """Insert a row with a source key; returns its id."""
        row = {"source": "t", "source_key": str(next(self.keys)), **values}
        names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
        return int(self.do(f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id", **row)[0][0])

    def shop(self, **installation: Any) -> int:
        """A gas shop with everything in order (checked a month ago), but for what is given."""
        place = self.add("place", name="店", kinds=["gas_shop"], region_id=2)
        day = AS_OF - timedelta(days=30)
        fine = {
            "supply": "cylinder", "has_room": False, "in_basement": False, "floor_no": 1, "cylinder_in_dining": False,
            "hose_m": 1.5, "hose_material": "金属波纹管", "hose_installed_on": day, "hose_joint": False,
            "hose_through_wall": False, "regulator_installed_on": day, "regulator_adjustable": False,
            "flame_failure_device": True, "alarm_installed": True, "alarm_working": True, "cutoff_installed": True,
            "cutoff_working": True, "checked_on": day, "last_visit_on": day, "cylinder_total_kg": 15,
        }  # fmt: skip
        gas = self.add("gas_installation", place_id=place, **(fine | installation))
        self.add(
            "cylinder",
            installation_id=gas,
            mass_kg=15,
            expires_on=AS_OF + timedelta(days=300),
            two_phase=False,
            spot="kitchen",
        )
        self.add("inspection", place_id=place, inspected_on=day, type="routine", result="passed")
        return place

    def now(self, place: int, scheme: str = "gas_shop") -> Any:
        """The standing assessment of a place."""
        rows = self.do(
            "SELECT * FROM assessment WHERE place_id = :p AND scheme = :s AND superseded_at IS NULL", p=place, s=scheme
        )
        assert len(rows) == 1
        return rows[0]


@pytest.fixture
def city(db: Engine) -> City:
    return City(db)


def test_a_shop_in_order_is_blue_and_one_nobody_knows_is_unknown(city: City) -> None:
    fine, nothing = city.shop(), city.add("place", name="店", kinds=["gas_shop"], region_id=2)
    run(city.engine, AS_OF)
    assert (city.now(fine).grade, city.now(fine).severity, city.now(fine).at_least) == ("blue", 1, 1)
    assert (city.now(nothing).grade, city.now(nothing).severity, city.now(nothing).at_least) == ("unknown", 0, 0)
    assert len(city.now(nothing).missing) > 10
    listed = {part["input"]: part for part in city.now(fine).contributions}
    assert listed["hose_m"]["record"]["table"] == "gas_installation"
    assert listed["hose_m"]["date"] == (AS_OF - timedelta(days=30)).isoformat()


def test_the_map_shows_what_was_scored(city: City) -> None:
    place = city.shop(alarm_working=False)
    summary = run(city.engine, AS_OF)
    drawn = city.do("SELECT severity, at_least FROM drawn_place WHERE place_id = :p AND layer = 'gas_shop'", p=place)
    assert [tuple(row) for row in drawn] == [(3, 3)]
    assert "gas_shop" in summary.layers


def test_only_a_reinspection_closes_a_hazard(city: City) -> None:
    day = AS_OF - timedelta(days=20)
    claimed, closed = city.shop(), city.shop()
    common = {"level": "general", "description": "d", "found_on": day, "rectified_on": day, "deadline": AS_OF}
    city.add("hazard", place_id=claimed, state="rectified", **common)
    city.add("hazard", place_id=closed, state="closed", reinspected_on=day, **common)
    run(city.engine, AS_OF)
    assert (city.now(claimed).grade, city.now(closed).grade) == ("yellow", "blue")
    assert "1 处一般隐患未销号" in city.now(claimed).sentence
    listed = {part["input"]: part for part in city.now(claimed).contributions}
    assert listed["hazards"]["record"]["table"] == "hazard"


def test_a_deadline_is_overdue_from_the_day_after(city: City) -> None:
    today, yesterday = city.shop(), city.shop()
    for place, deadline in ((today, AS_OF), (yesterday, AS_OF - timedelta(days=1))):
        city.add("hazard", place_id=place, level="major", state="assigned", description="d",
                 found_on=AS_OF - timedelta(days=9), deadline=deadline)  # fmt: skip
    run(city.engine, AS_OF)
    assert (city.now(today).grade, city.now(yesterday).grade) == ("orange", "red")


def test_a_silent_or_faulty_device_is_not_a_working_alarm(city: City) -> None:
    at = datetime(2026, 11, 22, 12, tzinfo=TIME_ZONE)
    seen = {"alive": at - timedelta(hours=1), "edge": at - timedelta(hours=24), "silent": at - timedelta(hours=25),
            "never": None, "broken": at}  # fmt: skip
    shops = {name: city.shop() for name in seen}
    for name, instant in seen.items():
        city.add("sensor", place_id=shops[name], code=name, kind="gas", last_seen_at=instant, fault=name == "broken")
    two = city.shop()
    for instant in (at, at - timedelta(hours=48)):
        city.add("sensor", place_id=two, code="two", kind="gas", last_seen_at=instant)
    run(city.engine, AS_OF, ["gas_shop"], at=at)
    grades = {name: city.now(place).grade for name, place in shops.items()}
    assert grades == {"alive": "blue", "edge": "blue", "silent": "orange", "never": "orange", "broken": "orange"}
    assert city.now(two).grade == "orange"


def test_a_second_run_writes_nothing_and_a_change_one_row(city: City) -> None:
    places = [city.shop() for _ in range(3)]
    first = run(city.engine, AS_OF).schemes["gas_shop"]
    second = run(city.engine, AS_OF + timedelta(days=1)).schemes["gas_shop"]
    city.do("UPDATE gas_installation SET hose_joint = true WHERE place_id = :p", p=places[0])
    third = run(city.engine, AS_OF + timedelta(days=1)).schemes["gas_shop"]
    assert [(s["written"], s["superseded"], s["unchanged"]) for s in (first, second, third)] == [
        (3, 0, 0), (0, 0, 3), (1, 1, 2),
    ]  # fmt: skip
    kept = city.do("SELECT grade, superseded_at IS NULL FROM assessment WHERE place_id = :p ORDER BY id", p=places[0])
    assert [tuple(row) for row in kept] == [("blue", False), ("yellow", True)]


def test_a_place_that_is_no_longer_a_shop_loses_its_colour(city: City) -> None:
    place = city.shop()
    run(city.engine, AS_OF)
    city.do("UPDATE place SET kinds = ARRAY['enterprise'] WHERE id = :p", p=place)
    assert run(city.engine, AS_OF).schemes["gas_shop"]["superseded"] == 1
    standing = city.do("SELECT scheme FROM assessment WHERE place_id = :p AND superseded_at IS NULL", p=place)
    assert [row.scheme for row in standing] == ["place"]


def test_an_earlier_day_never_replaces_what_stands(city: City) -> None:
    place = city.shop()
    run(city.engine, AS_OF)
    earlier = run(city.engine, AS_OF - timedelta(days=100))
    assert (earlier.kept, earlier.schemes["gas_shop"]["written"]) == (False, 0)
    assert earlier.schemes["gas_shop"]["grades"]["blue"] == 0  # the check lay in the future then
    assert city.now(place).grade == "blue"


def test_a_run_that_fails_leaves_the_old_colours(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    place = city.shop()
    run(city.engine, AS_OF)
    city.do("UPDATE gas_installation SET hose_joint = true")
    monkeypatch.setattr("data.drawn.refresh", lambda connection: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(city.engine, AS_OF)
    assert city.now(place).grade == "blue"
    rows = city.do("SELECT finished_at, counts ->> 'failed' FROM risk_run ORDER BY id DESC LIMIT 1")
    assert rows[0][0] is None
    assert "division" in rows[0][1]


def test_two_runs_at_once_write_each_row_once(city: City) -> None:
    for _ in range(5):
        city.shop()
    failures: list[BaseException] = []

    def go() -> None:
        try:
            run(city.engine, AS_OF)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert city.do("SELECT count(*) FROM assessment WHERE scheme = 'gas_shop'")[0][0] == 5


def test_hazchem_firms_have_their_own_scheme_and_units_their_level(city: City) -> None:
    facts = (
        '{"hazchem_score": 57, "hazchem_scored_on": "2026-01-01", "standardisation": 0, "designed_or_diagnosed": true,'
        ' "deaths_3y": "two", "hot_work": "maybe", "ls_assessed_on": "2026-13-45"}'
    )
    firm = city.add("place", name="化工", kinds=["enterprise", "hazchem"], region_id=2, facts=facts)
    other = city.add("place", name="厂", kinds=["enterprise"], region_id=2, facts=facts)
    unit = city.add("unit", place_id=firm, name="罐区", kind="storage", exposed_people=60)
    for substance, mass in (("液氯", 10), ("液氨", 20)):
        city.add("holding", place_id=firm, unit_id=unit, substance=substance, design_max_t=mass)
    empty = city.add("unit", place_id=firm, name="库", kind="storage")
    run(city.engine, AS_OF)
    assert city.now(firm, "hazchem_enterprise").value_high == 57
    assert city.now(firm, "hazchem_enterprise").at_least == 4
    assert city.now(other, "place").grade == "unknown"
    rows = city.do("SELECT unit_id, grade, value_low FROM assessment WHERE scheme = 'major_hazard' ORDER BY unit_id")
    assert [tuple(row) for row in rows] == [(unit, "level_3", 18), (empty, "unknown", 0)]
    assert city.do("SELECT count(*) FROM assessment WHERE place_id = :p AND scheme = 'place'", p=firm)[0][0] == 0
