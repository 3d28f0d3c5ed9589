"""What is exported imports again to the same rows: into the same database, and into an empty one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data.access import LOCAL
from data.exports import FORMATS, exported_kinds, run_export
from data.exports.read import PLACE_KINDS as PLACE_KINDS_OUT
from data.imports import ImportOptions, Summary, run_import
from data.imports.headings import match
from data.imports.kinds import load_kind
from data.sql import FOLDER
from data.tables.places import PLACE_KINDS
from tests.exports.conftest import ORDER
from tests.imports.conftest import TODAY, scalar

NOTHING = {"inserted": 0, "updated": 0}


def back(engine: Engine, path: Path, kind: str) -> Summary:
    """Import an exported file."""
    return run_import(engine, path, kind, ImportOptions(today=TODAY))


def changes(summary: Summary) -> dict[str, dict[str, int]]:
    """What an import changed, table by table."""
    tables = {"": {"inserted": summary.inserted, "updated": summary.updated}} | summary.also
    return {
        name: {what: n for what, n in counts.items() if what != "unchanged"}
        for name, counts in tables.items()
        if counts["inserted"] or counts["updated"]
    }


def test_every_kind_that_can_be_imported_is_tried_here() -> None:
    assert set(ORDER) == set(exported_kinds())


def test_every_kind_of_place_goes_out_in_some_kind_of_spreadsheet() -> None:
    assert {kind for kinds in PLACE_KINDS_OUT.values() for kind in kinds} == set(PLACE_KINDS)
    layers = re.findall(r"\('(\w+)', ARRAY\[(.*?)\]", (FOLDER / "drawn.sql").read_text(), re.DOTALL)
    counted = {layer: set(re.findall(r"'(\w+)'", kinds)) for layer, kinds in layers}
    assert counted["enterprise"] == set(PLACE_KINDS_OUT["enterprise"]), "the list on the page and its file agree"
    assert counted["gas_shop"] == set(PLACE_KINDS_OUT["shop"])
    assert counted["small_place"] | counted["crowded_place"] <= set(PLACE_KINDS_OUT["venue"])


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_an_export_into_the_same_database_changes_nothing(filled: Engine, tmp_path: Path, form: str) -> None:
    for kind in ORDER:
        path = tmp_path / f"{kind}.{form}"
        done = run_export(filled, LOCAL, kind, form, path)
        summary = back(filled, path, kind)
        assert summary.error is None, kind
        assert done.rows == summary.read == summary.accepted > 0, (kind, summary.reasons)
        assert changes(summary) == {}, kind


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_an_export_into_an_empty_database_is_the_same_export_again(
    filled: Engine, other: Engine, tmp_path: Path, form: str
) -> None:
    for kind in ORDER:
        path = tmp_path / f"{kind}.{form}"
        run_export(filled, LOCAL, kind, form, path)
        summary = back(other, path, kind)
        assert (summary.error, summary.rejected) == (None, 0), (kind, summary.reasons)
    for kind in ORDER:
        first, second = tmp_path / f"{kind}.1.csv", tmp_path / f"{kind}.2.csv"
        run_export(filled, LOCAL, kind, "csv", first)
        run_export(other, LOCAL, kind, "csv", second)
        assert sorted(second.read_text().splitlines()) == sorted(first.read_text().splitlines()), kind
    for table in ("place", "holding", "unit", "duty", "cylinder", "hazard"):
        counted = f"SELECT count(*) FROM {table}"
        assert scalar(other, counted) == scalar(filled, counted) > 0, table


def test_every_heading_of_an_export_is_found_again_as_its_field(filled: Engine, tmp_path: Path) -> None:
    for kind in ORDER:
        path = tmp_path / f"{kind}.csv"
        run_export(filled, LOCAL, kind, "csv", path)
        headings = path.read_text(encoding="utf-8-sig").splitlines()[0].split(",")
        found = match(headings, load_kind(kind), {})
        assert len(found.columns) == len([h for h in headings if h != "图形WKT"]), (kind, found.unused)
        assert found.notes == [], kind
