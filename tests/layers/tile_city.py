"""A city for the tiles: the four squares of small_city and a second district, with places where harm could hide.

2,000 places spread over the districts, 5,000 on one crowded block, 40 on one single point, 3 exactly on tile edges,
one without coordinates, one outside every region, one with a hostile name. Severities in all kinds.
"""

from datetime import date

import numpy as np
import pandas as pd
import shapely
from shapely import box
from sqlalchemy import Connection, Engine, text

from data import drawn
from data.bulk import copy_rows
from data.regions import RegionIndex, write_regions
from data.tables.places import Place
from tests.data.small_city import regions

TODAY = date(2026, 5, 20)
HOSTILE = '<img src=x onerror="window.owned=1">饭店'
CROWDED = (120.047607, 36.057981)  # the middle of a tile of zoom 14
STACKED = (120.151, 36.052)
LAYERS = ("enterprise", "gas_shop", "small_place", "crowded_place")
ON_EDGES = [(lon, 36.05) for lon in (120.0146484375, 120.1025390625, 120.234375)]  # edges of tiles of zoom 14, 12, 9


def build(db: Engine) -> None:
    """Fill an empty migrated database."""
    west = pd.DataFrame([("990102", "西区", 2, "990100", box(120.3, 36.0, 120.4, 36.1))], columns=regions().columns)
    with db.begin() as conn:
        write_regions(conn, pd.concat([regions(), west]), "test")
        points = _points(np.random.default_rng(5))
        copy_rows(conn, Place.__table__, _places(conn, points))  # type: ignore[arg-type]
        conn.execute(text("INSERT INTO city (name, is_demo, attribution) VALUES ('测试市', true, '<b>出处</b>')"))
        _assess(conn)
        _work(conn)
        conn.execute(text("ANALYZE"))
        drawn.refresh(conn)


def _points(rng: np.random.Generator) -> np.ndarray:
    spread = np.column_stack([rng.uniform(120.0, 120.4, 2000), rng.uniform(36.0, 36.1, 2000)])
    crowded = np.asarray(CROWDED) + rng.normal(0, 0.0012, (5000, 2))
    stacked = np.tile(STACKED, (40, 1))
    return np.vstack([spread, crowded, stacked, ON_EDGES, [(121.5, 36.5)]])


def _places(conn: Connection, points: np.ndarray) -> pd.DataFrame:
    n = len(points)
    kinds = [["enterprise"], ["gas_shop"], ["small_place"], ["crowded_place"], ["gas_shop", "small_place"]]
    frame = pd.DataFrame(
        {
            "name": [HOSTILE if i == 0 else f"场所{i}" for i in range(n)],
            "kinds": [kinds[0] if i >= 2000 else kinds[i % 5] for i in range(n)],
            "region_id": RegionIndex.load(conn).leaf_at(points[:, 0], points[:, 1]),
            "geom": shapely.points(points),
            "address": "测试路 1 号",
            "scale": "high_hazard",
            "source": "test",
            "source_key": [str(i) for i in range(n)],
        }
    )
    nowhere = frame.iloc[[5]].assign(name="未上图", geom=None, source_key="none")
    return pd.concat([frame, nowhere])


def _assess(conn: Connection) -> None:
    """Severity by id: 4 red … −1; unknown ones at least orange now and then, one place in ten not assessed at all."""
    conn.execute(text("INSERT INTO risk_run (as_of) VALUES (:day)"), {"day": TODAY})
    conn.execute(
        text(
            "INSERT INTO assessment (place_id, scheme, rule_version, as_of, grade, severity, at_least, sentence,"
            " contributions, run_id, digest)"
            " SELECT id, CASE WHEN kinds @> '{gas_shop}' THEN 'gas_shop' ELSE 'place' END, '1', :day, 'x', s,"
            "  CASE WHEN s = 0 AND id % 4 = 0 THEN 3 WHEN s = 0 THEN -1 ELSE s END, 'x', '[]',"
            "  (SELECT max(id) FROM risk_run), 0"
            " FROM (SELECT id, kinds, CASE WHEN id % 97 = 0 THEN 4 WHEN id % 13 = 0 THEN 3 WHEN id % 5 = 0 THEN 2"
            "  WHEN id % 7 = 0 THEN 0 WHEN id % 11 = 0 THEN -1 ELSE 1 END AS s FROM place WHERE id % 10 <> 3) q"
        ),
        {"day": TODAY},
    )


def _work(conn: Connection) -> None:
    for statement in (
        "INSERT INTO hazard (place_id, level, state, description, found_on, deadline, reinspected_on, source,"
        " source_key)"
        " SELECT id, CASE WHEN id % 9 = 0 THEN 'major' ELSE 'general' END, CASE WHEN id % 4 = 0 THEN 'closed' ELSE"
        "  'assigned' END, 'x', :day, CAST(:day AS date) + (id % 20)::int - 10, :day, 't', id::text"
        " FROM place WHERE id % 3 = 0",
        "INSERT INTO alarm (place_id, level, kind, raised_at, state, closed_at, source, source_key)"
        " SELECT id, 1 + id % 2, 'gas', now(), CASE WHEN id % 8 = 0 THEN 'closed' ELSE 'open' END, now(), 't', id::text"
        " FROM place WHERE id % 100 = 0",
        "INSERT INTO inspection (place_id, inspected_on, type, source, source_key)"
        " SELECT id, CAST(:day AS date) - (id % 400)::int, 'routine', 't', id::text FROM place WHERE id % 3 <> 1",
        "INSERT INTO station (name, region_id, geom, engines, source, source_key)"
        " SELECT '站' || i,"
        "  (SELECT id FROM region WHERE code = CASE WHEN i < 3 THEN '990101001001001' ELSE '990102X' END),"
        "  ST_SetSRID(ST_MakePoint(120.02 + 0.12 * i, 36.03), 4326), 2, 't', i::text FROM generate_series(1, 3) i",
        "INSERT INTO road (name, road_class, geom, source, source_key)"
        " SELECT '路' || i, CASE WHEN i = 1 THEN 'primary' ELSE 'residential' END,"
        "  ST_SetSRID(ST_MakeLine(ST_MakePoint(120, 36 + 0.02 * i), ST_MakePoint(120.4, 36 + 0.02 * i)), 4326),"
        "  't', i::text"
        " FROM generate_series(1, 4) i",
        "INSERT INTO zone (name, kind, geom, source, source_key) VALUES"
        " ('东园', 'industrial_park', ST_MakeEnvelope(120.1, 36.02, 120.15, 36.04, 4326), 't', '1'),"
        " ('西园', 'chemical_park', ST_MakeEnvelope(120.32, 36.02, 120.36, 36.04, 4326), 't', '2')",
    ):
        conn.execute(text(statement), {"day": TODAY} if ":day" in statement else {})
