"""Rows that name no region and have no point hang below the region their address proves; nothing else is touched."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from data.addresses import CONFLICT, DISTRICT, Address, Gazetteer
from data.imports.fields import Fields
from data.imports.model import Ledger
from data.imports.points import Points
from data.regions import RegionIndex

if TYPE_CHECKING:
    from data.imports.place import Named

TAKEN = "没写所属区域，也没有坐标：按地址里写的区、街道或社区落格，请核对"
TOLD = {
    CONFLICT: "地址里写的几个区域互相矛盾：不按地址落格",
    "elsewhere": "地址写的是外地：不按地址落格，请核对",
}
LEVELS = {2: "区市", 3: "街道（镇）", 4: "社区（村）"}


def prove(index: RegionIndex, fields: Fields, points: Points, found: Named, ledger: Ledger) -> None:
    """Fill `found` for rows without a point and without any word about their region, by their address, and tell them.

    A column that names a region is never overridden, also where the tree does not know what it names.
    """
    words = fields.words.get("address")
    if words is None:
        return
    silent = np.array([not word for word in found.remembered], dtype=bool) & (found.leaves < 0) & ~points.known
    at = [i for i in np.flatnonzero(silent & ~ledger.rejected).tolist() if words[i]]
    if not at:
        return
    names = Gazetteer.of(index.by_code, index.level_of, index.path_of, index.names)
    read = {word: names.read(word) for word in dict.fromkeys(words[i] for i in at)}
    proved = [i for i in at if read[words[i]].code and read[words[i]].level >= DISTRICT]
    shown = np.full(fields.size, "", dtype=object)
    for i in proved:
        code = str(read[words[i]].code)
        name = names.nodes[code].name
        leaf = index.leaf_of(code)
        assert leaf is not None  # noqa: S101 - the gazetteer is made of the same tree
        found.leaves[i], found.remembered[i] = leaf, name if index.leaf_of(name) == leaf else code
        shown[i] = f"{words[i]} → {name}"
    _tell(fields, ledger, {i: read[words[i]] for i in at}, proved, shown)


def _tell(fields: Fields, ledger: Ledger, read: dict[int, Address], proved: list[int], shown: object) -> None:
    heading = fields.heading("address")
    if proved:
        ledger.warn(np.array(proved), heading, shown, TAKEN)
        levels = Counter(read[i].level for i in proved)
        counted = "，".join(f"到{LEVELS[level]} {levels[level]} 行" for level in sorted(levels))
        fields.notes.append(f"没有坐标也没写区域的 {len(read)} 行里，{len(proved)} 行按地址落格（{counted}）")
    for doubt, sentence in TOLD.items():
        doubted = [i for i, address in read.items() if address.doubt == doubt]
        if doubted:
            ledger.warn(np.array(doubted), heading, fields.words["address"], sentence)
