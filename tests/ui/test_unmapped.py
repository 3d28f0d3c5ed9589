"""The page 未上图: its counts are the drill-down's, and what is confirmed there is written, told and taken back."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, text

from data.access import LOCAL, Viewer
from data.services import current, use
from tests.data.desk_city import build
from tests.data.test_geocoding import Service
from tests.data.test_geocoding import place as near
from tests.ui.test_pages import Open, lists, open_page, serving, shown  # noqa: F401 - a fixture


@pytest.fixture
def ids(db: Engine, db_url: str, clean_environment: None) -> Iterator[dict[str, int]]:
    found = build(db)
    with serving(db_url):
        yield found


def point(db: Engine, place: int) -> Any:
    with db.connect() as conn:
        return conn.execute(
            text("SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat, datum_evidence FROM place WHERE id = :id"), {"id": place}
        ).one()


def test_counts_are_those_of_the_drill_down(open_page: Open, ids: dict[str, int]) -> None:  # noqa: F811
    for code in ("990100", "990101"):
        drill = lists(open_page("drill", region=code))["yzt_children"]["rows"]
        mine = lists(open_page("unmapped", region=code))["yzt_unmapped"]["rows"]
        assert [r["cells"]["unmapped"] for r in mine] == [r["cells"]["unmapped"] for r in drill]
        assert mine[-1]["cells"] == {"name": "合计", "unmapped": "1", "enterprise": "0", "gas_shop": "1",
                                     "small_place": "0", "crowded_place": "0"}  # fmt: skip


def test_a_place_is_found_by_words_and_by_layer(open_page: Open, ids: dict[str, int]) -> None:  # noqa: F811
    assert [r["title"] for r in lists(open_page("unmapped"))["yzt_lost"]["rows"]] == ["无坐标小吃"]
    assert [r["title"] for r in lists(open_page("unmapped", find="小吃"))["yzt_lost"]["rows"]] == ["无坐标小吃"]
    for state in ({"find": "没有这家"}, {"only": "enterprise"}):
        app = open_page("unmapped", **state)
        assert "yzt_lost" not in lists(app)
        assert "没有符合条件" in shown(app)


def test_choose_confirm_and_take_back(open_page: Open, ids: dict[str, int], db: Engine) -> None:  # noqa: F811
    place = ids["无坐标小吃"]
    app = open_page("unmapped", place=str(place))
    assert "请在地图上点它真正的位置" in shown(app)
    assert "地图上加粗的是街道（镇）：乙街" in shown(app)
    app = open_page("unmapped", place=str(place), at="120.2500000,36.0300000")
    assert "在城市范围内，落在 东区 · 乙街 · 社区二 · 格3" in shown(app)
    assert "在它所挂的区域内" in shown(app)
    app.button(key="yzt_confirm").click().run()
    assert not app.exception
    assert tuple(point(db, place)) == (120.25, 36.03, "confirmed")
    assert "“无坐标小吃”已上图" in shown(app)
    assert "yzt_lost" not in lists(app)
    (back,) = [button for button in app.button if button.key and button.key.startswith("yzt_back_")]
    back.click().run()
    assert not app.exception
    assert point(db, place).lon is None
    assert [r["title"] for r in lists(app)["yzt_lost"]["rows"]] == ["无坐标小吃"]


def test_what_is_odd_is_said_and_outside_no_button(open_page: Open, ids: dict[str, int]) -> None:  # noqa: F811
    place = str(ids["无坐标小吃"])
    app = open_page("unmapped", place=place, at="120.0500000,36.0300000")
    assert "不在它所挂的区域内" in shown(app)
    assert app.button(key="yzt_confirm").label == "仍然确认"
    assert "两米内已有 1 家：老王川菜馆" in shown(open_page("unmapped", place=place, at="120.25,36.02"))
    app = open_page("unmapped", place=place, at="121.5,36.0")
    assert "这个点在城市范围之外" in shown(app)
    assert "yzt_confirm" not in [button.key for button in app.button]
    for nonsense in ("x", "1,2,3", "1e9,2", "nan,nan", "999,1"):
        assert "请在地图上点" in shown(open_page("unmapped", place=place, at=nonsense))


def test_the_second_of_two_is_told(open_page: Open, ids: dict[str, int], db: Engine) -> None:  # noqa: F811
    from data.placing import place_point
    from data.unmapped import read_lost

    place = ids["无坐标小吃"]
    app = open_page("unmapped", place=str(place), at="120.2500000,36.0300000")
    with db.begin() as conn:
        lost = read_lost(conn, LOCAL, place)
        assert lost is not None
        place_point(conn, Viewer("王科长", "steward", 5, None), place, 120.26, 36.03, lost.updated_at)
    app.button(key="yzt_confirm").click().run()
    assert "已由“王科长”" in app.warning[0].value.replace("\\", "")
    assert point(db, place).lon == 120.26
    assert "这一家已经上图" in shown(app)


def test_who_may_not_change_looks_and_finds_no_button(open_page: Open, ids: dict[str, int]) -> None:  # noqa: F811
    leader = Viewer("李局", "leader", 3, None)
    app = open_page("unmapped", leader, place=str(ids["无坐标小吃"]), at="120.2500000,36.0300000")
    assert "只能查看" in shown(app)
    assert "yzt_confirm" not in [button.key for button in app.button]
    west = Viewer("西区", "steward", 4, (ids["990102"],))
    assert "没有这个场所" in shown(open_page("unmapped", west, place=str(ids["无坐标小吃"])))
    assert "yzt_lost" not in lists(open_page("unmapped", west))


def test_a_geocoder_proposes_and_a_person_confirms(
    open_page: Open,  # noqa: F811
    ids: dict[str, int],
    db: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = ids["无坐标小吃"]
    assert "问地理编码服务" not in shown(open_page("unmapped", place=str(place))), "none is set"
    service = Service()
    service.says([near(120.25, 36.03, "<img src=x onerror=alert(1)>"), near(116.4, 39.9, "外地")])
    given = {"geocoder_url": f"{service.url}/{{address}}", "geocoder_format": "nominatim", "geocoder_datum": "wgs84"}
    services = current()
    use(replace(services, settings=services.settings.model_copy(update=given)))
    app = open_page("unmapped", place=str(place))
    assert service.asked == [], "nothing is sent before somebody asks"
    app.button(key="yzt_geocode").click().run()
    assert len(service.asked) == 1
    said = shown(app)
    assert "服务给出 1 个建议" in said
    assert "另有 1 个在城市之外" in said
    assert "<img src=x" not in said
    assert point(db, place).lon is None
    app.button(key="yzt_proposal_1").click().run()
    assert "在城市范围内" in shown(app)
    assert point(db, place).lon is None, "a proposal is not written"
    app.button(key="yzt_confirm").click().run()
    assert point(db, place).lon == 120.25
    with db.connect() as conn:
        how = conn.scalar(text("SELECT detail -> 'how' FROM audit WHERE action = 'place_point'"))
    assert (how["by"], how["host"], how["datum"], how["orig"]) == ("geocoder", "127.0.0.1", "wgs84", [120.25, 36.03])
    service.says(b"nonsense")
    with db.begin() as conn:
        conn.execute(text("UPDATE place SET geom = NULL WHERE id = :id"), {"id": place})
    app = open_page("unmapped", place=str(place))
    app.button(key="yzt_geocode").click().run()
    assert "不是 JSON" in app.warning[0].value
    service.server.shutdown()
    service.server.server_close()
