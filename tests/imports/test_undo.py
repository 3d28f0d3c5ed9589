"""A whole import taken back: the city is as it was, to the byte, or the refusal says what stands in the way."""

import pytest
from sqlalchemy import Engine, text

from data.access import Viewer
from data.imports.undo import UndoError, undo
from tests.imports.conftest import Import, rows_of, scalar

TABLES = ("place", "gas_installation", "cylinder", "drawn_place", "region_count", "region_total")
CELLS = (
    "SELECT ROW(layer, z, cx, cy, node_id, round(x::numeric, 3), round(y::numeric, 3), red, orange, yellow, blue, "
    "unknown, unknown_severe, na)::text FROM drawn_cell"
)
SHOPS = "店名,地址,经度,纬度,软管长度(米),报警器,气瓶数量,气瓶规格\n"
FIRST = SHOPS + "老王饺子,东路1号,120.32,36.05,1.5,有,2,15kg\n小李烧烤,东路2号,120.36,36.05,2.5,无,1,50kg\n"
SECOND = SHOPS + "老王饺子,东路1号,120.33,36.06,1.8,有,1,15kg\n新店,东路9号,120.34,36.05,1.2,有,1,15kg\n"


def state(engine: Engine) -> dict[str, list[str]]:
    """Every row of what an import writes and draws, as text."""
    with engine.connect() as connection:
        return {
            table: sorted(connection.execute(text(f"SELECT t::text FROM {table} t")).scalars())
            for table in TABLES
        }


def test_what_a_batch_added_goes_and_the_map_with_it(load: Import, city: Engine) -> None:
    with city.begin() as connection:
        from data import drawn

        drawn.refresh(connection)
    before = state(city)
    summary = load(FIRST, "shop")
    versions = scalar(city, "SELECT version FROM layer_version WHERE layer = 'gas_shop'")
    done = undo(city, summary.batch or 0)
    assert (done.removed["place"], done.removed["gas_installation"], done.restored) == (2, 2, {})
    assert state(city) == before
    assert scalar(city, "SELECT version FROM layer_version WHERE layer = 'gas_shop'") > versions
    assert scalar(city, "SELECT state FROM import_batch WHERE id = :b", b=summary.batch) == "undone"
    assert scalar(city, "SELECT count(*) FROM audit WHERE action = 'undo'") == 1
    assert load(FIRST, "shop").inserted == 2, "and it may come again"


def test_what_a_batch_changed_and_took_away_is_put_back_to_the_byte(load: Import, city: Engine) -> None:
    load(FIRST, "shop")
    before = state(city)
    second = load(SECOND, "shop")
    assert (second.inserted, second.updated) == (1, 1)
    tried = undo(city, second.batch or 0, dry_run=True)
    assert (tried.removed["place"], tried.restored["place"], tried.restored["cylinder"]) == (1, 1, 1)
    assert state(city) != before, "a trial changes nothing"
    undo(city, second.batch or 0)
    assert state(city) == before


def test_a_batch_that_a_later_one_wrote_over_waits_for_that_one(load: Import, city: Engine) -> None:
    first, second = load(FIRST, "shop"), load(SECOND, "shop")
    with pytest.raises(UndoError, match=f"请先撤销第 {second.batch} 批"):
        undo(city, first.batch or 0)
    undo(city, second.batch or 0)
    undo(city, first.batch or 0)
    assert scalar(city, "SELECT count(*) FROM place") == 0


def test_places_on_which_others_records_hang_are_not_taken_away(load: Import, city: Engine) -> None:
    first = load(FIRST, "shop")
    load("单位名称,检查日期\n老王饺子,2026-11-01\n", "inspection")
    before = state(city)
    with pytest.raises(UndoError, match="inspection"):
        undo(city, first.batch or 0)
    assert state(city) == before


def test_twice_unknown_failed_and_regions_are_refused_with_a_sentence(load: Import, city: Engine) -> None:
    first = load(FIRST, "shop")
    undo(city, first.batch or 0)
    with pytest.raises(UndoError, match="已经撤销过"):
        undo(city, first.batch or 0)
    with pytest.raises(UndoError, match="没有第 999 批"):
        undo(city, 999)
    failed = load("%PDF-1.4 x", "shop")
    with pytest.raises(UndoError, match="没有导入成功"):
        undo(city, failed.batch or 0)
    regions = load("代码,名称,级别,上级代码\n370202001009,新社区,社区,370202001\n", "region")
    assert regions.accepted == 1
    with pytest.raises(UndoError, match="区划"):
        undo(city, regions.batch or 0)


def test_only_who_may_import_and_only_inside_ones_regions(load: Import, city: Engine) -> None:
    first = load(FIRST, "shop")
    north = rows_of(city, "SELECT id FROM region WHERE code = '370203'")[0]["id"]
    with pytest.raises(UndoError, match="管辖"):
        undo(city, first.batch or 0, Viewer("钱", "steward", regions=(north,)))
    with pytest.raises(UndoError, match="不能撤销"):
        undo(city, first.batch or 0, Viewer("孙", "leader", regions=None))
    assert scalar(city, "SELECT count(*) FROM place") == 2


def test_a_place_that_was_scored_goes_with_its_scores(load: Import, city: Engine) -> None:
    first = load(FIRST, "shop")
    with city.begin() as connection:
        connection.execute(text("INSERT INTO risk_run (id, as_of) VALUES (1, '2026-11-22')"))
        connection.execute(
            text("INSERT INTO assessment (place_id, scheme, rule_version, as_of, grade, severity, at_least, sentence, "
                 "contributions, digest, run_id) SELECT id, 'gas_shop', '1', '2026-11-22', 'x', 4, 4, '', '[]', id, 1 "
                 "FROM place")
        )  # fmt: skip
    undo(city, first.batch or 0)
    assert scalar(city, "SELECT count(*) FROM assessment") == 0
