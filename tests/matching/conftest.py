"""The small city with one restaurant in three lists, and everything that can hang on a place."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from data import drawn
from data.matching.catalogue import Catalogue
from data.regions import write_regions
from tests.data.small_city import regions

ADDRESS = "澄江路12号"


def insert(connection: Connection, table: str, **values: Any) -> int:
    """Insert a row with a source key of its own; returns its id."""
    values.setdefault("source", "test")
    values.setdefault("source_key", str(connection.scalar(text(f"SELECT count(*) FROM {table}"))))
    marks = ", ".join(f":{name}" for name in values)
    query = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks}) RETURNING id"
    return int(connection.execute(text(query), values).scalar_one())


def place(
    connection: Connection, leaf: int, name: str, kinds: str = "{gas_shop}", lon: float | None = 120.05, **values: Any
) -> int:
    """Insert a place with a point (none where `lon` is None)."""
    made = insert(connection, "place", name=name, kinds=kinds, region_id=leaf, **values)
    if lon is not None:
        connection.execute(
            text("UPDATE place SET geom = ST_SetSRID(ST_MakePoint(:lon, 36.05), 4326), orig_x = :lon, orig_y = 36.05,"
                 " orig_crs = 'EPSG:4326', datum = 'wgs84', datum_evidence = 'declared' WHERE id = :id"),
            {"lon": lon, "id": made},
        )  # fmt: skip
    return made


def hang_everything(connection: Connection, place_id: int, tag: str) -> dict[str, int]:
    """Hang one row of each table that points to a place on it; returns their ids by table."""
    run = connection.scalar(text("INSERT INTO risk_run (as_of) VALUES ('2026-05-20') RETURNING id"))
    own = {"source": tag}
    ids = {
        "inspection": insert(connection, "inspection", place_id=place_id, inspected_on="2026-05-01", type="routine",
                             **own),
        "hazard": insert(connection, "hazard", place_id=place_id, level="general", state="found", description=tag,
                         found_on="2026-05-01", **own),
        "sensor": insert(connection, "sensor", place_id=place_id, code=tag, kind="gas", **own),
        "unit": insert(connection, "unit", place_id=place_id, name=tag, kind="storage", **own),
        "act": insert(connection, "act", place_id=place_id, kind="penalty", on_date="2026-05-01", **own),
        "gas_installation": insert(connection, "gas_installation", place_id=place_id, hose_m=1.30000000000000004,
                                   has_room=True, checked_on="2026-05-01", **own),
    }  # fmt: skip
    officer = insert(connection, "officer", name=tag, **own)
    region = connection.scalar(text("SELECT region_id FROM place WHERE id = :id"), {"id": place_id})
    ids["duty"] = insert(connection, "duty", officer_id=officer, role="grid_officer", place_id=place_id, **own)
    ids["holding"] = insert(connection, "holding", place_id=place_id, unit_id=ids["unit"], substance="液氨",
                            design_max_t=0.1, **own)  # fmt: skip
    ids["alarm"] = insert(
        connection, "alarm", place_id=place_id, level=1, kind="gas", raised_at="2026-05-02T03:04:05.678901Z", **own
    )
    ids["incident"] = insert(connection, "incident", place_id=place_id, happened_at="2026-05-02", kind="fire",
                             region_id=region, **own)  # fmt: skip
    ids["cylinder"] = insert(connection, "cylinder", installation_id=ids["gas_installation"], mass_kg=15, **own)
    for old in (True, False):
        connection.execute(
            text("INSERT INTO assessment (place_id, scheme, rule_version, as_of, grade, severity, at_least, sentence,"
                 " contributions, run_id, superseded_at) VALUES (:place, 'gas_shop', 'v1', '2026-05-20', 'yellow', 2,"
                 " 2, :tag, '[{\"points\": 1.50}]', :run, CASE WHEN :old THEN now() END)"),
            {"place": place_id, "tag": tag, "run": run, "old": old},
        )  # fmt: skip
    return ids


def snapshot(connection: Connection) -> dict[str, list[str]]:
    """Every row of every table that can hang on a place, byte for byte, and what is drawn and counted."""
    catalogue = Catalogue(connection)
    tables = {"place", "cylinder", "place_source"} | {one.table for one in catalogue.references("place")}
    found = {}
    for table in sorted(tables):
        found[table] = list(connection.execute(text(f'SELECT t::text FROM "{table}" t ORDER BY id')).scalars())
    for table in ("drawn_place", "drawn_cell", "region_count", "region_total"):
        found[table] = list(connection.execute(text(f"SELECT t::text FROM {table} t ORDER BY 1")).scalars())
    return found


def counts_agree(connection: Connection) -> None:
    """What is counted on every level must be what the tables hold."""
    wrong = connection.execute(
        text("SELECT r.code, t.places, count(p.id) FROM region r JOIN region_total t ON t.region_id = r.id "
             "LEFT JOIN region l ON l.path @> ARRAY[r.id] LEFT JOIN place p ON p.region_id = l.id "
             "GROUP BY 1, 2 HAVING t.places <> count(p.id)")
    ).all()  # fmt: skip
    assert wrong == []
    layers = connection.execute(
        text("SELECT c.region_id, c.layer, sum(c.n), (SELECT count(*) FROM drawn_place d WHERE d.layer = c.layer "
             "AND d.path @> ARRAY[c.region_id]) AS own FROM region_count c GROUP BY 1, 2")
    ).all()  # fmt: skip
    assert layers
    assert all(row[2] == row[3] for row in layers)
    stray = "SELECT count(*) FROM drawn_place d WHERE NOT EXISTS (SELECT FROM place p WHERE p.id = d.place_id)"
    assert connection.scalar(text(stray)) == 0


@pytest.fixture
def city(db: Engine) -> dict[str, int]:
    """Region ids by code of the small city with a second district (西区, 990102) in the west."""
    import pandas as pd
    from shapely import box

    with db.begin() as connection:
        west = pd.DataFrame([("990102", "西区", 2, "990100", box(120.3, 36.0, 120.4, 36.1))], columns=regions().columns)
        write_regions(connection, pd.concat([regions(), west]), "test")
        return dict(connection.execute(text("SELECT code, id FROM region")).all())


@pytest.fixture
def three(db: Engine, city: dict[str, int]) -> dict[str, int]:
    """One restaurant in three lists: the market bureau's, the gas supplier's, the street's; and a neighbour."""
    leaf = city["990101001001001"]
    with db.begin() as connection:
        ids = {
            "market": place(connection, leaf, "海风锅贴店（澄江路店）", address=ADDRESS, source="market", uscc="x",
                            floor_area_m2=80.1, facts='{"exits": 2, "share": 1.50}', contact_phone=None),
            "supplier": place(connection, leaf, "海风锅贴店", address="东区澄江路12号", lon=120.0502, source="supplier",
                              floor_area_m2=95, facts='{"exits": 1}', contact_phone="13800001234"),
            "street": place(connection, city["990101001001002"], "示例海风锅贴馆", "{small_place}", None,
                            address=ADDRESS, source="street", named_region="甲街"),
            "other": place(connection, leaf, "金沙旅馆", "{crowded_place}", 120.06, address="汇江路3号"),
        }  # fmt: skip
        for name in ("market", "supplier", "street"):
            ids |= {f"{name}.{table}": i for table, i in hang_everything(connection, ids[name], name).items()}
        drawn.refresh(connection)
    return ids
