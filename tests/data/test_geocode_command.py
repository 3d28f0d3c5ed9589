"""Proposals for many places: only confirmed ones may become points, and a dry run writes to a file alone."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import Engine, text

from data import drawn
from data.__main__ import main
from data.access import Viewer
from data.commands.geocode import ODD
from data.imports import ImportOptions, Summary, run_import
from data.imports.undo import undo
from data.placing import WARNINGS
from tests.data.desk_city import TODAY, build
from tests.data.test_geocoding import Service, place


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def ids(db: Engine, db_url: str, service: Service, clean_environment: None, monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path) -> dict[str, int]:  # fmt: skip
    found = build(db)
    with db.begin() as conn:
        conn.execute(text("UPDATE place SET geom = NULL WHERE name IN ('未知·至少红', '西区旅馆')"))
        conn.execute(text("UPDATE place SET address = NULL WHERE name = '西区旅馆'"))
        drawn.refresh(conn)
    for name, value in {
        "DATABASE_URL": db_url, "YZT_STATE_DIR": str(tmp_path / "state"), "YZT_GEOCODER_FORMAT": "nominatim",
        "YZT_GEOCODER_URL": f"{service.url}/{{address}}", "YZT_GEOCODER_DATUM": "wgs84",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    return found


def geocode(out: Path, *more: str) -> int:
    return main(["geocode", "--dry-run", "--pause", "0", "--out", str(out), *more])


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def places(db: Engine) -> Any:
    with db.connect() as conn:
        return conn.execute(
            text("SELECT p.name, p.kinds, p.named_region, ST_X(p.geom) AS lon, p.datum, p.datum_evidence, r.code"
                 " FROM place p JOIN region r ON r.id = p.region_id ORDER BY p.id")
        ).all()  # fmt: skip


def load(db: Engine, path: Path, **options: Any) -> Summary:
    return run_import(db, path, "coordinates", ImportOptions(today=TODAY, **options))


def test_proposals_go_into_a_file_and_only_confirmed_ones_onto_the_map(
    db: Engine, ids: dict[str, int], service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = places(db)
    service.says([place(121.9, 36.05), place(120.25, 36.03, "=HYPERLINK(1)")])
    out = tmp_path / "建议.csv"
    assert geocode(out) == 0
    said = json.loads(capsys.readouterr().out)
    assert {key: said[key] for key in ("unmapped", "asked", "proposed", "without_address", "failed")} == {
        "unmapped": 3, "asked": 2, "proposed": 2, "without_address": 1, "failed": 0,
    }  # fmt: skip
    assert unquote(service.asked[0]).startswith("/测试市香港中路3号"), "proven red comes first"
    assert places(db) == before, "a dry run writes nothing"
    rows = table(out)
    assert [row["单位名称"] for row in rows] == ["未知·至少红", "无坐标小吃"]
    assert (rows[0]["经度"], rows[0]["纬度"], rows[0]["采用"]) == ("120.2500000", "36.0300000", "")
    assert rows[0]["服务认为是"].startswith("'="), "no formula comes out of an answer"
    assert (rows[0]["提醒"], rows[1]["提醒"]) == ("不在所挂的区域内", "")

    refused = load(db, out)
    assert (refused.accepted, refused.rejected) == (0, 2)
    assert places(db) == before, "nobody has confirmed anything"
    lines = out.read_text(encoding="utf-8-sig").splitlines()
    out.write_text("\n".join([lines[0], lines[1], lines[2].replace("wgs84,,", "wgs84,是,")]), encoding="utf-8-sig")
    taken = load(db, out)
    assert (taken.accepted, taken.rejected, taken.updated) == (1, 1, 1)
    after = {row.name: row for row in places(db)}
    small = after["无坐标小吃"]
    assert (small.lon, small.datum, small.datum_evidence, small.code) == (120.25, "wgs84", "column", "990101002001001")
    assert after["未知·至少红"].lon is None
    assert [(row.kinds, row.named_region) for row in places(db)] == [(row.kinds, row.named_region) for row in before]
    with db.connect() as conn:
        mapped = conn.scalar(text("SELECT mapped FROM region_total WHERE region_id = :id"), {"id": ids["990100"]})
    assert mapped == 8
    again = load(db, out)
    assert (again.updated, again.unchanged) == (0, 1)
    assert taken.batch is not None
    undo(db, taken.batch)
    assert places(db) == before, "a batch of coordinates is taken back, and no place goes with it"


def test_coordinates_of_a_bureau_need_no_confirmation_and_tell_what_they_replace(
    db: Engine, ids: dict[str, int], tmp_path: Path
) -> None:
    path = tmp_path / "坐标.csv"
    path.write_text("单位名称,经度,纬度\n无坐标小吃,120.25,36.03\n红星化工,120.06,36.04\n没有这家,120.1,36.05\n"
                    "老王川菜馆,,\n无坐标小吃,120.26,36.03\n", encoding="utf-8")  # fmt: skip
    summary = load(db, path, datum="gcj02")
    assert (summary.accepted, summary.rejected) == (2, 3)
    assert summary.warnings["原有的坐标被文件里的坐标替换"] == 1
    assert summary.reasons["没有可用的坐标"] == 1
    with db.connect() as conn:
        assert conn.scalar(text("SELECT datum FROM place WHERE name = '无坐标小吃'")) == "gcj02"
        assert conn.scalar(text("SELECT ST_X(geom) FROM place WHERE name = '老王川菜馆'")) == 120.25


def test_a_stewards_coordinates_stay_inside_their_regions(db: Engine, ids: dict[str, int], tmp_path: Path) -> None:
    path = tmp_path / "坐标.csv"
    path.write_text("单位名称,经度,纬度\n无坐标小吃,120.05,36.03\n红星化工,120.25,36.03\n", encoding="utf-8")
    east = Viewer("乙街", "steward", 4, (ids["990101002"],))
    summary = load(db, path, viewer=east)
    assert (summary.accepted, summary.rejected) == (0, 2), "neither a foreign place nor a foreign spot"


def test_a_service_that_fails_is_not_asked_on_and_on(
    db: Engine, ids: dict[str, int], service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with db.begin() as conn:
        conn.execute(text("UPDATE place SET geom = NULL"))
        drawn.refresh(conn)
    service.says(b"no", 500)
    out = tmp_path / "x.csv"
    assert geocode(out) == 2
    assert json.loads(capsys.readouterr().out)["failed"] == 5
    assert table(out) == []
    assert geocode(out, "--region", "990102", "--limit", "1") == 2
    assert geocode(out, "--region", "123456") == 2


def test_every_warning_of_a_spot_has_its_words() -> None:
    assert tuple(ODD) == WARNINGS


def test_without_a_geocoder_nobody_is_asked(
    db: Engine, ids: dict[str, int], service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("URL", "FORMAT", "DATUM"):
        monkeypatch.delenv(f"YZT_GEOCODER_{name}")
    assert geocode(tmp_path / "x.csv") == 2
    assert service.asked == []
    assert not (tmp_path / "x.csv").exists()
