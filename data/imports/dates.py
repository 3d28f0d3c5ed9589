"""Dates and times as people write them. A day that could be read two ways is refused, not guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from data.settings import TIME_ZONE

_YMD = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s*[T ]?\s*(.+))?$")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0|\s+(.+))?$")
_MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?$")
_FOREIGN = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:\s+(.+))?$")
_CLOCK = re.compile(r"(\d{1,2})\s*[:时点]\s*(?:(\d{1,2})\s*[:分]?\s*)?(?:(\d{1,2})(?:\.\d+)?\s*秒?)?\s*([AaPp][Mm])?$")
_ZONED = re.compile(r"\d[T ]\d{1,2}:\d{2}.*(?:Z|[+-]\d{2}:?\d{2})$")
_SERIAL = re.compile(r"([345]\d{4})(?:\.(\d+))?$")
_EXCEL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  (Excel's days have no zone)


class DateError(ValueError):
    """A cell that is no date; the text is a Chinese sentence."""


def order_of(words: Iterable[str]) -> str | None:
    """Return "dmy" or "mdy" for dates such as 13/02/2022 by the column's own evidence, None when there is none."""
    parts = [found for word in words if (found := _FOREIGN.match(_half_width(word)))]
    first = any(int(p[1]) > 12 for p in parts)
    second = any(int(p[2]) > 12 for p in parts)
    return None if first == second else ("dmy" if first else "mdy")


def is_month(word: str) -> bool:
    """Whether a date gives year and month only."""
    return bool(_MONTH.match(_half_width(word)))


def _half_width(word: str) -> str:
    return word if word.isascii() else unicodedata.normalize("NFKC", word)


def parse(word: str, order: str | None = None) -> datetime:
    """Return the moment in Asia/Shanghai that `word` names (midnight when it gives no time; the first of a month).

    Raises DateError for text that is no date, impossible days, and day/month orders that are not known.
    """
    word = _half_width(word)
    if _ZONED.search(word):
        return _zoned(word)
    for pattern, turn in ((_YMD, "ymd"), (_COMPACT, "ymd"), (_FOREIGN, order)):
        if found := pattern.match(word):
            if turn is None:
                raise DateError("分不清哪个是月、哪个是日：请写成 2024-03-05")
            parts = dict(zip(turn, (int(found[i]) for i in (1, 2, 3)), strict=True))
            return _moment(parts["y"], parts["m"], parts["d"], found[4])
    if found := _MONTH.match(word):
        return _moment(int(found[1]), int(found[2]), 1, None)
    if _SERIAL.match(word):
        return (_EXCEL_ZERO + timedelta(days=float(word))).replace(tzinfo=TIME_ZONE, microsecond=0)
    raise DateError("不是日期：请写成 2024-03-05")


def _zoned(word: str) -> datetime:
    try:
        return datetime.fromisoformat(word).astimezone(TIME_ZONE)
    except ValueError:
        raise DateError("时间看不懂：请写成 2024-03-05 14:30") from None


def _moment(year: int, month: int, day: int, clock: str | None) -> datetime:
    hour = minute = second = 0
    if clock:
        found = _CLOCK.match(clock.strip())
        if not found:
            raise DateError("时间看不懂：请写成 2024-03-05 14:30")
        hour, minute, second = (int(found[i] or 0) for i in (1, 2, 3))
        if found[4]:
            hour = hour % 12 + (12 if found[4].lower() == "pm" else 0)
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=TIME_ZONE)
    except ValueError:
        raise DateError("没有这一天或这个时刻") from None


def day(word: str, order: str | None = None) -> date:
    """Return the day of `parse`."""
    return parse(word, order).date()
