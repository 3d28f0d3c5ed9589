"""Columns into typed columns, a function per type of field. What does not fit is told to the ledger, row by row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.imports import dates, units
from data.imports.cells import ERRORS, Objects, broken_text, by_unique, texts
from data.imports.kinds import FieldSpec
from data.imports.model import Ledger
from geo import codes

_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?(?![\d,.])")
_LISTED = re.compile(r"[、,，;；/|+＋\n]+")
_YES = (
    "是",
    "有",
    "√",
    "✓",
    "对",
    "y",
    "yes",
    "1",
    "true",
    "t",
    "已",
    "已安装",
    "安装",
    "具备",
    "属于",
    "存在",
    "合格",
)
_NO = (
    "否",
    "无",
    "没有",
    "×",
    "x",
    "错",
    "n",
    "no",
    "0",
    "false",
    "f",
    "未",
    "未安装",
    "不具备",
    "不属于",
    "不存在",
    "不合格",
)


@dataclass(frozen=True)
class Column:
    """One column on its way: its cells as they came and as clean text, its field, its heading and its unit."""

    name: str
    heading: str
    spec: FieldSpec
    cells: Objects
    words: list[str]
    unit: str | None
    row_units: list[str | None] | None
    today: date

    @property
    def filled(self) -> NDArray[np.bool_]:
        """Return which cells hold something."""
        return np.array([bool(word) for word in self.words], dtype=bool)

    def bad(self, ledger: Ledger, where: NDArray[Any], reason: str) -> None:
        """Tell the ledger, as the field wants it: reject the rows or warn."""
        tell = ledger.reject if self.spec.on_bad == "reject" else ledger.warn
        tell(where, self.heading, self.cells, reason)

    def say(self, what: str) -> str:
        """Return a reason that begins with the field's title."""
        return f"“{self.spec.title}”{what}"


def objects(values: list[Any]) -> Objects:
    """Return an object array of a list, whatever stands in it."""
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def typed(column: Column, ledger: Ledger) -> Objects | NDArray[np.float64]:
    """Return the column's values (n,); None (numbers: NaN) where there is none. Faults go to the ledger."""
    spoilt = broken_text(column.words)
    if spoilt.any():
        column.bad(ledger, spoilt, column.say("的文字已经损坏（出现 �）：请从原文件重新导出"))
    failed = np.array([word in ERRORS for word in column.words], dtype=bool)
    if failed.any():
        column.bad(ledger, failed, column.say("的公式出错：请在 Excel 里改好再导入"))
    values = _TYPES[column.spec.type](column, ledger)
    if column.spec.required:
        empty = ~column.filled
        if empty.any():
            ledger.reject(empty, column.heading, "", column.say("为空，这一列必须填"))
    return values


def _texts(column: Column, ledger: Ledger) -> Objects:
    return objects([word or None for word in column.words])


def _lists(column: Column, ledger: Ledger) -> Objects:
    def split(word: str) -> list[str] | None:
        return [part.strip() for part in _LISTED.split(word) if part.strip()] or None

    return objects(by_unique(column.words, split))


def _numbers(column: Column, ledger: Ledger) -> NDArray[np.float64]:
    values = pd.to_numeric(pd.Series(column.words, dtype=object), errors="coerce").to_numpy(dtype=float, copy=True)
    values[~np.isfinite(values)] = np.nan
    own_unit = np.zeros(len(values), dtype=bool)
    odd = np.flatnonzero(np.isnan(values) & column.filled)
    for i in odd.tolist():
        values[i], own_unit[i] = _odd_number(column, column.words[i])
    wrong = np.isnan(values) & column.filled
    if wrong.any():
        column.bad(ledger, wrong, column.say("应为数字，这里不是"))
    values = _in_unit(column, values, own_unit, ledger)
    _check_range(column, values, ledger)
    return values


def _odd_number(column: Column, word: str) -> tuple[float, bool]:
    plain = unicodedata.normalize("NFKC", word).replace(" ", "")
    if number := _THOUSANDS.match(plain):
        plain = number[0].replace(",", "") + plain[number.end() :]
        if number.end() == number.endpos:
            return float(plain), False
    found = units.split(plain)
    if found and column.spec.unit:
        factor = units.factor(found[1], column.spec.unit)
        return (float(found[0]) * factor, True) if factor is not None else (np.nan, False)
    return np.nan, False


def _in_unit(
    column: Column, values: NDArray[np.float64], own_unit: NDArray[np.bool_], ledger: Ledger
) -> NDArray[np.float64]:
    """Bring numbers without a unit of their own to the stored unit, by heading, by unit column, or not at all."""
    stored = column.spec.unit
    if stored is None:
        return values
    open_ = ~own_unit & np.isfinite(values)
    named = [column.unit] * len(values) if column.unit else column.row_units
    if named is not None:
        factors = np.array([np.nan if u is None else (units.factor(u, stored) or np.nan) for u in named])
        if column.unit and np.isnan(factors).all():
            column.bad(ledger, open_, column.say(f"表头的单位“{column.unit}”换算不成{stored}"))
            return np.where(open_, np.nan, values)
        known = open_ & np.isfinite(factors)
        values = np.where(known, values * np.nan_to_num(factors, nan=1.0), values)
        open_ &= ~known
    open_ &= values != 0
    if column.spec.need_unit and open_.any():
        ledger.reject(
            open_, column.heading, column.cells,
            column.say(f"没有写单位，分不清是吨还是千克：在表头写明，如“{column.spec.title}(吨)”"),
        )  # fmt: skip
        return np.where(open_, np.nan, values)
    return values


def _check_range(column: Column, values: NDArray[np.float64], ledger: Ledger) -> None:
    low, high = column.spec.min, column.spec.max
    outside = np.zeros(len(values), dtype=bool)
    if low is not None:
        outside |= values < low
    if high is not None:
        outside |= values > high
    if not outside.any():
        return
    bounds = f"{'' if low is None else f'{low:g}'}～{'' if high is None else f'{high:g}'}"
    unit = f" {column.spec.unit}" if column.spec.unit else ""
    hint = "，可能单位不对" if unit else ""
    column.bad(ledger, outside, column.say(f"超出合理范围 {bounds}{unit}{hint}"))
    values[outside] = np.nan


def _ints(column: Column, ledger: Ledger) -> NDArray[np.float64]:
    values = _numbers(column, ledger)
    broken = np.isfinite(values) & (values != np.floor(values))
    if broken.any():
        column.bad(ledger, broken, column.say("应为整数"))
        values[broken] = np.nan
    return values


def _moments(column: Column, ledger: Ledger, day_only: bool = True) -> Objects:
    order = dates.order_of(column.words)

    def convert(word: str) -> Any:
        if not word:
            return None
        try:
            moment = dates.parse(word, order)
        except dates.DateError as error:
            return str(error)
        return moment.date() if day_only else moment

    values = by_unique(column.words, convert)
    wrong: dict[str, list[int]] = {}
    late: list[int] = []
    for i, value in enumerate(values):
        if isinstance(value, str):
            wrong.setdefault(value, []).append(i)
            values[i] = None
        elif value is not None and column.spec.past and (value if day_only else value.date()) > column.today:
            late.append(i)
            values[i] = None
    for reason, at in wrong.items():
        column.bad(ledger, np.array(at), column.say(reason))
    if late:
        column.bad(ledger, np.array(late), column.say("在今天之后，不会是已经发生的事"))
    months = np.array([dates.is_month(word) for word in column.words], dtype=bool) if day_only else np.zeros(0, bool)
    if months.any():
        ledger.warn(months, column.heading, column.cells, column.say("只写到月，按当月 1 日"))
    return objects(values)


def _datetimes(column: Column, ledger: Ledger) -> Objects:
    return _moments(column, ledger, day_only=False)


def _spellings(spec: FieldSpec) -> dict[str, str]:
    found: dict[str, str] = {}
    for value, words in spec.words.items():
        for word in (value, *words):
            found[_loose(word)] = value
    return found


def _loose(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold().replace(" ", "")


def _one_word(spec: FieldSpec) -> Callable[[str], str | None]:
    known = _spellings(spec)
    longest = sorted(known, key=len, reverse=True)

    def find(word: str) -> str | None:
        loose = _loose(word)
        if loose in known:
            return known[loose]
        if spec.contains:
            return next((known[spelling] for spelling in longest if spelling in loose), None)
        return None

    return find


def _unknown_word(column: Column, ledger: Ledger, wrong: NDArray[np.bool_]) -> None:
    if wrong.any():
        listed = "、".join(words[0] if words else value for value, words in column.spec.words.items())
        column.bad(ledger, wrong, column.say(f"不是认得的写法，可以写：{listed}"))


def _choices_one(column: Column, ledger: Ledger) -> Objects:
    find = _one_word(column.spec)
    values = objects(by_unique(column.words, lambda word: find(word) if word else None))
    _unknown_word(column, ledger, column.filled & np.array([value is None for value in values], dtype=bool))
    return values


def _choices_many(column: Column, ledger: Ledger) -> Objects:
    find = _one_word(column.spec)

    def convert(word: str) -> list[str] | None:
        parts = [part.strip() for part in _LISTED.split(word) if part.strip()]
        found = [value for part in parts if (value := find(part)) is not None]
        return list(dict.fromkeys(found)) if len(found) == len(parts) and parts else None

    values = objects(by_unique(column.words, convert))
    _unknown_word(column, ledger, column.filled & np.array([value is None for value in values], dtype=bool))
    return values


def _bools(column: Column, ledger: Ledger) -> Objects:
    own = column.spec.words
    yes = {_loose(word) for word in (*_YES, *own.get("true", ()))} - {_loose(word) for word in own.get("false", ())}
    no = {_loose(word) for word in (*_NO, *own.get("false", ()))} - {_loose(word) for word in own.get("true", ())}

    def convert(word: str) -> bool | None:
        loose = _loose(word)
        return True if loose in yes else (False if loose in no else None)

    values = objects(by_unique(column.words, convert))
    wrong = column.filled & np.array([value is None for value in values], dtype=bool)
    if wrong.any():
        column.bad(ledger, wrong, column.say("应写 是/否（有/无、√/×）"))
    return values


def _usccs(column: Column, ledger: Ledger) -> Objects:
    words = [word.upper() for word in column.words]
    wrong: dict[str, list[int]] = {}
    for i in np.flatnonzero(column.filled & ~_right_usccs(words)).tolist():
        checked = codes.check_uscc(words[i])
        if not checked.ok:
            short = re.sub(r"[,，:：].*", "", checked.reason)
            wrong.setdefault(re.sub(r"里不会有.*", "里有不该有的字符", short), []).append(i)
    for reason, at in wrong.items():
        column.bad(ledger, np.array(at), reason)
    return objects([word or None for word in words])


def _right_usccs(words: list[str]) -> NDArray[np.bool_]:
    """Return which words are certainly right 统一社会信用代码: the sum of `geo.codes.check_uscc` for all at once."""
    right = np.zeros(len(words), dtype=bool)
    at = np.array([i for i, word in enumerate(words) if len(word) == 18 and word.isascii()], dtype=np.int64)
    if not len(at):
        return right
    signs = np.frombuffer("".join(words[i] for i in at.tolist()).encode("ascii"), dtype=np.uint8).reshape(-1, 18)
    values = _USCC_VALUES[signs]
    total = values[:, :17] @ _USCC_WEIGHTS
    digits = ((signs[:, 2:8] >= 48) & (signs[:, 2:8] <= 57)).all(axis=1)
    right[at] = (values >= 0).all(axis=1) & digits & (values[:, 17] == -total % 31)
    return right


def _uscc_values() -> NDArray[np.int64]:
    """Return the value of every ASCII sign in a 统一社会信用代码 (-1: never in one), as `geo.codes` has them."""
    table = np.full(256, -1, dtype=np.int64)
    for value, sign in enumerate("0123456789ABCDEFGHJKLMNPQRTUWXY"):
        table[ord(sign)] = value
    return table


_USCC_VALUES = _uscc_values()
_USCC_WEIGHTS = np.array([pow(3, i, 31) for i in range(17)], dtype=np.int64)


def _region_codes(column: Column, ledger: Ledger) -> Objects:
    def convert(word: str) -> str | None:
        try:
            return codes.clean_region_code(word) if word else None
        except codes.CodeError:
            return None

    values = objects(by_unique(column.words, convert))
    wrong = column.filled & np.array([value is None for value in values], dtype=bool)
    if wrong.any():
        column.bad(ledger, wrong, column.say("不是区划代码：应为 6、9、12 或 15 位数字"))
    return values


def _units(column: Column, ledger: Ledger) -> Objects:
    return objects(by_unique(column.words, lambda word: units.known(word) if word else None))


_TYPES: dict[str, Callable[[Column, Ledger], Any]] = {
    "text": _texts, "list": _lists, "number": _numbers, "int": _ints, "date": _moments, "datetime": _datetimes,
    "choice": _choices_one, "choices": _choices_many, "bool": _bools, "uscc": _usccs, "region_code": _region_codes,
    "unit": _units,
}  # fmt: skip

SPATIAL = ("longitude", "latitude", "pair", "datum")
"""Types that `points.py` reads together."""

__all__ = ["SPATIAL", "Column", "objects", "texts", "typed"]
