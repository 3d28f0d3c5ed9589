"""A Chinese address as text: one spelling, and what stands behind the regions (road, number, building, room)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 300
"""Characters of an address that are read; what a longer one says further on is no address."""

PROVINCES: dict[str, str] = {
    "11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区", "21": "辽宁省",
    "22": "吉林省", "23": "黑龙江省", "31": "上海市", "32": "江苏省", "33": "浙江省", "34": "安徽省",
    "35": "福建省", "36": "江西省", "37": "山东省", "41": "河南省", "42": "湖北省", "43": "湖南省", "44": "广东省",
    "45": "广西壮族自治区", "46": "海南省", "50": "重庆市", "51": "四川省", "52": "贵州省", "53": "云南省",
    "54": "西藏自治区", "61": "陕西省", "62": "甘肃省", "63": "青海省", "64": "宁夏回族自治区",
    "65": "新疆维吾尔自治区", "71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区",
}  # fmt: skip
"""GB/T 2260: the first two digits of a region's code, and the name."""

_SHORT = re.compile(r"(?:省|市|壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区)$")
_BRACKETS = re.compile(r"[(\[{<【〔《「『][^()\[\]{}<>【】〔〕《》「」『』]*[)\]}>】〕》」』]")
_N = r"[0-9零一二三四五六七八九十百甲乙丙丁]+"
_ROAD = re.compile(
    r"[^0-9,;]{1,14}?(?:大道|大街|胡同|公路|国道|省道|环路|路|街|巷|弄|道)(?:[东南西北中]?[一二三四五六七八九十]?段)?"
)
_NUMBER = re.compile(r"[0-9]+(?:[-~/、][0-9]+)*(?:号院|号)(?!楼|线)(?:-?附[0-9]+号?|-[0-9]+号?|[甲乙丙丁])?")
_GROUP = re.compile(rf"(?:第)?{_N}(?:村民)?(?:组|队|社)(?!区)")
_BUILDING = re.compile(r"(?:[0-9]+|[A-Za-z][0-9]*|[甲乙丙丁一二三四五六七八九十]+)(?:号楼|栋|幢|座|#楼)")
_UNIT = re.compile(rf"{_N}单元")
_FLOOR = re.compile(r"(?:负|地下|B)?[0-9一二三四五六七八九十]+(?:层|楼|F)")
_ROOM = re.compile(
    r"(?:[A-Za-z]?-?[0-9]{2,5}[A-Za-z]?)(?:室|房|户|号房|号铺|铺)?$|[A-Za-z]?[0-9]{1,5}(?:室|房|户|号房|号铺)"
)


@dataclass(frozen=True)
class Parts:
    """What an address says behind its regions; "" where it says nothing. Every part stands so in the plain text."""

    road: str = ""
    number: str = ""
    group: str = ""
    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    rest: str = ""


def one_width(text: str) -> str:
    """Return a text half-width, without blanks and control signs."""
    narrow = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in narrow if unicodedata.category(sign)[0] not in "CZ")


def plain(text: object) -> str:
    """Return an address in one spelling: half-width, without blanks, control signs and what stands in brackets."""
    if text is None or text != text:  # noqa: PLR0124 - NaN
        return ""
    kept = one_width(str(text)[: LONGEST * 2])[:LONGEST]
    while (bare := _BRACKETS.sub("", kept)) != kept:
        kept = bare
    return kept


def province_at(text: str) -> tuple[str, str, bool]:
    """Return (two digits, the words, whether in full) of the province a plain text begins with, or ("", "", False)."""
    for digits, name in PROVINCES.items():
        for words in (name, _SHORT.sub("", name)):
            if text.startswith(words):
                return digits, words, words == name
    return "", "", False


def parts_of(tail: str) -> Parts:
    """Return the parts of what stands behind the regions of a plain address."""
    found: dict[str, str] = {}
    rest = tail
    road = _ROAD.match(rest)
    if road:
        found["road"], rest = road.group(), rest[road.end() :]
    for name, pattern in (
        ("number", _NUMBER), ("group", _GROUP), ("building", _BUILDING), ("unit", _UNIT), ("floor", _FLOOR),
        ("room", _ROOM),
    ):  # fmt: skip
        hit = pattern.search(rest)
        if hit:
            before = rest[: hit.start()]
            found[name] = hit.group()
            rest = before + "\n" + rest[hit.end() :]  # a cut, so that no part spans what was taken out
    left = max(rest.split("\n"), key=len)
    return Parts(**found, rest=left)
