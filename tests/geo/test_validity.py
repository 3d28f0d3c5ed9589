"""Bad geometry is mended aloud or refused aloud, never stored as it came."""

import pytest
import shapely

from geo.validity import SENTENCES, PointFault, check_points, check_polygon

CITY = (119.5, 35.5, 121.1, 37.2)


@pytest.mark.parametrize(
    ("lon", "lat", "fault"),
    [
        (120.38, 36.06, PointFault.OK),
        (None, 36.06, PointFault.MISSING),
        (float("inf"), 36.06, PointFault.MISSING),
        (0, 0, PointFault.ZERO),
        (534413.4, 3993044.5, PointFault.PROJECTED),
        (36.06, 120.38, PointFault.SWAPPED),
        (200, 36, PointFault.OUT_OF_RANGE),
        (-97.7, 30.2, PointFault.OUTSIDE_CHINA),
        (116.4, 39.9, PointFault.OUTSIDE_CITY),
    ],
)
def test_each_fault_of_a_point_has_its_name_and_sentence(lon, lat, fault):
    assert check_points([lon], [lat], CITY).tolist() == [fault]
    assert bool(SENTENCES[fault]) == (fault != PointFault.OK)


def test_without_a_city_only_china_is_known():
    assert check_points([116.4, 39.9, 0], [39.9, 116.4, 0]).tolist() == ["", "swapped", "zero"]


def test_bow_tie_is_mended_and_said():
    tie = shapely.Polygon([(120, 36), (120.1, 36.1), (120.1, 36), (120, 36.1)])
    checked = check_polygon(tie, CITY)
    assert checked.geometry is not None
    assert checked.geometry.is_valid
    assert "自相交" in checked.mended[0]


def test_good_polygons_pass_unchanged_and_heights_fall():
    box = shapely.box(120, 36, 120.1, 36.1)
    assert check_polygon(box, CITY).geometry.equals_exact(box)
    assert check_polygon(shapely.force_3d(box, 5.0), CITY).mended == ["去掉了高程"]


@pytest.mark.parametrize(
    ("shape", "word"),
    [
        (None, "为空"),
        (shapely.Polygon(), "为空"),
        (shapely.Point(120, 36), "Point"),
        (shapely.box(534413, 3993044, 534500, 3993100), "投影"),
        (shapely.box(36, 120, 36.1, 120.1), "颠倒"),
        (shapely.box(116, 39, 117, 40), "本市"),
        (shapely.Polygon([(120, 36), (120.1, 36.1), (120.2, 36.2)]), "没有面积"),
    ],
)
def test_hopeless_shapes_are_refused_with_a_reason(shape, word):
    checked = check_polygon(shape, CITY)
    assert checked.geometry is None
    assert word in checked.refused
