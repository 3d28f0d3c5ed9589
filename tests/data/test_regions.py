"""A place must hang on exactly one leaf, and the tree must nest."""

import numpy as np
import pytest
from sqlalchemy import Engine, text

from data.regions import RegionIndex, write_regions
from tests.data.small_city import regions


def test_every_node_above_a_grid_has_one_rest_child_and_paths_run_from_the_city(
    db: Engine, city: dict[str, int]
) -> None:
    with db.connect() as connection:
        rests = connection.execute(text("SELECT count(*) FROM region WHERE is_rest")).scalar()
        path = connection.execute(text("SELECT path FROM region WHERE code = '990101001001002'")).scalar()
        orphans = connection.execute(
            text("SELECT code FROM region r WHERE level < 5 AND NOT is_rest AND NOT EXISTS "
                 "(SELECT FROM region c WHERE c.parent_id = r.id AND c.is_rest)")
        ).all()  # fmt: skip
    assert rests == 6
    assert path == [city[c] for c in ("990100", "990101", "990101001", "990101001001", "990101001001002")]
    assert orphans == []


def test_points_find_their_grid_and_those_in_none_the_deepest_rest(db: Engine, city: dict[str, int]) -> None:
    lon = np.array([120.05, 120.15, 120.25, 120.25, 120.35, 119.0, np.nan])
    lat = np.array([36.05, 36.05, 36.02, 36.08, 36.05, 30.0, np.nan])
    with db.connect() as connection:
        leaf = RegionIndex.load(connection).leaf_at(lon, lat)
    expected = [
        "990101001001001",
        "990101001001002",
        "990101002001001",
        "990101002001X",
        "990100X",
        "990100X",
        "990100X",
    ]
    assert leaf.tolist() == [city[c] for c in expected]


def test_a_named_street_takes_rows_without_a_point(db: Engine, city: dict[str, int]) -> None:
    with db.connect() as connection:
        index = RegionIndex.load(connection)
    assert index.leaf_of("甲街") == city["990101001X"]
    assert index.leaf_of("990101002001") == city["990101002001X"]
    assert index.leaf_of("没有的街") is None
    assert index.leaf_of("") is None


def test_writing_the_same_tree_again_changes_nothing_and_keeps_ids(db: Engine, city: dict[str, int]) -> None:
    with db.begin() as connection:
        again = write_regions(connection, regions(), "test")
        found = dict(connection.execute(text("SELECT code, id FROM region")).all())
    assert again.changed == 0
    assert {**found, "rest": found["990100X"]} == city


@pytest.mark.parametrize("bad", [{"parent_code": "990199"}, {"level": 5, "parent_code": "990101"}])
def test_a_region_without_its_parent_is_refused(db: Engine, city: dict[str, int], bad: dict[str, object]) -> None:
    row = regions().iloc[[2]].assign(code="990101009", **bad)
    with db.begin() as connection, pytest.raises(ValueError, match="parent"):
        write_regions(connection, row, "test")


def test_the_database_itself_refuses_a_second_rest_or_a_broken_path(db: Engine, city: dict[str, int]) -> None:
    broken = [
        "UPDATE region SET path = '{1}' WHERE level = 3 AND NOT is_rest",
        "UPDATE region SET parent_id = NULL WHERE code = '990101'",
        "UPDATE region SET geom = (SELECT geom FROM region WHERE level = 2 AND geom IS NOT NULL) WHERE is_rest",
        "UPDATE region SET code = '12' WHERE code = '990101'",
    ]
    for statement in broken:
        with db.connect() as connection, pytest.raises(Exception, match="violates"):
            connection.execute(text(statement))
