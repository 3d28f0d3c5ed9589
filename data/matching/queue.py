"""The queue of doubtful pairs: read with both records, decided by somebody who may, remembered, and taken back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Engine, RowMapping, text
from sqlalchemy.exc import OperationalError

from data.access import HIDDEN, PERSON_FIELDS, Viewer, audit, masked
from data.matching.merge import Group, Merged, Refused, check_right, merge, take_locks
from data.matching.split import Apart, split
from data.reading import first, rows, whole
from data.sql import pieces

SQL = "matching_queue.sql"
PATIENCE = "15s"
Answer = Literal["same", "different", "later"]


@dataclass(frozen=True)
class Pair:
    """Two places to look at: `a` and `b` as the page shows them, and why they are asked."""

    id: int
    rule: str
    score: float
    distance_m: float | None
    evidence: list[dict[str, str]]
    postponed: bool
    a: dict[str, Any]
    b: dict[str, Any]


@contextmanager
def _patient(engine: Engine) -> Iterator[Connection]:
    """A transaction that waits `PATIENCE` for an import or a scoring run, and then says so instead of hanging on."""
    try:
        with engine.begin() as conn:
            conn.execute(text("SELECT set_config('lock_timeout', :time, true)"), {"time": PATIENCE})
            yield conn
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == "55P03":
            raise Refused("正在导入或评定，这次没有改动：请过一会儿再点") from error
        raise


def _pairs() -> dict[str, str]:
    return {"pairs": pieces(SQL)["pairs"].text}


def read_counts(conn: Connection, viewer: Viewer) -> Sequence[RowMapping]:
    """Return open pairs by district (code, name, n), the most first; a pair of two districts counts in both."""
    return rows(conn, viewer, SQL, "counts", _pairs(), state="open")


def read_pairs(
    conn: Connection, viewer: Viewer, district: str | None = None, limit: int = 20, offset: int = 0
) -> tuple[list[Pair], int]:
    """Return open pairs whose places are both in scope, best first, put off ones last, and how many there are.

    `district`: code of a district one of the two lies in.
    """
    values: dict[str, Any] = {"state": "open", "district": district, "limit": limit, "offset": offset}
    found = rows(conn, viewer, SQL, "open_pairs", _pairs(), **values)
    ids = sorted({row[side] for row in found for side in ("a", "b")})
    records = rows(conn, viewer, SQL, "records", ids=ids) if ids else []
    places = {row["id"]: masked(viewer, dict(row)) for row in records}
    pairs = [
        Pair(row["id"], row["rule"], row["score"], row["distance_m"], row["evidence"], row["postponed"],
             places[row["a"]], places[row["b"]])
        for row in found if row["a"] in places and row["b"] in places
    ]  # fmt: skip
    total = first(conn, viewer, SQL, "count_open", _pairs(), state="open", district=district)
    return pairs, whole(total and total["n"])


def read_merges(conn: Connection, viewer: Viewer, limit: int = 30) -> list[dict[str, Any]]:
    """Return the latest merges of places in scope, with contradictions and the worst proven grade before and now."""
    found = [dict(row) for row in rows(conn, viewer, SQL, "merges", limit=limit)]
    if not viewer.may("see_person"):
        for row in found:
            row["conflicts"] = [_without_person(one) for one in row["conflicts"]]
    return found


def _without_person(conflict: dict[str, Any]) -> dict[str, Any]:
    if conflict["column"] not in PERSON_FIELDS:
        return conflict
    told = [{"place": one["place"], "value": HIDDEN} for one in conflict["told"]]
    return conflict | {"stands": HIDDEN, "told": told}


def read_different(conn: Connection, viewer: Viewer, limit: int = 30) -> Sequence[RowMapping]:
    """Return the pairs that were called different last, both in scope."""
    return rows(conn, viewer, SQL, "different", _pairs(), state="different", limit=limit)


def decide_pair(engine: Engine, viewer: Viewer, pair_id: int, answer: Answer) -> Merged | None:
    """Settle one open pair; "same" merges the two places at once. One transaction.

    Raises :class:`Refused` with a sentence when somebody else settled it first, or the viewer may not.
    """
    check_right(viewer)
    with _patient(engine) as conn:
        take_locks(conn)
        pair = _locked(conn, viewer, pair_id)
        if pair["state"] != "open":
            word = "同一处" if pair["state"] == "same" else "不是同一处"
            raise Refused(f"“{pair['decided_by']}”已判定为{word}，请刷新")
        if answer == "same":
            _not_apart(conn, viewer, pair)
        if answer == "later":
            conn.execute(text("UPDATE place_pair SET postponed_at = now() WHERE id = :id"), {"id": pair_id})
            audit(conn, viewer, "pair_later", f"pair:{pair_id}")
            return None
        _settle(conn, pair, "open", answer, viewer)
        audit(conn, viewer, f"pair_{answer}", f"pair:{pair_id}", {"a": pair["a"], "b": pair["b"]})
        if answer == "different":
            return None
        return merge(conn, [Group((pair["a"], pair["b"]), "person", pair["evidence"])], viewer)[0]


def take_apart(engine: Engine, viewer: Viewer, merge_id: int) -> Apart:
    """Take a merge apart, in a transaction of its own. Raises :class:`Refused`."""
    with _patient(engine) as conn:
        return split(conn, merge_id, viewer)


def ask_again(engine: Engine, viewer: Viewer, pair_id: int) -> None:
    """Open a pair again that was called different. Raises :class:`Refused`."""
    check_right(viewer)
    with _patient(engine) as conn:
        pair = _locked(conn, viewer, pair_id)
        if pair["state"] != "different":
            raise Refused("这一对现在不是“不是同一处”，请刷新")
        _settle(conn, pair, "different", "open", None)
        audit(conn, viewer, "pair_again", f"pair:{pair_id}", {"a": pair["a"], "b": pair["b"]})


def _settle(conn: Connection, pair: dict[str, Any], was: str, state: str, who: Viewer | None) -> None:
    account = None if who is None else who.account_id
    given = {"was": was, "state": state, "actor": who and who.name, "account": account, "a": pair["a"], "b": pair["b"]}
    conn.execute(pieces(SQL)["settle"], given)


def _not_apart(conn: Connection, viewer: Viewer, pair: dict[str, Any]) -> None:
    """Refuse to put together what somebody called different, by way of a record that was merged since."""
    found = first(conn, viewer, SQL, "apart", a=pair["a"], b=pair["b"])
    if found is not None:
        raise Refused(f"“{found['decided_by']}”判定过其中的两条记录不是同一处：请先在“判定为不同”里重新考虑")


def _locked(conn: Connection, viewer: Viewer, pair_id: int) -> dict[str, Any]:
    """Return the pair, locked, once both of its places are the viewer's."""
    conn.execute(text("SELECT FROM place_pair WHERE id = :id FOR UPDATE"), {"id": pair_id})
    pair = first(conn, viewer, SQL, "one_pair", id=pair_id)
    if pair is None:
        raise Refused("没有这一对，或不在您的管辖区域内")
    return dict(pair)
