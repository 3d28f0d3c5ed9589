"""A merge must lose nothing, hide nothing and come apart to the byte."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from data.access import LOCAL, Viewer
from data.engine import make_engine
from data.matching import queue, scan
from data.matching.catalogue import Catalogue
from data.matching.merge import Group, Refused, merge, take_locks
from data.matching.split import split
from tests.matching.conftest import counts_agree, insert, place, snapshot

KNOWN_SINGLE = {("gas_installation", "place_id")}
LISTS = ("market", "supplier", "street")


def one(connection: Connection, query: str, **values: Any) -> Any:
    return connection.execute(text(query), values).one()


def test_merged_and_taken_apart_every_row_is_as_it_was_to_the_byte(db: Engine, three: dict[str, int]) -> None:
    with db.begin() as connection:
        before = snapshot(connection)
    with db.begin() as connection:
        done = merge(connection, [Group(tuple(three[name] for name in LISTS))], LOCAL)[0]
    with db.begin() as connection:
        assert snapshot(connection) != before
        counts_agree(connection)
    with db.begin() as connection:
        apart = split(connection, done.id, LOCAL)
    assert (apart.missing, apart.later) == (0, [])
    with db.begin() as connection:
        after = snapshot(connection)
        for table, rows in before.items():
            assert after[table] == rows, table
        counts_agree(connection)


def test_everything_that_hung_on_the_three_hangs_on_the_one(db: Engine, three: dict[str, int]) -> None:
    with db.begin() as connection:
        tables = {(r.table, r.column) for r in Catalogue(connection).references("place")}
        assert {r for r in tables if r[0] != "place_source"} >= {(t, "place_id") for t in (
            "inspection", "hazard", "sensor", "unit", "act", "gas_installation", "duty", "holding", "alarm", "incident",
            "assessment")}  # fmt: skip
        before = {t: connection.scalar(text(f"SELECT count(*) FROM {t}")) for t, _ in tables}
        done = merge(connection, [Group(tuple(three[name] for name in LISTS))], LOCAL)[0]
    with db.begin() as connection:
        for table, column in tables - KNOWN_SINGLE - {("place_source", "place_id")}:
            count = connection.scalar(text(f"SELECT count(*) FROM {table} WHERE {column} = {done.kept}"))
            assert count == before[table], table
        assert one(connection, "SELECT count(*), sum(hose_m) FROM gas_installation") == (1, 1.3)
        of_kept = "SELECT count(*) FROM cylinder JOIN gas_installation g ON g.id = installation_id WHERE place_id = :k"
        assert connection.scalar(text(of_kept), {"k": done.kept}) == 3
        kept = one(connection, "SELECT * FROM place WHERE id = :id", id=done.kept)
        assert set(kept.kinds) == {"gas_shop", "small_place"}
        assert kept.contact_phone == "13800001234", "what one does not know never takes away what another knows"
        assert kept.floor_area_m2 == 95
        assert kept.facts["exits"] == 1
        said = {one["column"]: one for one in done.conflicts}
        assert said["floor_area_m2"]["told"] == [
            {"place": three["market"], "value": 80.1}, {"place": three["supplier"], "value": 95}
        ]  # fmt: skip
        assert "facts.exits" in said
        assert connection.scalar(text("SELECT count(*) FROM place_source WHERE place_id = :k"), {"k": done.kept}) == 3
        audited = one(connection, "SELECT actor, detail FROM audit WHERE action = 'place_merge'")
        assert audited.detail["kept"] == done.kept


def test_a_unique_index_nobody_thought_of_is_found_here(db: Engine, three: dict[str, int]) -> None:
    """Re-pointing meets unique indexes: one a place (folded), current assessments (the worst stays); no other."""
    with db.begin() as connection:
        found = connection.execute(
            text("SELECT DISTINCT c.conrelid::regclass::text, a.attname, i.indexrelid::regclass::text "
                 "FROM pg_constraint c "
                 "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
                 "JOIN pg_index i ON i.indrelid = c.conrelid AND i.indisunique AND a.attnum = ANY (i.indkey) "
                 "WHERE c.contype = 'f' AND c.confrelid = 'place'::regclass")
        ).all()  # fmt: skip
    assert {row[2] for row in found} == {"uq_gas_installation_place_id", "uq_assessment_current"}


def test_no_grade_looks_better_after_a_merge(db: Engine, three: dict[str, int]) -> None:
    """yellow + orange is orange; blue + unknown is unknown; until the next scoring."""
    for grades, stands in (
        ((("yellow", 2, 2), ("orange", 3, 3)), "orange"), ((("blue", 1, 1), ("unknown", 0, 0)), "unknown"),
        ((("red", 4, 4), ("unknown", 0, 0)), "red"), ((("blue", 1, 1), ("unknown", 0, 3)), "unknown"),
        ((("na", -1, -1), ("blue", 1, 1)), "blue"),
    ):  # fmt: skip
        with db.connect() as connection:
            for name, (grade, severity, least) in zip(("market", "supplier"), grades, strict=True):
                connection.execute(
                    text("UPDATE assessment SET grade = :g, severity = :s, at_least = :l "
                         "WHERE place_id = :id AND superseded_at IS NULL"),
                    {"g": grade, "s": severity, "l": least, "id": three[name]},
                )  # fmt: skip
            done = merge(connection, [Group((three["market"], three["supplier"]))], LOCAL)[0]
            current = connection.execute(
                text("SELECT grade FROM assessment WHERE place_id = :id AND superseded_at IS NULL"), {"id": done.kept}
            ).scalars()
            assert list(current) == [stands], grades
            drawn_as = one(connection, "SELECT severity FROM drawn_place WHERE place_id = :id", id=done.kept)
            assert drawn_as.severity == {grade: severity for grade, severity, _ in grades}[stands]
            assert {g["grade"] for g in done.grades if g["stands"]} == {stands}
            connection.rollback()


def test_what_others_learnt_since_stays_when_a_merge_is_taken_apart(db: Engine, three: dict[str, int]) -> None:
    with db.begin() as connection:
        done = merge(connection, [Group((three["market"], three["supplier"]))], LOCAL)[0]
    with db.begin() as connection:
        connection.execute(text("UPDATE place SET employees = 7, floor_area_m2 = 70 WHERE id = :id"), {"id": done.kept})
        new = insert(connection, "inspection", place_id=done.kept, inspected_on="2026-06-01", type="routine")
        connection.execute(text("DELETE FROM hazard WHERE id = :id"), {"id": three["supplier.hazard"]})
        connection.execute(
            text("UPDATE assessment SET superseded_at = now() WHERE place_id = :id AND superseded_at IS NULL"),
            {"id": done.kept},
        )
        connection.execute(
            text("INSERT INTO assessment (place_id, scheme, rule_version, as_of, grade, severity, at_least, sentence, "
                 "contributions, run_id) SELECT :id, 'gas_shop', 'v1', '2026-06-02', 'red', 4, 4, 'x', '[]', max(id) "
                 "FROM risk_run"),
            {"id": done.kept},
        )  # fmt: skip
    with db.begin() as connection:
        apart = split(connection, done.id, LOCAL)
    assert apart.missing == 1
    assert set(apart.later) == {"place.employees", "place.floor_area_m2"}
    with db.begin() as connection:
        assert one(connection, "SELECT employees, floor_area_m2 FROM place WHERE id = :id", id=done.kept) == (7, 70)
        assert connection.scalar(text("SELECT place_id FROM inspection WHERE id = :id"), {"id": new}) == done.kept
        for name in ("market", "supplier"):
            current = connection.execute(
                text("SELECT grade FROM assessment WHERE place_id = :id AND superseded_at IS NULL"), {"id": three[name]}
            ).scalars()
            assert list(current) == ["yellow"], "what was scored of both together says nothing of one"
        counts_agree(connection)


def test_merges_come_apart_in_the_order_in_which_they_were_made(db: Engine, three: dict[str, int]) -> None:
    with db.begin() as connection:
        before = snapshot(connection)
    with db.begin() as connection:
        first = merge(connection, [Group((three["supplier"], three["street"]))], LOCAL)[0]
    with db.begin() as connection:
        middle = snapshot(connection)
    with db.begin() as connection:
        second = merge(connection, [Group((three["market"], first.kept))], LOCAL)[0]
        counts_agree(connection)
        assert connection.scalar(text("SELECT count(*) FROM place_source WHERE place_id = :k"), {"k": second.kept}) == 3
    with db.begin() as connection, pytest.raises(Refused, match="先拆开"):
        split(connection, first.id, LOCAL)
    with db.begin() as connection:
        split(connection, second.id, LOCAL)
        assert snapshot(connection) == middle
        split(connection, first.id, LOCAL)
        assert snapshot(connection) == before
        with pytest.raises(Refused, match="已由“本机”拆开"):
            split(connection, first.id, LOCAL)


def test_killed_half_way_nothing_is_merged(db: Engine, db_url: str, three: dict[str, int]) -> None:
    """At every statement of the merge the connection may be gone."""
    with db.begin() as connection:
        before = snapshot(connection)
    for step in range(1, 60, 4):
        engine = make_engine(db_url)
        try:
            with engine.begin() as connection:
                _die_at(connection, step)
                merge(connection, [Group(tuple(three[name] for name in LISTS))], LOCAL)
                connection.execute(text("SELECT 1"))
                raise Killed
        except Exception:  # noqa: S110 - whatever way it dies
            pass
        engine.dispose()
        with db.begin() as connection:
            assert snapshot(connection) == before, step
            assert connection.scalar(text("SELECT count(*) FROM place_merge")) == 0


class Killed(Exception):
    pass


def _die_at(connection: Connection, step: int) -> None:
    from sqlalchemy import event

    seen = [0]

    @event.listens_for(connection.engine, "before_cursor_execute")
    def _count(conn: Any, cursor: Any, *_rest: Any) -> None:
        seen[0] += 1
        if seen[0] == step:
            conn.connection.dbapi_connection.close()


def test_two_who_decide_one_pair_at_once_merge_it_once(db: Engine, three: dict[str, int]) -> None:
    scan.run(db)
    pair = _pair(db, three)
    said: list[str] = []
    start = threading.Barrier(2)

    def answer(name: str, what: queue.Answer) -> None:
        start.wait()
        try:
            queue.decide_pair(db, Viewer(name, "steward", 1, None), pair, what)
            said.append("done")
        except Refused as error:
            said.append(str(error))

    threads = [threading.Thread(target=answer, args=(name, "same")) for name in ("张三", "李四")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(bool, said)) == [True, True]
    assert said.count("done") == 1
    assert any("已判定为同一处" in text or "没有这一对" in text for text in said if text != "done")
    with db.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM place_merge")) == 1
        counts_agree(connection)


def _pair(db: Engine, three: dict[str, int]) -> int:
    a, b = sorted((three["market"], three["supplier"]))
    with db.begin() as connection:
        return int(
            connection.scalar(text("SELECT id FROM place_pair WHERE a_id = :a AND b_id = :b"), {"a": a, "b": b}) or 0
        )


def test_a_district_cannot_merge_or_decide_what_is_not_its_own(
    db: Engine, city: dict[str, int], three: dict[str, int]
) -> None:
    with db.begin() as connection:
        far = place(connection, city["990102X"], "海风锅贴店", lon=120.35, address="澄江路12号", source="west")
    east, west = (Viewer("区", "steward", 1, (city[code],)) for code in ("990101", "990102"))
    for viewer in (east, west):
        with db.begin() as connection, pytest.raises(Refused, match="管辖"):
            merge(connection, [Group((three["market"], far))], viewer)
    scan.run(db)
    pair = _pair(db, three)
    with pytest.raises(Refused, match="管辖"):
        queue.decide_pair(db, west, pair, "same")
    with pytest.raises(Refused, match="没有此项权限"):
        queue.decide_pair(db, Viewer("看", "leader", 1, None), pair, "same")
    with db.begin() as connection:
        done = merge(connection, [Group((three["market"], three["supplier"]))], LOCAL)[0]
    with pytest.raises(Refused, match="管辖"):
        queue.take_apart(db, west, done.id)
    assert queue.take_apart(db, east, done.id).restored == done.absorbed


def test_different_is_remembered_and_not_asked_again(db: Engine, three: dict[str, int]) -> None:
    first = scan.run(db)
    assert first.asked == 3
    pair = _pair(db, three)
    queue.decide_pair(db, LOCAL, pair, "different")
    again = scan.run(db, apply=True)
    assert again.merged == 0
    assert again.remembered == 1
    with db.begin() as connection:
        rows = connection.execute(text("SELECT state, count(*) FROM place_pair GROUP BY 1 ORDER BY 1")).all()
        assert rows == [("different", 1), ("open", 2)]
    queue.ask_again(db, LOCAL, pair)
    assert scan.run(db, apply=True).merged == 1


def test_after_a_merge_was_taken_apart_no_rule_puts_it_together_again(db: Engine, three: dict[str, int]) -> None:
    done = scan.run(db, apply=True)
    assert (done.merged, done.absorbed) == (1, 1)
    queue.take_apart(db, LOCAL, done.merges[0])
    assert scan.run(db, apply=True).merged == 0


def test_what_is_different_by_way_of_a_third_record_is_not_merged(db: Engine, three: dict[str, int]) -> None:
    scan.run(db)
    with db.begin() as connection:
        rows = connection.execute(text("SELECT id, a_id, b_id FROM place_pair")).all()
    by_ids = {frozenset((row.a_id, row.b_id)): row.id for row in rows}
    market, supplier, street = (three[name] for name in LISTS)
    queue.decide_pair(db, LOCAL, by_ids[frozenset((market, street))], "different")
    queue.decide_pair(db, LOCAL, by_ids[frozenset((market, supplier))], "same")
    with pytest.raises(Refused, match="不是同一处"):
        queue.decide_pair(db, LOCAL, by_ids[frozenset((supplier, street))], "same")


def test_a_dry_run_writes_nothing(db: Engine, three: dict[str, int]) -> None:
    with db.begin() as connection:
        before = snapshot(connection)
    done = scan.run(db, apply=True, dry_run=True)
    assert done.merged == 1
    with db.begin() as connection:
        assert snapshot(connection) == before
        for table in ("place_pair", "place_merge", "place_merge_row", "audit"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0


def test_the_same_search_again_changes_nothing(db: Engine, three: dict[str, int]) -> None:
    scan.run(db, apply=True)
    with db.begin() as connection:
        before = (snapshot(connection), connection.execute(text("SELECT * FROM place_pair ORDER BY id")).all())
    again = scan.run(db, apply=True)
    assert (again.merged, again.new, again.withdrawn) == (0, 0, 0)
    with db.begin() as connection:
        assert (snapshot(connection), connection.execute(text("SELECT * FROM place_pair ORDER BY id")).all()) == before


def test_a_merged_place_is_not_deleted_under_its_records(db: Engine, three: dict[str, int]) -> None:
    with db.begin() as connection:
        done = merge(connection, [Group((three["market"], three["supplier"]))], LOCAL)[0]
    with pytest.raises(Exception, match="place_source"), db.begin() as connection:
        connection.execute(text("DELETE FROM place WHERE id = :id"), {"id": done.kept})


def test_a_triple_settled_by_hand_can_be_taken_apart_and_asked_again(db: Engine, three: dict[str, int]) -> None:
    """One answer settles every pair of the same two places; taking apart and asking again reopen all of them."""
    scan.run(db, apply=True)
    with db.begin() as connection:
        pairs, total = queue.read_pairs(connection, LOCAL)
        assert (len(pairs), total) == (1, 1)
    done = queue.decide_pair(db, LOCAL, pairs[0].id, "same")
    assert done is not None
    with db.begin() as connection:
        assert queue.read_pairs(connection, LOCAL)[1] == 0
    queue.take_apart(db, LOCAL, done.id)
    with db.begin() as connection:
        different = queue.read_different(connection, LOCAL)
        assert len(different) == 1
        assert queue.read_pairs(connection, LOCAL)[1] == 0
    assert scan.run(db, apply=True).asked == 0
    queue.ask_again(db, LOCAL, different[0]["id"])
    again = scan.run(db, apply=True)
    assert (again.asked, again.withdrawn) == (1, 0)
    with db.begin() as connection:
        pairs, total = queue.read_pairs(connection, LOCAL)
    assert total == 1
    assert queue.decide_pair(db, LOCAL, pairs[0].id, "same") is not None


def test_while_an_import_writes_a_click_says_so_and_changes_nothing(
    db: Engine, three: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    scan.run(db)
    pair = _pair(db, three)
    monkeypatch.setattr(queue, "PATIENCE", "50ms")
    with db.begin() as importing:
        take_locks(importing)
        with pytest.raises(Refused, match="正在导入"):
            queue.decide_pair(db, LOCAL, pair, "same")
    assert queue.decide_pair(db, LOCAL, pair, "same") is not None
