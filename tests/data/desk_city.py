"""The small city with places in every odd spot, for the reads of the desk pages.

Places by name: what they are for stands beside each. Severity comes from assessments written here, not from rules.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from shapely import box
from sqlalchemy import Connection, Engine, text

from data import drawn
from data.regions import RegionIndex, write_regions

TODAY = date(2026, 5, 20)
NOW = datetime(2026, 5, 20, 4, tzinfo=UTC)
MARK = "<img src=x onerror=alert(1)>"

PLACES: list[tuple[str, list[str], float | None, float | None, str | None]] = [
    ("红星化工", ["enterprise", "hazchem"], 120.05, 36.05, None),  # grid 1, red by hazchem, low value
    ("赤峰化工", ["enterprise", "hazchem"], 120.06, 36.05, None),  # grid 1, red by hazchem, higher value: less bad
    ("橙光机械", ["enterprise"], 120.15, 36.05, None),  # grid 2, orange
    ("未知·至少红", ["enterprise"], 120.15, 36.06, None),  # grid 2, unknown, proven red
    ("老王川菜馆", ["gas_shop", "small_place"], 120.25, 36.02, None),  # grid 3, two layers: yellow shop, blue place
    ("小李面馆", ["gas_shop"], 120.25, 36.08, None),  # community 2, in no grid: 未落格
    ("无坐标小吃", ["gas_shop"], None, None, "乙街"),  # 未上图 under street 2
    ("海上平台", ["enterprise"], 121.5, 36.5, None),  # outside the city: city's rest
    ("西区旅馆", ["crowded_place"], 120.35, 36.05, None),  # the other district
    (f"{MARK}100%_店", ["small_place"], 120.05, 36.02, None),  # hostile name, grid 1
]


def build(db: Engine) -> dict[str, int]:
    """Fill the database; return place ids by name and region ids by code."""
    from tests.data.small_city import regions

    with db.begin() as conn:
        west = pd.DataFrame([("990102", "西区", 2, "990100", box(120.3, 36.0, 120.4, 36.1))], columns=regions().columns)
        write_regions(conn, pd.concat([regions(), west]), "test")
        ids = dict(conn.execute(text("SELECT code, id FROM region")).all())
        ids |= _places(conn)
        conn.execute(text("UPDATE region SET population_night = 100 * level WHERE level = 5 AND NOT is_rest"))
        _work(conn, ids)
        _assess(conn, ids)
        conn.execute(text("INSERT INTO city (name, is_demo) VALUES ('测试市', true)"))
        drawn.refresh(conn)
    return ids


def _places(conn: Connection) -> dict[str, int]:
    index = RegionIndex.load(conn)
    found = {}
    for n, (name, kinds, lon, lat, named) in enumerate(PLACES):
        leaf = index.leaf_of(named) if lon is None else int(index.leaf_at(np.array([lon]), np.array([lat]))[0])
        found[name] = conn.execute(
            text(
                "INSERT INTO place (name, kinds, region_id, geom, address, uscc, contact_name, contact_phone, scale,"
                " source, source_key) VALUES (:name, :kinds, :leaf, CASE WHEN CAST(:lon AS float) IS NULL THEN NULL"
                " ELSE ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) END, :address, :uscc, '张三', '13800000000', :scale,"
                " 'test', :name) RETURNING id"
            ),
            {"name": name, "kinds": kinds, "leaf": leaf, "lon": lon, "lat": lat, "address": f"香港中路{n}号",
             "uscc": f"91370200MA{n:08d}", "scale": "high_hazard" if name == "橙光机械" else "small"},
        ).scalar_one()  # fmt: skip
    return found


def _insert(conn: Connection, table: str, **values: Any) -> int:
    columns = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    key = conn.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
    return int(
        conn.execute(
            text(f"INSERT INTO {table} ({columns}, source, source_key) VALUES ({marks}, 'test', '{key}') RETURNING id"),
            values,
        ).scalar_one()
    )


def _work(conn: Connection, ids: dict[str, int]) -> None:
    officer = _insert(conn, "officer", name="李警官", phone="13900000000", organisation="东区派出所")
    _insert(conn, "duty", officer_id=officer, role="grid_officer", region_id=ids["990101001001001"])
    _insert(conn, "duty", officer_id=officer, role="leader", region_id=ids["990101"])
    _insert(conn, "duty", officer_id=officer, role="police_officer", place_id=ids["红星化工"])
    _insert(conn, "duty", officer_id=officer, role="grid_officer", region_id=ids["990101001001002"],
            until=TODAY - timedelta(days=1))  # fmt: skip
    visits = [
        ("红星化工", 10, "routine", "passed"),
        ("橙光机械", 300, "routine", "hazards"),
        ("小李面馆", 5, "routine", "closed_door"),
        ("老王川菜馆", 30, "special", "passed"),
        ("老王川菜馆", 20, "supplier_visit", "passed"),
        ("无坐标小吃", 1, "self_check", "passed"),
    ]
    for name, days, kind, result in visits:
        _insert(conn, "inspection", place_id=ids[name], inspected_on=TODAY - timedelta(days=days), type=kind,
                result=result, officer_id=officer)  # fmt: skip
    for name, state, deadline in [
        ("橙光机械", "found", -3), ("橙光机械", "assigned", 3), ("无坐标小吃", "rectified", -1),
        ("海上平台", "found", None),
    ]:  # fmt: skip
        _insert(conn, "hazard", place_id=ids[name], level="general", state=state, description="隐患", owner="王五",
                found_on=TODAY - timedelta(days=20),
                deadline=None if deadline is None else TODAY + timedelta(days=deadline))  # fmt: skip
    heard = {"老王川菜馆": NOW - timedelta(hours=1), "小李面馆": NOW - timedelta(hours=30)}
    for name, seen in heard.items():
        sensor = _insert(
            conn, "sensor", place_id=ids[name], code=f"S-{name}", kind="gas", unit="%LEL", last_seen_at=seen
        )
        for hour in range(3):
            conn.execute(
                text("INSERT INTO reading VALUES (:sensor, :at, :value)"),
                {"sensor": sensor, "at": seen - timedelta(hours=hour), "value": 2.0 + hour},
            )
        _insert(conn, "alarm", place_id=ids[name], sensor_id=sensor, level=1, kind="gas", raised_at=seen, state="open",
                acknowledged_by="赵六")  # fmt: skip
    conn.execute(
        text("INSERT INTO station (name, region_id, geom, source, source_key) VALUES"
             " ('东站', :leaf, ST_SetSRID(ST_MakePoint(120.05, 36.05), 4326), 'test', '1')"),
        {"leaf": ids["990101001001001"]},
    )  # fmt: skip


def _assess(conn: Connection, ids: dict[str, int]) -> None:
    run = conn.execute(text("INSERT INTO risk_run (as_of) VALUES (:day) RETURNING id"), {"day": TODAY}).scalar_one()
    for name, scheme, low, high, grade, severity, least in [
        ("红星化工", "hazchem_enterprise", 20, 20, "red", 4, 4),
        ("赤峰化工", "hazchem_enterprise", 55, 55, "red", 4, 4),
        ("橙光机械", "place", 16, 16, "orange", 3, 3),
        ("未知·至少红", "place", 320, 999, "unknown", 0, 4),
        ("老王川菜馆", "gas_shop", 12, 12, "yellow", 2, 2),
        ("老王川菜馆", "place", 3, 3, "blue", 1, 1),
        ("西区旅馆", "place", None, None, "na", -1, -1),
    ]:
        conn.execute(
            text(
                "INSERT INTO assessment (place_id, scheme, rule_version, as_of, value_low, value_high, grade, severity,"
                " at_least, sentence, contributions, missing, run_id) VALUES (:place, :scheme, 'v1', :day, :low, :high,"
                " :grade, :severity, :least, :sentence, '[]', '{}', :run)"
            ),
            {"place": ids[name], "scheme": scheme, "day": TODAY, "low": low, "high": high, "grade": grade,
             "severity": severity, "least": least, "sentence": f"{grade}: {MARK}", "run": run},
        )  # fmt: skip
