"""The name of a firm or shop in parts: what tells it apart, the trade word at its end, and the branch."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache

from data.matching.words import figures, leading, longest_first, one_spelling, words

_BRACKETS = re.compile(r"\(([^()]*)\)")
_NUMBERED = re.compile(r"第?([〇零一二两三四五六七八九十\d]{1,4})(?:号|分|家)?(?:门店|店|部|厂|分公司)$")
_STREET_BRANCH = re.compile(r"(?<=[店馆厅铺楼坊司])(.{2,8}?)(?:分公司|分店|分部|门店|店)$")
_FORMER = re.compile(r"^(?:原名?|曾用名|又名)[::]?(.+)$")
_PROVINCE = re.compile(r"^[\u4e00-\u9fff]{2,3}(?:省|自治区)")


@dataclass(frozen=True)
class Name:
    """`core`: without region and legal form; `stem`: without the trade word as well; `branch` and `former` or ""."""

    core: str
    stem: str
    branch: str = ""
    former: str = ""


@cache
def _ends(subject: str) -> re.Pattern[str]:
    return re.compile("(?:" + "|".join(map(re.escape, longest_first(words()[subject]))) + ")$")


def region_words(names: Iterable[str]) -> frozenset[str]:
    """Return what a name may begin with without saying which one it is: regions' names, with and without 市区县."""
    found = {one_spelling(name) for name in names}
    found |= {re.sub(r"(?:市|区|县|新区|街道|镇)$", "", name) for name in found}
    return frozenset(name for name in found if len(name) >= 2)


def parse_name(text: object, regions: Collection[str] = frozenset()) -> Name:
    """Return the parts of a name; `regions` as `region_words` gives them. An empty name has empty parts."""
    whole = one_spelling(text)
    branch, former = "", ""
    for inside in _BRACKETS.findall(whole):
        renamed = _FORMER.match(inside)
        if renamed:
            former = parse_name(renamed[1], regions).core
        elif inside and inside not in words()["remarks"] and inside not in regions and not branch:
            branch = _branch(inside)
    body = _without_regions(re.sub(r"[()\-]", "", _BRACKETS.sub("", whole)), regions)
    body, said = _split_branch(body)
    core = _without_legal_form(body) or body
    shorter = _ends("trades").sub("", core)
    stem = shorter if len(shorter) >= 2 else core
    return Name(core, stem, said or branch, former)


def _branch(text: str) -> str:
    numbered = _NUMBERED.fullmatch(text)
    return figures(numbered[1]) if numbered else _ends("branch_ends").sub("", text) or text


def _split_branch(body: str) -> tuple[str, str]:
    """Take a branch off the end: 有限公司市南分公司, 面馆第二分店, 锅贴店澄江路店."""
    firm, sign, rest = body.partition("有限公司")
    if sign and rest.endswith(("分公司", "分店", "店", "部", "厂")) and len(rest) > 1:
        return firm + sign, _branch(rest)
    numbered = _NUMBERED.search(body)
    if numbered and len(body[: numbered.start()]) >= 2:
        return body[: numbered.start()], figures(numbered[1])
    street = _STREET_BRANCH.search(body)
    if street and len(body[: street.start()]) >= 3:
        return body[: street.start()], street[1]
    return body, ""


def _without_regions(body: str, regions: Collection[str]) -> str:
    kept = _PROVINCE.sub("", body)
    while (region := leading(kept, regions)) and len(kept) - len(region) >= 3:
        kept = re.sub(r"^[市区县镇](?=.{2})", "", kept.removeprefix(region))
    return kept


def _without_legal_form(body: str) -> str:
    shorter = _ends("legal_forms").sub("", body)
    return shorter if len(shorter) >= 2 else body
