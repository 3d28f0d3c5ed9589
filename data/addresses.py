"""Which region an address proves, by the names of our own region table: children before parents, nothing by guess.

A region is proved only where its name (or a name it had) stands in the text, and where several bear the name only
where the regions named with it leave one. A road that is called like a street (香港中路) proves nothing; an address
of another city, or of a district or street that the table does not know, proves nothing below that.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from data.address_parts import Parts, one_width, parts_of, plain, province_at

OLD_NAMES = Path(__file__).with_name("old_region_names.yaml")
CITY, DISTRICT, STREET, COMMUNITY = 1, 2, 3, 4
CONFLICT = "conflict"

_TWO_NAMES = re.compile(r"[()]")
_TAILS = re.compile(r"(?:社区)?(?:居民委员会|居委会|村民委员会|村委会|居民村)$")
_OFFICE = re.compile(r"(?:办事处|办公室|办(?!公))")
_SEAT = re.compile(r"(?:居民委员会|居委会|村民委员会|村委会|村村委会)")
_ZONE = re.compile(r"[\u4e00-\u9fff]{0,10}?(?:高新区|经开区|开发区|新区|保税区|示范区|试验区|度假区)")
_OTHER_CITY = re.compile(r"[\u4e00-\u9fff]{2,4}?(?:市(?![场政民立内郊容])|自治州|地区)")
_OTHER_DISTRICT = re.compile(r"[\u4e00-\u9fff]{1,6}?(?<![小社园校片厂库景矿住宅])[区县](?!域)")
_OTHER_STREET = re.compile(r"[\u4e00-\u9fff]{1,6}?(?:街道|[镇乡](?![路街道巷江海宁]))")
_OTHER_COMMUNITY = re.compile(
    r"[\u4e00-\u9fff]{1,8}?(?:社区|村(?![路街道巷]))(?:居委会|居民委员会|委会|村委会|民委员会)?"
)
_ROADLIKE = re.compile(r"(?:大道|大街|胡同|[路街巷道弄站桥])")
_ROAD_SIGN = re.compile(r"[路街巷道]")
_FACILITY = re.compile(
    r"(?:卫生|医院|诊所|学校|小学|中学|幼儿|超市|市场|商|饭店|酒店|宾馆|公司|[厂店]|小区|广场|公园|附近|对面|旁|[东南西北]侧"
    r"|以[东南西北]|至)"
)
_ENDS = re.compile(r"$|[0-9,;、。/\-A-Za-z号第甲乙丙丁一二三四五六七八九十]|居委|村委|居民|村民|[东南西北中]区")
_BOUNDARY = re.compile(r"(?<=[0-9号弄栋幢座楼室组院路街巷道,;、/])|(?<=和)|(?<=及)")


@dataclass(frozen=True)
class Node:
    """A region as addresses name it: `path` holds the codes from the city down to itself."""

    code: str
    name: str
    level: int
    path: tuple[str, ...]


@dataclass(frozen=True)
class Address:
    """What an address says. `code` is the deepest region it proves (None: none), `said` the name that stands in it.

    `doubt`: "" or why nothing deeper is proved: "conflict" (two regions named that exclude each other), "elsewhere"
    (another city), "unknown" (a district or street that the table does not have), "several" (one name, many regions).
    """

    plain: str
    code: str | None = None
    level: int = 0
    said: str = ""
    doubt: str = ""
    regions: tuple[str, ...] = ()
    parts: Parts = field(default_factory=Parts)


@cache
def old_names() -> tuple[tuple[str, str], ...]:
    """Return (old name, code) of regions that were merged or renamed."""
    return tuple((row["old"], row["code"]) for row in yaml.safe_load(OLD_NAMES.read_text(encoding="utf-8"))["names"])


class Gazetteer:
    """The names of a region tree and every spelling under which addresses may carry them."""

    def __init__(self, nodes: Iterable[Node], old: Sequence[tuple[str, str]] | None = None) -> None:
        """Keep the named regions of levels 1 to 4; grids stand in no address. `old`: (name, code) of former names."""
        self.nodes = {node.code: node for node in nodes if node.level <= COMMUNITY and not node.code.endswith("X")}
        self.city = next((node for node in self.nodes.values() if node.level == CITY), None)
        found: dict[str, set[str]] = defaultdict(set)
        for node in self.nodes.values():
            for spelling in _spellings(node):
                found[spelling].add(node.code)
        former: dict[str, set[str]] = defaultdict(set)
        for node in self.nodes.values():
            for spelling in _former(node):
                former[spelling].add(node.code)
        for name, code in old_names() if old is None else old:
            if code in self.nodes:
                former[name].add(code)
        self.spellings: dict[str, tuple[str, ...]] = {
            name: tuple(sorted(codes)) for name, codes in ({**former, **found}).items() if len(name) > 1
        }
        self.longest = max(map(len, self.spellings), default=0)

    @classmethod
    def of(cls, by_code: Mapping[str, int], level_of: Mapping[str, int], path_of: Mapping[int, list[int]],
           names: Mapping[str, list[str]]) -> Gazetteer:  # fmt: skip
        """Return the gazetteer of a region index (its parts as `data.regions.RegionIndex` has them)."""
        code_of = {id_: code for code, id_ in by_code.items()}
        return cls(
            Node(code, name, level_of[code], tuple(code_of[id_] for id_ in path_of[by_code[code]]))
            for name, codes in names.items()
            for code in codes
            if level_of[code] <= COMMUNITY
        )

    def read(self, text: object) -> Address:
        """Return what an address says and the deepest region it proves; nothing that is written is an error."""
        words = plain(text)
        if not words or self.city is None:
            return Address(words)
        return _Reading(self, self.city, words).read()

    def at(self, text: str, start: int) -> tuple[str, list[Node]]:
        """Return the longest spelling that stands at `start`, and the regions that bear it."""
        for size in range(min(self.longest, len(text) - start), 1, -1):
            if codes := self.spellings.get(text[start : start + size]):
                return text[start : start + size], [self.nodes[code] for code in codes]
        return "", []


def _names(node: Node) -> list[str]:
    """Return a region's name, or the two it has: 青岛西海岸新区（黄岛区）."""
    return [name for name in _TWO_NAMES.split(one_width(node.name)) if name]


def _spellings(node: Node) -> set[str]:
    """Return under which names a region stands in addresses today."""
    if node.level != COMMUNITY:
        return set(_names(node))
    found = set()
    for name in _names(node):
        found.add(name)
        core = _TAILS.sub("", name)
        if core == name or core.endswith(("村", "社区")):
            found |= {core} if len(core) > 2 else set()
        else:  # 龙山街居委会: the core alone is a road's name; 金门社区居委会 is cut to 金门
            found |= {f"{core}社区", f"{core}居委会", f"{core}社区居委会"}
    return found


def _former(node: Node) -> set[str]:
    """Return the names a region had when it was of another rank: 即墨市 (now 即墨区), 泊里镇 (now 泊里街道)."""
    ranks = {DISTRICT: ("区", "市", "县"), STREET: ("街道", "镇", "乡")}.get(node.level, ())
    found = set()
    for name in _names(node):
        for rank in ranks:
            stem = name.removesuffix(rank)
            if stem != name and len(stem) > 1 and not stem.endswith(("开发", "新", "度假", "经济")):
                found |= {stem + other for other in ranks if other != rank}
                break
    return found


class _Reading:
    """One address being read: from the front, a region at a time; then regions that stand behind road and number."""

    def __init__(self, gazetteer: Gazetteer, city: Node, text: str) -> None:
        self.names, self.city, self.text = gazetteer, city, text
        self.pos = 0
        self.chain: list[tuple[list[Node], str]] = [([city], "")]
        self.doubt = ""

    def read(self) -> Address:
        if not self._enter_city():
            return Address(self.text, doubt="elsewhere", parts=parts_of(self.text))
        while not self.doubt and self._step():
            pass
        tail = self.text[self.pos :]
        if not self.doubt:
            self._look_behind(tail)
        return self._answer(tail)

    def _enter_city(self) -> bool:
        """Step over province and city; False when they are others."""
        for front in ("中华人民共和国", "中国"):
            if self.text.startswith(front):
                self.pos = len(front)
        digits, words, full = province_at(self.text[self.pos :])
        if words and words != self.city.name:
            after = self.pos + len(words)
            if full or self._named(after) or self._is_city(after):
                if digits != self.city.code[:2]:
                    return False
                self.pos = after
        while step := self._is_city(self.pos):
            self.pos += step
            self.chain[0] = ([self.city], self.text[self.pos - step : self.pos])
        if self._named(self.pos):
            return True
        return not _OTHER_CITY.match(self.text, self.pos)

    def _is_city(self, start: int) -> int:
        """Return how many characters at `start` name our city: 青岛市, or 青岛 before 市北区."""
        full, stem = self.city.name, self.city.name.removesuffix("市")
        short = len(stem) > 1 and self.text.startswith(stem, start)
        if short and self._named(start + len(stem)):
            return len(stem)
        return len(full) if self.text.startswith(full, start) else 0

    def _named(self, start: int) -> bool:
        return any(node.level > CITY for node in self.names.at(self.text, start)[1])

    def _step(self) -> bool:
        """Take the region that stands next; False when there is none."""
        level = self.chain[-1][0][0].level
        word, nodes = self.names.at(self.text, self.pos)
        deeper = [node for node in nodes if node.level > level]
        after = self.pos + len(word)
        if deeper and self._stands(deeper, after):
            self._take(deeper, word)
            tail = (_SEAT if deeper[0].level == COMMUNITY else _OFFICE).match(self.text, after)
            self.pos = tail.end() if tail and deeper[0].level >= STREET else after
            return True
        if nodes and not deeper:  # the same once more (黄岛区黄岛区), or a parent after its child
            known = {code for nodes_, _ in self.chain for node in nodes_ for code in node.path}
            if any(node.code in known for node in nodes):
                self.pos = after
                return True
            self.doubt = CONFLICT
            return False
        return self._unknown(level)

    def _unknown(self, level: int) -> bool:
        """Step over a functional zone; stop at a district or street that the table does not have."""
        if (zone := _ZONE.match(self.text, self.pos)) and not _ROADLIKE.search(zone.group()):
            self.pos = zone.end()
            return True
        for deepest, pattern in ((CITY, _OTHER_DISTRICT), (DISTRICT, _OTHER_STREET), (STREET, _OTHER_COMMUNITY)):
            found = pattern.match(self.text, self.pos)
            if level <= deepest and found and not _ROADLIKE.search(found.group().removesuffix("街道")):
                self.doubt, self.pos = "unknown", found.end()
                return False
        return False

    def _stands(self, nodes: list[Node], after: int) -> bool:
        """Whether the name ends there: 泊里镇路 is a road, 太湖路社区卫生服务中心 a clinic that may be elsewhere."""
        if nodes[0].level == DISTRICT:
            return not self.text.startswith("域", after)
        if nodes[0].level == STREET:
            return self.text.startswith("街道", after - 2) or not _ROAD_SIGN.match(self.text, after)
        return not _ROADLIKE.match(self.text, after) and not _FACILITY.match(self.text, after)

    def _take(self, nodes: list[Node], word: str) -> None:
        above = {node.code for node in self.chain[-1][0]}
        inside = [node for node in nodes if above & set(node.path)]
        if inside:
            self.chain.append((inside, word))
        elif nodes[0].level <= STREET:
            self.doubt = CONFLICT
        else:
            self.doubt = "unknown"  # a community of that name, but not there

    def _look_behind(self, tail: str) -> None:
        """Take a street or community named behind the road; a region that excludes those before is a conflict."""
        start = self.pos
        for found in _BOUNDARY.finditer(tail):
            at = start + found.start()
            word, nodes = self.names.at(self.text, at)
            after = at + len(word)
            if not nodes or nodes[0].level == CITY or not self._stands(nodes, after):
                continue
            if nodes[0].level == COMMUNITY and not _ENDS.match(self.text, after):
                continue
            named = [n for n in nodes if any(n.code in o.path or o.code in n.path for o in self.chain[-1][0])]
            if not named:
                self.doubt = CONFLICT if nodes[0].level <= STREET or len(self.chain) > 1 else self.doubt
                return
            if named[0].level > self.chain[-1][0][0].level:
                self.chain.append((named, word))

    def _answer(self, tail: str) -> Address:
        said = tuple(word for _, word in self.chain if word)
        if self.doubt == CONFLICT:
            city = self.chain[0][1]
            return Address(self.text, self.city.code if city else None, CITY if city else 0, city, CONFLICT, said,
                           parts_of(tail))  # fmt: skip
        for at in range(len(self.chain) - 1, -1, -1):
            nodes, word = self.chain[at]
            if len(nodes) == 1 and word:
                doubt = self.doubt or ("several" if at < len(self.chain) - 1 else "")
                return Address(self.text, nodes[0].code, nodes[0].level, word, doubt, said, parts_of(tail))
        return Address(self.text, doubt=self.doubt or ("several" if len(self.chain) > 1 else ""), regions=said,
                       parts=parts_of(tail))  # fmt: skip
