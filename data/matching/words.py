"""The words of `words.yaml`, read once, and text in one spelling: half-width, lower case, usual signs, no spaces."""

import re
import unicodedata
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("words.yaml")
_NOISE = re.compile(r"[\s“”\"'`·•・.,，。、;；:：!！?？_~*\u200b-\u200f\ufeff]+")


@cache
def words() -> dict[str, Any]:
    """Return the file as it stands."""
    return dict(yaml.safe_load(FILE.read_text(encoding="utf-8")))


@cache
def _signs() -> dict[int, str]:
    return {ord(sign): str(usual) for sign, usual in words()["signs"].items() if len(sign) == 1}


def one_spelling(text: object) -> str:
    """Return text half-width, lower-case, without spaces and punctuation; brackets are round, hyphens are `-`.

    None and NaN are the empty text.
    """
    if text is None or text != text:  # noqa: PLR0124  (NaN)
        return ""
    plain = unicodedata.normalize("NFKC", str(text)).casefold().translate(_signs())
    return re.sub(r"[‐-―−－]", "-", _NOISE.sub("", plain))


def leading(text: str, found: Collection[str], longest: int = 12) -> str:
    """Return the longest of the words `found` (a set) that `text` begins with, "" when it begins with none."""
    return next((text[:size] for size in range(min(longest, len(text)), 1, -1) if text[:size] in found), "")


def longest_first(found: list[str]) -> list[str]:
    """Return words in the order in which one must look for them."""
    return sorted(found, key=len, reverse=True)


def figures(text: str) -> str:
    """Return a short number in figures: 十二 → 12, 二十 → 20, 一二 → 12; what is no number is returned as it is."""
    digits: dict[str, int] = words()["digits"]
    if not text or any(sign not in digits and sign not in "十0123456789" for sign in text):
        return text
    if "十" not in text:
        return "".join(str(digits.get(sign, sign)) for sign in text).lstrip("0") or "0"
    tens, _, ones = text.partition("十")
    tens_value, ones_value = figures(tens) if tens else "1", figures(ones) if ones else "0"
    return str(int(tens_value) * 10 + int(ones_value)) if (tens_value + ones_value).isdigit() else text
