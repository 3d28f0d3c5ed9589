"""Several places become one: every source kept, everything that hangs on them re-pointed, all of it written down.

One transaction, or nothing. The database's catalogue says what hangs on a place (`catalogue`), `keep.yaml` which value
stands; results of scoring stay at their worst until the next scoring, so that no grade gets better by a merge.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

from data import assessments, drawn
from data.access import Viewer, audit
from data.bulk import quoted
from data.matching.catalogue import Catalogue, Reference, as_json
from data.matching.keep import OWN, Folded, fold
from data.sql import pieces
from geo.codes import check_uscc

IMPORT_LOCK = 7_239_146_053
"""The advisory lock of `data.imports.run`: no import writes while places are merged."""
MANY = 1_000
"""From so many merged places on, the whole city is compared when drawing anew."""


class Refused(Exception):
    """A merge or decision that must not happen; the text is one Chinese sentence."""


@dataclass(frozen=True)
class Group:
    """Places (ids) that are one premises, who says so (`rule` or `person`), and why."""

    ids: tuple[int, ...]
    how: str = "rule"
    evidence: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Merged:
    """What became of a group: the merge's number, the place that stayed, those that went into it, contradictions."""

    id: int
    kept: int
    absorbed: tuple[int, ...]
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    grades: list[dict[str, Any]] = field(default_factory=list)


def take_locks(connection: Connection) -> None:
    """Wait until no import and no scoring writes; held to the end of the transaction."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": IMPORT_LOCK})
    assessments.lock(connection)


def merge(connection: Connection, groups: Sequence[Group], viewer: Viewer, redraw: bool = True) -> list[Merged]:
    """Merge each group into one place, in the caller's transaction. Groups share no place.

    Raises :class:`Refused` when the viewer may not, or a place is gone or outside the viewer's regions.
    """
    check_right(viewer)
    if not groups:
        return []
    take_locks(connection)
    work = _Work(connection, viewer, groups)
    work.keep_sources()
    work.keep_grades()
    work.repoint("place", [(m.id, gone, m.kept) for m in work.merges for gone in m.absorbed])
    work.fold_places()
    work.remove_absorbed()
    work.tell()
    if redraw:
        touched = sorted(i for group in groups for i in group.ids)
        drawn.refresh(connection, touched if len(touched) < MANY else None)
    return work.merges


def check_right(viewer: Viewer) -> None:
    """Raise Refused with the reason when the viewer may not change data."""
    answer = viewer.may("import")
    if not answer:
        raise Refused(f"不能合并或判定：{answer.reason}")


class _Work:
    """One run of merges inside its transaction."""

    def __init__(self, connection: Connection, viewer: Viewer, groups: Sequence[Group]) -> None:
        self.connection, self.viewer = connection, viewer
        self.sql, self.catalogue = pieces("matching.sql"), Catalogue(connection)
        ids = [i for group in groups for i in group.ids]
        if len(set(ids)) != len(ids):
            raise ValueError("a place stands in two groups")
        self.places = {row["id"]: row for row in self.catalogue.read("place", ids)}
        self._check(ids)
        self.merges = [self._begin(group) for group in groups]
        self.conflicts: dict[int, list[dict[str, Any]]] = defaultdict(list)

    def _check(self, ids: Sequence[int]) -> None:
        if len(self.places) < len(ids):
            raise Refused("其中一处已经不在（刚被合并或删除），请刷新后再看")
        rows = self.connection.execute(
            text("SELECT p.id, r.path FROM place p JOIN region r ON r.id = p.region_id WHERE p.id = ANY(:ids)"),
            {"ids": list(ids)},
        )
        for _, path in rows:
            answer = self.viewer.sees(path)
            if not answer:
                raise Refused(f"不能合并：有一处{answer.reason}")

    def _begin(self, group: Group) -> Merged:
        order = sorted(group.ids, key=lambda i: _worth(self.places[i]))
        kept, absorbed = order[0], tuple(order[1:])
        made = self.connection.execute(
            self.sql["add_merges"],
            {"kept": kept, "absorbed": list(absorbed), "how": group.how, "evidence": as_json(group.evidence),
             "actor": self.viewer.name, "account": self.viewer.account_id},
        )  # fmt: skip
        return Merged(int(made.scalar_one()), kept, absorbed)

    def keep_sources(self) -> None:
        """Keep the record of each place that has none kept yet, whole, under the place that stays."""
        all_of = [(m.id, i) for m in self.merges for i in (m.kept, *m.absorbed)]
        query = (
            "INSERT INTO place_source (place_id, origin_id, source, source_key, batch_id, record) "
            f"SELECT t.id, t.id, t.source, t.source_key, t.batch_id, {self.catalogue.row_json('place')} "
            "FROM place t WHERE t.id = ANY(CAST(:ids AS bigint[])) "
            "AND NOT EXISTS (SELECT FROM place_source s WHERE s.place_id = t.id) "
            "ORDER BY t.id RETURNING id, origin_id"
        )
        added = self.connection.execute(text(query), {"ids": [i for _, i in all_of]}).all()
        merge_of = {i: merge for merge, i in all_of}
        self.connection.execute(
            self.sql["note_added"],
            {"merge": [merge_of[row.origin_id] for row in added], "row": [row.id for row in added]},
        )

    def keep_grades(self) -> None:
        """Of the current results of one scheme the worst stays current, until the next scoring."""
        members = [(m.id, i, m.kept) for m in self.merges for i in (m.kept, *m.absorbed)]
        merges, places, kept = (list(column) for column in zip(*members, strict=True))
        rows = self.connection.execute(self.sql["grades"], {"merge": merges, "place": places, "kept": kept}).all()
        by_id = {m.id: m for m in self.merges}
        for row in rows:
            by_id[row.merge_id].grades.append(
                {"place": row.place_id, "scheme": row.scheme, "grade": row.grade, "severity": row.severity,
                 "at_least": row.at_least, "stands": row.rank == 1}
            )  # fmt: skip
        self.catalogue.note("changed", "assessment", [row.merge_id for row in rows], [row.id for row in rows])
        self.connection.execute(self.sql["supersede"], {"ids": [row.id for row in rows if row.rank > 1]})

    def repoint(self, table: str, pairs: list[tuple[int, int, int]]) -> None:
        """Point everything that hangs on absorbed rows of `table` to the kept ones; pairs: merge, absorbed, kept."""
        if not pairs:
            return
        for reference in self.catalogue.references(table):
            if reference.single:
                pairs_below = self._join(reference, pairs)
            else:
                pairs_below = []
                self._move(reference, pairs)
            self.repoint(reference.table, pairs_below)
            self._remove(reference.table, pairs_below)

    def _move(self, reference: Reference, pairs: list[tuple[int, int, int]]) -> None:
        merges, absorbed, kept = (list(column) for column in zip(*pairs, strict=True))
        names = {"table": quoted(reference.table), "column": quoted(reference.column)}
        self.connection.execute(
            pieces("matching.sql", **names)["move_rows"],
            {"merge": merges, "absorbed": absorbed, "kept": kept, "table_name": reference.table,
             "column_name": reference.column},
        )  # fmt: skip

    def _join(self, reference: Reference, pairs: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        """Where only one row may hang on a place: move it, or fold it into the one that hangs there already."""
        table, column = reference.table, reference.column
        wanted = sorted({i for _, absorbed, kept in pairs for i in (absorbed, kept)})
        there = {row[column]: row for row in self.catalogue.read(table, wanted, column)}
        moved, below = [], []
        held = {kept: [there[kept]] for _, _, kept in pairs if kept in there}
        merge_of = {kept: merge for merge, _, kept in pairs}
        for merge_id, absorbed, kept in pairs:
            row = there.get(absorbed)
            if row is None:
                continue
            if kept in held:
                held[kept].append(row)
                below.append((merge_id, row["id"], held[kept][0]["id"]))
            else:
                held[kept] = [row]
                moved.append((merge_id, absorbed, kept))
        if moved:
            self._move(reference, moved)
        for kept, rows in held.items():
            if len(rows) > 1:
                self._fold(table, merge_of[kept], rows)
        return below

    def _fold(self, table: str, merge_id: int, rows: list[dict[str, Any]]) -> None:
        folded = fold(table, rows)
        self._change(table, merge_id, rows[0], folded)
        for conflict in folded.conflicts:
            self.conflicts[merge_id].append(conflict | {"table": table})

    def _change(self, table: str, merge_id: int, row: dict[str, Any], folded: Folded) -> None:
        self.catalogue.note("changed", table, [merge_id], [row["id"]])
        changed = {name: value for name, value in folded.values.items() if name not in OWN and value != row.get(name)}
        self.catalogue.update(table, row["id"], changed)
        self.connection.execute(
            text(f"UPDATE {quoted(table)} SET updated_at = now() WHERE id = :id"),
            {"id": row["id"]},
        )
        self.catalogue.note_after(table, [merge_id])

    def _remove(self, table: str, below: list[tuple[int, int, int]]) -> None:
        if below:
            self.catalogue.note("removed", table, [merge for merge, _, _ in below], [gone for _, gone, _ in below])
            self.catalogue.delete(table, [gone for _, gone, _ in below])

    def fold_places(self) -> None:
        """Give the place that stays the values of all its records."""
        for one in self.merges:
            records = read_records(self.connection, one.kept)
            folded = fold("place", records)
            self._change("place", one.id, self.places[one.kept], folded)
            self.conflicts[one.id] = folded.conflicts + self.conflicts[one.id]

    def remove_absorbed(self) -> None:
        """Take the absorbed rows out, after making sure that nothing hangs on them any more."""
        gone = [(m.id, i, m.kept) for m in self.merges for i in m.absorbed]
        ids = [i for _, i, _ in gone]
        for reference in self.catalogue.references("place"):
            query = f"SELECT count(*) FROM {quoted(reference.table)} WHERE {quoted(reference.column)} = ANY(:ids)"
            if self.connection.scalar(text(query), {"ids": ids}):
                raise RuntimeError(f"rows of {reference.table} still hang on a place that is to go")
        self._remove("place", gone)

    def tell(self) -> None:
        """Write down contradictions, grades and an audit line for each merge."""
        self.catalogue.note_after("assessment", [m.id for m in self.merges])
        for one in self.merges:
            one.conflicts = self.conflicts[one.id]
            self.connection.execute(
                self.sql["told"],
                {"id": one.id, "conflicts": as_json(one.conflicts), "grades": as_json(one.grades)},
            )
            detail = {
                "merge": one.id,
                "kept": one.kept,
                "absorbed": list(one.absorbed),
                "conflicts": len(one.conflicts),
            }
            audit(self.connection, self.viewer, "place_merge", f"place:{one.kept}", detail)


def read_records(connection: Connection, place_id: int) -> list[dict[str, Any]]:
    """Return the original records of a place as their senders last told them, the place's own first."""
    rows = connection.execute(
        text("SELECT s.record FROM place_source s JOIN place p ON p.id = s.place_id WHERE s.place_id = :id "
             "ORDER BY s.origin_id <> p.id, s.id"),
        {"id": place_id},
    )  # fmt: skip
    return list(rows.scalars())


def _worth(place: dict[str, Any]) -> tuple[bool, bool, bool, int, int]:
    """Sort key: with a point, a valid code, not closed, more told, older."""
    known = sum(value is not None for value in place.values())
    return (place["geom"] is None, not check_uscc(place["uscc"]).ok, place["state"] == "closed", -known, place["id"])
