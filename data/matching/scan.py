"""The whole search, read top to bottom: places in scope → pairs → the sure ones merged, the doubtful ones asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, text

from data import drawn, reading
from data.access import LOCAL, Viewer, audit
from data.matching.candidates import candidates
from data.matching.catalogue import as_json
from data.matching.decide import OUTCOMES, decide, evidence
from data.matching.features import features
from data.matching.groups import groups
from data.matching.merge import Group, check_right, merge, take_locks
from data.matching.records import GIVEN, records
from data.matching.rules import rules
from data.sql import pieces

SQL = "matching.sql"
DOUBTFUL, SAME = OUTCOMES.index("doubtful"), OUTCOMES.index("same")


@dataclass
class Summary:
    """What a search found and did. `merged`: groups; `absorbed`: places that went into others; `asked`: open pairs."""

    places: int = 0
    candidates: int = 0
    found: dict[str, int] = field(default_factory=dict)
    cut: dict[str, int] = field(default_factory=dict)
    sure: int = 0
    doubtful: int = 0
    by_rule: dict[str, int] = field(default_factory=dict)
    remembered: int = 0
    merged: int = 0
    absorbed: int = 0
    conflicts: int = 0
    merges: list[int] = field(default_factory=list)
    asked: int = 0
    new: int = 0
    withdrawn: int = 0
    dry_run: bool = False
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return vars(self) | {"seconds": round(self.seconds, 2)}


@dataclass
class Search:
    """The pairs of one search: normalised rows, decided pairs, groups of ids to merge, pairs to ask."""

    rows: pd.DataFrame
    pairs: pd.DataFrame
    groups: list[tuple[int, ...]]
    asked: pd.DataFrame


class DryRun(Exception):
    """Raised inside the transaction of a dry run, so that it is rolled back."""


def run(engine: Engine, viewer: Viewer = LOCAL, apply: bool = False, dry_run: bool = False) -> Summary:
    """Search the places in the viewer's regions; with `apply` the sure ones are merged, else they are asked as well.

    One transaction: what was merged and what is asked stand together, or nothing does. Raises
    :class:`data.matching.merge.Refused` when the viewer may not.
    """
    check_right(viewer)
    summary, begun = Summary(dry_run=dry_run), perf_counter()
    try:
        with engine.begin() as connection:
            search_and_keep(connection, viewer, apply, summary)
            if dry_run:
                raise DryRun
    except DryRun:
        summary.merges = []
    summary.seconds = perf_counter() - begun
    return summary


def search_and_keep(connection: Connection, viewer: Viewer, apply: bool, summary: Summary) -> None:
    """Search, merge and ask in the caller's transaction, filling `summary`."""
    take_locks(connection)
    found = search(read_places(connection, viewer), read_regions(connection), known_pairs(connection), summary)
    if apply:
        _merge(connection, viewer, found, summary)
        asked = found.asked
    else:
        asked = found.pairs
    _ask(connection, viewer, found.rows, asked, summary)
    detail = {name: getattr(summary, name) for name in ("places", "sure", "doubtful", "merged", "absorbed", "asked")}
    audit(connection, viewer, "match", None, detail)


def read_places(connection: Connection, viewer: Viewer) -> pd.DataFrame:
    """Return the places in scope as `records.records` takes them."""
    frame = pd.DataFrame(reading.rows(connection, viewer, SQL, "places"), columns=list(GIVEN))
    return frame.astype({"lon": float, "lat": float})


def read_regions(connection: Connection) -> list[tuple[str, int]]:
    """Return the names of the city's regions and their levels."""
    return [(row.name, row.level) for row in connection.execute(pieces(SQL)["region_names"])]


def known_pairs(connection: Connection) -> pd.DataFrame:
    """Return what was asked or decided before: id, a_id, b_id (as then), a, b (the places of today), state."""
    return pd.DataFrame(
        connection.execute(pieces(SQL)["known_pairs"]).all(), columns=["id", "a_id", "b_id", "a", "b", "state"]
    )


def search(places: pd.DataFrame, regions: Sequence[tuple[str, int]], known: pd.DataFrame, summary: Summary) -> Search:
    """Return pairs and groups; what somebody called different is left out. No database.

    In the answer `left` and `right` are row numbers, groups are ids; `asked` holds the doubtful pairs and the sure ones
    that a third record contradicts, `pairs` all of them.
    """
    setting = rules()
    rows = records(places, regions)
    found = candidates(rows, setting)
    summary.places, summary.candidates = len(rows), len(found.left)
    summary.found, summary.cut = found.found, found.cut
    pairs = decide(features(rows, (found.left, found.right), setting), setting)
    pairs = pairs[pairs["outcome"] > 0].reset_index(drop=True)
    apart = _positions(rows, known[known["state"] == "different"])
    said = pd.MultiIndex.from_tuples(apart, names=["left", "right"]) if apart else None
    if said is not None:
        decided = pd.MultiIndex.from_frame(pairs[["left", "right"]]).isin(said)
        summary.remembered = int(decided.sum())
        pairs = pairs[~decided].reset_index(drop=True)
    sure = pairs[pairs["outcome"] == SAME]
    good, refused = groups(rows, sure, setting, apart)
    pairs.loc[refused.index[refused], "outcome"] = DOUBTFUL
    summary.sure = int((pairs["outcome"] == SAME).sum())
    summary.doubtful = int((pairs["outcome"] == DOUBTFUL).sum())
    summary.by_rule = {str(rule): int(n) for rule, n in pairs["rule"].value_counts().items()}
    ids = rows["id"].to_numpy()
    inside = {at: number for number, members in enumerate(good) for at in members}
    together = [a in inside and inside.get(a) == inside.get(b)
                for a, b in zip(pairs["left"], pairs["right"], strict=True)]  # fmt: skip
    return Search(rows, pairs, [tuple(ids[list(one)].tolist()) for one in good], pairs[~np.array(together, dtype=bool)])


def _positions(rows: pd.DataFrame, known: pd.DataFrame) -> list[tuple[int, int]]:
    at = pd.Series(np.arange(len(rows)), index=rows["id"])
    a, b = known["a"].map(at), known["b"].map(at)
    both = a.notna() & b.notna()
    return [(int(min(x, y)), int(max(x, y))) for x, y in zip(a[both], b[both], strict=True)]


def _merge(connection: Connection, viewer: Viewer, found: Search, summary: Summary) -> None:
    at = {i: row for row, i in enumerate(found.rows["id"].tolist())}
    sure = {(pair.left, pair.right): pair for pair in found.pairs.itertuples() if pair.outcome == SAME}
    wanted = []
    for ids in found.groups:
        said = []
        places = sorted(at[i] for i in ids)
        for i, a in enumerate(places):
            said += [pair for b in places[i + 1 :] if (pair := sure.get((a, b))) is not None]
        lines = [line for pair in said for line in evidence(found.rows, pair, rules())]
        wanted.append(Group(ids, "rule", lines))
    done = merge(connection, wanted, viewer, redraw=False)
    summary.merged, summary.absorbed = len(done), sum(len(one.absorbed) for one in done)
    summary.conflicts = sum(len(one.conflicts) for one in done)
    summary.merges = [one.id for one in done]
    if done:
        drawn.refresh(connection)


def _ask(connection: Connection, viewer: Viewer, rows: pd.DataFrame, asked: pd.DataFrame, summary: Summary) -> None:
    """Put pairs into the queue, and take out open ones (of places in scope) that are found no longer."""
    ids, now = rows["id"].to_numpy(), _now(connection)
    lines, pairs = [], set()
    for pair in asked.itertuples():
        a, b = (now.get(i, i) for i in (int(ids[pair.left]), int(ids[pair.right])))
        if a == b or (min(a, b), max(a, b)) in pairs:
            continue
        pairs.add((min(a, b), max(a, b)))
        distance = None if np.isnan(pair.distance_m) else round(float(pair.distance_m), 1)
        said = evidence(rows, pair, rules())
        lines.append((min(a, b), max(a, b), pair.rule, float(pair.score), distance, as_json(said)))
    known = known_pairs(connection)
    decided = {(min(a, b), max(a, b)) for a, b in known[known["state"] != "open"][["a", "b"]].itertuples(index=False)}
    open_ = known[known["state"] == "open"]
    lines = [line for line in lines if line[:2] not in decided]
    fresh = {line[:2] for line in lines} - set(zip(open_["a_id"], open_["b_id"], strict=True))
    names = ("a", "b", "rule", "score", "distance", "evidence")
    if lines:
        columns = dict(zip(names, map(list, zip(*lines, strict=True)), strict=True))
        connection.execute(pieces(SQL)["keep_pairs"], columns)
    scope = set(ids.tolist())
    asked_now = {line[:2] for line in lines}
    gone = [
        row.id for row in open_.itertuples()
        if (row.a_id, row.b_id) not in asked_now and (row.a == row.b or (row.a in scope and row.b in scope))
    ]  # fmt: skip
    connection.execute(pieces(SQL)["withdraw_pairs"], {"ids": gone})
    summary.asked, summary.new, summary.withdrawn = len(lines), len(fresh), len(gone)


def _now(connection: Connection) -> dict[int, int]:
    """Return where records that were places of their own are now."""
    rows = connection.execute(text("SELECT origin_id, place_id FROM place_source WHERE origin_id <> place_id"))
    return {row.origin_id: row.place_id for row in rows}
