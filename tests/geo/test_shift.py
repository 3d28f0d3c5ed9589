"""A shift must be proposed where an outline is shifted, by what it is shifted, and nowhere else."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import translate

from geo.shift import LEAST_MOVED_M, Shift, propose_beside, propose_inside

OUTLINE = shapely.Polygon([(0, 0), (5000, -800), (8000, 500), (8600, 5200), (3000, 6400), (-500, 4000)])
AROUND = shapely.difference(shapely.box(-20_000, -20_000, 30_000, 30_000), OUTLINE)
METRES = st.integers(-60, 60).map(lambda tens: tens * 10)


def miss(found: Shift | None, east: float, north: float) -> float:
    assert found is not None
    return float(np.hypot(found.east_m + east, found.north_m + north))


@settings(max_examples=25, deadline=None)
@given(east=METRES, north=METRES)
def test_neighbours_give_the_way_back(east: int, north: int) -> None:
    found = propose_beside(translate(OUTLINE, east, north), AROUND)
    if np.hypot(east, north) < LEAST_MOVED_M:
        assert found is None or found.length_m < 2 * LEAST_MOVED_M
    elif np.hypot(east, north) >= 100:
        assert miss(found, east, north) <= 30
        assert found is not None
        assert found.after_m < found.before_m


@settings(max_examples=25, deadline=None)
@given(east=METRES, north=METRES)
def test_children_that_were_cut_at_the_wrong_outline_still_give_it(east: int, north: int) -> None:
    if np.hypot(east, north) < 100:
        return
    outline = translate(OUTLINE, east, north)
    children = shapely.intersection(OUTLINE, outline)
    assert miss(propose_inside(outline, children), east, north) <= 40


def test_an_outline_in_its_place_is_left_in_peace() -> None:
    assert propose_inside(OUTLINE, OUTLINE) is None
    assert propose_beside(OUTLINE, AROUND) is None


def test_a_missing_child_is_no_shift() -> None:
    east_half = shapely.intersection(OUTLINE, shapely.box(4000, -2000, 9000, 9000))
    found = propose_inside(OUTLINE, east_half)
    assert found is None or found.explained < 0.35


def test_what_was_tried_is_judged_beside_the_best() -> None:
    found = propose_beside(translate(OUTLINE, 400, 0), AROUND, [(-400.0, 0.0), (400.0, 0.0)])
    assert found is not None
    right, wrong = found.tried_m
    assert right == pytest.approx(found.after_m, abs=5)
    assert wrong > found.before_m
