"""Coordinates as typed: read right, or refused with a sentence; never guessed."""

import pytest

from geo.coordinates import CoordinateError, parse_degrees, parse_lon_lat, parse_pair

LON = 120 + 22 / 60 + 55 / 3600
LAT = 36 + 4 / 60 + 1.2 / 3600


@pytest.mark.parametrize(
    "text",
    [
        "120°22′55″E", "120°22'55\"", "120 22 55", "E120°22′55″", "120度22分55秒", "东经120°22′55″",
        "１２０°２２′５５″", "120.22.55", "+120°22'55''", "120º22’55”",
    ],
)  # fmt: skip
def test_longitude_spellings(text):
    assert parse_degrees(text).value == pytest.approx(LON, abs=1e-9)


def test_decimals_numbers_and_signs():
    assert parse_degrees("120.3819").value == 120.3819
    assert parse_degrees(120.3819).value == 120.3819
    assert parse_degrees("36°4'1.2\"N") == (pytest.approx(LAT), "lat")
    assert parse_degrees("36°4.5'").value == pytest.approx(36.075)
    assert parse_degrees("97°44'W").value < 0
    assert parse_degrees("-97.74").value == -97.74


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "为空"), (None, "为空"), ("不详", "不是坐标"), ("120°75′", "小于 60"), ("120.5°22′", "小数"),
        ("-97°W", "正负号"), ("534413.45", "投影"), ("120,36", "不是坐标"), ("nan", "不是坐标"), (float("nan"), "超出"),
    ],
)  # fmt: skip
def test_the_rest_is_refused_with_a_sentence(text, word):
    with pytest.raises(CoordinateError, match=word):
        parse_degrees(text)


@pytest.mark.parametrize(
    "text",
    ["120°22′55″E,36°4′1.2″N", "36°4'1.2\"N 120°22'55\"E", "(120.381944, 36.067)", "36.067，120.381944",
     "120.381944 36.067", "北纬36°4′1.2″,东经120°22′55″", "N36°4′1.2″ E120°22′55″"],
)  # fmt: skip
def test_pairs_in_one_cell(text):
    assert parse_pair(text) == pytest.approx((LON, LAT), abs=1e-6)


@pytest.mark.parametrize(
    ("text", "word"), [("36.1,36.2", "分不清"), ("120.1", "一对"), ("120E,121E", "同一轴"), ("1,2,3", "一对")]
)
def test_unclear_pairs_are_not_guessed(text, word):
    with pytest.raises(CoordinateError, match=word):
        parse_pair(text)


def test_columns_that_contradict_their_letters_are_refused():
    with pytest.raises(CoordinateError, match="颠倒"):
        parse_lon_lat("36°4′N", "120°22′E")
    with pytest.raises(CoordinateError, match="颠倒"):
        parse_lon_lat("36.06", "120.38")
    assert parse_lon_lat("120.38", "36.06") == (120.38, 36.06)
