"""A wrong shift puts every place of a city hundreds of metres off."""

import numpy as np
import pytest

from geo.crs import distance_m
from geo.datum import Datum, DatumError, convert, datum

RNG = np.random.default_rng(7)
LON, LAT = RNG.uniform(74, 135, 5000), RNG.uniform(18, 53.5, 5000)


@pytest.mark.parametrize(
    ("lat", "lon", "gcj_lat", "gcj_lon"),
    [
        (31.1774276, 121.5272106, 31.17530398364597, 121.531541859215),
        (22.543847, 113.912316, 22.540796131694766, 113.9171764808363),
    ],
)
def test_published_check_points_are_met(lat, lon, gcj_lat, gcj_lon):
    x, y = convert(lon, lat, "wgs84", "gcj02")
    assert distance_m(x, y, gcj_lon, gcj_lat) < 1e-4


@pytest.mark.parametrize("source", list(Datum))
@pytest.mark.parametrize("target", list(Datum))
def test_there_and_back_returns_within_a_millimetre(source, target):
    back = convert(*convert(LON, LAT, source, target), target, source)
    assert distance_m(*back, LON, LAT).max() < 1e-3


def test_offsets_are_as_large_as_published():
    gcj = distance_m(*convert(LON, LAT, "wgs84", "gcj02"), LON, LAT)
    bd = distance_m(*convert(LON, LAT, "wgs84", "bd09"), LON, LAT)
    assert 10 < gcj.min() < gcj.max() < 710
    assert 600 < bd.min() < bd.max() < 1600


def test_kinds_and_shapes_are_kept_and_input_untouched():
    lon, lat = LON.reshape(50, 100), LAT.reshape(50, 100)
    before = lon.copy()
    x, _ = convert(lon, lat, "gcj02", "wgs84")
    assert x.shape == (50, 100)
    assert (lon == before).all()
    one = convert(120, 36, "gcj02", "wgs84")
    assert all(type(v) is float for v in one)
    assert all(type(v) is float for v in convert(np.float64(120), np.float64(36), "gcj02", "wgs84"))
    assert convert(np.array([]), np.array([]), "wgs84", "bd09")[0].shape == (0,)
    assert convert([120.0], [36.0], "bd09", "wgs84")[0].shape == (1,)


def test_cgcs2000_counts_as_wgs84():
    assert convert(120.382, 36.067, "cgcs2000", "wgs84") == (120.382, 36.067)
    assert convert(120.382, 36.067, "cgcs2000", "gcj02") == convert(120.382, 36.067, "wgs84", "gcj02")


def test_outside_china_nothing_moves():
    for target in ("gcj02", "bd09"):
        assert convert(-97.74, 30.27, "wgs84", target) == (-97.74, 30.27)
        assert convert(-97.74, 30.27, target, "wgs84") == (-97.74, 30.27)


@pytest.mark.parametrize(
    ("lon", "lat", "word"),
    [
        (float("nan"), 36, "NaN"),
        (120, None, "None"),
        (float("inf"), 36, "infinite"),
        (181, 36, "outside"),
        (36, 120.0, "lat"),
        ("120", 36, "not a number"),
        ([120, 121], [36, None], r"lat\[1\]"),
        ([120, float("nan")], [36, 36], r"lon\[1\]"),
        ([120, 121], [36], "shape"),
    ],
)
def test_bad_numbers_are_refused_and_named(lon, lat, word):
    with pytest.raises(DatumError, match=word):
        convert(lon, lat, "gcj02", "wgs84")


def test_unknown_datum_is_refused_and_the_known_ones_listed():
    with pytest.raises(DatumError, match=r"beijing54.*gcj02"):
        convert(120, 36, "beijing54", "wgs84")
    assert datum("GCJ-02") is Datum.GCJ02
