"""Codes of the field: regions (GB/T 2260 6 + township 3 + community 3 + grid 3), 未落格 codes, 统一社会信用代码.

Codes are text. A region's parent is a column of its own: development zones may carry streets whose first six digits
are another district's, so `parent_code` is what the code alone suggests, not the truth.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVELS = ("city", "district", "street", "community", "grid")
"""Names of levels 1 to 5."""

REST = "X"
"""Suffix of the 未落格 child: the parent's code + X holds what lies in the parent and in none of its children."""

_LENGTH_LEVEL = {9: 3, 12: 4, 15: 5}
_CODE = re.compile(r"\d{6}(?:\d{3}){0,3}")
_USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: without I, O, S, V, Z
_USCC_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))


class CodeError(ValueError):
    """A code that is not one; the message (Chinese, for the person who brought the row) says what is wrong."""


class Checked(NamedTuple):
    """Whether a code is right, and the Chinese sentence that says why not (empty when right)."""

    ok: bool
    reason: str


def clean_region_code(text: object) -> str:
    """Return a region code as the tree spells it: text of 6, 9, 12 or 15 digits, 未落格 codes with their X.

    Accepts surrounding space, Excel's "370202001.0", and the statistical 12-digit spelling of higher levels
    (370202001000 is street 370202001, 370202000000 is district 370202). Raises CodeError with a sentence.
    """
    code = "" if text is None else str(text).strip().upper()
    code = re.sub(r"\.0+$", "", code)
    if not code or code == "NAN":
        raise CodeError("区划代码为空")
    body = code.removesuffix(REST)
    if not _CODE.fullmatch(body):
        raise CodeError(f"区划代码“{code}”不对:应为 6、9、12 或 15 位数字")
    if body == code:
        while len(body) in (9, 12) and body.endswith("000"):
            body = body[:-3]
        code = body
    if body.startswith("00"):
        raise CodeError(f"区划代码“{code}”不对:省级两位不能是 00")
    return code


def is_rest(code: str) -> bool:
    """Return whether the code is that of a 未落格 child."""
    return code.endswith(REST)


def rest_code(parent: str) -> str:
    """Return the code of the 未落格 child of region `parent`; a grid or a 未落格 region has none (CodeError)."""
    if is_rest(parent) or level_of(parent) == len(LEVELS):
        raise CodeError(f"“{parent}”没有下级,也就没有未落格")
    return parent + REST


def level_of(code: str) -> int:
    """Return the level 1 (city) to 5 (grid) of a clean code; a 未落格 code has the level of its siblings."""
    body = code.removesuffix(REST)
    if not _CODE.fullmatch(body):
        raise CodeError(f"区划代码“{code}”不对:应为 6、9、12 或 15 位数字")
    level = (1 if body.endswith("00") else 2) if len(body) == 6 else _LENGTH_LEVEL[len(body)]
    return level + 1 if is_rest(code) else level


def parent_code(code: str) -> str | None:
    """Return the code of the region above, as the digits suggest; None for a city (its province is not in the tree)."""
    if is_rest(code):
        return code.removesuffix(REST)
    level = level_of(code)
    if level == 1:
        return None
    return code[:4] + "00" if level == 2 else code[:-3]


def ancestors(code: str) -> list[str]:
    """Return the codes above, nearest first, up to the city."""
    found: list[str] = []
    above = parent_code(code)
    while above is not None:
        found.append(above)
        above = parent_code(above)
    return found


def child_code(parent: str, number: int) -> str:
    """Return the code of child `number` (1-based) of a district, street or community; CodeError when it has no room."""
    level = level_of(parent)
    if not 2 <= level <= 4 or is_rest(parent):
        raise CodeError(f"“{parent}”下面不能再编三位代码")
    if not 1 <= number <= 999:
        raise CodeError(f"“{parent}”下的序号 {number} 不在 1–999 之间")
    return f"{parent}{number:03d}"


def number_grids(lon: ArrayLike, lat: ArrayLike, *, band_deg: float | None = None) -> NDArray[np.int64]:
    """Return 1-based numbers for grids by their centres in degrees: rows from north to south, west to east in a row.

    A row is a band of latitude `band_deg` high (default: the height that gives about √n rows). Equal longitudes in a
    row go from north to south, equal centres by position in the input. Shape (n,) in, (n,) out.
    """
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"lon and lat must be two arrays of one length, but are {x.shape} and {y.shape}")
    if not len(x):
        return np.zeros(0, dtype=np.int64)
    rows = max(round(len(y) ** 0.5), 1)
    height = band_deg or max(float(np.ptp(y)) / rows, 1e-9)
    row = np.floor((y.max() - y) / height)
    if band_deg is None:
        row = np.minimum(row, rows - 1)  # the southernmost centre lies on the last row's lower edge
    order = np.lexsort((np.arange(len(x)), -y, x, row))
    numbers = np.empty(len(x), dtype=np.int64)
    numbers[order] = np.arange(1, len(x) + 1)
    return numbers


def uscc_check_character(first17: str) -> str:
    """Return the 18th character of a 统一社会信用代码 for its first 17 (GB 32100-2015); CodeError on a foreign sign."""
    if len(first17) != 17:
        raise CodeError(f"统一社会信用代码的本体应为 17 位,现为 {len(first17)} 位")
    total = 0
    for sign, weight in zip(first17, _USCC_WEIGHTS, strict=True):
        value = _USCC_SIGNS.find(sign)
        if value < 0:
            raise CodeError(f"统一社会信用代码里不会有“{sign}”")
        total += value * weight
    return _USCC_SIGNS[-total % 31]


def check_uscc(text: object) -> Checked:
    """Return whether `text` is a well-formed 统一社会信用代码 (18 signs, division code digits, check character)."""
    code = "" if text is None else str(text).strip().upper()
    if len(code) != 18:
        return Checked(False, f"统一社会信用代码应为 18 位,现为 {len(code)} 位")
    if not code[2:8].isdigit():
        return Checked(False, "统一社会信用代码第 3–8 位应为行政区划数字")
    try:
        due = uscc_check_character(code[:17])
    except CodeError as error:
        return Checked(False, str(error))
    if due != code[17]:
        return Checked(False, f"统一社会信用代码校验位不对:应为 {due},现为 {code[17]}")
    return Checked(True, "")
