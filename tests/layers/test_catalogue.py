"""Harm: a layer that looks added and is not, a key with a slip of the pen, a cached tile of an older definition."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from data.access import LOCAL, NOBODY, Viewer
from layers import catalogue as module
from layers.catalogue import FOLDER, catalogue, load
from layers.scope import condition, token
from layers.style import LOOKS

ENTRY: dict[str, Any] = {
    "id": "mine", "title": "我的图层", "group": "场所", "look": {"kind": "marker", "colour": "alarm", "letter": "我"},
    "visible": False, "click": "place", "live": True,
    "sources": [{"sql": "alarm_open.sql", "zoom": [5, 9], "scope": {"path": "r.path"}}],
}  # fmt: skip


def written(folder: Path, *entries: dict[str, Any]) -> Path:
    file = folder / "catalogue.yaml"
    file.write_text(yaml.safe_dump(list(entries)), encoding="utf-8")
    return file


def with_source(**changed: Any) -> dict[str, Any]:
    return ENTRY | {"sources": [ENTRY["sources"][0] | changed]}


def test_an_entry_and_a_file_are_a_layer(tmp_path: Path) -> None:
    found = load(written(tmp_path, ENTRY))
    assert found.ids == ("mine",)
    assert found.entries[0].zoom == (5, 9)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (ENTRY | {"titel": "x"}, "titel"),
        (ENTRY | {"live": False}, "depends"),
        (ENTRY | {"depends": ["region"]}, "depends"),
        (ENTRY | {"look": {"colour": "alarm"}}, "kind"),
        (ENTRY | {"sources": []}, "sources"),
        (ENTRY | {"id": "a'; DROP TABLE place"}, "id"),
        (with_source(sql="nothing.sql"), "nothing.sql"),
        (with_source(sql="../catalogue.yaml"), "sql"),
        (with_source(drawn="enterprise"), "either"),
        (with_source(zoom=[9, 5]), "zoom"),
        (with_source(scope={}), "exactly one"),
        (with_source(scope={"path": "r.path", "tree": "r"}), "exactly one"),
        (with_source(scope={"path": "true OR 1=1"}), "path"),
        (with_source(gap="nobody_cares"), "nobody_cares"),
        (with_source(sums=["open"]), "sums"),
    ],
)
def test_a_slip_in_an_entry_is_refused_by_name(tmp_path: Path, entry: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        load(written(tmp_path, entry))


def test_a_layer_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="twice"):
        load(written(tmp_path, ENTRY, ENTRY))


def test_every_file_of_sql_is_used_and_every_look_is_known() -> None:
    used = {source.sql for entry in catalogue().entries for source in entry.sources}
    helpers = "".join(file.read_text(encoding="utf-8") for file in FOLDER.glob("*.py"))
    for file in (FOLDER / "sql").glob("*.sql"):
        stem = file.name.split("_")[0]
        assert file.name in used or file.name in helpers or f'"{stem}_{{kind}}.sql"' in helpers, file.name
    assert {entry.look["kind"] for entry in catalogue().entries} <= set(LOOKS)


def test_a_layer_never_forgets_the_scope() -> None:
    for entry in catalogue().entries:
        for source in entry.sources:
            if source.sql is not None:
                assert "{scope}" in module.read_sql(source.sql), (entry.id, source.sql)


def test_the_mark_changes_with_definitions_so_that_old_tiles_are_not_shown(tmp_path: Path) -> None:
    before = load(written(tmp_path, ENTRY)).mark
    assert load(written(tmp_path, ENTRY)).mark == before
    assert load(written(tmp_path, with_source(zoom=[5, 10]))).mark != before


def test_a_scope_is_bound_and_nobody_gets_false() -> None:
    district = Viewer("东区", "leader", 1, (7, 8))
    for entry in catalogue().entries:
        for source in entry.sources:
            assert condition(source.scope, NOBODY) == "false"
            assert condition(source.scope, Viewer("空", "leader", 1, ())) == "false"
            assert condition(source.scope, LOCAL) == "true"
            assert "%(scope)s" in condition(source.scope, district)
    assert token(LOCAL, "m") != token(district, "m") != token(district, "n")
