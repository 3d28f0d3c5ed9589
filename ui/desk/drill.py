"""下钻: city → district → street → community → grid → place, by rows, by crumbs and by clicks on the map."""

import streamlit as st

from data.drill import Node, RegionRow, RegionView, read_code, read_crumbs, read_node, read_view
from ui.components import crumbs, reads, side
from ui.components.html import plain, show, tag
from ui.components.map import MapView, Selected, city_map
from ui.components.rows import GRADE_KEYS, Column, TableRow, grade_columns, table
from ui.navigation import go, here
from ui.words import GRADES, LAYERS, LEVELS, number, t


def draw() -> None:
    """Draw the page."""
    clock, state = reads.clock(), here()
    node = _node(state.region)
    if node is None:
        st.warning(t("error_no_scope"))
        return
    view = reads.ask(read_view, node, clock.today)
    crumbs.draw(reads.ask(read_crumbs, node), open_region)
    found = side.dossier_of(state.place)
    left, right = st.columns([0.5, 0.5], gap="small")
    with left:
        _map(node, side.layers_with(found, state.layer), state.place)
    with right, st.container(key="yzt_side", gap="small"):
        if state.place is not None and side.chosen_place(state.place, found):
            return
        _numbers(node, view.row)
        layer = side.layer_switch()
        _differences(view)
        if not node.is_leaf:
            _children(node, view, layer)
        side.worst_list(node, view.row, state, layer)


def open_region(code: str) -> None:
    """Go to a region: its list from the start, no place chosen."""
    go(region=code, place=None, first=None)


def _node(code: str | None) -> Node | None:
    node = reads.ask(read_node, code) if code else reads.ask(read_node)
    if node is None and code:
        st.warning(plain(t("error_unknown_region", code=code)))
        node = reads.ask(read_node)
    return node


def _numbers(node: Node, row: RegionRow) -> None:
    said = [f"{t('col_places')} {number(row.places)}"]
    if row.unmapped:
        said.append(t("kpi_unmapped", n=number(row.unmapped)))
    said += [t("open_hazards", n=number(row.open_hazards)), t("overdue_n", n=number(row.overdue))]
    if node.population_night is not None:
        said.append(t("people", n=number(node.population_night)))
    if node.area_m2:
        said.append(t("area", km2=number(round(node.area_m2 / 1e6, 2))))
    if node.partial:
        said.append(t("partial"))
    show(tag("div", " · ".join(said), cls="soft small"))


def _differences(view: RegionView) -> None:
    """Say which totals do not agree; nothing when all do, as they must."""
    for wrong in view.differences:
        layer, _, grade = wrong.what.partition(".")
        what = t(f"count_{layer}") if not grade else f"{LAYERS[layer]} {_grade_word(grade)}"
        below = "—" if wrong.children is None else number(wrong.children)
        said = t("differs", what=what, node=number(wrong.node), children=below, table=number(wrong.table))
        show(tag("div", said, cls="wrong"))


def _grade_word(grade: str) -> str:
    return GRADES[grade].word if grade in GRADES else t(f"count_{grade}")


def _children(node: Node, view: RegionView, layer: str) -> None:
    columns = [
        Column("name", LEVELS[node.level + 1], "name", ""),
        Column("places", t("col_places")),
        Column("unmapped", t("col_unmapped")),
        Column("bar", t("col_share"), "bar", ""),
        *grade_columns(),
        Column("hazards", t("col_hazards")),
        Column("overdue", t("col_overdue"), "alert"),
    ]
    rows = [_row(child, layer) for child in view.children]
    whole = _row(view.row, layer)
    rows.append(TableRow({**whole.cells, "name": t("sum_row")}, notes=whole.notes, foot=True))
    table(columns, rows, "yzt_children", open_region)


def _row(row: RegionRow, layer: str) -> TableRow:
    grades = row.grades[layer]
    counts = {key: getattr(grades, key) for key in GRADE_KEYS}
    tags = [{"text": t("partial"), "tone": "soft"}] if row.partial else []
    cells = {
        "name": row.name,
        "places": number(row.places),
        "unmapped": number(row.unmapped),
        "bar": list(counts.values()),
        **{key: number(n) for key, n in counts.items()},
        "hazards": number(row.open_hazards),
        "overdue": number(row.overdue),
    }
    note = t("rest_note") if row.is_rest else None
    proven = {"unknown": t("of_unknown", n=number(grades.unknown_severe))} if grades.unknown_severe else {}
    return TableRow(
        cells, row.code, side.region_address(row.code, layer), note, tags, notes=proven, muted=not row.places
    )


def _map(node: Node, layers: tuple[str, ...], place: int | None) -> None:
    spot = side.spot_of(place)
    marked = side.marked(spot) or (None if node.is_rest else Selected("region", node.id))
    view = MapView(visible=layers, bounds=node.bounds, selected=marked,
                   height="max(20rem, calc(100dvh - 7.4rem))")  # fmt: skip
    side.follow(city_map(view, "yzt_map"), _open_region)


def _open_region(region: int) -> None:
    code = reads.ask(read_code, region)
    if code is not None:
        open_region(code)
