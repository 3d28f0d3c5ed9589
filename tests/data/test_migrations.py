"""The migrations must make exactly the tables of the models, and the database must guard itself."""

import pytest
from alembic import command
from sqlalchemy import Engine, inspect, text

from data.engine import alembic_config, upgrade
from data.tables import Base


def test_migrations_make_exactly_the_models(db: Engine) -> None:
    config = alembic_config()
    with db.begin() as connection:
        config.attributes["connection"] = connection
        command.check(config)  # raises when a model differs
    found = set(inspect(db).get_table_names())
    assert set(Base.metadata.tables) <= found


def test_check_constraints_of_the_models_stand_in_the_database(db: Engine) -> None:
    for table in Base.metadata.sorted_tables:
        named = {str(c.name) for c in table.constraints if type(c).__name__ == "CheckConstraint"}
        found = {c["name"] for c in inspect(db).get_check_constraints(table.name)}
        assert named <= found, table.name


def test_every_drawn_geometry_has_a_spatial_index(db: Engine) -> None:
    with db.connect() as connection:
        found = set(
            connection.execute(
                text("SELECT DISTINCT tablename FROM pg_indexes WHERE indexdef LIKE '%USING gist%'")
            ).scalars()
        )
    assert {"region", "zone", "road", "place", "station", "incident", "drawn_place", "unit", "population_cell"} <= found


def test_upgrading_twice_changes_nothing(db: Engine) -> None:
    upgrade(db)
    upgrade(db)


def test_the_audit_log_cannot_be_changed(db: Engine) -> None:
    with db.begin() as connection:
        connection.execute(text("INSERT INTO audit (actor, action) VALUES ('a', 'b')"))
    for statement in ("UPDATE audit SET actor = 'c'", "DELETE FROM audit", "TRUNCATE audit"):
        with db.connect() as connection, pytest.raises(Exception, match="never changed"):
            connection.execute(text(statement))


def test_a_hazard_is_not_closed_without_a_reinspection(db: Engine, city: dict[str, int]) -> None:
    with db.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO place (id, name, kinds, region_id, source, source_key) "
                "VALUES (1, 'x', '{enterprise}', :r, 's', '1')"
            ),
            {"r": city["rest"]},
        )
    closing = ("INSERT INTO hazard (place_id, level, state, description, found_on, reinspected_on, source, source_key) "
               "VALUES (1, 'general', 'closed', 'd', '2026-01-01', {}, 's', '1')")  # fmt: skip
    with db.connect() as connection, pytest.raises(Exception, match="only_reinspection_closes"):
        connection.execute(text(closing.format("NULL")))
    with db.begin() as connection:
        connection.execute(text(closing.format("'2026-02-01'")))
