"""A point counted in two regions, or in none, makes the totals of the tree disagree."""

import numpy as np
import pytest
import shapely

from geo.locate import Locator, locate

TILES = {f"g{j}{i}": shapely.box(i, j, i + 1, j + 1) for j in range(4) for i in range(4)}


@pytest.mark.parametrize("many", [1, 3000])
def test_points_on_shared_edges_belong_to_the_lowest_code(many):
    lon = np.tile([0.5, 1.0, 1.0, 4.0, 9.0, np.nan], many)
    lat = np.tile([0.5, 0.5, 1.0, 4.0, 9.0, 1.0], many)
    names = list(TILES)[::-1]
    found = locate(lon, lat, [TILES[n] for n in names], names)
    assert found[:6].tolist() == ["g00", "g00", "g00", "g33", None, None]
    assert (found == np.tile(found[:6], many)).all()


def test_few_and_many_points_give_one_answer():
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(-1, 5, 4000), rng.integers(0, 5, 4000).astype(float)
    where = Locator(list(TILES.values()), list(TILES))
    whole = where.locate(lon, lat)
    assert whole.tolist() == [where.locate(a, b)[0] for a, b in zip(lon, lat, strict=True)]


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match="length"):
        locate([1.0], [1.0], list(TILES.values()), ["a"])
    with pytest.raises(ValueError, match="length"):
        locate([1.0, 2.0], [1.0], list(TILES.values()), list(TILES))


def test_no_polygons_and_no_points():
    assert locate([1.0], [1.0], [], []).tolist() == [None]
    assert locate([], [], list(TILES.values()), list(TILES)).tolist() == []
