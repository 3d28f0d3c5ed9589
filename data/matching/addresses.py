"""An address in parts (street, number, building, floor, room), and telephone numbers in one spelling."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from data.matching.words import figures, leading, one_spelling

_N = r"[〇零一二两三四五六七八九十\d]+"
_AREA = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,4}?(?:省|自治区)|[\u4e00-\u9fff]{2,4}?市(?!场|政|民)|[\u4e00-\u9fff]{2,4}?[区县](?!域)"
    r"|[\u4e00-\u9fff]{2,5}?街道(?:办事处)?)"
)
_NUMBER = re.compile(
    rf"({_N})(?:[-之]({_N}))?号(?!楼|店|铺|门)(?:院|甲|乙|丙|丁)?(?:[-之]({_N})(?![\d层楼室栋座单f号]))?"
)
_BUILDING = re.compile(rf"({_N}|[a-z])(?:号楼|栋|幢|座)")
_FLOOR = re.compile(rf"(负|地下|b)?({_N})(?:层|楼(?![上下])|f)")
_ROOM = re.compile(rf"([a-z]?-?{_N})(?:室|号铺|号商铺|铺位?|号房|号门|号店)")
_STREET = re.compile(r"[^\d]*?(?:大道|大街|胡同|路|街|道|巷|弄|里|村|广场)")


@dataclass(frozen=True)
class Address:
    """Parts in figures; "" where the address does not say. `rest` is the whole in one spelling, without the regions."""

    street: str = ""
    number: str = ""
    building: str = ""
    floor: str = ""
    room: str = ""
    rest: str = ""


def parse_address(text: object, regions: Collection[str] = frozenset()) -> Address:
    """Return the parts of an address; `regions` as `names.region_words` gives them."""
    rest = re.sub(r"\([^()]*\)", "", one_spelling(text))
    rest, area = _without_area(rest, regions)
    if _NUMBER.match(rest):  # a number in a village or community: without it 23号 would be anywhere
        rest = area + rest
    if not rest:
        return Address()
    number, tail, street_text = "", rest, rest
    found = _NUMBER.search(rest)
    if found:
        number = "-".join(figures(part) for part in found.groups() if part)
        street_text, tail = rest[: found.start()], rest[found.end() :]
    street = _STREET.match(street_text)
    building, floor, room = _BUILDING.search(tail), _FLOOR.search(_BUILDING.sub("", tail)), _ROOM.search(tail)
    return Address(
        street=street.group() if street else (street_text if found else ""),
        number=number,
        building=figures(building[1]) if building else "",
        floor=("-" if floor[1] else "") + figures(floor[2]) if floor else "",
        room=figures(room[1]) if room else "",
        rest=rest,
    )


def _without_area(rest: str, regions: Collection[str]) -> tuple[str, str]:
    """Take regions off the front, return the last of them too; a street that begins like one (青岛路) stays whole."""
    last = ""
    while True:
        area = _AREA.match(rest)
        if area and len(rest) - area.end() >= 3:
            rest, last = rest[area.end() :], area.group()
            continue
        region = leading(rest, regions)
        after = rest[len(region) :]
        if not region or len(after) < 2 or after[0] in "路街道巷弄里大号":
            return rest, last
        rest, last = re.sub(r"^(?:街道办事处|街道|社区|村委会|居委会)", "", after), region


def parse_phone(text: object) -> str:
    """Return a telephone number as digits without country code and extension; "" where it is none or is masked."""
    plain = one_spelling(str(text).split("转")[0]) if text is not None and text == text else ""  # noqa: PLR0124
    if "*" in str(text) or "x" in plain:
        return ""
    digits = re.sub(r"\D", "", re.split(r"[/;,、]", plain)[0])
    digits = re.sub(r"^(?:0086|86)(?=1\d{10}$|0\d{9,11}$)", "", digits)
    return digits if 7 <= len(digits) <= 12 and len(set(digits)) > 2 else ""
