"""One name must be one name however it is written; two must stay two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.matching.addresses import parse_address, parse_phone
from data.matching.names import parse_name, region_words
from data.matching.words import figures, one_spelling

REGIONS = region_words(["青岛市", "市南区", "八大关街道"])


@pytest.mark.parametrize(
    ("text", "core", "stem", "branch"),
    [
        ("海风锅贴店（澄江路店）", "海风锅贴店", "海风锅贴", "澄江路"),
        ("海风锅贴店澄江路店", "海风锅贴店", "海风锅贴", "澄江路"),
        ("海風鍋貼館【總店】", "海风锅贴馆", "海风锅贴", ""),
        ("青岛海风餐饮有限公司市南分公司", "海风餐饮", "海风餐饮", "市南"),
        ("山东省青岛市海风餐饮有限责任公司", "海风餐饮", "海风餐饮", ""),
        ("海风面馆第二分店", "海风面馆", "海风面", "2"),
        ("７－１１便利店（3号店）", "711便利店", "711", "3"),
        ("市南区海风食府（个体工商户）", "海风食府", "海风", ""),
        ("店", "店", "店", ""),
        (None, "", "", ""),
    ],
)
def test_parts_of_names(text: str | None, core: str, stem: str, branch: str) -> None:
    found = parse_name(text, REGIONS)
    assert (found.core, found.stem, found.branch) == (core, stem, branch)


def test_the_former_name_in_brackets_is_kept() -> None:
    assert parse_name("老王川菜馆（原老李面馆）").former == "老李面馆"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("青岛市市南区澄江路12号", ("澄江路", "12", "", "", "")),
        ("山东省青岛市市南区八大关街道澄江路十二号银座商城3层302室", ("澄江路", "12", "", "3", "302")),
        ("青岛路5号2号楼1单元101", ("青岛路", "5", "2", "", "")),
        ("澄江路12号B1层", ("澄江路", "12", "", "-1", "")),
        ("澄江路１２號２樓", ("澄江路", "12", "", "2", "")),
        ("澄江路12-3号", ("澄江路", "12-3", "", "", "")),
        ("澄江路12号-3", ("澄江路", "12-3", "", "", "")),
        ("市场三路8号", ("市场三路", "8", "", "", "")),
        (None, ("", "", "", "", "")),
    ],
)
def test_parts_of_addresses(text: str | None, parts: tuple[str, ...]) -> None:
    found = parse_address(text, REGIONS)
    assert (found.street, found.number, found.building, found.floor, found.room) == parts


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("+86 138-0000-1234", "13800001234"), ("0532-88886666转8001", "053288886666"), ("00000000", ""),
        ("138****1234", ""), ("13800001234/13900001111", "13800001234"), ("12345", ""), (None, ""),
    ],
)  # fmt: skip
def test_phones(text: str | None, digits: str) -> None:
    assert parse_phone(text) == digits


@pytest.mark.parametrize(
    ("text", "shown"), [("十二", "12"), ("二十", "20"), ("三", "3"), ("一二", "12"), ("东", "东"), ("十", "10")]
)
def test_figures(text: str, shown: str) -> None:
    assert figures(text) == shown


@given(st.text(max_size=40))
def test_no_text_is_too_odd(text: str) -> None:
    parse_name(text, REGIONS)
    parse_address(text, REGIONS)
    parse_phone(text)
    assert " " not in one_spelling(text)
