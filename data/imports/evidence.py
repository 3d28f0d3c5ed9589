"""The datum of rows by evidence that does not come from their points: the region each row names contains it or not.

A row without a declared datum whose named region settles it is un-shifted and marked `confirmed`. A declared datum that
the row's own region contradicts is kept, but marked `unverified` and told. Everything else stays as it was: no guess.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import shapely
from numpy.typing import NDArray

from data.imports.fields import Fields
from data.imports.model import Ledger
from data.imports.points import Points
from geo.datum import convert
from geo.datum_evidence import CANDIDATES, decided, judge

TITLES = {"wgs84": "WGS-84", "gcj02": "GCJ-02（高德、腾讯）", "bd09": "BD-09（百度）"}
SAME = {"cgcs2000": "wgs84"}
"""Datums that the evidence cannot tell apart from another."""


def settle(
    points: Points, named: NDArray[np.int64], asked: NDArray[np.intp], outlines: dict[int, shapely.Geometry | None],
    fields: Fields, ledger: Ledger,
) -> list[str]:  # fmt: skip
    """Settle or doubt the datum of the rows `asked` (positions), changing `points`; returns sentences where any moved.

    `named`: (n,) leaf ids, -1 for none. `outlines`: the outline around such a leaf, None where none is known.
    """
    at = asked[[points.orig_crs[i] is None for i in asked]] if len(asked) else asked
    leaves = list(outlines)
    position = {leaf: i for i, leaf in enumerate(leaves)}
    region = np.array([position[leaf] for leaf in named[at].tolist()], dtype=np.int64)
    shapes = np.array([outlines[leaf] for leaf in leaves], dtype=object)
    judged = judge(points.orig_x[at], points.orig_y[at], region, shapes)
    winner = decided(judged)
    declared = np.array([SAME.get(d, d) if d else None for d in points.datum[at]], dtype=object)
    found = np.array([CANDIDATES[i] if i >= 0 else None for i in winner], dtype=object)
    open_ = np.array([d is None for d in declared], dtype=bool) & (winner >= 0)
    told = zip(declared.tolist(), winner.tolist(), strict=True)
    wrong = np.array([d is not None and w >= 0 and d != CANDIDATES[w] for d, w in told], dtype=bool)
    _doubt(points, at[wrong], found[wrong], declared[wrong], fields, ledger)
    return _confirm(points, at[open_], found[open_])


def _confirm(points: Points, at: NDArray[np.intp], found: NDArray[np.object_]) -> list[str]:
    for name in dict.fromkeys(found.tolist()):
        rows = at[found == name]
        points.lon[rows], points.lat[rows] = convert(points.orig_x[rows], points.orig_y[rows], name, "wgs84")
        points.datum[rows], points.evidence[rows] = name, "confirmed"
    if not len(at):
        return []
    listed = "、".join(f"{TITLES[name]} {n} 行" for name, n in Counter(found.tolist()).most_common())
    return [f"没有声明坐标基准，由各行自己写的区域印证：{listed}；其余照原数收下，标为基准未核"]


def _doubt(
    points: Points, at: NDArray[np.intp], found: NDArray[np.object_], declared: NDArray[np.object_], fields: Fields,
    ledger: Ledger,
) -> None:  # fmt: skip
    if not len(at):
        return
    points.evidence[at] = "unverified"
    heading = fields.heading("pair") if "pair" in fields.words else f"{fields.heading('lon')}、{fields.heading('lat')}"
    shown = np.full(len(points.lon), "", dtype=object)
    shown[at] = [f"{points.orig_x[i]:.10g},{points.orig_y[i]:.10g}" for i in at.tolist()]
    for pair in dict.fromkeys(zip(declared.tolist(), found.tolist(), strict=True)):
        rows = at[(declared == pair[0]) & (found == pair[1])]
        reason = f"按声明的 {TITLES[pair[0]]} 落在所写区域外，按 {TITLES[pair[1]]} 才在区域内：按声明收下，标为基准未核"
        ledger.warn(rows, heading, shown, reason)
