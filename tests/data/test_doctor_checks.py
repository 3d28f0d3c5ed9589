"""Each check must find exactly the place that was spoilt, and not its healthy twin."""

import re
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, text

from data.doctor import Report, checks, examine
from data.doctor.run import listed
from data.regions import write_regions
from tests.data.doctor_city import NOW, TODAY, build, insert

UPDATE = {
    # check: what is done to 甲 (SQL on its place, or on a record of it named before the colon)
    "no_point": "place: geom = NULL",
    "no_code": "place: uscc = NULL",
    "no_phone": "place: contact_phone = NULL",
    "no_address": "place: address = NULL",
    "no_whereabouts": "place: geom = NULL, named_region = NULL",
    "no_industry": "place: industry = NULL",
    "no_people": "place: employees = NULL, capacity = NULL, facts = '{}'",
    "alarm_untold": "gas: alarm_working = NULL",
    "supply_untold": "gas: supply = NULL",
    "unit_no_people": "unit: exposed_people = NULL",
    "holding_no_mass": "holding: design_max_t = NULL",
    "hazard_no_deadline": "hazard: deadline = NULL",
    "stale_record": "place: updated_at = '2025-05-01'",
    "stale_gas_check": "gas: checked_on = '2025-11-20', last_visit_on = NULL",
    "stale_visit": "visit: inspected_on = '2025-05-19'",
    "stale_assessment": """place: facts = facts || '{"ls_assessed_on": "2025-05-19"}'""",
    "stale_hazchem_score": """place: facts = facts || '{"hazchem_scored_on": "2023-05-20"}'""",
    "alarm_working_not_installed": "gas: alarm_installed = false",
    "cutoff_working_not_installed": "gas: cutoff_installed = false",
    "sensor_faulty_alarm_working": "sensor: fault = true",
    "room_without_gas": "gas: has_room = true, cylinder_total_kg = 0",
    "total_below_cylinders": "gas: cylinder_total_kg = 14",
    "piped_with_cylinders": "gas: supply = 'piped'",
    "basement_upstairs": "gas: in_basement = true",
    "hazard_dates": "hazard: deadline = '2026-05-09'",
    "outside_named_region": "place: named_region = '乙街'",
    "outside_own_grid": "place: geom = ST_SetSRID(ST_MakePoint(120.15, 36.02), 4326)",
    "datum_unverified": "place: datum_evidence = 'unverified'",
    "bad_code": "place: uscc = left(uscc, 17) || CASE WHEN right(uscc, 1) = '0' THEN '1' ELSE '0' END",
    "bad_phone": "place: contact_phone = '找老王'",
    "floor_area": "place: floor_area_m2 = 0",
    "people_impossible": "place: capacity = -5",
    "hose_impossible": "gas: hose_m = 200",
    "total_impossible": "gas: cylinder_total_kg = 0.05",
    "cylinder_impossible": "cylinder: mass_kg = 5000",
    "floor_impossible": "gas: floor_no = 0",
    "future_gas_dates": "gas: regulator_installed_on = '2026-05-21'",
    "future_hazard": "hazard: found_on = '2026-05-21'",
    "future_result": "visit: inspected_on = '2026-05-21'",
    "future_sensor": "sensor: last_seen_at = '2026-05-20 05:00+00'",
    "hazard_no_owner": "hazard: owner = ' '",
    "installation_no_shop": "place: kinds = ARRAY['enterprise']",
    "sensor_silent": "sensor: last_seen_at = '2026-05-19 03:59+00'",
    "sensor_fault": "sensor: fault = true",
    "sensor_closed_place": "place: state = 'closed'",
    "closed_hazard_open": "place: state = 'closed'",
}
"""Spoilt by one UPDATE. The boundary is on the healthy side where there is one: see the test of twins below."""

HEALTHY = {
    "stale_gas_check": "gas: checked_on = '2025-11-21', last_visit_on = NULL",
    "stale_visit": "visit: inspected_on = '2025-05-20'",
    "stale_assessment": """place: facts = facts || '{"ls_assessed_on": "2025-05-20"}'""",
    "stale_hazchem_score": """place: facts = facts || '{"hazchem_scored_on": "2023-05-21"}'""",
    "stale_record": "place: updated_at = '2025-05-20 04:00+00'",
    "sensor_silent": "sensor: last_seen_at = '2026-05-19 04:00+00'",
    "hose_impossible": "gas: hose_m = 100",
    "cylinder_impossible": "cylinder: mass_kg = 50",
    "total_impossible": "gas: cylinder_total_kg = 20000",
    "total_below_cylinders": "gas: cylinder_total_kg = 14.5",
    "room_without_gas": "gas: has_room = false, cylinder_total_kg = 0",
    "basement_upstairs": "gas: in_basement = true, floor_no = -1",
    "future_gas_dates": "gas: regulator_installed_on = '2026-05-20'",
    "future_sensor": "sensor: last_seen_at = '2026-05-20 04:10+00'",
    "hazard_dates": "hazard: deadline = '2026-05-10'",
    "closed_hazard_open": "hazard: state = 'closed', reinspected_on = '2026-05-12'",
    "no_people": "place: employees = NULL, capacity = NULL",
    "alarm_untold": "gas: alarm_installed = false, alarm_working = NULL",
    "bad_phone": "place: contact_phone = '0532-8588 0000'",
}
"""The nearest thing to a fault that is none."""

TABLES = {"gas": "gas_installation", "visit": "inspection"}


@pytest.fixture
def ids(db: Engine) -> dict[str, int]:
    return build(db)


@pytest.fixture
def conn(db: Engine, ids: dict[str, int]) -> Iterator[Connection]:
    with db.connect() as connection:
        yield connection


def change(conn: Connection, ids: dict[str, int], what: str, name: str) -> None:
    record, _, setting = what.partition(": ")
    key = ids[name] if record == "place" else ids[f"{record}{name}"]
    conn.exec_driver_sql(f"UPDATE {TABLES.get(record, record)} SET {setting} WHERE id = {key}")


def found(conn: Connection, check: str) -> list[str]:
    """Names of what one check finds, with the population judged; the temp tables go with the savepoint."""
    with conn.begin_nested() as inside:
        examine(conn, TODAY, NOW, only=[check])
        names = [row["name"] for row in listed(conn, 100)]
        inside.rollback()
    return names


def report(conn: Connection, *only: str, **which: object) -> Report:
    with conn.begin_nested() as inside:
        made = examine(conn, TODAY, NOW, only=only, **which)  # type: ignore[arg-type]
        inside.rollback()
    return made


def test_the_healthy_city_has_no_finding_and_everything_was_judged(conn: Connection) -> None:
    made = report(conn)
    assert {(count.check_id, count.n) for count in made.counts if count.n} == set()
    judged = {count.check_id for count in made.counts if count.population}
    closed = {"closed_visit_planned", "closed_hazard_open"}
    assert set(checks()) - judged - set(made.unknown) - closed == {"input", "piped_with_cylinders"}


@pytest.mark.parametrize("check", UPDATE)
def test_the_spoilt_place_is_found_and_its_twin_is_not(conn: Connection, ids: dict[str, int], check: str) -> None:
    change(conn, ids, UPDATE[check], "甲")
    if check in HEALTHY:
        change(conn, ids, HEALTHY[check], "乙")
    assert found(conn, check) == ["甲"]


def test_every_check_is_tested_here_or_below() -> None:
    rest = {
        "closed_visit_planned", "cylinders_untold", "grid_no_people", "input", "no_installation", "on_water",
        "outside_city", "outside_grids", "place_no_duty", "region_code", "region_gap", "region_no_outline",
        "region_outside_parent", "region_overlap", "region_shifted", "region_sliver", "same_code_near",
        "sensor_code_twice", "stacked", "two_grid_officers", "two_police_officers", "unit_no_holding",
    }  # fmt: skip
    assert set(checks()) == set(UPDATE) | rest


def test_a_shop_without_installation(conn: Connection, ids: dict[str, int]) -> None:
    conn.execute(text("DELETE FROM gas_installation WHERE id = :id"), {"id": ids["gas甲"]})
    assert found(conn, "no_installation") == ["甲"]


def test_bottled_gas_without_a_total_and_without_cylinders(conn: Connection, ids: dict[str, int]) -> None:
    conn.execute(text("UPDATE gas_installation SET cylinder_total_kg = NULL"))
    assert found(conn, "cylinders_untold") == []
    conn.execute(text("DELETE FROM cylinder WHERE id = :id"), {"id": ids["cylinder甲"]})
    assert found(conn, "cylinders_untold") == ["甲"]


def test_a_closed_place_with_a_visit_planned(conn: Connection, ids: dict[str, int]) -> None:
    conn.execute(text("UPDATE place SET state = 'closed'"))
    for name, day in (("甲", "2026-05-21"), ("乙", "2026-05-20")):
        insert(conn, "inspection", place_id=ids[name], inspected_on=day, type="routine")
    assert found(conn, "closed_visit_planned") == ["甲"]


def test_two_officers_where_one_is_due(conn: Connection, ids: dict[str, int]) -> None:
    second = insert(conn, "officer", name="第二人")
    for name, until in (("甲", None), ("乙", "2026-05-19")):  # 乙's second one has left
        insert(conn, "duty", officer_id=second, role="police_officer", place_id=ids[name], until=until)
    for grid, until in (("990101001001001", None), ("990101001001002", "2026-05-19")):
        insert(conn, "duty", officer_id=second, role="grid_officer", region_id=ids[grid], until=until)
    assert found(conn, "two_police_officers") == ["甲"]
    assert found(conn, "two_grid_officers") == ["格1"]


def test_points_in_no_grid_and_in_no_city(conn: Connection, ids: dict[str, int]) -> None:
    rest = "UPDATE place SET region_id = :rest, geom = ST_SetSRID(ST_MakePoint(:x, 36.05), 4326) WHERE id = :id"
    conn.execute(text(rest), {"rest": ids["990100X"], "x": 121.0, "id": ids["甲"]})
    conn.execute(text(rest), {"rest": ids["990101001001X"], "x": 120.05, "id": ids["乙"]})
    assert found(conn, "outside_city") == ["甲"]
    assert found(conn, "outside_grids") == ["甲", "乙"]


def test_water_is_judged_where_it_is_known_and_said_to_be_unknown_elsewhere(
    conn: Connection, ids: dict[str, int]
) -> None:
    assert set(report(conn, "on_water").unknown) == {"on_water"}
    line = "LINESTRING(120.0 36.05, 120.2 36.05)"
    insert(conn, "zone", name="河中线", kind="river", geom=line)
    assert set(report(conn, "on_water").unknown) == {"on_water"}, "a line is no surface"
    area = "POLYGON((120.04 36, 120.06 36, 120.06 36.1, 120.04 36.1, 120.04 36))"
    insert(conn, "zone", name="河", kind="river", geom=area)
    assert found(conn, "on_water") == ["甲"]
    assert report(conn, "on_water").unknown == {}


def test_a_stack_of_five_is_found_and_one_of_four_is_not(conn: Connection, ids: dict[str, int]) -> None:
    for n, name in ((4, "甲"), (3, "乙")):
        for i in range(n):
            conn.execute(
                text("INSERT INTO place (name, kinds, region_id, geom, source, source_key) SELECT name || :i, kinds,"
                     " region_id, geom, source, name || :i FROM place WHERE id = :id"),
                {"i": str(i), "id": ids[name]},
            )  # fmt: skip
    assert sorted(found(conn, "stacked")) == ["甲", "甲0", "甲1", "甲2", "甲3"]


def test_a_place_nobody_answers_for(conn: Connection, ids: dict[str, int]) -> None:
    for key in ("duty甲", "grid_duty甲"):
        conn.execute(text("UPDATE duty SET until = '2026-05-19' WHERE id = :id"), {"id": ids[key]})
    conn.execute(text("UPDATE duty SET until = '2026-05-19' WHERE id = :id"), {"id": ids["duty乙"]})
    insert(conn, "duty", officer_id=ids["officer甲"], role="leader", region_id=ids["990101001"])  # too high up
    assert found(conn, "place_no_duty") == ["甲"]


def test_a_unit_without_holdings(conn: Connection, ids: dict[str, int]) -> None:
    conn.execute(text("DELETE FROM holding WHERE id = :id"), {"id": ids["holding甲"]})
    assert found(conn, "unit_no_holding") == ["甲"]


def test_same_code_and_name_within_fifty_metres(conn: Connection, ids: dict[str, int]) -> None:
    copy = ("INSERT INTO place (name, kinds, region_id, geom, uscc, source, source_key) SELECT :name, kinds, region_id,"
            " ST_SetSRID(ST_MakePoint(ST_X(geom) + :east, ST_Y(geom)), 4326), :code, '别', :name || :east FROM place"
            " WHERE id = :id")  # fmt: skip
    code = conn.execute(text("SELECT uscc FROM place WHERE id = :id"), {"id": ids["甲"]}).scalar()
    for name, east, uscc in (("甲", 0.0005, code), ("甲", 0.01, code), ("甲二店", 0.0001, code)):
        conn.execute(text(copy), {"name": name, "east": east, "code": uscc, "id": ids["甲"]})
    names = found(conn, "same_code_near")
    assert names == ["甲", "甲"], "45 m apart; not the one 900 m away, not the branch of another name"


def test_a_device_listed_twice(conn: Connection, ids: dict[str, int]) -> None:
    insert(conn, "sensor", place_id=ids["甲"], code="S0", kind="gas")
    insert(conn, "sensor", place_id=ids["甲"], code="S1", kind="smoke")  # another kind may have the number
    assert found(conn, "sensor_code_twice") == ["甲", "甲"]


def outline(conn: Connection, ids: dict[str, int], code: str, wkt: str) -> None:
    sql = "UPDATE region SET geom = ST_Multi(ST_GeomFromText(:wkt, 4326)) WHERE id = :id"
    conn.execute(text(sql), {"wkt": wkt, "id": ids[code]})


def square(west: float, east: float, north: float = 36.1) -> str:
    return f"POLYGON(({west} 36.0, {east} 36.0, {east} {north}, {west} {north}, {west} 36.0))"


def test_outlines_that_do_not_tile(conn: Connection, ids: dict[str, int]) -> None:
    outline(conn, ids, "990101001001001", square(120.0, 120.09))
    assert found(conn, "region_gap") == ["社区一"]
    assert found(conn, "region_sliver") == []
    outline(conn, ids, "990101001001001", square(120.0, 120.09998))  # 1.8 m short
    assert found(conn, "region_gap") == []
    assert found(conn, "region_sliver") == ["社区一"]
    outline(conn, ids, "990101001001001", square(120.0, 120.11))
    assert found(conn, "region_overlap") == ["格1", "格2"]
    assert found(conn, "region_outside_parent") == []
    outline(conn, ids, "990101001001001", square(120.0, 120.1, 36.11))
    assert found(conn, "region_outside_parent") == ["格1"]
    conn.execute(text("UPDATE region SET geom = NULL WHERE id = :id"), {"id": ids["990101001001001"]})
    assert found(conn, "region_no_outline") == ["格1"]


def test_an_outline_beside_its_place_is_found_with_the_way_back_and_left_alone(
    conn: Connection, ids: dict[str, int]
) -> None:
    before = conn.execute(text("SELECT ST_AsText(geom) FROM region WHERE id = :id"), {"id": ids["990101002"]}).scalar()
    outline(conn, ids, "990101001", "POLYGON((119.995 36.0, 120.195 36.0, 120.195 36.1, 119.995 36.1, 119.995 36.0))")
    with conn.begin_nested() as inside:
        examine(conn, TODAY, NOW, only=["region_shifted"])
        rows = listed(conn, 5)
        inside.rollback()
    assert [row["name"] for row in rows] == ["甲街"]
    assert "东移 450 m" in rows[0]["value"], rows[0]["value"]
    after = conn.execute(text("SELECT ST_AsText(geom) FROM region WHERE id = :id"), {"id": ids["990101002"]}).scalar()
    assert after == before


def test_codes_that_do_not_nest_and_grids_without_people(conn: Connection, ids: dict[str, int]) -> None:
    conn.execute(text("UPDATE region SET code = '990199001' WHERE id = :id"), {"id": ids["990101001"]})
    assert found(conn, "region_code") == ["甲街", "社区一"]
    conn.execute(text("UPDATE region SET population_night = NULL WHERE id = :id"), {"id": ids["990101001001001"]})
    assert found(conn, "grid_no_people") == ["格1"]


@pytest.mark.shared_data
def test_the_three_shifted_districts_of_qingdao_are_found_and_the_seven_right_ones_are_not(
    db: Engine, shared_data: Path
) -> None:
    file = shared_data / "qingdao" / "regions.gpkg"
    layers = [gpd.read_file(file, layer=name) for name in LEVELS]
    frame = pd.concat([layer[["code", "name", "level", "parent_code", "geometry"]] for layer in layers])
    frame["level"] = frame["level"].map(lambda level: LEVELS.get(level, level)).astype(int)
    frame["parent_code"] = frame["parent_code"].where(frame["level"] > 1, None)
    with db.begin() as conn:
        write_regions(conn, frame.reset_index(drop=True), "OSM")
        examine(conn, TODAY, NOW, only=["region_shifted", "region_gap"])
        rows = {row["name"]: row["value"] for row in listed(conn, 100) if row["check_id"] == "region_shifted"}
        gaps = {row["name"] for row in listed(conn, 100) if row["check_id"] == "region_gap"}
    assert set(rows) == {"青岛西海岸新区（黄岛区）", "崂山区", "市南区"}
    for name in ("青岛西海岸新区（黄岛区）", "崂山区"):
        moved = re.search(r"建议西移 (\d+) m", rows[name])
        assert moved is not None, rows[name]
        assert 400 <= int(moved.group(1)) <= 600, "they lie about 450 m too far east"
    assert {"青岛西海岸新区（黄岛区）", "崂山区", "市南区"} <= gaps, "bare strips along the wrong side"


LEVELS = {"city": 1, "district": 2, "street": 3}
