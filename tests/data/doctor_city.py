"""A healthy city for the doctor: two of everything, so that what is planted in the first is not found in the second.

Everything hangs on grids 1 and 2 of the small city. "甲" is the place that tests spoil, "乙" its healthy twin.
"""

from datetime import UTC, date, datetime
from typing import Any

from shapely import box
from sqlalchemy import Connection, Engine, text

from data.regions import write_regions
from geo.codes import uscc_check_character
from tests.data.small_city import regions

TODAY = date(2026, 5, 20)
NOW = datetime(2026, 5, 20, 4, tzinfo=UTC)
TWINS = ("甲", "乙")


def code(n: int) -> str:
    """A valid 统一社会信用代码."""
    body = f"91370200MA{n:07d}"
    return body + uscc_check_character(body)


def insert(conn: Connection, table: str, **values: Any) -> int:
    """Insert a row of the source 源 and return its id."""
    values = {"source": "源", **values}
    values.setdefault("source_key", str(conn.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()))
    marks = {name: f":{name}" for name in values}
    if "geom" in values:
        marks["geom"] = "ST_GeomFromText(:geom, 4326)"
    return int(
        conn.execute(
            text(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(marks.values())}) RETURNING id"), values
        ).scalar_one()
    )


def build(db: Engine) -> dict[str, int]:
    """Fill the database; return place ids by name and region ids by code."""
    with db.begin() as conn:
        whole = regions()
        whole.loc[whole["code"] == "990100", "geometry"] = whole.loc[whole["code"] == "990101", "geometry"].to_numpy()
        whole.loc[whole["code"] == "990101002001001", "geometry"] = box(120.2, 36.0, 120.3, 36.1)
        write_regions(conn, whole.assign(population_night=100), "源")
        conn.execute(text("INSERT INTO city (name, is_demo) VALUES ('测试市', false)"))
        ids = dict(conn.execute(text("SELECT code, id FROM region")).all())
        for n, name in enumerate(TWINS):
            ids |= twin(conn, ids, n, name)
        return ids


def twin(conn: Connection, ids: dict[str, int], n: int, name: str) -> dict[str, int]:
    """One of two equal places in grid 1 or 2 with all that hangs on it."""
    grid = ids[f"99010100100100{n + 1}"]
    lon = 120.05 + 0.1 * n
    facts = '{"people_peak": 50, "ls_assessed_on": "2026-05-01", "hazchem_scored_on": "2026-05-01"}'
    place = insert(
        conn, "place", name=name, kinds=["enterprise", "gas_shop", "small_place", "hazchem"], region_id=grid,
        uscc=code(n), address="香港中路1号", industry="C26", employees=20, capacity=50, floor_area_m2=120.0,
        contact_phone="13800000000", facts=facts, named_region=f"格{n + 1}", geom=f"POINT({lon} 36.05)", datum="wgs84",
        datum_evidence="declared", updated_at=NOW,
    )  # fmt: skip
    gas = insert(
        conn, "gas_installation", place_id=place, supply="cylinder", has_room=False, in_basement=False, floor_no=1,
        cylinder_total_kg=30.0, hose_m=1.5, hose_installed_on="2026-01-01", regulator_installed_on="2026-01-01",
        alarm_installed=True, alarm_working=True, cutoff_installed=True, cutoff_working=True, checked_on="2026-05-01",
        last_visit_on="2026-05-01",
    )  # fmt: skip
    cylinder = insert(conn, "cylinder", installation_id=gas, mass_kg=15.0, spot="kitchen")
    unit = insert(conn, "unit", place_id=place, name="罐区", kind="storage", exposed_people=10)
    holding = insert(conn, "holding", place_id=place, unit_id=unit, substance="氨", design_max_t=5.0)
    sensor = insert(
        conn, "sensor", place_id=place, code=f"S{n}", kind="gas", last_seen_at=NOW, installed_on="2026-01-01"
    )
    visit = insert(conn, "inspection", place_id=place, inspected_on="2026-05-10", type="routine", result="passed")
    hazard = insert(
        conn, "hazard", place_id=place, level="general", state="assigned", description="软管老化", owner="王五",
        found_on="2026-05-10", deadline="2026-06-10",
    )  # fmt: skip
    officer = insert(conn, "officer", name=f"员{n}")
    duty = insert(conn, "duty", officer_id=officer, role="police_officer", place_id=place)
    grid_duty = insert(conn, "duty", officer_id=officer, role="grid_officer", region_id=grid)
    found = {"gas": gas, "cylinder": cylinder, "unit": unit, "holding": holding, "sensor": sensor, "visit": visit,
             "hazard": hazard, "officer": officer, "duty": duty, "grid_duty": grid_duty}  # fmt: skip
    return {name: place} | {f"{key}{name}": value for key, value in found.items()}
