"""Search must find by two characters, never beyond the scope, and must survive whatever is typed."""

import pytest
from sqlalchemy import Engine

from data.access import LOCAL, NOBODY, Viewer
from data.search import LONGEST, Found, clean, search
from tests.data.desk_city import MARK, TODAY, build


@pytest.fixture
def ids(db: Engine) -> dict[str, int]:
    return build(db)


def ask(db: Engine, query: str, viewer: Viewer = LOCAL, limit: int = 30) -> Found:
    with db.connect() as conn:
        return search(conn, viewer, query, TODAY, limit)


def names(found: Found) -> list[str]:
    return [row.name for row in found.places]


def test_finds_by_part_of_a_name_address_code_and_region(db: Engine, ids: dict[str, int]) -> None:
    assert names(ask(db, "川菜")) == ["老王川菜馆"]
    assert names(ask(db, "川菜 香港中路4号")) == ["老王川菜馆"]
    assert names(ask(db, "香港中路4号")) == ["老王川菜馆"]
    assert names(ask(db, "91370200MA00000004")) == ["老王川菜馆"]
    assert names(ask(db, "91370200ma00000004")) == ["老王川菜馆"]
    assert names(ask(db, "９１３７０２００ＭＡ０００００００４")) == ["老王川菜馆"]
    assert [hit.code for hit in ask(db, "990101002").regions] == ["990101002", "990101002001", "990101002001001"]
    assert [hit.name for hit in ask(db, "西区").regions] == ["西区"]
    assert names(ask(db, "西区")) == ["西区旅馆"]


def test_the_whole_name_comes_before_its_parts(db: Engine, ids: dict[str, int]) -> None:
    assert names(ask(db, "化工"))[:2] == ["红星化工", "赤峰化工"]
    assert names(ask(db, "红星化工"))[0] == "红星化工"


def test_signs_of_a_pattern_stand_for_themselves(db: Engine, ids: dict[str, int]) -> None:
    hostile = f"{MARK}100%_店"
    assert names(ask(db, "%_")) == [hostile]
    assert names(ask(db, "100%_店")) == [hostile]
    for query in ("%%%", "__", "\\", "\\%", "'; DROP TABLE place; --", '"', "100_店", "\x00", "\ud800"):
        assert names(ask(db, query)) in ([], [hostile]), query
    assert names(ask(db, "\u202e川")) == ["老王川菜馆"]
    assert len(ask(db, "馆").places) == 3


def test_ten_kilobytes_are_cut_and_find_nothing_false(db: Engine, ids: dict[str, int]) -> None:
    found = ask(db, "川" * 10_000)
    assert len(found.used) == LONGEST
    assert found.places == ()
    assert ask(db, "   \n\t ").places == ()


def test_says_that_there_are_more(db: Engine, ids: dict[str, int]) -> None:
    assert ask(db, "香港中路", limit=3).more
    assert len(ask(db, "香港中路", limit=3).places) == 3
    assert not ask(db, "香港中路", limit=10).more


def test_a_district_user_finds_nothing_of_another(db: Engine, ids: dict[str, int]) -> None:
    west = Viewer("西区账号", "supervisor", 1, (ids["990102"],))
    for query in ("川菜", "香港中路4号", "91370200MA00000004", "甲街", "990101"):
        found = ask(db, query, west)
        assert (found.regions, found.places) == ((), ()), query
    assert names(ask(db, "旅馆", west)) == ["西区旅馆"]
    assert ask(db, "旅馆", NOBODY).places == ()


def test_clean_keeps_chinese_and_drops_controls() -> None:
    assert clean("  老王\u0000川菜\u200b 馆\n") == "老王 川菜 馆"
