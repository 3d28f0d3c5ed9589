"""The map and the counts must equal the tables: no place vanishes, none is counted twice, no grade lingers."""

import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import Connection, Engine, text

from data import drawn
from data.bulk import upsert
from data.regions import RegionIndex
from data.tables.places import Place

CELL = "red + orange + yellow + blue + unknown + na"


def places(connection: Connection, n: int, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(119.98, 120.42, n), rng.uniform(36.0, 36.1, n)
    lost = rng.random(n) < 0.1
    kinds = [["enterprise"], ["gas_shop", "small_place"], ["enterprise", "hazchem"], ["school"], ["petrol_station"]]
    return pd.DataFrame(
        {
            "name": [f"甲{i}" for i in range(n)],
            "kinds": [kinds[i % len(kinds)] for i in range(n)],
            "region_id": RegionIndex.load(connection).leaf_at(np.where(lost, np.nan, lon), np.where(lost, np.nan, lat)),
            "geom": np.where(lost, None, shapely.points(lon, lat)),
            "source": "t",
            "source_key": [str(i) for i in range(n)],
        }
    )


def assess(connection: Connection, scheme: str, where: str, severity: int, at_least: int) -> None:
    connection.execute(text("INSERT INTO risk_run (id, as_of) VALUES (1, '2026-11-22') ON CONFLICT DO NOTHING"))
    connection.execute(
        text("INSERT INTO assessment (place_id, scheme, rule_version, as_of, grade, severity, at_least, sentence, "
             "contributions, digest, run_id) "
             f"SELECT id, :s, '1', '2026-11-22', 'x', :v, :a, '', '[]', id, 1 FROM place WHERE {where}"),
        {"s": scheme, "v": severity, "a": at_least},
    )  # fmt: skip


def check(connection: Connection) -> None:
    """Every zoom's cells, the counts of every region and the totals equal the tables they are made from."""
    points = dict(connection.execute(text("SELECT layer, count(geom_3857) FROM drawn_place GROUP BY 1")).all())
    for z in range(5, 14):
        sums = connection.execute(
            text(f"SELECT layer, sum({CELL}) FROM drawn_cell WHERE z = :z GROUP BY 1"), {"z": z}
        ).all()
        assert {k: v for k, v in sums if v} == {k: v for k, v in points.items() if v}
    reds = connection.execute(text("SELECT count(geom_3857) FROM drawn_place WHERE severity = 4")).scalar()
    assert connection.execute(text("SELECT COALESCE(sum(red), 0) FROM drawn_cell WHERE z = 5")).scalar() == reds
    differs = connection.execute(
        text("""
        SELECT * FROM (SELECT u.region_id, d.layer, d.severity, d.at_least, count(*) n, count(d.geom_3857) m
                       FROM drawn_place d CROSS JOIN LATERAL unnest(d.path) u(region_id) GROUP BY 1, 2, 3, 4) a
        FULL JOIN region_count c USING (region_id, layer, severity, at_least)
        WHERE a.n IS DISTINCT FROM c.n OR a.m IS DISTINCT FROM c.mapped""")
    ).all()
    assert differs == []
    wrong = connection.execute(
        text("""
        SELECT r.code FROM region r JOIN region_total t ON t.region_id = r.id
        LEFT JOIN LATERAL (SELECT count(*) n, count(p.geom) m FROM place p JOIN region l ON l.id = p.region_id
                           WHERE l.path[r.level] = r.id) s ON true
        WHERE s.n <> t.places OR s.m <> t.mapped""")
    ).all()
    assert wrong == []


@pytest.fixture
def filled(db: Engine, city: dict[str, int]) -> Engine:
    with db.begin() as connection:
        upsert(connection, Place.__table__, places(connection, 500))
        drawn.refresh(connection)
    return db


def test_every_place_is_drawn_and_unknown_until_it_is_assessed(filled: Engine) -> None:
    with filled.connect() as connection:
        check(connection)
        missing = connection.execute(
            text("SELECT count(*) FROM place p WHERE NOT EXISTS (SELECT FROM drawn_place d WHERE d.place_id = p.id)")
        ).scalar()
        severities = connection.execute(text("SELECT DISTINCT severity FROM drawn_place")).scalars().all()
    assert missing == 0
    assert severities == [0]


def test_a_refresh_after_nothing_changed_raises_no_version(filled: Engine) -> None:
    with filled.begin() as connection:
        before = connection.execute(text("SELECT layer, version FROM layer_version ORDER BY 1")).all()
        assert drawn.refresh(connection) == []
        assert connection.execute(text("SELECT layer, version FROM layer_version ORDER BY 1")).all() == before


def test_grades_reach_cells_counts_and_only_their_layers(filled: Engine) -> None:
    with filled.begin() as connection:
        assess(connection, "gas_shop", "'gas_shop' = ANY (kinds)", 4, 4)
        assess(connection, "place", "'small_place' = ANY (kinds)", 0, 3)
        assert drawn.refresh(connection) == ["gas_shop", "small_place"]
        check(connection)
        severe = connection.execute(text("SELECT sum(unknown_severe) FROM drawn_cell WHERE z = 5")).scalar()
        mapped = connection.execute(
            text("SELECT count(geom_3857) FROM drawn_place WHERE layer = 'small_place'")
        ).scalar()
    assert severe == mapped > 0


def test_a_chemical_firm_is_coloured_by_its_own_scheme_never_by_the_general_one(filled: Engine) -> None:
    with filled.begin() as connection:
        assess(connection, "place", "'hazchem' = ANY (kinds)", 1, 1)
        drawn.refresh(connection)
        sql = "SELECT DISTINCT severity FROM drawn_place JOIN place p ON p.id = place_id WHERE 'hazchem' = ANY (kinds)"
        assert connection.execute(text(sql)).scalars().all() == [0]


def test_moved_removed_and_unmapped_places_leave_no_trace(filled: Engine) -> None:
    with filled.begin() as connection:
        connection.execute(text("DELETE FROM place WHERE source_key IN ('1', '2', '3')"))
        connection.execute(text("UPDATE place SET geom = NULL WHERE source_key IN ('4', '6')"))
        connection.execute(
            text("UPDATE place SET geom = ST_SetSRID(ST_Point(120.01, 36.01), 4326) WHERE source_key = '7'")
        )
        drawn.refresh(connection)
        check(connection)
        assert connection.execute(text("SELECT count(DISTINCT place_id) FROM drawn_place")).scalar() == 497


def test_refreshing_one_place_equals_refreshing_all(filled: Engine) -> None:
    with filled.begin() as connection:
        connection.execute(text("UPDATE place SET geom = NULL WHERE source_key = '8'"))
        place_id = connection.execute(text("SELECT id FROM place WHERE source_key = '8'")).scalar()
        assert drawn.refresh(connection, [int(place_id)]) != []
        check(connection)
        assert drawn.refresh(connection) == []


def test_building_aside_equals_changing_in_place(filled: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def everything(connection: Connection) -> list[list[tuple[object, ...]]]:
        tables = ("drawn_place ORDER BY place_id, layer", "drawn_cell ORDER BY layer, z, cx, cy, node_id",
                  "region_count ORDER BY region_id, layer, severity, at_least")  # fmt: skip
        return [[tuple(r) for r in connection.execute(text(f"SELECT * FROM {t}"))] for t in tables]

    with filled.begin() as connection:
        before = everything(connection)
        connection.execute(text("UPDATE drawn_place SET severity = 4, at_least = 4"))
        monkeypatch.setattr(drawn, "MANY", 1)
        indexes = connection.execute(text("SELECT indexname, indexdef FROM pg_indexes ORDER BY 1")).all()
        drawn.refresh(connection)
        after = everything(connection)
        assert connection.execute(text("SELECT indexname, indexdef FROM pg_indexes ORDER BY 1")).all() == indexes
        check(connection)
    assert before[0] == after[0]
    assert before[2] == after[2]
    for old, new in zip(before[1], after[1], strict=True):
        assert old[:5] + old[7:] == new[:5] + new[7:]
        assert old[5:7] == pytest.approx(new[5:7])


def test_a_table_change_raises_its_version_and_an_empty_one_does_not(filled: Engine, city: dict[str, int]) -> None:
    def version(connection: Connection, table: str) -> int:
        return (
            connection.execute(text("SELECT version FROM layer_version WHERE layer = :t"), {"t": table}).scalar() or 0
        )

    with filled.begin() as connection:
        before = version(connection, "region")
        connection.execute(text("UPDATE region SET name = '新名' WHERE code = '990101'"))
        assert version(connection, "region") == before + 1
        connection.execute(text("UPDATE region SET name = '新名' WHERE code = 'none'"))
        assert version(connection, "region") == before + 1


CELLS = (
    "SELECT layer, z, cx, cy, node_id, round(x::numeric, 3), round(y::numeric, 3), red, orange, yellow, blue, unknown, "
    "unknown_severe, na FROM drawn_cell ORDER BY 1, 2, 3, 4, 5"
)


def test_cells_changed_in_place_equal_cells_built_anew(filled: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with filled.begin() as connection:
        assess(connection, "gas_shop", "'gas_shop' = ANY (kinds) AND id % 2 = 0", 4, 4)
        assess(connection, "place", "'enterprise' = ANY (kinds) AND NOT 'hazchem' = ANY (kinds)", 0, 3)
        drawn.refresh(connection)
        connection.execute(text("UPDATE place SET geom = ST_Translate(geom, 0.0001, 0.0002) WHERE id % 3 = 0"))
        connection.execute(text("UPDATE place SET geom = NULL WHERE id % 7 = 0"))
        connection.execute(text("DELETE FROM place WHERE id % 11 = 0"))
        connection.execute(text("UPDATE place SET kinds = '{gas_shop}' WHERE id % 13 = 0"))
        connection.execute(text("UPDATE assessment SET severity = 1, at_least = 1 WHERE place_id % 5 = 0"))
        drawn.refresh(connection)
        check(connection)
        in_place = connection.execute(text(CELLS)).all()
        monkeypatch.setattr(drawn, "MANY", 1)
        connection.execute(text("TRUNCATE drawn_place, drawn_cell, region_count"))
        drawn.refresh(connection)
        assert in_place == connection.execute(text(CELLS)).all()


def test_a_refresh_of_one_batch_draws_what_it_wrote_and_nothing_else(filled: Engine) -> None:
    with filled.begin() as connection:
        batch = connection.execute(
            text("INSERT INTO import_batch (kind, source, file_name, options, actor) "
                 "VALUES ('shop', 's', 'f', '{}', 't') RETURNING id")
        ).scalar_one()  # fmt: skip
        connection.execute(text("UPDATE place SET kinds = '{school}', batch_id = :b WHERE id % 4 = 0"), {"b": batch})
        connection.execute(text("UPDATE place SET kinds = '{school}' WHERE id % 4 = 1"))
        changed = "SELECT count(*) FROM place p WHERE id % 4 = {} AND NOT EXISTS (SELECT FROM drawn_place d WHERE " \
                  "d.place_id = p.id AND d.layer = 'crowded_place')"  # fmt: skip
        drawn.refresh(connection, batch_id=batch)
        assert connection.execute(text(changed.format(0))).scalar() == 0
        assert connection.execute(text(changed.format(1))).scalar() != 0
        lingering = "SELECT count(*) FROM drawn_place WHERE place_id % 4 = 0 AND layer <> 'crowded_place'"
        assert connection.execute(text(lingering)).scalar() == 0
        drawn.refresh(connection)
        check(connection)
