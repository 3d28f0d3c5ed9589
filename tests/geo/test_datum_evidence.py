"""A datum is told by the region a record names, and never where the outline is too near to prove anything."""

import numpy as np
import pytest
import shapely

from geo.datum import convert
from geo.datum_evidence import CANDIDATES, MARGIN_M, decided, judge

STREET = shapely.box(120.380, 36.060, 120.386, 36.064)  # 540 m by 445 m
INSIDE = (120.383, 36.062)


@pytest.mark.parametrize("datum", CANDIDATES)
def test_a_pair_well_inside_its_small_street_tells_its_datum(datum: str) -> None:
    x, y = convert(*INSIDE, "wgs84", datum)
    judged = judge([x], [y], [0], [STREET])
    assert judged[0, CANDIDATES.index(datum)] == 1
    assert CANDIDATES[decided(judged)[0]] == datum


@pytest.mark.parametrize("datum", CANDIDATES)
def test_a_pair_in_the_middle_of_a_large_district_tells_nothing(datum: str) -> None:
    x, y = convert(*INSIDE, "wgs84", datum)
    assert decided(judge([x], [y], [0], [shapely.box(120.3, 36.0, 120.5, 36.2)])).tolist() == [-1]


def test_near_an_outline_nothing_is_proved() -> None:
    half = MARGIN_M / 2 / 111_320
    judged = judge([120.383, 120.383], [36.060 + half, 36.060 - half], [0, 0], [STREET])
    assert judged[:, 0].tolist() == [0, 0]
    assert decided(judged).tolist() == [-1, -1]


def test_rows_without_point_region_or_outline_tell_nothing() -> None:
    lon, lat = [np.nan, INSIDE[0], INSIDE[0], 500.0], [36.0, INSIDE[1], INSIDE[1], 36.0]
    judged = judge(lon, lat, [0, -1, 1, 0], np.array([STREET, None]))
    assert (judged == 0).all()


def test_a_place_that_lies_elsewhere_in_every_datum_confirms_none() -> None:
    assert decided(judge([121.0], [36.5], [0], [STREET])).tolist() == [-1]
