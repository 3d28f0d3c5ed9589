"""A standing source takes in what is new, once; what a full delivery lacks is proposed, and nothing is ever deleted."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine, text

from data.access import Viewer
from data.settings import load_settings
from data.sources.job import queued_look
from data.sources.plan import Plan, PlanError, read_plans
from data.sources.reconcile import DecisionError, decide, read_gone
from data.sources.run import due, look, look_at_due, looked

TODAY = date(2026, 11, 25)
HEAD = "企业编号,单位名称,经度,纬度\n"
A, B, C = "1,甲,120.32,36.05\n", "2,乙,120.36,36.05\n", "3,丙,120.33,36.06\n"


@pytest.fixture
def engine(db: Engine, city: dict[str, int]) -> Engine:
    return db


def plan_of(folder: Path, **changes: object) -> Plan:
    given = {
        "name": "应急局", "kind": "enterprise", "mode": "full", "folder": folder, "pattern": "*.csv", "datum": "wgs84",
    }  # fmt: skip
    return Plan.model_validate(given | changes)


def put(folder: Path, name: str, content: str, age: int = 1000) -> None:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    os.utime(path, (1.7e9 - age, 1.7e9 - age))


def names(engine: Engine, where: str = "true") -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text(f"SELECT name FROM place WHERE {where} ORDER BY name")).scalars())


def test_a_full_delivery_proposes_what_it_lacks_and_deletes_nothing(engine: Engine, tmp_path: Path) -> None:
    put(tmp_path, "1.csv", HEAD + A + B)
    first = look(engine, plan_of(tmp_path), TODAY)
    assert (first.state, first.new, first.changed, first.gone) == ("done", 2, 0, 0)
    put(tmp_path, "2.csv", HEAD + A.replace("甲", "甲厂") + C, age=500)
    second = look(engine, plan_of(tmp_path), TODAY)
    assert (second.new, second.changed, second.gone) == (1, 1, 1)
    assert "没有送全" in second.sentence
    assert names(engine) == ["丙", "乙", "甲厂"]
    with engine.connect() as connection:
        gone = read_gone(connection)
        state = connection.execute(text("SELECT state FROM place WHERE name = '乙'")).scalar()
    assert [(row.name, row.source) for row in gone] == [("乙", "应急局")]
    assert state == "open", "a proposal changes nothing"


def test_the_same_content_comes_in_once_and_a_row_that_returns_is_not_gone(engine: Engine, tmp_path: Path) -> None:
    put(tmp_path, "1.csv", HEAD + A + B)
    look(engine, plan_of(tmp_path), TODAY)
    assert look(engine, plan_of(tmp_path), TODAY).state == "unchanged"
    put(tmp_path, "copy.csv", HEAD + A + B, age=900)
    assert look(engine, plan_of(tmp_path), TODAY).state == "unchanged"
    put(tmp_path, "2.csv", HEAD + A, age=500)
    assert look(engine, plan_of(tmp_path), TODAY).gone == 1
    put(tmp_path, "3.csv", HEAD + A + B + C, age=400)
    third = look(engine, plan_of(tmp_path), TODAY)
    assert (third.returned, third.gone) == (1, 0)
    with engine.connect() as connection:
        assert read_gone(connection) == []


def test_a_rejected_row_is_not_gone(engine: Engine, tmp_path: Path) -> None:
    put(tmp_path, "1.csv", HEAD + A + B)
    look(engine, plan_of(tmp_path), TODAY)
    put(tmp_path, "2.csv", HEAD + A + "2,,120.36,36.05\n", age=500)
    second = look(engine, plan_of(tmp_path), TODAY)
    assert second.imports[0]["rejected"] == 1
    assert second.gone == 0


def test_an_incremental_source_takes_every_new_file_in_order(engine: Engine, tmp_path: Path) -> None:
    put(tmp_path, "b.csv", HEAD + A.replace("甲", "甲新"), age=100)
    put(tmp_path, "a.csv", HEAD + A + B, age=900)
    done = look(engine, plan_of(tmp_path, mode="incremental"), TODAY)
    assert (done.new, done.changed, done.gone) == (2, 1, 0)
    assert names(engine) == ["乙", "甲新"]


def test_files_still_being_written_are_left_for_the_next_look(engine: Engine, tmp_path: Path) -> None:
    put(tmp_path, "1.csv", HEAD + A)
    put(tmp_path, "~$2.csv", HEAD + B)
    put(tmp_path, "3.csv.part", HEAD + B)
    assert look(engine, plan_of(tmp_path), TODAY, now=1.7e9 - 995).state == "unchanged"
    assert look(engine, plan_of(tmp_path, pattern="*"), TODAY, now=1.7e9).new == 1


def test_a_refused_delivery_says_why_once_and_a_missing_folder_too(engine: Engine, tmp_path: Path) -> None:
    put(tmp_path, "1.csv", "%PDF-1.4 nothing of use")
    bad = look(engine, plan_of(tmp_path), TODAY)
    assert bad.state == "failed"
    assert "PDF" in bad.sentence
    assert look(engine, plan_of(tmp_path), TODAY).state == "unchanged"
    missing = look(engine, plan_of(tmp_path / "none"), TODAY)
    assert (missing.state, "读不了" in missing.sentence) == ("failed", True)
    with engine.connect() as connection:
        assert looked(connection)["应急局"].state == "failed"


def test_a_crash_between_import_and_reconciliation_leaves_nothing(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "1.csv", HEAD + A)
    monkeypatch.setattr("data.sources.run.reconcile", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        look(engine, plan_of(tmp_path), TODAY)
    assert names(engine) == []
    monkeypatch.undo()
    assert look(engine, plan_of(tmp_path), TODAY).new == 1


def test_a_person_decides_once_and_only_inside_their_regions(engine: Engine, tmp_path: Path) -> None:
    put(tmp_path, "1.csv", HEAD + A + B)
    look(engine, plan_of(tmp_path), TODAY)
    put(tmp_path, "2.csv", HEAD + A, age=500)
    look(engine, plan_of(tmp_path), TODAY)
    elsewhere = Viewer("钱", "steward", regions=(-1,))
    with engine.begin() as connection:
        assert read_gone(connection, elsewhere) == []
        number = read_gone(connection)[0].id
    with engine.connect() as connection, pytest.raises(DecisionError, match="管辖"):
        decide(connection, number, "closed", elsewhere)
    with engine.connect() as connection, pytest.raises(DecisionError, match="不能处理"):
        decide(connection, number, "closed", Viewer("墙", "wall", regions=None))
    with engine.begin() as connection:
        decide(connection, number, "closed")
        assert connection.execute(text("SELECT count(*) FROM audit WHERE action = 'gone'")).scalar() == 1
    with engine.connect() as connection, pytest.raises(DecisionError, match="已有人处理"):
        decide(connection, number, "kept")
    assert names(engine, "state = 'closed'") == ["乙"]


def test_a_view_is_read_without_its_order_and_without_writing(engine: Engine) -> None:
    url = engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE bureau (编号 text, 单位名称 text, lon float8, lat float8)"))
        connection.execute(text("INSERT INTO bureau VALUES ('1', '甲', 120.32, 36.05), ('2', '=乙', 120.36, 36.05)"))
        connection.execute(text("CREATE VIEW v_bureau AS SELECT * FROM bureau ORDER BY random()"))
    plan = Plan.model_validate({
        "name": "外局", "kind": "enterprise", "mode": "full", "view": "public.v_bureau", "database": "BUREAU_DB",
        "columns": {"编号": "key"}, "datum": "wgs84",
    })  # fmt: skip
    assert look(engine, plan, TODAY, {"BUREAU_DB": url}).new == 2
    assert look(engine, plan, TODAY, {"BUREAU_DB": url}).state == "unchanged"
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM bureau WHERE 编号 = '1'"))
    assert look(engine, plan, TODAY, {"BUREAU_DB": url}).gone == 1
    refused = look(engine, plan, TODAY, {"BUREAU_DB": "mysql://user:geheim@host/db"})
    assert refused.state == "failed"
    assert "geheim" not in refused.sentence
    away = look(engine, plan, TODAY, {"BUREAU_DB": "postgresql://user:geheim@127.0.0.1:1/db"})
    assert (away.state, "geheim" in away.sentence) == ("failed", False)


def test_only_what_is_due_is_looked_at(engine: Engine, tmp_path: Path) -> None:
    put(tmp_path, "1.csv", HEAD + A)
    plan = plan_of(tmp_path, every_minutes=30)
    assert [report.new for report in look_at_due(engine, [plan], TODAY)] == [1]
    assert look_at_due(engine, [plan], TODAY) == []
    with engine.connect() as connection:
        last = looked(connection)["应急局"]
    assert due(plan, last, datetime.now(UTC) + timedelta(minutes=31))


@pytest.mark.parametrize(("content", "said"), [
    ("name: a\nkind: enterprise\nmode: full\n", "folder 和 view"),
    ("name: a\nkind: enterprise\nmode: full\nfolder: x\nview: y\ndatabase: Z\n", "folder 和 view"),
    ("name: a\nkind: nothing\nmode: full\nfolder: x\n", "nothing"),
    ("name: a\nkind: inspection\nmode: full\nfolder: x\n", "incremental"),
    ("name: a\nkind: enterprise\nmode: full\nview: 'x; DROP TABLE place'\ndatabase: Z\n", "view 要写成"),
    ("name: a\nkind: enterprise\nmode: full\nview: x\ndatabase: 'postgresql://u:p@h/d'\n", "环境变量名"),
    ("name: a\nkind: enterprise\nmode: full\nfolder: x\npattern: '../*'\n", "pattern"),
    ("name: a\nkind: enterprise\nmode: full\nfolder: x\ncolour: red\n", "colour"),
    (": : :", "读不出来"),
])  # fmt: skip
def test_a_bad_description_is_refused_with_its_file_and_reason(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "bad.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(PlanError, match=r"bad\.yaml") as refused:
        read_plans(tmp_path)
    assert said in str(refused.value)


def test_two_descriptions_of_one_name_are_refused_and_relative_folders_count_from_the_file(tmp_path: Path) -> None:
    content = "name: a\nkind: enterprise\nmode: full\nfolder: inbox\n"
    (tmp_path / "1.yaml").write_text(content, encoding="utf-8")
    assert read_plans(tmp_path)[0].folder == (tmp_path / "inbox").resolve()
    (tmp_path / "2.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(PlanError, match="同名"):
        read_plans(tmp_path)


def test_the_job_looks_at_what_is_due_and_asks_for_new_scores(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    put(inbox, "1.csv", HEAD + A)
    (tmp_path / "1.yaml").write_text("name: a\nkind: enterprise\nmode: full\nfolder: inbox\ndatum: wgs84\n")
    url = engine.url.render_as_string(hide_password=False)
    settings = load_settings(sources_dir=tmp_path)
    monkeypatch.setattr("data.sources.job.current", lambda: SimpleNamespace(
        settings=settings, engine=engine, url=url, today=lambda: TODAY))  # fmt: skip
    asked: list[str] = []
    monkeypatch.setattr("data.sources.job.defer", lambda url, task: asked.append(task))
    queued_look()
    queued_look()
    assert names(engine) == ["甲"]
    assert asked == ["risk.run"]
    (tmp_path / "2.yaml").write_text("nonsense")
    queued_look()
