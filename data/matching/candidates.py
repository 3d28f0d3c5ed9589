"""Which pairs are worth comparing: those that share a key or a spot. Never all against all.

Pairs are two arrays of row numbers, the smaller one first. Memory is bounded: a key that too many records share is cut
to neighbours in the order of names, spots are searched a piece at a time.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from scipy.spatial import cKDTree

from data.matching.rules import Rules

Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]
MOST_AT_ONCE = 2_000_000
"""Pairs of neighbours looked at in one piece (about 100 MB)."""
SCORED_AT_ONCE = 500_000


@dataclass
class Candidates:
    """The pairs, how many each way of looking found, and the keys that were cut."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    found: dict[str, int] = field(default_factory=dict)
    cut: dict[str, int] = field(default_factory=dict)


def candidates(rows: pd.DataFrame, rules: Rules) -> Candidates:
    """Return the candidate pairs of normalised records (`records.records`), each once."""
    n = len(rows)
    out = Candidates(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    if n < 2:
        return out
    some_code = rows["code"].where(rows["code"] != "", rows["wrong_code"])
    place = rows["area"].astype(str)
    keys = {
        "code": some_code,
        "licence": rows["licence"],
        "name": (rows["stem"] + "|" + place).where(rows["stem"] != "", ""),
        "address": (rows["street"] + "|" + rows["number"] + "|" + place).where(rows["number"] != "", ""),
        "phone": _own_phones(rows["phone"], rules),
    }
    packed = []
    stacked = _stacks(rows, rules)
    keys["stack"] = stacked
    for name, key in keys.items():
        pairs, cut = _by_key(key, rows["core"], rules)
        if name == "address":  # many share a door: only those that might be called alike
            pairs = _called_alike(rows, pairs, rules.number("search_name"))
        out.found[name] = len(pairs[0])
        if cut:
            out.cut[name] = cut
        packed.append(_pack(pairs, n))
    spots = [_pack(pairs, n) for pairs in _by_spot(rows, (stacked == "").to_numpy(), rules)]
    out.found["spot"] = sum(len(part) for part in spots)
    every = np.unique(np.concatenate([*packed, *spots]))
    out.left, out.right = every // n, every % n
    return out


def _pack(pairs: Pairs, n: int) -> NDArray[np.int64]:
    first, second = np.minimum(*pairs), np.maximum(*pairs)
    return np.unique(first * n + second)


def _own_phones(phones: "pd.Series[str]", rules: Rules) -> "pd.Series[str]":
    held = phones.map(phones.value_counts())
    return phones.where(held <= rules.number("agent_phone"), "")


def _by_key(key: "pd.Series[str]", name: "pd.Series[str]", rules: Rules) -> tuple[Pairs, int]:
    """Return the pairs of records with one key (not ""), and how many keys were cut to neighbours by name."""
    rows = np.flatnonzero((key != "").to_numpy())
    group = pd.factorize(key.iloc[rows])[0]
    spelling = pd.factorize(name.iloc[rows], sort=True)[0]
    order = np.lexsort((rows, spelling, group))
    rows, group = rows[order], group[order]
    size = np.bincount(group, minlength=1)
    block, window = int(rules.number("block")), int(rules.number("window"))
    reach = np.where(size <= block, size - 1, window)[group] if len(group) else np.zeros(0, dtype=np.int64)
    left, right = [], []
    for step in range(1, int(reach.max(initial=0)) + 1):
        hit = np.flatnonzero((group[:-step] == group[step:]) & (reach[:-step] >= step))
        left.append(rows[hit])
        right.append(rows[hit + step])
    none = np.zeros(0, dtype=np.int64)
    return (np.concatenate([none, *left]), np.concatenate([none, *right])), int((size > block).sum())


def _stacks(rows: pd.DataFrame, rules: Rules) -> "pd.Series[str]":
    """Return a key for records on one point with more than `block` others (a market hall, a wrong geocode), else ""."""
    spot = rows["x"].round(1).astype(str) + "|" + rows["y"].round(1).astype(str)
    many = spot.map(spot.value_counts()) > rules.number("block")
    return spot.where(many & rows["x"].notna(), "")


def _by_spot(rows: pd.DataFrame, wanted: NDArray[np.bool_], rules: Rules) -> list[Pairs]:
    """Return wanted pairs within `search_m` of each other whose names are a little alike, found piece by piece."""
    at = np.flatnonzero(rows["x"].notna().to_numpy() & wanted)
    if len(at) < 2:
        return []
    at = at[np.argsort(rows["x"].to_numpy()[at], kind="stable")]
    points = rows[["x", "y"]].to_numpy(dtype=float)[at]
    whole, radius = cKDTree(points), rules.number("search_m")
    out: list[Pairs] = []
    waiting = [(start, min(start + 20_000, len(at))) for start in range(0, len(at), 20_000)][::-1]
    while waiting:
        start, end = waiting.pop()
        piece = cKDTree(points[start:end])
        if end - start > 1 and piece.count_neighbors(whole, radius) > MOST_AT_ONCE:
            middle = (start + end) // 2
            waiting += [(middle, end), (start, middle)]
            continue
        near = piece.sparse_distance_matrix(whole, radius, output_type="ndarray")
        i, j = near["i"].astype(np.int64) + start, near["j"].astype(np.int64)
        later = j > i
        out.append(_called_alike(rows, (at[i[later]], at[j[later]]), rules.number("search_name")))
    return out


def _called_alike(rows: pd.DataFrame, pairs: Pairs, least: float) -> Pairs:
    core, former = rows["core"].to_numpy(dtype=object), rows["former"].to_numpy(dtype=object)
    a, b = pairs
    renamed = ((core[a] == former[b]) | (core[b] == former[a])) & (core[a] != "") & (core[b] != "")
    keep = renamed | (likeness(rows["stem"], pairs) >= least)
    return a[keep], b[keep]


def likeness(texts: "pd.Series[str]", pairs: Pairs) -> NDArray[np.float32]:
    """Return how alike the texts of each pair are (0–100): the better of the whole and, from three signs on, a part.

    Two texts of which one is empty are not alike.
    """
    array = texts.to_numpy(dtype=object)
    out = np.zeros(len(pairs[0]), dtype=np.float32)
    for start in range(0, len(out), SCORED_AT_ONCE):
        piece = slice(start, start + SCORED_AT_ONCE)
        one, other = array[pairs[0][piece]], array[pairs[1][piece]]
        score = process.cpdist(one, other, scorer=fuzz.ratio, dtype=np.float32, workers=-1)
        short = np.minimum([len(t) for t in one], [len(t) for t in other]) if len(one) else np.zeros(0)
        part = np.flatnonzero((short >= 3) & (score < 100))
        score[part] = np.maximum(
            score[part],
            process.cpdist(one[part], other[part], scorer=fuzz.partial_ratio, dtype=np.float32, workers=-1) * 0.95,
        )
        out[piece] = np.where(np.asarray(short) > 0, score, 0)
    return out
