"""A leader who drills down must never meet a total that its parts do not make, nor a district that is not theirs."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, text

from data.access import LOCAL, NOBODY, Viewer
from data.drill import LAYERS, Node, read_children, read_crumbs, read_node, read_row, read_top, read_view
from data.figures import read_figures, read_never_inspected
from data.places import read_rows, read_spot, read_worst
from tests.data.desk_city import NOW, TODAY, build


@pytest.fixture
def ids(db: Engine) -> dict[str, int]:
    return build(db)


@pytest.fixture
def conn(db: Engine, ids: dict[str, int]):
    with db.connect() as connection:
        yield connection


def node_of(conn: Connection, code: str | None = None, viewer: Viewer = LOCAL) -> Node:
    node = read_node(conn, viewer, code)
    assert node is not None
    return node


def all_nodes(conn: Connection) -> list[Node]:
    return [node_of(conn, code) for code in conn.execute(text("SELECT code FROM region ORDER BY code")).scalars()]


def test_totals_agree_at_every_node_of_the_tree(conn: Connection) -> None:
    nodes = all_nodes(conn)
    assert len(nodes) > 15
    for node in nodes:
        assert read_view(conn, LOCAL, node, TODAY).differences == (), node.code


def test_a_wrong_total_is_found(conn: Connection) -> None:
    conn.execute(
        text(
            "UPDATE region_total SET places = places + 1"
            " WHERE region_id = (SELECT id FROM region WHERE code = '990101002')"
        )
    )
    found = {code: [d.what for d in read_view(conn, LOCAL, node_of(conn, code), TODAY).differences]
             for code in ("990101002", "990101", "990100")}  # fmt: skip
    assert found == {"990101002": ["places", "unmapped"], "990101": ["places", "unmapped"], "990100": []}


def test_children_hold_what_lies_in_no_grid_and_what_has_no_point(conn: Connection) -> None:
    street = read_children(conn, LOCAL, node_of(conn, "990101002"), TODAY)
    assert [(row.name, row.is_rest, row.places, row.unmapped) for row in street] == [
        ("社区二", False, 2, 0), ("未落格", True, 1, 1),
    ]  # fmt: skip
    community = read_children(conn, LOCAL, node_of(conn, "990101002001"), TODAY)
    assert [(row.name, row.places) for row in community] == [("格3", 1), ("未落格", 1)]
    city = read_children(conn, LOCAL, node_of(conn), TODAY)
    assert [(row.name, row.places) for row in city] == [("东区", 8), ("西区", 1), ("未落格", 1)]


def test_counts_equal_sql_over_the_tables(conn: Connection) -> None:
    row = read_row(conn, LOCAL, node_of(conn), TODAY)
    assert row.places == conn.execute(text("SELECT count(*) FROM place")).scalar_one()
    assert row.unmapped == conn.execute(text("SELECT count(*) FROM place WHERE geom IS NULL")).scalar_one()
    for layer in LAYERS:
        assert (
            row.grades[layer].total
            == conn.execute(
                text("SELECT count(*) FROM drawn_place WHERE layer = :layer"), {"layer": layer}
            ).scalar_one()
        )
    enterprise = row.grades["enterprise"]
    assert (enterprise.red, enterprise.orange, enterprise.unknown, enterprise.unknown_severe) == (2, 1, 2, 1)
    assert enterprise.severe == 4
    assert row.grades["crowded_place"].na == 1
    assert (row.open_hazards, row.overdue) == (4, 2)


def test_an_unknown_that_is_proven_red_stands_among_the_reds_and_a_low_score_of_100_is_the_worse_one(
    conn: Connection,
) -> None:
    city = node_of(conn)
    worst = read_worst(conn, LOCAL, city, TODAY, "enterprise", lower_is_worse=["hazchem_enterprise"])
    assert [row.name for row in worst] == ["红星化工", "赤峰化工", "未知·至少红", "橙光机械", "海上平台"]
    everything = read_worst(conn, LOCAL, city, TODAY)
    assert len(everything) == 10
    assert everything[3].name == "橙光机械"


def test_paging_leaves_no_place_out(conn: Connection) -> None:
    city = node_of(conn)
    for layer in (None, "enterprise", "gas_shop"):
        whole = read_worst(conn, LOCAL, city, TODAY, layer)
        pages = [row for offset in range(0, 12, 2) for row in read_worst(conn, LOCAL, city, TODAY, layer, 2, offset)]
        assert [row.id for row in pages] == [row.id for row in whole]


def test_the_assessment_that_a_list_shows_is_the_one_that_colours_the_map(conn: Connection) -> None:
    for layer in LAYERS:
        for row in read_worst(conn, LOCAL, node_of(conn), TODAY, layer):
            graded = row.grade is not None
            expected = conn.execute(
                text("SELECT severity, at_least FROM assessment WHERE place_id = :id AND scheme = :scheme"),
                {"id": row.id, "scheme": row.scheme},
            ).one_or_none()
            assert (expected is not None) == graded
            assert tuple(expected or (0, 0)) == (row.severity, row.at_least)


def test_a_street_user_sees_no_place_count_or_name_of_another(conn: Connection, ids: dict[str, int]) -> None:
    street = Viewer("甲街账号", "supervisor", 1, (ids["990101001"],))
    assert read_top(conn, street) == "990101001"
    for code in ("990101002", "990102", "990101002001001", "990100X"):
        assert read_node(conn, street, code) is None
    city = node_of(conn, "990100", street)
    assert city.partial
    assert read_row(conn, street, city, TODAY).places == 5
    assert read_row(conn, street, city, TODAY).open_hazards == 2
    assert [row.code for row in read_children(conn, street, city, TODAY)] == ["990101"]
    assert {row.name for row in read_worst(conn, street, city, TODAY)}.isdisjoint(
        {"老王川菜馆", "海上平台", "西区旅馆"}
    )
    assert read_view(conn, street, city, TODAY).differences == ()
    assert read_rows(conn, street, [ids["西区旅馆"]], TODAY) == []
    assert read_spot(conn, street, ids["西区旅馆"]) is None
    assert read_figures(conn, street, city, TODAY, NOW).kinds.get("gas_shop") is None


def test_overlapping_scopes_count_once(conn: Connection, ids: dict[str, int]) -> None:
    twice = Viewer("重叠", "supervisor", 1, (ids["990101"], ids["990101001"], ids["990102"]))
    top = node_of(conn, viewer=twice)
    assert (top.code, top.partial) == ("990100", True)
    assert read_row(conn, twice, top, TODAY).places == 9
    assert [(row.code, row.partial) for row in read_children(conn, twice, top, TODAY)] == [
        ("990101", False), ("990102", False),
    ]  # fmt: skip
    assert read_view(conn, twice, top, TODAY).differences == ()


def test_nobody_sees_nothing(conn: Connection, ids: dict[str, int]) -> None:
    assert read_node(conn, NOBODY) is None
    city = node_of(conn)
    assert read_row(conn, NOBODY, replace(city, partial=True), TODAY).places == 0
    assert read_worst(conn, NOBODY, city, TODAY) == []


def test_the_way_back_up_starts_where_the_viewer_may_stand(conn: Connection, ids: dict[str, int]) -> None:
    grid = node_of(conn, "990101001001001")
    assert [crumb.name for crumb in read_crumbs(conn, LOCAL, grid)] == ["测试市", "东区", "甲街", "社区一", "格1"]
    street = Viewer("甲街账号", "supervisor", 1, (ids["990101001"],))
    assert [crumb.name for crumb in read_crumbs(conn, street, grid)] == ["甲街", "社区一", "格1"]


def test_a_node_without_a_polygon_is_framed_by_the_one_above(conn: Connection) -> None:
    assert node_of(conn, "990101002X").bounds == pytest.approx((120.2, 36.0, 120.3, 36.1))
    assert node_of(conn, "990100X").bounds == pytest.approx((120.0, 36.0, 120.4, 36.1))


def test_strange_codes_find_nothing(conn: Connection) -> None:
    for code in ("", "x" * 5000, "%", "990101'--", "９９０１０１"):
        assert read_node(conn, LOCAL, code) is None or code == ""


def test_figures_of_the_city(conn: Connection) -> None:
    figures = read_figures(conn, LOCAL, node_of(conn), TODAY, NOW)
    assert (figures.places, figures.unmapped) == (10, 1)
    assert figures.kinds["gas_shop"] == 3
    assert (figures.open_hazards, figures.overdue, figures.open_alarms) == (4, 2, 2)
    assert (figures.sensors, figures.silent_sensors) == (2, 1)
    assert read_never_inspected(conn, LOCAL, node_of(conn), TODAY, NOW) == (7, 10)
