"""Spreadsheets nobody wrote by hand: whatever the habit, every row is in or told, and what is in is what was meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Engine, text

from data.imports import ImportOptions, Summary
from data.imports.run import import_into
from tests.imports.conftest import TODAY
from tests.imports.generated import STREETS, Made, expected, spreadsheets

STORED = """
    SELECT p.name, p.address, p.employees, round(p.floor_area_m2::numeric, 3)::float8 AS area,
           round(g.cylinder_total_kg::numeric, 3)::float8 AS mass, g.hose_installed_on AS hose_on,
           g.alarm_installed AS alarm, g.alarm_working AS working, round(ST_X(p.geom)::numeric, 6)::float8 AS x,
           round(ST_Y(p.geom)::numeric, 6)::float8 AS y, r.code
    FROM place p JOIN region r ON r.id = p.region_id LEFT JOIN gas_installation g ON g.place_id = p.id
"""


def imported(engine: Engine, made: Made) -> tuple[Summary, dict[str, dict[str, Any]]]:
    """Import a file, return what was said and what is stored, and take it back."""
    summary = Summary("shop", "shop", made.name)
    options = ImportOptions(today=TODAY, datum="wgs84", file_name=made.name)
    with engine.connect() as connection:
        import_into(connection, made.content, "shop", options, summary, redraw=False)
        stored = {row["name"]: dict(row) for row in connection.execute(text(STORED)).mappings()}
        connection.rollback()
    return summary, stored


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(made=spreadsheets())
def test_every_row_of_a_generated_spreadsheet_is_in_or_told(city: Engine, made: Made) -> None:
    good = [one for one in made.records if not one.bad]
    summary, stored = imported(city, made)
    assert summary.read == summary.accepted + summary.rejected
    assert sum(summary.reasons.values()) == summary.rejected
    assert (summary.accepted, summary.rejected) == (len(good), len(made.records) - len(good) + made.asides)
    assert set(stored) == {one.name for one in good}
    placed = summary.datum is not None and any(row["x"] is not None for row in stored.values())
    for one in good:
        row = stored[one.name]
        assert {name: row[name] for name in expected(one)} == pytest.approx(expected(one), abs=2e-3)
        if placed and one.spot is not None:
            assert (row["x"], row["y"]) == pytest.approx(one.spot, abs=1e-6)
        else:
            assert row["x"] is None
            assert row["code"].startswith(STREETS.get(one.street, "370200"))
