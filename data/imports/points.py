"""Coordinates of rows: numbers or text, one cell or two, with a datum or a CRS, into WGS-84. Nothing is guessed.

A pair that cannot be true (0,0; swapped; not a number; out of range) is not used: the row comes in as 未上图 with a
warning. Metres without a CRS reject the row, for then all the file's coordinates need `--crs`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from data.imports.fields import Fields
from data.imports.kinds import Kind
from data.imports.model import ImportOptions, Ledger, Unusable
from geo.coordinates import CoordinateError, parse_degrees, parse_pair
from geo.crs import CrsError, reproject, transformer
from geo.datum import convert
from geo.validity import SENTENCES, PointFault, check_points

Floats = NDArray[np.float64]
Bounds = tuple[float, float, float, float]

DATUM_WORDS: dict[str, tuple[str, ...]] = {
    "wgs84": ("wgs84", "wgs-84", "wgs1984", "gps", "epsg:4326", "4326", "84坐标", "地球坐标", "天地图"),
    "gcj02": ("gcj02", "gcj-02", "gcj", "高德", "腾讯", "火星", "火星坐标", "国测局", "高德地图", "腾讯地图"),
    "bd09": ("bd09", "bd-09", "bd09ll", "百度", "百度地图", "百度坐标"),
    "cgcs2000": ("cgcs2000", "国家2000", "2000", "大地2000", "国家大地2000", "epsg:4490", "4490", "2000坐标系"),
}
_UNUSED_FAULTS = (PointFault.ZERO, PointFault.SWAPPED, PointFault.OUT_OF_RANGE)
_METRES = re.compile(r"\s*(\d{4,8}(?:\.\d+)?)\s*[,，;；\s]\s*(\d{4,8}(?:\.\d+)?)\s*$")
_NEAR_DEG = 0.05  # a shifted datum may stand a little outside the city


@dataclass
class Points:
    """Points of the rows: WGS-84 degrees (NaN: none) and how they came. All arrays (n,).

    `given`: whether the file has coordinates at all; where it has not, stored points are left alone.
    """

    lon: Floats
    lat: Floats
    orig_x: Floats
    orig_y: Floats
    orig_crs: NDArray[np.object_]
    datum: NDArray[np.object_]
    evidence: NDArray[np.object_]
    given: bool

    @property
    def known(self) -> NDArray[np.bool_]:
        """Return which rows have a point."""
        return np.isfinite(self.lon) & np.isfinite(self.lat)

    @property
    def undeclared(self) -> NDArray[np.bool_]:
        """Return which pairs in degrees nobody has told the datum of."""
        return np.array([d is None and c is None for d, c in zip(self.datum, self.orig_crs, strict=True)], dtype=bool)

    @property
    def doubted(self) -> NDArray[np.bool_]:
        """Return which pairs have a datum that is told but not believed."""
        told = np.array([name is not None for name in self.datum], dtype=bool)
        return told & (self.evidence == "unverified")

    def geometry(self) -> NDArray[np.object_]:
        """Return shapely points (n,), None where there is none."""
        out = np.full(len(self.lon), None, dtype=object)
        at = self.known
        out[at] = shapely.points(self.lon[at], self.lat[at])
        return out

    def key_words(self, name: str) -> list[str]:
        """Return the original numbers of "lon" or "lat" as text, for keys of rows that have nothing better."""
        values = self.orig_x if name == "lon" else self.orig_y
        return ["" if value != value else f"{value:.6f}" for value in values.tolist()]  # noqa: PLR0124


def no_points(size: int) -> Points:
    """Return the points of a file that has none."""
    gone = np.full(size, np.nan)
    empty = np.full(size, None, dtype=object)
    return Points(gone, gone.copy(), gone.copy(), gone.copy(), empty, empty.copy(), empty.copy(), given=False)


def read_points(fields: Fields, kind: Kind, options: ImportOptions, city: Bounds | None, ledger: Ledger) -> Points:
    """Return the rows' points from columns of the table; see the module for what is refused and what is warned."""
    if "pair" not in fields.words and not {"lon", "lat"} <= set(fields.words):
        if {"lon", "lat"} & set(fields.words):
            raise Unusable("只找到经度、纬度中的一列：另一列叫什么？用 --map 列名=lon 或 --map 列名=lat 说明")
        return no_points(fields.size)
    x, y = _pairs(fields, ledger) if "lon" not in fields.words else _two_columns(fields, ledger)
    if "pair" in fields.words and "lon" in fields.words:
        px, py = _pairs(fields, ledger)
        empty = np.isnan(x) & np.isnan(y)
        x, y = np.where(empty, px, x), np.where(empty, py, y)
    datum, evidence = _datums(fields, options, ledger)
    return located(x, y, datum, evidence, options.crs, city, ledger, fields)


def from_shapes(
    shapes: NDArray[np.object_], crs: str | None, fields: Fields, options: ImportOptions, city: Bounds | None,
    ledger: Ledger,
) -> Points:  # fmt: skip
    """Return the points of a vector file's shapes; areas and lines give a point that lies on them."""
    found = np.array([None if s is None or s.is_empty else s.representative_point() for s in shapes], dtype=object)
    x, y = shapely.get_x(found), shapely.get_y(found)
    datum, evidence = _datums(fields, options, ledger)
    return located(x, y, datum, evidence, options.crs or crs, city, ledger, fields)


def located(
    x: Floats, y: Floats, datum: NDArray[np.object_], evidence: NDArray[np.object_], crs: str | None,
    city: Bounds | None, ledger: Ledger, fields: Fields,
) -> Points:  # fmt: skip
    """Bring pairs in `crs` (None: degrees) and `datum` to WGS-84; what cannot be true is told and left out."""
    heading = fields.heading("pair") if "pair" in fields.words else f"{fields.heading('lon')}、{fields.heading('lat')}"
    shown = _Pairs(x, y)
    orig_x, orig_y = x.copy(), y.copy()
    lon, lat = x.copy(), y.copy()
    orig_crs = np.full(len(x), None, dtype=object)
    if crs is not None and not is_degrees(crs):
        lon, lat = _from_crs(x, y, crs)
        orig_crs[np.isfinite(x)] = crs
        lost = np.isfinite(x) & ~np.isfinite(lon)
        ledger.warn(lost, heading, shown, f"坐标不在 {crs} 的适用范围内：按未上图收下") if lost.any() else None
    faults = check_points(lon, lat, _wider(city))
    metres = faults == PointFault.PROJECTED
    if metres.any():
        ledger.reject(metres, heading, shown, f"{SENTENCES[PointFault.PROJECTED]}，用 --crs 说明，如 --crs EPSG:4549")
    half = np.isfinite(x) ^ np.isfinite(y)
    if half.any():
        ledger.warn(half, heading, "", "经度、纬度只有一个：按未上图收下")
    for fault in _UNUSED_FAULTS:
        if (hit := faults == fault).any():
            ledger.warn(hit, heading, shown, f"{SENTENCES[fault]}：坐标不用，按未上图收下")
    for fault in (PointFault.OUTSIDE_CHINA, PointFault.OUTSIDE_CITY):
        if (hit := faults == fault).any():
            ledger.warn(hit, heading, shown, f"{SENTENCES[fault]}：照收，归入未落格")
    usable = np.isin(faults, [PointFault.OK, PointFault.OUTSIDE_CHINA, PointFault.OUTSIDE_CITY])
    lon[~usable] = lat[~usable] = np.nan
    _unshift(lon, lat, datum)
    none = ~(np.isfinite(orig_x) | np.isfinite(orig_y))
    datum, evidence = datum.copy(), evidence.copy()
    datum[none] = evidence[none] = None
    return Points(lon, lat, orig_x, orig_y, orig_crs, datum, evidence, given=True)


@dataclass(frozen=True)
class _Pairs:
    """The pairs as text, made only for the rows somebody has to look at."""

    x: Floats
    y: Floats

    def __getitem__(self, at: int) -> str:
        known = np.isfinite(self.x[at]) or np.isfinite(self.y[at])
        return f"{self.x[at]:.10g},{self.y[at]:.10g}" if known else ""


def _unshift(lon: Floats, lat: Floats, datum: NDArray[np.object_]) -> None:
    for name in ("gcj02", "bd09"):
        at = (datum == name) & np.isfinite(lon)
        if at.any():
            lon[at], lat[at] = convert(lon[at], lat[at], name, "wgs84")


def is_degrees(crs: str) -> bool:
    """Whether a CRS is geographic (degrees); Unusable when nobody knows it."""
    try:
        return pyproj.CRS.from_user_input(crs).is_geographic
    except pyproj.exceptions.CRSError:
        raise Unusable(f"不认识坐标系“{crs}”：请写 EPSG 编号，如 --crs EPSG:4549") from None


def _from_crs(x: Floats, y: Floats, crs: str) -> tuple[Floats, Floats]:
    try:
        lon, lat = transformer(crs, 4326).transform(x, y)
    except CrsError as error:
        raise Unusable(str(error)) from None
    lon, lat = np.array(lon, dtype=float), np.array(lat, dtype=float)
    gone = ~(np.isfinite(lon) & np.isfinite(lat))
    lon[gone] = lat[gone] = np.nan
    return lon, lat


def to_wgs84(shapes: NDArray[np.object_], crs: str | None, datum: str | None) -> NDArray[np.object_]:
    """Return lines and areas moved from their CRS and datum to WGS-84 (no CRS: degrees)."""
    moved = shapes
    if crs is not None and not is_degrees(crs):
        moved = np.asarray(reproject(moved, crs, 4326), dtype=object)
    if datum in ("gcj02", "bd09"):
        moved = shapely.transform(moved, lambda xy: np.column_stack(convert(xy[:, 0], xy[:, 1], datum, "wgs84")))
    return np.asarray(moved, dtype=object)


def _wider(city: Bounds | None) -> Bounds | None:
    if city is None:
        return None
    return city[0] - _NEAR_DEG, city[1] - _NEAR_DEG, city[2] + _NEAR_DEG, city[3] + _NEAR_DEG


def _two_columns(fields: Fields, ledger: Ledger) -> tuple[Floats, Floats]:
    return _axis(fields, "lon", "lat", ledger), _axis(fields, "lat", "lon", ledger)


def _axis(fields: Fields, name: str, other: str, ledger: Ledger) -> Floats:
    words = fields.words[name]
    values = pd.to_numeric(pd.Series(words, dtype=object), errors="coerce").to_numpy(dtype=float, copy=True)
    values[~np.isfinite(values)] = np.nan
    odd = [i for i in np.flatnonzero(np.isnan(values)).tolist() if words[i]]
    unread: dict[str, list[int]] = {}
    for i in odd:
        try:
            read = parse_degrees(words[i])
        except CoordinateError:
            unread.setdefault("坐标看不懂（请写成 120.3819 或 120°22′55″）：按未上图收下", []).append(i)
            continue
        if read.axis == other:
            unread.setdefault("方向字母与列不符，经纬度可能颠倒：坐标不用，按未上图收下", []).append(i)
            continue
        values[i] = read.value
    for reason, at in unread.items():
        ledger.warn(np.array(at), fields.heading(name), fields.cells[name], reason)
    return values


def _pairs(fields: Fields, ledger: Ledger) -> tuple[Floats, Floats]:
    x, y = np.full(fields.size, np.nan), np.full(fields.size, np.nan)
    bad = []
    for i, word in enumerate(fields.words["pair"]):
        if not word:
            continue
        try:
            x[i], y[i] = _metres(word) or parse_pair(word)
        except CoordinateError:
            bad.append(i)
    if bad:
        reason = "坐标对看不懂（请写成 120.3819,36.0670）：按未上图收下"
        ledger.warn(np.array(bad), fields.heading("pair"), fields.cells["pair"], reason)
    return x, y


def _metres(word: str) -> tuple[float, float] | None:
    """Return a pair of projected numbers, for the check that refuses them or the CRS that explains them."""
    found = _METRES.match(word)
    return (float(found[1]), float(found[2])) if found else None


def _datums(fields: Fields, options: ImportOptions, ledger: Ledger) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return datum and its evidence per row: the row's own column, else the heading, else the caller, else nobody."""
    heading = next((fields.datums[name] for name in ("lon", "lat", "pair") if name in fields.datums), None)
    declared = heading or options.datum
    datum = np.full(fields.size, declared, dtype=object)
    evidence = np.full(fields.size, "declared" if declared else "unverified", dtype=object)
    if "datum" not in fields.words:
        return datum, evidence
    known = {word: name for name, spellings in DATUM_WORDS.items() for word in spellings}
    strange = np.zeros(fields.size, dtype=bool)
    for i, word in enumerate(fields.words["datum"]):
        if not word:
            continue
        name = known.get(word.casefold().replace(" ", ""))
        datum[i], evidence[i] = name, "column" if name else "unverified"
        strange[i] = name is None
    if strange.any():
        reason = "坐标基准不认得（可写 wgs84、gcj02、bd09、cgcs2000）：照原数收下，标为基准未核"
        ledger.warn(strange, fields.heading("datum"), fields.cells["datum"], reason)
    return datum, evidence
