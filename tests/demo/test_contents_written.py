"""Written half, written twice or written over imported rows, a demo city would be a lie that looks like data."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from data.commands import demo
from data.demo import write
from data.demo.contents import City, make
from data.demo.export import TABLES, export
from data.demo.geography import invent
from data.demo.lighten import lightened
from data.settings import load_settings
from risk.run import run as score

AS_OF = date(2026, 11, 22)


@pytest.fixture(scope="module")
def city() -> City:
    return make(invent(seed=7, size="small"), 7, "small", AS_OF)


def digest(connection: Connection) -> str:
    made = hashlib.sha256()
    rows = export(connection, made.update)
    assert min(rows.values()) > 0, f"nothing was exported of {[name for name, n in rows.items() if not n]}"
    return made.hexdigest()


def structure(connection: Connection) -> list[tuple[str, ...]]:
    """Every constraint and index of the schema, as the database itself writes them."""
    query = """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = CAST('public' AS regnamespace)
        UNION ALL SELECT tablename::text, indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public'
        ORDER BY 1, 2, 3
    """
    return [tuple(row) for row in connection.execute(text(query))]


def count(connection: Connection, query: str) -> int:
    return int(connection.scalar(text(query)) or 0)


def test_written_twice_the_same_city_and_nothing_of_the_first_is_left(db: Engine, city: City):
    with db.begin() as connection:
        before = structure(connection)
        write.write(connection, city)
        first = digest(connection)
    with db.begin() as connection:
        assert structure(connection) == before, "an index or a foreign key was lost"
        write.wipe(connection)
        write.write(connection, city)
    with db.begin() as connection:
        assert digest(connection) == first
        places = count(connection, "SELECT count(*) FROM place")
        assert places == len(city.frames["place"])
        assert count(connection, "SELECT places FROM region_total t JOIN region r ON r.id = region_id "
                                 "WHERE r.level = 1") == places  # fmt: skip
        point = "ST_Covers(r.geom, p.geom)"
        assert count(connection, f"SELECT count(*) FROM place p JOIN region r ON r.id = p.region_id "
                                 f"WHERE p.geom IS NOT NULL AND NOT r.is_rest AND NOT {point}") == 0  # fmt: skip
        assert count(connection, "SELECT count(*) FROM place p JOIN region r ON r.id = p.region_id "
                                 "WHERE r.level < 5 AND NOT r.is_rest") == 0  # fmt: skip
        orphans = (
            "SELECT count(*) FROM place p JOIN region r ON r.id = p.region_id WHERE r.is_rest AND p.geom IS NOT NULL"
        )
        assert count(connection, orphans) >= 3
        free = "INSERT INTO officer (name, source, source_key) VALUES ('x', 'other', 'x') RETURNING id"
        assert count(connection, free) > count(connection, "SELECT max(id) FROM officer WHERE source = 'demo'")


def test_a_failure_in_the_middle_leaves_the_database_as_it_was(db: Engine, city: City, monkeypatch):
    with db.begin() as connection:
        before = structure(connection)

    def broken(made):
        raise OSError("the disk is full")

    monkeypatch.setitem(write.ROWS, "sensor", broken)
    with pytest.raises(OSError, match="disk"), db.begin() as connection:
        write.write(connection, city)
    with db.begin() as connection:
        assert structure(connection) == before
        assert not write.holds_anything(connection)
        assert all(count(connection, f'SELECT count(*) FROM "{name}"') == 0 for name in TABLES)


def test_a_row_that_points_nowhere_is_refused_at_the_end(db: Engine):
    with pytest.raises(Exception, match="foreign key"), db.begin() as connection, lightened(connection, ["reading"]):
        connection.execute(text("INSERT INTO reading (sensor_id, at, value) VALUES (1, now(), 1)"))


def test_imported_rows_are_never_wiped(db: Engine, city: City):
    with db.begin() as connection:
        write.write(connection, city)
        connection.execute(text(
            "INSERT INTO place (name, kinds, region_id, source, source_key) "
            "SELECT '某厂', '{enterprise}', id, 'bureau', '1' FROM region WHERE is_rest LIMIT 1"
        ))  # fmt: skip
        with pytest.raises(write.NotEmptyError, match="1 行不是演示数据"):
            write.wipe(connection)
        with pytest.raises(write.NotEmptyError, match="--replace"):
            write.write(connection, city)


def test_accounts_keep_their_regions_when_the_city_is_replaced(db: Engine, city: City):
    street = city.ground.dense_street
    with db.begin() as connection:
        write.write(connection, city)
        connection.execute(
            text("INSERT INTO account (login, name, role, password_hash) VALUES ('a', 'a', 'leader', '$argon2id$x')")
        )
        connection.execute(
            text("INSERT INTO account_region SELECT a.id, r.id FROM account a, region r WHERE r.code = :code"),
            {"code": street},
        )
        scopes = write.wipe(connection)
        assert scopes == {"a": [street]}
        write.write(connection, city)
        assert write.restore_scopes(connection, scopes) == []
        assert write.restore_scopes(connection, {"a": ["000000000"]}) == ["a"]
        kept = connection.scalar(text("SELECT r.code FROM account_region ar JOIN region r ON r.id = ar.region_id"))
        assert kept == street


def test_the_command_refuses_a_database_that_is_not_empty(db: Engine, db_url: str, tmp_path: Path, capsys):
    from data.__main__ import build_parser

    with db.begin() as connection:
        connection.execute(text("INSERT INTO city (name, is_demo) VALUES ('真实市', false)"))
    settings = load_settings(database_url=db_url, state_dir=tmp_path)
    args = build_parser(["demo"]).parse_args(["demo", "--size", "small", "--as-of", "2026-11-22"])
    assert demo.run(args, settings) == demo.REFUSED
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1
    with db.connect() as connection:
        assert count(connection, "SELECT count(*) FROM region") == 0


def test_the_rules_find_every_colour_in_shares_as_in_life(db: Engine, city: City):
    with db.begin() as connection:
        write.write(connection, city)
    counted = score(db, AS_OF).schemes
    shops = counted["gas_shop"]["grades"]
    total = sum(n for name, n in shops.items() if not name.startswith("unknown_"))
    for name, low, high in (("red", 0.015, 0.06), ("orange", 0.08, 0.22), ("yellow", 0.3, 0.48), ("blue", 0.13, 0.28),
                            ("unknown", 0.17, 0.33)):  # fmt: skip
        assert low <= shops[name] / total <= high, f"{name}: {shops[name]} of {total}"
    firms = counted["hazchem_enterprise"]["grades"]
    assert {"red", "orange", "yellow", "blue"} <= set(firms)
    places = counted["place"]["grades"]
    total = sum(n for name, n in places.items() if not name.startswith("unknown_"))
    assert (places["yellow"] + places["blue"]) / total > 0.5
    assert 0.2 < places["unknown"] / total < 0.45
    units = counted["major_hazard"]["grades"]
    assert sum(n for name, n in units.items() if name.startswith("level_")) >= 3
    assert units["na"] > len(city.frames["unit"]) / 2, "most units lie below the threshold"
