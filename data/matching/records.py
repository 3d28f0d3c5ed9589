"""Places as matching sees them: one row each, with the parts of name and address, checked code, phone, metres."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.matching.addresses import parse_address, parse_phone
from data.matching.names import parse_name, region_words
from data.matching.words import one_spelling
from geo.codes import check_uscc
from geo.crs import transformer, zone_epsg

DISTRICT = 2
GIVEN = ("id", "name", "uscc", "licence_no", "address", "contact_phone", "lon", "lat", "area")
"""Columns that `records` takes: lon, lat in degrees (NaN: none); `area` is any number that neighbours share."""


def records(places: pd.DataFrame, regions: Sequence[tuple[str, int]] = ()) -> pd.DataFrame:
    """Return the normalised rows of `places` (columns `GIVEN`), in its order and index from 0.

    Texts are "" where nothing is known. `code` is a valid 统一社会信用代码, `wrong_code` one that fails its check;
    `x`, `y` are metres in the 3° zone (NaN: no point). Each distinct text is parsed once. `regions`: names
    and levels of the city's regions. A name may begin with its city or district without being told apart by it; with
    a street or community it is (金湖街道卫生服务中心). Addresses leave all of them out.
    """
    heads = region_words(name for name, level in regions if level <= DISTRICT)
    areas = region_words(name for name, _ in regions)
    out = pd.DataFrame({"id": places["id"].to_numpy(), "area": places["area"].to_numpy()})
    name = _each(places["name"], lambda text: parse_name(text, heads))
    for part in ("core", "stem", "branch", "former"):
        out[part] = [getattr(one, part) for one in name]
    address = _each(places["address"], lambda text: parse_address(text, areas))
    for part in ("street", "number", "building", "floor", "room", "rest"):
        out[part] = [getattr(one, part) for one in address]
    said = [one_spelling(code).upper() for code in places["uscc"]]
    right = np.array([bool(code) and check_uscc(code).ok for code in said], dtype=bool)
    out["code"], out["wrong_code"] = np.where(right, said, ""), np.where(right, "", said)
    out["licence"] = [one_spelling(text) for text in places["licence_no"]]
    out["phone"] = _each(places["contact_phone"], parse_phone)
    out["x"], out["y"] = metres(places["lon"].to_numpy(dtype=float), places["lat"].to_numpy(dtype=float))
    return out


def metres(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return metres in the 3° zone of the middle of all points; NaN where there is no point."""
    known = np.isfinite(lon) & np.isfinite(lat)
    x, y = np.full(len(lon), np.nan), np.full(len(lon), np.nan)
    if known.any():
        zone = zone_epsg(float(np.median(lon[known])))
        x[known], y[known] = transformer(4326, zone).transform(lon[known], lat[known])
    return np.where(np.isfinite(x), x, np.nan), np.where(np.isfinite(y), y, np.nan)


def _each(texts: "pd.Series[Any]", parse: Any) -> list[Any]:
    codes, distinct = pd.factorize(texts, use_na_sentinel=True)
    parsed = [parse(text) for text in distinct]
    nothing = parse(None)
    return [nothing if code < 0 else parsed[code] for code in codes.tolist()]
