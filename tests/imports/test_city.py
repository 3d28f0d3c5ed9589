"""A folder as one city: all of it or none of it; another city is not overwritten by accident."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from data.imports import ImportOptions
from data.imports.city import load_city, read_plan
from tests.imports.conftest import TODAY, rows_of, scalar

OPTIONS = ImportOptions(today=TODAY)
DOCS = Path(__file__).resolve().parents[2] / "docs" / "cities"
YAML = """
name: 示例二市
attribution: 某局
regions:
  - {code: "370300", name: 示例二市}
  - {code: "370302", name: 东区}
files:
  - {file: 企业.csv, kind: enterprise, datum: gcj02, columns: {字号: name}, constants: {industry: 化工}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "city.yaml").write_text(YAML)
    (tmp_path / "企业.csv").write_text("字号,经度,纬度,所属区\n甲,118.05,36.81,\n乙,,,东区\n")
    return tmp_path


def test_a_folder_becomes_a_city_and_twice_changes_nothing(db: Engine, folder: Path) -> None:
    done = load_city(db, folder, OPTIONS)
    assert done.error is None
    assert done.exit_code == 0
    assert rows_of(db, "SELECT name, is_demo, attribution FROM city") == [
        {"name": "示例二市", "is_demo": False, "attribution": "某局"}
    ]
    assert scalar(db, "SELECT name FROM region WHERE level = 1") == "示例二市"
    assert scalar(db, "SELECT r.code FROM place p JOIN region r ON r.id = p.region_id WHERE p.name = '乙'") == "370302X"
    versions = rows_of(db, "SELECT * FROM layer_version ORDER BY 1")
    again = load_city(db, folder, OPTIONS).as_json()
    assert (again["inserted"], again["updated"]) == (0, 0)
    assert rows_of(db, "SELECT * FROM layer_version ORDER BY 1") == versions


def test_one_bad_file_keeps_the_whole_city_out(db: Engine, folder: Path) -> None:
    (folder / "city.yaml").write_text(YAML + "  - {file: 没有.csv, kind: shop}\n")
    done = load_city(db, folder, OPTIONS)
    assert "没有.csv" in str(done.error)
    assert done.exit_code == 2
    assert scalar(db, "SELECT count(*) FROM place") == 0
    assert scalar(db, "SELECT count(*) FROM region") == 0


def test_a_demo_city_is_replaced_only_when_told_and_accounts_stay(city: Engine, folder: Path) -> None:
    with city.begin() as connection:
        connection.execute(text("INSERT INTO city (name, is_demo) VALUES ('示例市', true)"))
        connection.execute(text("INSERT INTO account (login, name, role, password_hash) "
                                "VALUES ('a', '甲', 'admin', '$argon2id$x')"))  # fmt: skip
    refused = load_city(city, folder, OPTIONS)
    assert "--replace" in str(refused.error)
    assert scalar(city, "SELECT name FROM region WHERE level = 1") == "示例市"
    done = load_city(city, folder, OPTIONS, replace_city=True)
    assert done.replaced
    assert rows_of(city, "SELECT name, is_demo FROM city") == [{"name": "示例二市", "is_demo": False}]
    assert scalar(city, "SELECT count(*) FROM region WHERE NOT is_rest") == 2
    assert scalar(city, "SELECT count(*) FROM account") == 1
    assert scalar(city, "SELECT count(*) FROM audit WHERE action = 'remove_city'") == 1


def test_a_failed_replacement_leaves_the_old_city_standing(city: Engine, folder: Path) -> None:
    with city.begin() as connection:
        connection.execute(text("INSERT INTO city (name, is_demo) VALUES ('示例市', true)"))
    (folder / "企业.csv").write_bytes(b"%PDF-1.4")
    done = load_city(city, folder, OPTIONS, replace_city=True)
    assert "PDF" in str(done.error)
    assert scalar(city, "SELECT count(*) FROM region WHERE code LIKE '3702%'") > 5


def test_a_dry_run_of_a_city_writes_nothing(db: Engine, folder: Path) -> None:
    done = load_city(db, folder, ImportOptions(today=TODAY, dry_run=True))
    assert done.as_json()["accepted"] == 4
    assert scalar(db, "SELECT count(*) FROM city") == 0


@pytest.mark.parametrize(
    ("yaml", "says"),
    [("name: x\nfiles: 3\n", "files"), ("name: x\nfiels: []\n", "fiels"), ("{", "YAML"),
     ("name: x\nfiles:\n  - {file: a.csv, kind: nonsense}\n", "没有“nonsense”这种表"),
     ("name: x\nfiles:\n  - {file: a.csv, kind: shop, columns: {a: nonsense}}\n", "没有字段 nonsense")],
)  # fmt: skip
def test_a_wrong_city_yaml_is_told_before_anything_is_done(db: Engine, tmp_path: Path, yaml: str, says: str) -> None:
    (tmp_path / "city.yaml").write_text(yaml)
    assert says in str(load_city(db, tmp_path, OPTIONS).error)


@pytest.mark.parametrize("name", ["qingdao", "jinan", "chengdu"])
def test_the_cities_in_docs_are_well_formed(name: str) -> None:
    plan, _ = read_plan(DOCS / name)
    assert plan.attribution


@pytest.mark.shared_data
@pytest.mark.parametrize(("name", "places", "regions", "read"), [
    ("qingdao", 0, 1 + 10 + 135 + 6 + 2120, 2266), ("jinan", 0, 13, 28610), ("chengdu", 3318, 6, 8181),
])  # fmt: skip
def test_real_cities_load_whole(db: Engine, shared_data: Path, name: str, places: int, regions: int, read: int) -> None:
    done = load_city(db, DOCS / name, OPTIONS, data=shared_data)
    assert done.error is None
    counts = done.as_json()
    assert (counts["read"], counts["accepted"]) == (read, read)
    assert scalar(db, "SELECT count(*) FROM place") == places
    assert scalar(db, "SELECT count(*) FROM region WHERE NOT is_rest") == regions


@pytest.mark.shared_data
def test_real_files_of_elsewhere_go_through_and_end_in_the_rest(city: Engine, shared_data: Path) -> None:
    from data.imports import run_import

    cafes = run_import(city, shared_data / "cafes_25_cities.csv", "venue", OPTIONS)
    assert (cafes.read, cafes.accepted) == (339, 339)
    assert scalar(city, "SELECT count(*) FROM place WHERE datum IS NULL AND datum_evidence = 'unverified'") == 339
    fires = run_import(city, shared_data / "incidents" / "austin_fire_2022_2024.csv", "incident", OPTIONS)
    assert (fires.read, fires.accepted) == (20933, 20933)
    assert scalar(city, "SELECT count(*) FROM incident WHERE geom IS NULL") == 13
