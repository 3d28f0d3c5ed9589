"""Sure pairs put together into groups, and those groups refused that one pair contradicts."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from data.matching.decide import OUTCOMES, decide
from data.matching.features import features
from data.matching.rules import Rules

SAME, DIFFERENT = OUTCOMES.index("same"), OUTCOMES.index("different")


def groups(
    rows: pd.DataFrame, sure: pd.DataFrame, rules: Rules, apart: Iterable[tuple[int, int]] = ()
) -> tuple[list[tuple[int, ...]], "pd.Series[bool]"]:
    """Return groups of row numbers that sure pairs connect, and a mask of the sure pairs that must be asked instead.

    A group is refused when it has more than `group` records, when two of its members are different by the rules, or
    when somebody said so (`apart`: pairs of row numbers): A = B and B = C do not make A = C.
    """
    if sure.empty:
        return [], pd.Series(False, index=sure.index)
    n = len(rows)
    graph = coo_matrix((np.ones(len(sure)), (sure["left"], sure["right"])), shape=(n, n))
    label = connected_components(graph, directed=False)[1]
    members = pd.Series(np.arange(n)).groupby(label).agg(tuple)
    members = members[members.map(len) > 1]
    said = {(min(a, b), max(a, b)) for a, b in apart}
    refused = {at for at, ids in members.items() if len(ids) > rules.number("group") or _any_apart(ids, said)}
    refused |= _contradicted(
        rows, {at: ids for at, ids in members.items() if len(ids) > 2 and at not in refused}, rules
    )
    good = [ids for at, ids in members.items() if at not in refused]
    return good, pd.Series(np.isin(label[sure["left"].to_numpy()], list(refused)), index=sure.index)


def _inner(ids: Sequence[int]) -> list[tuple[int, int]]:
    return [(a, b) for i, a in enumerate(ids) for b in ids[i + 1 :]]


def _any_apart(ids: Sequence[int], said: set[tuple[int, int]]) -> bool:
    return bool(said) and any(pair in said for pair in _inner(ids))


def _contradicted(rows: pd.DataFrame, members: dict[int, tuple[int, ...]], rules: Rules) -> set[int]:
    every = [(at, a, b) for at, ids in members.items() for a, b in _inner(ids)]
    if not every:
        return set()
    at, a, b = (np.array(column, dtype=np.int64) for column in zip(*every, strict=True))
    outcome = decide(features(rows, (a, b), rules), rules)["outcome"].to_numpy()
    return set(at[outcome == DIFFERENT].tolist())
