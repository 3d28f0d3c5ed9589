"""Cells into clean texts, whole columns at once: trimmed, half-width, blanks as empty."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, time
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

Objects = NDArray[np.object_]

BLANKS = frozenset({
    "", "-", "--", "—", "——", "/", "\\", "null", "NULL", "Null", "None", "none", "nan", "NaN", "NAN", "N/A", "n/a",
    "NA",
    "未知", "不详", "未填", "未填写", "暂无", "待核", "待核实", "无数据", "?", "？", "#N/A",
})  # fmt: skip
"""What people write when they do not know: read as empty, never as zero or no."""

ERRORS = frozenset({"#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
"""What Excel shows where a formula failed."""

_JOIN = "\x1f"
_WIDE = re.compile(
    "[\u3000\xa0\u200b-\u200f\u2028\u2029\u2060\ufeff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff0e\uff0d]"
    "|[\x00-\x08\x0b-\x1e]"
)
_NARROW = {0x3000: " ", 0xA0: " ", 0x2028: " ", 0x2029: " ", 0x2060: None, 0xFEFF: None, 0xFF0E: ".", 0xFF0D: "-"}
_NARROW |= dict.fromkeys(range(0x200B, 0x2010), None) | dict.fromkeys([*range(9), *range(0xB, 0x20)], None)
_NARROW |= {
    code: chr(code - 0xFEE0) for code in [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]
}


def texts(cells: Objects) -> list[str]:
    """Return clean texts (n,): trimmed, full-width digits, letters and spaces made half-width, blanks as ""."""
    types = set(map(type, cells))
    if types <= {str}:
        words = list(cells)
    elif types == {float}:
        words = [str(int(cell)) if cell.is_integer() and abs(cell) < 1e17 else repr(cell) for cell in cells]
        return ["" if word == "nan" else word for word in words]
    else:
        words = [_text(cell) for cell in cells]
    joined = _JOIN.join(words)
    if _WIDE.search(joined):
        if joined.count(_JOIN) == len(words) - 1:
            words = joined.translate({k: v for k, v in _NARROW.items() if k != ord(_JOIN)}).split(_JOIN)
        else:
            words = [word.translate(_NARROW) for word in words]
    if "\n" in joined or "\t" in joined:
        words = [" ".join(word.split()) for word in words]
    return ["" if word in BLANKS else word for word in map(str.strip, words)]


def _text(cell: Any) -> str:
    if cell is None or (isinstance(cell, float) and isnan(cell)):
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e17 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ") if cell.time() != time(0) else cell.date().isoformat()
    return str(cell)


def by_unique(words: Iterable[str], convert: Callable[[str], Any]) -> list[Any]:
    """Return `convert` of every word, asked once for equal words."""
    listed = list(words)
    known = {word: convert(word) for word in set(listed)}
    return [known[word] for word in listed]


def broken_text(words: list[str]) -> NDArray[np.bool_]:
    """Return which texts were spoilt before they came to us (the replacement sign, or the marks of it in GBK)."""
    if "\ufffd" not in (joined := _JOIN.join(words)) and "锟斤拷" not in joined:
        return np.zeros(len(words), dtype=bool)
    return np.array(["\ufffd" in word or "锟斤拷" in word for word in words], dtype=bool)
