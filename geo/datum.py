"""Shift coordinates between WGS-84, CGCS2000, GCJ-02 (高德, 腾讯) and BD-09 (百度).

CGCS2000 is treated as equal to WGS-84 (they differ by centimetres). The GCJ-02 shift is the published formula on the
Krasovsky ellipsoid; its inverse has no closed form and is found by fixed-point iteration to far below a millimetre.

Outside China: both shifts exist only inside the box ``CHINA`` (lon 72.004..137.8347, lat 0.8293..55.8271). A point
outside that box *in the datum it comes in* is passed through unchanged, in every direction. In the 1.5 km along the
edge of the box, where a shifted and an unshifted point may share a place, a round trip is therefore not promised.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Step = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]

CHINA = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north (degrees) of the box in which GCJ-02 and BD-09 shift at all."""

_A = 6378245.0
_EE = 0.00669342162296594323
_BD_PI = math.pi * 3000.0 / 180.0
_STOP_DEG = 1e-11  # about a micrometre
_MOST_ROUNDS = 30


class Datum(StrEnum):
    """The four datums that Chinese coordinate columns come in."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"
    CGCS2000 = "cgcs2000"


class DatumError(ValueError):
    """A datum that is not known, or coordinates that cannot be shifted; the message says which and why."""


def datum(name: str | Datum) -> Datum:
    """Return the datum called `name`, whatever its case and hyphens ("GCJ-02" is gcj02); DatumError if unknown."""
    key = str(name).strip().lower().replace("-", "").replace("_", "").replace(" ", "")
    try:
        return Datum(key)
    except ValueError:
        known = ", ".join(d.value for d in Datum)
        raise DatumError(f"unknown datum {name!r}: give one of {known}") from None


@overload
def convert(lon: float, lat: float, source: str, target: str) -> tuple[float, float]: ...
@overload
def convert(lon: ArrayLike, lat: ArrayLike, source: str, target: str) -> tuple[FloatArray, FloatArray]: ...
def convert(lon: ArrayLike, lat: ArrayLike, source: str, target: str) -> tuple[float | FloatArray, float | FloatArray]:
    """Shift (lon, lat) in degrees from datum `source` to datum `target`; numbers give numbers, arrays give arrays.

    Shapes: two numbers, or two arrays of one shape (lists count as arrays); the result has that shape, float64.
    The input is never changed. Accuracy: forward shifts are the published formulas; inverses return to within 1 mm.

    Raises DatumError (a ValueError) when a datum is unknown, the shapes differ, or a coordinate is None, NaN,
    infinite, not a number, or outside ±180 / ±90; for arrays the message names the first bad position.
    Source: published GCJ-02/BD-09 formulas; check points in tests/geo/test_datum.py.
    """
    src, dst = datum(source), datum(target)
    x, y = _numbers(lon, "lon"), _numbers(lat, "lat")
    if x.shape != y.shape:
        raise DatumError(f"lon and lat must have one shape, but are {x.shape} and {y.shape}")
    _refuse_bad(x, "lon", 180.0)
    _refuse_bad(y, "lat", 90.0)
    out_x, out_y = _shift(x, y, src, dst)
    if x.ndim == 0 and not isinstance(lon, np.ndarray):
        return float(out_x), float(out_y)
    return out_x, out_y


def inside_china(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Return, per point in degrees, whether it lies in the box in which GCJ-02 and BD-09 shift at all."""
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    west, south, east, north = CHINA
    return np.asarray((x >= west) & (x <= east) & (y >= south) & (y <= north))


def _numbers(values: ArrayLike, name: str) -> FloatArray:
    if values is None:
        raise DatumError(f"{name} is None: a coordinate is missing")
    if isinstance(values, bool | str | bytes):
        raise DatumError(f"{name} is {values!r}: not a number")
    raw = np.asarray(values)
    if raw.dtype == object:
        for i, value in enumerate(raw.ravel()):
            if value is None or isinstance(value, str | bytes | bool):
                raise DatumError(f"{name}[{i}] is {value!r}: not a number")
    if raw.dtype.kind not in "fiuO":
        raise DatumError(f"{name} holds {raw.dtype}: not numbers")
    try:
        return raw.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DatumError(f"{name} holds something that is not a number: {error}") from None


def _refuse_bad(values: FloatArray, name: str, limit: float) -> None:
    bad = ~(np.abs(values) <= limit)  # NaN compares false, so it is bad too
    if not bad.any():
        return
    where = int(np.flatnonzero(bad.ravel())[0])
    value = float(values.ravel()[where])
    place = name if values.ndim == 0 else f"{name}[{where}]"
    if math.isnan(value):
        why = "NaN: a coordinate is missing"
    elif math.isinf(value):
        why = f"{value}: infinite"
    else:
        why = f"{value!r}: outside -{limit:g}..{limit:g} degrees"
    more = int(bad.sum()) - 1
    raise DatumError(f"{place} is {why}" + (f" (and {more} more)" if more else ""))


def _shift(x: FloatArray, y: FloatArray, src: Datum, dst: Datum) -> tuple[FloatArray, FloatArray]:
    steps = {Datum.WGS84: 0, Datum.CGCS2000: 0, Datum.GCJ02: 1, Datum.BD09: 2}
    here, there = steps[src], steps[dst]
    x, y = x.copy(), y.copy()
    while here < there:
        x, y = _inside_only(_gcj_from_wgs if here == 0 else _bd_from_gcj, x, y)
        here += 1
    while here > there:
        forward = _gcj_from_wgs if here == 1 else _bd_from_gcj
        x, y = _inside_only(partial(_undo, forward), x, y)
        here -= 1
    return x, y


def _inside_only(step: Step, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    inside = inside_china(x, y)
    new_x, new_y = step(x, y)
    return np.where(inside, new_x, x), np.where(inside, new_y, y)


def _undo(forward: Step, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Find (a, b) with forward(a, b) = (x, y): the shift changes so slowly that a ← a + (x - forward(a)) contracts."""
    a, b = x.copy(), y.copy()
    for _ in range(_MOST_ROUNDS):
        fa, fb = forward(a, b)
        step_a, step_b = x - fa, y - fb
        a, b = a + step_a, b + step_b
        if not a.size or max(np.abs(step_a).max(), np.abs(step_b).max()) < _STOP_DEG:
            break
    return a, b


def _gcj_from_wgs(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    ripple = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
    d_lat += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    d_lat += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
    d_lon += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    d_lon += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    rad = np.radians(lat)
    magic = 1.0 - _EE * np.sin(rad) ** 2
    d_lat = d_lat * 180.0 / ((_A * (1.0 - _EE)) / (magic * np.sqrt(magic)) * np.pi)
    d_lon = d_lon * 180.0 / (_A / np.sqrt(magic) * np.cos(rad) * np.pi)
    return lon + d_lon, lat + d_lat


def _bd_from_gcj(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_PI)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_PI)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006
