"""One JSON record as a frame of one row: typed by the scheme's columns, every fault refused with a sentence."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from risk.score import Column


class RecordError(ValueError):
    """A record cannot be judged; the text names every key at fault and its mend."""


def frame_of_record(record: Mapping[str, Any], columns: Mapping[str, Column]) -> pd.DataFrame:
    """Return the one-row frame of `record` (key → value; an absent key or null is unknown).

    Raises :class:`RecordError` for a key the scheme does not know, a value of the wrong type, NaN, infinity, a
    negative amount or a date that is none.
    """
    ids = {spec.record[1] for spec in columns.values() if spec.record}
    faults = [unknown_key(key, [*columns, *ids]) for key in record if key not in columns and key not in ids]
    row: dict[str, Any] = {}
    for name, spec in columns.items():
        try:
            row[name] = _typed(record.get(name), spec, name)
        except ValueError as fault:
            faults.append(str(fault))
    if faults:
        raise RecordError("；".join(faults) + "。")
    return pd.DataFrame([row | {name: record.get(name) for name in ids}])


def unknown_key(key: str, known: list[str]) -> str:
    """Return the sentence part for a key that is not known, with the nearest one that is."""
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f"没有输入项 {key}" + (f"，是不是 {close[0]}" if close else f"，可用的有 {'、'.join(sorted(known))}")


def amount(value: Any, name: str, unit: str = "") -> float:
    """Return a number that is finite and not negative; None is NaN. Raises ValueError with a sentence part."""
    number = real(value, name)
    if number < 0:
        raise ValueError(f"{name} 是负数（{value}），请改成不小于 0 的{unit or '数'}")
    return number


def real(value: Any, name: str) -> float:
    """Return a finite number; None is NaN. Raises ValueError with a sentence part."""
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} 要是数，现在是 {value!r}；不知道就不要写这一项")
    if not math.isfinite(value):
        raise ValueError(f"{name} 是 {value}，不是可用的数；不知道就不要写这一项")
    return float(value)


def _typed(value: Any, spec: Column, name: str) -> Any:
    if spec.kind == "number":
        return real(value, name) if name == "floor_no" else amount(value, name)
    if value is None:
        return np.datetime64("NaT") if spec.kind == "date" else math.nan if spec.kind == "flag" else None
    if spec.kind == "flag":
        if not isinstance(value, bool):
            raise ValueError(f"{name} 要写 true 或 false，现在是 {value!r}")
        return float(value)
    if not isinstance(value, str):
        raise ValueError(f"{name} 要是文字，现在是 {value!r}")
    if spec.kind == "date":
        try:
            return np.datetime64(date.fromisoformat(value))
        except ValueError:
            raise ValueError(f"{name} 要写成 2026-01-01 这样的日期，现在是 {value!r}") from None
    return value
