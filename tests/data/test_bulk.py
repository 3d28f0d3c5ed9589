"""Bulk writes must not lose, double or quietly alter a row."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import Engine, text

from data.bulk import copy_rows, upsert
from data.tables.places import Place
from data.tables.sensors import Reading
from data.tables.work import Officer

OFFICER = Officer.__table__


def officers(**changes: object) -> pd.DataFrame:
    frame = pd.DataFrame(
        {"name": ["甲", "乙", "丙"], "phone": ["1", None, "3"], "source": "s", "source_key": list("abc")}
    )
    return frame.assign(**changes)


def test_same_rows_twice_change_nothing(db: Engine) -> None:
    with db.begin() as connection:
        first = upsert(connection, OFFICER, officers())
    with db.begin() as connection:
        again = upsert(connection, OFFICER, officers())
        stamps = connection.execute(text("SELECT count(*) FROM officer WHERE updated_at <> created_at")).scalar()
    assert (first.inserted, first.updated, first.unchanged) == (3, 0, 0)
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, 3)
    assert first.ids.tolist() == again.ids.tolist()
    assert stamps == 0


def test_only_the_changed_row_is_written_and_ids_follow_the_frame(db: Engine) -> None:
    with db.begin() as connection:
        upsert(connection, OFFICER, officers())
        changed = officers(phone=["1", "2", "3"]).iloc[::-1]
        result = upsert(connection, OFFICER, changed)
        named = dict(connection.execute(text("SELECT id, source_key FROM officer")).all())
    assert (result.inserted, result.updated, result.unchanged) == (0, 1, 2)
    assert [named[i] for i in result.ids] == ["c", "b", "a"]
    assert result.ids.index.tolist() == changed.index.tolist()


def test_two_rows_with_one_key_are_refused(db: Engine) -> None:
    with db.begin() as connection, pytest.raises(ValueError, match="same source"):
        upsert(connection, OFFICER, officers(source_key=["a", "a", "b"]))


def test_quotes_commas_newlines_and_empty_text_survive(db: Engine) -> None:
    hostile = ['a"b,c\nd', "", "\\N", "'; DROP TABLE officer; --", "<img onerror=1>", "NULL"]
    frame = pd.DataFrame({"name": hostile, "source": "s", "source_key": [str(i) for i in range(len(hostile))]})
    with db.begin() as connection:
        assert copy_rows(connection, OFFICER, frame) == len(hostile)
        found = connection.execute(text("SELECT name FROM officer ORDER BY source_key")).scalars().all()
    assert list(found) == hostile


def test_every_type_keeps_its_value_and_its_null(db: Engine, city: dict[str, int]) -> None:
    frame = pd.DataFrame(
        {
            "name": ["店", "厂"],
            "kinds": [["gas_shop", "small_place"], ["enterprise"]],
            "chains": [["a,b", 'c"d'], None],
            "facts": [{"employees": 3, "注": "中文"}, {}],
            "employees": [5, None],
            "floor_area_m2": [1.5, np.nan],
            "geom": [shapely.Point(120.1, 36.1), None],
            "site": [shapely.box(120, 36, 120.1, 36.1), None],
            "region_id": city["rest"],
            "source": "s",
            "source_key": ["1", "2"],
        }
    )
    with db.begin() as connection:
        upsert(connection, Place.__table__, frame)
        rows = connection.execute(
            text("SELECT kinds, chains, facts, employees, floor_area_m2, ST_AsText(geom) g, ST_GeometryType(site) s, "
                 "ST_X(geom_3857) x FROM place ORDER BY source_key")
        ).all()  # fmt: skip
    assert rows[0].kinds == ["gas_shop", "small_place"]
    assert rows[0].chains == ["a,b", 'c"d']
    assert rows[0].facts == {"employees": 3, "注": "中文"}
    assert (rows[0].employees, rows[0].floor_area_m2) == (5, 1.5)
    assert (rows[0].g, rows[0].s) == ("POINT(120.1 36.1)", "ST_MultiPolygon")
    assert rows[0].x == pytest.approx(13369470.8, abs=1)
    assert (rows[1].chains, rows[1].employees, rows[1].floor_area_m2, rows[1].g, rows[1].x) == (None,) * 5


def test_times_keep_their_instant(db: Engine, city: dict[str, int]) -> None:
    with db.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO place (id, name, kinds, region_id, source, source_key) "
                "VALUES (1, 'x', '{enterprise}', :r, 's', '1')"
            ),
            {"r": city["rest"]},
        )
        connection.execute(
            text(
                "INSERT INTO sensor (id, place_id, code, kind, source, source_key) VALUES (1, 1, 'c', 'gas', 's', '1')"
            )
        )
        at = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
        copy_rows(connection, Reading.__table__, pd.DataFrame({"sensor_id": [1], "at": [at], "value": [0.5]}))
        assert connection.execute(text("SELECT at FROM reading")).scalar() == at
