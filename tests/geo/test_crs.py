"""Measuring in the wrong zone or in degrees gives a wrong area, distance or cover."""

import numpy as np
import pytest
import shapely
from pyproj import Geod

from geo.crs import CrsError, area_km2, distance_m, length_m, looks_projected, measure_crs, transformer, zone_epsg


@pytest.mark.parametrize(("lon", "epsg"), [(117, 4548), (120.38, 4549), (122.1, 4550), (75, 4534), (135.2, 4554)])
def test_zone_of_a_longitude(lon, epsg):
    assert zone_epsg(lon) == epsg


@pytest.mark.parametrize("lon", [0, 73, 137, float("nan")])
def test_no_zone_outside_china(lon):
    with pytest.raises(CrsError, match="zone"):
        zone_epsg(lon)


def test_qingdao_point_lands_where_the_standard_says():
    east, north = transformer(4326, 4549).transform(120.382, 36.067)
    assert (east, north) == pytest.approx((534413.450, 3993044.505), abs=2e-3)


def test_area_and_length_agree_with_the_ellipsoid_for_one_and_many():
    square = shapely.segmentize(shapely.box(120, 36, 120.5, 36.4), 0.01)
    holed = shapely.Polygon(square.exterior, [shapely.box(120.1, 36.1, 120.2, 36.2).exterior])
    area, perimeter = Geod(ellps="GRS80").geometry_area_perimeter(square)
    assert area_km2(square) == pytest.approx(abs(area) / 1e6, rel=1e-6)
    assert length_m(square) == pytest.approx(perimeter, rel=1e-9)
    many = np.array([square, holed, shapely.LineString([(120, 36), (120, 37)]), None])
    assert area_km2(many)[1] < area_km2(many)[0]
    assert length_m(many)[1] > length_m(many)[0]
    assert length_m(many)[2] == pytest.approx(distance_m(120, 36, 120, 37))
    assert area_km2(many)[3] == 0


def test_measure_crs_of_geometry_and_of_nothing():
    assert measure_crs(shapely.box(120, 36, 120.5, 36.4)) == 4549
    with pytest.raises(CrsError, match="empty"):
        measure_crs(shapely.Polygon())


def test_metres_in_degree_columns_are_seen():
    assert looks_projected([534413.4, 534400.0], [3993044.5, 3993000.0])
    assert not looks_projected([120.38, np.nan], [36.06, 36.0])
    assert not looks_projected([np.nan], [np.nan])
