"""The doctor's numbers must be those of the tables, add up at every level, and stay inside a viewer's scope."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from data import drawn, jobs
from data.access import LOCAL, NOBODY, Viewer
from data.commands import doctor as command
from data.doctor import Count, check_of, checks, examine, save
from data.doctor.checks import FOLDER, Check, read
from data.doctor.job import TASK
from data.doctor.read import kept_parts, read_detail, read_examined, read_kept, read_list
from data.doctor.run import listed, totals
from data.drill import Node, read_children, read_node
from data.settings import Settings
from data.standards import coverage
from geo.codes import check_uscc
from risk.schemes import load
from tests.data.desk_city import NOW, TODAY, build
from tests.data.doctor_city import NOW as TWIN_NOW
from tests.data.doctor_city import TODAY as TWIN_DAY
from tests.data.doctor_city import build as build_twins
from tests.data.doctor_city import code as valid_code

LACKING = [
    {"input": "alarm", "label": "报警器", "state": "missing"},
    {"input": "alarm", "label": "报警器", "state": "stale"},
    {"input": "hose_m", "label": "软管", "state": "known"},
    {"input": "hazards", "label": "隐患", "state": "stale"},
]


@pytest.fixture
def ids(db: Engine) -> dict[str, int]:
    return build(db)


@pytest.fixture
def conn(db: Engine, ids: dict[str, int]) -> Iterator[Connection]:
    """The desk city, examined and kept, in a transaction that is rolled back."""
    with db.connect() as connection:
        assess(connection, ids)
        keep(connection)
        yield connection


def keep(conn: Connection, days_ago: int = 0) -> None:
    with conn.begin_nested():
        save(conn, examine(conn, TODAY - timedelta(days=days_ago), NOW))
        conn.exec_driver_sql("DROP TABLE doctor_lack, doctor_new, doctor_judged, doctor_sum, doctor_bare, doctor_shift")


def assess(conn: Connection, ids: dict[str, int]) -> None:
    """小李面馆 is unknown and proven orange, 无坐标小吃 unknown, 老王川菜馆 graded though an input is missing."""
    run = conn.execute(text("SELECT max(id) FROM risk_run")).scalar()
    conn.execute(text("DELETE FROM assessment WHERE scheme = 'gas_shop'"))
    for name, severity, least in (("小李面馆", 0, 3), ("无坐标小吃", 0, 0), ("老王川菜馆", 2, 2)):
        conn.execute(
            text("INSERT INTO assessment (place_id, scheme, rule_version, as_of, grade, severity, at_least,"
                 " sentence, contributions, run_id)"
                 " VALUES (:place, 'gas_shop', 'v', :day, 'x', :severity, :least, '', :why, :run)"),
            {"place": ids[name], "day": TODAY, "severity": severity, "least": least, "run": run,
             "why": json.dumps(LACKING)},
        )  # fmt: skip
    drawn.refresh(conn)


def node(conn: Connection, code: str = "990100", viewer: Viewer = LOCAL) -> Node:
    found = read_node(conn, viewer, code)
    assert found is not None
    return found


def counts(conn: Connection, code: str = "990100", viewer: Viewer = LOCAL) -> dict[str, Count]:
    examined = read_examined(conn, viewer, node(conn, code, viewer))
    assert examined is not None
    return {line.check_id: line.count for line in examined.lines}


def test_counts_are_those_of_the_tables(conn: Connection) -> None:
    found = counts(conn)
    plain = {
        "no_point": "SELECT count(*) FROM place WHERE geom IS NULL",
        "no_installation": "SELECT count(*) FROM place WHERE kinds @> '{gas_shop}'",
        "no_industry": "SELECT count(*) FROM place WHERE kinds @> '{enterprise}' AND industry IS NULL",
        "sensor_silent": "SELECT count(*) FROM sensor WHERE last_seen_at < '2026-05-19 04:00+00'",
        "hazard_no_deadline": "SELECT count(*) FROM hazard WHERE deadline IS NULL",
        "grid_no_people": "SELECT count(*) FROM region WHERE level = 5 AND NOT is_rest AND population_night IS NULL",
    }
    for check, sql in plain.items():
        assert found[check].n == conn.execute(text(sql)).scalar(), check
    assert (found["no_point"].n, found["no_point"].population, found["no_point"].unmapped) == (1, 10, 1)


def test_unknown_grades_are_counted_where_the_check_is_among_the_reasons(conn: Connection) -> None:
    found = counts(conn)
    shops = found["no_installation"]  # all three have none; two are unknown, one of them proven orange
    assert (shops.n, shops.unknown, shops.unknown_severe) == (3, 2, 1)
    alarm, hazards = found["input:gas_shop.alarm"], found["input:gas_shop.hazards"]
    assert (alarm.n, alarm.population, alarm.unknown, alarm.unknown_severe) == (3, 3, 2, 1)
    assert hazards.n == 3
    assert alarm.n <= alarm.population, "an input that is named twice is counted once"
    assert "input:gas_shop.hose_m" not in found, "a known input is lacking nowhere"
    assert found["no_phone"].unknown == 0, "no rule reads a telephone number"


def test_a_place_with_two_findings_of_a_check_is_one_unknown_place(conn: Connection, ids: dict[str, int]) -> None:
    conn.execute(
        text("INSERT INTO sensor (place_id, code, kind, source, source_key) VALUES (:id, 'S2', 'gas', 'test', 's2')"),
        {"id": ids["小李面馆"]},
    )
    keep(conn)
    silent = counts(conn)["sensor_silent"]
    assert (silent.n, silent.unknown, silent.unknown_severe) == (2, 1, 1)


def test_children_add_up_to_their_parent_at_every_kept_level(conn: Connection) -> None:
    place_checks = [check.id for check in checks().values() if check.group not in ("region",)]
    for code in ("990100", "990101"):
        whole = counts(conn, code)
        below = [counts(conn, row.code) for row in read_children(conn, LOCAL, node(conn, code), TODAY)]
        for check in whole:
            if check.split(":")[0] not in place_checks:
                continue
            for name in ("n", "population", "unmapped", "unknown", "unknown_severe"):
                total = sum(getattr(child[check], name) for child in below if check in child)
                assert total == getattr(whole[check], name), (code, check, name)


def test_below_a_street_findings_are_counted_and_agree_with_the_list(conn: Connection) -> None:
    for code in ("990101002", "990101002001", "990101002001X", "990101001001001"):
        here = node(conn, code)
        for check, count in counts(conn, code).items():
            assert count.n == len(read_list(conn, LOCAL, check, here, 1000)), (code, check)
        assert (kept_parts(conn, LOCAL, here) is None) == (code != "990101002")


def test_a_district_user_gets_that_district_only(conn: Connection, ids: dict[str, int]) -> None:
    west = Viewer("西区", "supervisor", 1, (ids["990102"],))
    assert counts(conn, "990100", west)["no_phone"].population == 1
    names = {row.name for check in counts(conn, "990100", west)
             for row in read_list(conn, west, check, node(conn, "990100", west))}  # fmt: skip
    assert names == {"西区旅馆"}
    both = Viewer("两处", "supervisor", 1, (ids["990102"], ids["990101002001"]))  # one of them below a street
    found = {row.name for row in read_list(conn, both, "no_installation", node(conn, "990100", both))}
    assert found == {"老王川菜馆", "小李面馆"}
    assert counts(conn, "990100", both)["no_installation"].n == 2
    assert read_kept(conn, NOBODY) is None


def test_the_detail_names_children_days_and_findings(conn: Connection) -> None:
    keep(conn, days_ago=7)
    conn.execute(text("UPDATE place SET contact_phone = NULL WHERE name = '橙光机械'"))
    keep(conn)
    detail = read_detail(conn, LOCAL, "no_phone", node(conn), TODAY)
    assert [(child.name, child.n) for child in detail.children] == [("东区", 1)]
    assert [(day, n) for day, n, _ in detail.days] == [(TODAY - timedelta(days=7), 0), (TODAY, 1)]
    assert [row.name for row in detail.findings] == ["橙光机械"]
    examined = read_examined(conn, LOCAL, node(conn))
    assert examined is not None
    line = examined.line("no_phone")
    assert line is not None
    assert (line.before, line.count.n) == (0, 1)


def test_a_second_examination_on_a_day_replaces_the_first(conn: Connection) -> None:
    before = conn.execute(text("SELECT count(*), sum(n) FROM doctor_trend")).one()
    keep(conn)
    assert conn.execute(text("SELECT count(*), sum(n) FROM doctor_trend")).one() == before
    assert conn.execute(text("SELECT count(DISTINCT day) FROM doctor_trend")).scalar() == 1


def test_what_was_deleted_since_is_not_listed(conn: Connection, ids: dict[str, int]) -> None:
    conn.execute(text("DELETE FROM place WHERE id = :id"), {"id": ids["无坐标小吃"]})
    assert read_list(conn, LOCAL, "no_point", node(conn)) == []


def test_sources_are_told_apart_and_filtered(conn: Connection) -> None:
    conn.execute(text("UPDATE place SET source = '市场局', contact_phone = NULL WHERE name = '老王川菜馆'"))
    conn.execute(text("UPDATE place SET contact_phone = NULL WHERE name = '小李面馆'"))
    keep(conn)
    examined = read_examined(conn, LOCAL, node(conn))
    assert examined is not None
    line = examined.line("no_phone")
    assert line is not None
    assert {one.source: (one.n, one.population) for one in line.sources} == {"市场局": (1, 1), "test": (1, 9)}
    with conn.begin_nested() as inside:
        examine(conn, TODAY, NOW, source="市场局", only=["no_phone"])
        assert [row["name"] for row in listed(conn, 10)] == ["老王川菜馆"]
        inside.rollback()


def test_limits_that_repeat_a_rule_say_what_the_rule_says() -> None:
    asked = [(check, limit) for check in checks().values() for limit in check.limits.values() if limit.rule]
    assert asked
    for check, limit in asked:
        scheme, part, key, name = str(limit.rule).split(".")
        value = getattr(getattr(load(scheme).rule, part)[key], name)
        number = float(getattr(value, "number", value))
        assert number == limit.value, check.id
    silent = checks()["sensor_silent"].limits
    assert silent["silent_hours"].value == coverage().silence.hours
    assert silent["silent_kinds"].value == coverage().silence.kinds


def test_effects_name_inputs_that_exist() -> None:
    for check in checks().values():
        for effect in check.effect:
            scheme, key = effect.split(".")
            rule = load(scheme).rule
            assert key in rule.inputs or key in rule.directs, (check.id, effect)


@pytest.mark.parametrize(
    ("head", "sql", "said"),
    [
        ("group: nowhere", "SELECT 1", "nowhere"),
        ("group: missing\nsurprise: 1", "SELECT 1", "surprise"),
        ("group: missing", "SELECT :days", "days"),
        ("group: missing\nlimits: {days: {value: 1, source: x, certainty: house}}", "SELECT 1", "never used"),
        ("group: missing\nknown: SELECT true", "SELECT 1", "go together"),
    ],
)
def test_a_slip_in_a_check_is_refused_by_name(tmp_path, head: str, sql: str, said: str) -> None:
    file = tmp_path / "mine.sql"
    file.write_text(f"/*\ntitle: 我的\nrecord: place\nharm: h\nwho: w\nfix: f\n{head}\n*/\n{sql}", encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        read(file)


def test_a_file_is_a_check(tmp_path, conn: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "short_name.sql"
    file.write_text(
        "/*\ntitle: 名字太短\ngroup: missing\nrecord: place\nharm: h\nwho: w\nfix: f\n"
        "limits: {least: {value: 4, source: 约定, certainty: house}}\n*/\n"
        "SELECT id AS record_id, id AS place_id, region_id, source, length(name) <= :least AS wrong, name AS value"
        " FROM place",
        encoding="utf-8",
    )  # fmt: skip
    mine = read(file)
    monkeypatch.setattr("data.doctor.run.checks", lambda: {mine.id: mine})
    with conn.begin_nested() as inside:
        examine(conn, TODAY, NOW)
        found = {row["name"] for row in listed(conn, 50)}
        inside.rollback()
    assert found == {"红星化工", "赤峰化工", "橙光机械", "小李面馆", "海上平台", "西区旅馆"}


def test_every_check_file_has_its_words() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == set(checks())
    assert isinstance(check_of("input:gas_shop.alarm"), Check)
    assert check_of("gone") is None


@pytest.fixture(scope="module")
def codes(template: str, new_database) -> Iterator[Connection]:
    from data.engine import make_engine

    engine = make_engine(new_database(template))
    build_twins(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_codes_are_judged_as_the_standard_judges_them(codes: Connection, data: st.DataObject) -> None:
    good = valid_code(data.draw(st.integers(0, 9_999_999)))
    at = data.draw(st.integers(0, 17))
    sign = data.draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ 一"))
    code = data.draw(st.sampled_from([good, good[:at] + sign + good[at + 1 :], good[:at]])) or "x"
    with codes.begin_nested() as inside:
        codes.execute(text("UPDATE place SET uscc = :code WHERE name = '甲'"), {"code": code})
        examine(codes, TWIN_DAY, TWIN_NOW, only=["bad_code"])
        found = [row["name"] for row in listed(codes, 5)]
        inside.rollback()
    right = check_uscc(code).ok and code == code.strip().upper()
    assert found == ([] if right else ["甲"])


def test_totals_join_sources_and_keep_unknown_populations_unknown() -> None:
    some = [Count("no_phone", "a", 1, 5, 0, 1, 0), Count("no_phone", "b", 2, None, 1, 0, 0)]
    assert totals(some) == [Count("no_phone", "b、a", 3, None, 1, 1, 0)]


def test_the_queue_examines_and_keeps(db: Engine, db_url: str, settings: Settings) -> None:
    build(db)
    assert jobs.defer(db_url, TASK) is not None
    jobs.run_worker(settings, wait=False)
    with db.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM doctor_run")).scalar() == 1
        assert conn.execute(text("SELECT count(*) FROM doctor_finding")).scalar()


def test_an_empty_database_has_nothing_to_examine(db: Engine, db_url: str, settings: Settings) -> None:
    jobs.defer(db_url, TASK)
    jobs.run_worker(settings, wait=False)
    with db.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM doctor_run")).scalar() == 0
        failed = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'"
        assert conn.execute(text(failed)).scalar() == 0
        with pytest.raises(ValueError, match="empty"):
            examine(conn, TODAY, NOW)


def run_command(settings: Settings, *words: str) -> int:
    from data.__main__ import build_parser

    args = build_parser(["doctor"]).parse_args(["doctor", *words])
    return command.run(args, settings)


def test_the_command_prints_json_or_a_table_and_its_code_says_what_it_found(
    db: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(settings) == command.WRONG_WORDS
    build(db)
    capsys.readouterr()
    assert run_command(settings, "--json") == command.FOUND
    said = json.loads(capsys.readouterr().out)
    point = next(row for row in said["counts"] if row["id"] == "no_point")
    assert (point["n"], point["population"], point["source"]) == (1, 10, "test")
    assert said["listed"]["no_point"][0]["name"] == "无坐标小吃"
    assert "on_water" in said["unknown"]
    assert run_command(settings, "--check", "no_point", "--region", "990101001") == command.NOTHING
    assert run_command(settings, "--check", "no_point", "--region", "990101002") == command.FOUND
    table = capsys.readouterr().out
    assert "无坐标小吃" in table
    assert "该谁改" in table
    with db.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM doctor_finding")).scalar() == 0, "nothing is kept unasked"


WRONG = [("--check", "x"), ("--region", "1"), ("--source", "x"), ("--save", "--check", "no_point")]


@pytest.mark.parametrize("words", WRONG)
def test_words_that_name_nothing_are_refused(db: Engine, settings: Settings, words: tuple[str, ...]) -> None:
    build(db)
    assert run_command(settings, *words) == command.WRONG_WORDS


def test_saving_feeds_page_and_trend(db: Engine, settings: Settings) -> None:
    build(db)
    assert run_command(settings, "--save") == command.FOUND
    with db.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM doctor_run")).scalar() == 1
        assert read_examined(conn, LOCAL, node(conn)) is not None
