"""Drawing by seed: every part of the demo city has a generator of its own, so that one part never shifts another."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Objects = NDArray[np.object_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def dice(seed: int, *part: str) -> np.random.Generator:
    """Return the generator of one named part of the city: the same seed and names give the same draws."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in part)])


def pick(rng: np.random.Generator, values: Sequence[Any], n: int, weights: ArrayLike | None = None) -> Objects:
    """Draw `n` of `values` with replacement; `weights` need not sum to one."""
    share = None if weights is None else np.asarray(weights, dtype=float) / np.sum(weights)
    return objects(values)[rng.choice(len(values), n, p=share)]


def chance(rng: np.random.Generator, share: ArrayLike, n: int) -> Bools:
    """Draw (n,) booleans that are true with probability `share` (a number, or one for each)."""
    return rng.random(n) < np.asarray(share, dtype=float)


def objects(values: Sequence[Any]) -> Objects:
    """Return the values as a one-dimensional object array, also when they are sequences themselves."""
    out = np.empty(len(values), dtype=object)
    out[:] = list(values) if not isinstance(values, np.ndarray) else values
    return out


def where_known(known: ArrayLike, values: ArrayLike) -> Objects:
    """Return the values (one for each, or one for all) where `known`, else None."""
    mask = np.asarray(known, dtype=bool)
    out = np.full(len(mask), None, dtype=object)
    out[mask] = np.broadcast_to(np.asarray(values), mask.shape)[mask].tolist()
    return out


def days_before(as_of: date, days: ArrayLike) -> NDArray[np.datetime64]:
    """Return the dates so many days before `as_of` (negative: after it); a NaN gives NaT."""
    back = np.asarray(days, dtype=float)
    out = np.full(back.shape, np.datetime64("NaT", "D"), dtype="datetime64[D]")
    known = np.isfinite(back)
    out[known] = np.datetime64(as_of, "D") - np.floor(back[known]).astype("timedelta64[D]")
    return out


def instants(values: NDArray[np.datetime64]) -> pd.DatetimeIndex:
    """Return UTC instants with their zone (NaT stays NaT)."""
    return pd.DatetimeIndex(values.astype("datetime64[us]")).tz_localize("UTC")


def spread(weights: ArrayLike, total: int) -> Ints:
    """Share `total` whole things out by weight: largest remainders, so that they sum to `total` exactly."""
    share = np.asarray(weights, dtype=float)
    if total and not share.sum() > 0:
        raise ValueError("nothing to share by: all weights are zero")
    exact = share / max(share.sum(), 1e-300) * total
    out = np.floor(exact).astype(np.int64)
    left = total - int(out.sum())
    out[np.argsort(out - exact, kind="stable")[:left]] += 1
    return out
