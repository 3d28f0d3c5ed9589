"""Read coordinates as people type them: decimal degrees, degrees-minutes-seconds, pairs in one cell.

Errors are CoordinateError with a Chinese sentence for the person who brought the row.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

_NUMBER = r"\d+(?:\.\d+)?"
_MARKS = str.maketrans({"º": "°", "˚": "°", "度": "°", "′": "'", "‘": "'", "’": "'", "分": "'", "″": '"', "“": '"',
                        "”": '"', "秒": '"', "。": ".", "、": ",", ";": ",", "−": "-", "–": "-"})  # fmt: skip
_HEMISPHERES = (("东经", "E"), ("西经", "W"), ("北纬", "N"), ("南纬", "S"))
_LABELS = re.compile("[经纬]度[:：]?")
_DMS = re.compile(
    rf"(?P<sign>[+-])?\s*(?P<d>{_NUMBER})\s*(?:°|\s|$)\s*(?:(?P<m>{_NUMBER})\s*(?:'|\s|$)\s*)?"
    rf"(?:(?P<s>{_NUMBER})\s*(?:\"|''|$)?)?"
)
_DOTTED = re.compile(r"(?P<sign>[+-])?(?P<d>\d{1,3})\.(?P<m>\d{1,2})\.(?P<s>\d{1,2}(?:\.\d+)?)")
_LETTER_FIRST = re.compile(r"[NSEW][^NSEW]+")
_LETTER_LAST = re.compile(r"[^NSEW]+[NSEW]?")


class CoordinateError(ValueError):
    """A cell that is no coordinate; the message is a Chinese sentence."""


class Degrees(NamedTuple):
    """Decimal degrees, and the axis a hemisphere letter named: "lon", "lat" or "" when nothing named it."""

    value: float
    axis: str


def parse_degrees(text: object) -> Degrees:
    """Return decimal degrees of one coordinate: 120.3819, 120°22′55″E, 36°4'1.2"N, 120 22 55, 东经120度22分55秒.

    West and south are negative. Raises CoordinateError for anything else (empty, words, minutes of 60 and more,
    a minus together with a hemisphere, more than ±180).
    """
    if isinstance(text, int | float) and not isinstance(text, bool):
        return Degrees(_in_range(float(text), str(text)), "")
    raw = _plain(text)
    if not raw:
        raise CoordinateError("坐标为空")
    letters = re.findall("[NSEW]", raw)
    body = re.sub("[NSEW]", " ", raw).strip()
    if re.search("[A-Z]", body) or "NAN" in raw:
        raise CoordinateError(f"“{text}”不是坐标:请写成 120.3819 或 120°22′55″")
    if len(letters) > 1:
        raise CoordinateError(f"“{text}”里有多个方向字母,应分成经度、纬度两格")
    match = _DOTTED.fullmatch(body) or _DMS.fullmatch(body)
    if not match:
        raise CoordinateError(f"“{text}”不是坐标:请写成 120.3819 或 120°22′55″")
    value = _decimal(match, str(text))
    letter = letters[0] if letters else ""
    if letter and match["sign"]:
        raise CoordinateError(f"“{text}”既有正负号又有方向字母")
    value = -value if letter in ("W", "S") or match["sign"] == "-" else value
    return Degrees(_in_range(value, str(text)), {"E": "lon", "W": "lon", "N": "lat", "S": "lat", "": ""}[letter])


def parse_lon_lat(lon: object, lat: object) -> tuple[float, float]:
    """Return (lon, lat) in decimal degrees of two cells; hemisphere letters must not contradict the columns."""
    x, y = parse_degrees(lon), parse_degrees(lat)
    if x.axis == "lat" or y.axis == "lon":
        raise CoordinateError(f"经度“{lon}”、纬度“{lat}”的方向字母与列不符,经纬度可能颠倒")
    if abs(y.value) > 90:
        raise CoordinateError(f"纬度“{lat}”超出 ±90°,经纬度可能颠倒")
    return x.value, y.value


def parse_pair(text: object) -> tuple[float, float]:
    """Return (lon, lat) of a pair in one cell, split by comma, semicolon, slash, or (two plain numbers) space.

    The order is taken from hemisphere letters; else the number beyond ±90 is the longitude; else it is refused, for
    it cannot be known. Raises CoordinateError with a sentence.
    """
    raw = _plain(text)
    parts = [part.strip() for part in raw.split(",") if part.strip()]
    if len(parts) == 1 and raw.count("/") == 1:
        parts = [part.strip() for part in raw.split("/")]
    if len(parts) == 1:
        token = _LETTER_FIRST if raw[:1] in "NSEW" else _LETTER_LAST
        parts = [p.strip() for p in token.findall(raw)] if re.search("[NSEW]", raw) else raw.split()
    if len(parts) != 2:
        raise CoordinateError(f"“{text}”不是一对坐标:请写成 120.3819,36.0670")
    first, second = parse_degrees(parts[0]), parse_degrees(parts[1])
    if first.axis and first.axis == second.axis:
        raise CoordinateError(f"“{text}”的两个方向字母是同一轴")
    axis = first.axis or {"lon": "lat", "lat": "lon", "": ""}[second.axis]
    if not axis:
        far = [abs(first.value) > 90, abs(second.value) > 90]
        if far[0] == far[1]:
            raise CoordinateError(f"“{text}”分不清哪个是经度、哪个是纬度")
        axis = "lon" if far[0] else "lat"
    lon, lat = (first.value, second.value) if axis == "lon" else (second.value, first.value)
    if abs(lat) > 90:
        raise CoordinateError(f"“{text}”的纬度超出 ±90°")
    return lon, lat


def _plain(text: object) -> str:
    # The marks come before NFKC, which would turn º into the letter o; the labels before the marks: 度 is one of them.
    bare = _LABELS.sub(" ", str("" if text is None else text))
    plain = unicodedata.normalize("NFKC", bare.translate(_MARKS)).translate(_MARKS)
    for word, letter in _HEMISPHERES:
        plain = plain.replace(word, letter)
    return plain.upper().strip(" ,:()[]")


def _decimal(match: re.Match[str], text: str) -> float:
    degrees, minutes, seconds = (float(match[k] or 0) for k in "dms")
    if (match["m"] and "." in match["d"]) or (match["s"] and match["m"] and "." in match["m"]):
        raise CoordinateError(f"“{text}”的度或分带小数,后面又有分或秒")
    if minutes >= 60 or seconds >= 60:
        raise CoordinateError(f"“{text}”的分、秒应小于 60")
    return degrees + minutes / 60 + seconds / 3600


def _in_range(value: float, text: str) -> float:
    if not abs(value) <= 180:
        raise CoordinateError(f"坐标“{text}”超出 ±180°,可能是投影坐标(米)")
    return value
