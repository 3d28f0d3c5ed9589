"""未上图: places without coordinates, counted as in the drill-down, and put on the map by a click."""

from datetime import timedelta

import streamlit as st

from data.drill import LAYERS, Node, RegionRow, read_children, read_code, read_crumbs, read_node, read_row
from data.unmapped import read_lost, read_recent, read_unmapped
from ui.components import crumbs, place_list, placing, reads, side
from ui.components.html import plain, show, tag
from ui.components.map import MapView, Selected, city_map
from ui.components.rows import Column, TableRow, table
from ui.navigation import State, address, go, here
from ui.words import LAYERS as LAYER_WORDS
from ui.words import LEVELS, number, share, t

ALL = "all"
RECENT = timedelta(days=7)


def draw() -> None:
    """Draw the page."""
    state = here()
    node = reads.ask(read_node, state.region) or reads.ask(read_node)
    if node is None:
        st.warning(t("error_no_scope"))
        return
    crumbs.draw(reads.ask(read_crumbs, node), _open_region)
    lost = None if state.place is None else reads.fresh(read_lost, state.place)
    left, right = st.columns([0.56, 0.44], gap="small")
    with left:
        _map(node, state, None if lost is None else placing.view_of(lost, state.spot))
    with right, st.container(key="yzt_side", gap="small"):
        just = placing.say_what_happened()
        if state.place is not None and lost is None:
            st.warning(t("error_unknown_place"))
        if lost is not None:
            placing.draw(lost, state.spot)
            return
        _counts(node, reads.ask(read_row, node, reads.clock().today))
        _recent(just)
        _list(node, state)


def _open_region(code: str) -> None:
    go(region=code, place=None, at=None, first=None)


def _choose(place: str) -> None:
    go(place=place, at=None)


def _map(node: Node, state: State, chosen: MapView | None) -> None:
    outline = None if node.is_rest else Selected("region", node.id)
    view = chosen or MapView(visible=(state.only or state.layer,), bounds=node.bounds, selected=outline,
                             height=placing.HEIGHT)  # fmt: skip
    event = city_map(view, "yzt_map")
    if event is None:
        return
    if event.kind == "spot" and state.place is not None:
        go(at=placing.spot_text(event.lon, event.lat))
        st.rerun()
    if event.kind == "region" and state.place is None:
        code = reads.ask(read_code, event.id)
        if code is not None:
            _open_region(code)
            st.rerun()


def _counts(node: Node, row: RegionRow) -> None:
    said = t("unmapped_of", n=number(row.unmapped), total=number(row.places), share=share(row.unmapped, row.places))
    show(tag("div", t("page_unmapped"), tag("span", said, cls="note"), cls="h"))
    show(tag("div", t("unmapped_note"), cls="soft small"))
    if node.is_leaf:
        return
    columns = [
        Column("name", LEVELS[node.level + 1], "name", ""),
        Column("unmapped", t("col_unmapped")),
        *(Column(layer, LAYER_WORDS[layer]) for layer in LAYERS),
    ]
    children = reads.ask(read_children, node, reads.clock().today)
    rows = [_row(child) for child in children]
    rows.append(TableRow({**_row(row).cells, "name": t("sum_row")}, foot=True))
    table(columns, rows, "yzt_unmapped", _open_region)


def _row(row: RegionRow) -> TableRow:
    cells = {"name": row.name, "unmapped": number(row.unmapped)}
    cells |= {layer: number(row.grades[layer].unmapped) for layer in LAYERS}
    note = t("rest_note") if row.is_rest else None
    return TableRow(cells, row.code, address("unmapped", region=row.code), note, muted=not row.unmapped)


def _list(node: Node, state: State) -> None:
    _narrow(state)
    found = reads.ask(
        read_unmapped,
        node,
        reads.clock().today,
        state.only,
        state.find,
        side.PAGE,
        state.first // side.PAGE * side.PAGE,
    )
    if not found.places:
        show(tag("div", t("unmapped_none"), cls="soft small"))
        if state.first:
            st.button(t("previous"), on_click=go, kwargs={"first": None})
        return
    place_list.draw(found.places, "yzt_lost", _choose, state.place, state.only or "")
    side.pager(state.first // side.PAGE * side.PAGE, len(found.places), found.total)


def _narrow(state: State) -> None:
    st.session_state["yzt_only"] = state.only or ALL
    st.pills(
        t("all_layers"), [ALL, *LAYERS], format_func=lambda key: LAYER_WORDS.get(key, t("all_layers")), key="yzt_only",
        label_visibility="collapsed",
        on_change=lambda: go(only=None if st.session_state["yzt_only"] in (ALL, None) else st.session_state["yzt_only"],
                             first=None),
    )  # fmt: skip
    st.session_state["yzt_find"] = state.find
    st.text_input(
        t("unmapped_find"), key="yzt_find", placeholder=t("unmapped_find"), label_visibility="collapsed", max_chars=80,
        icon=":material/search:", on_change=lambda: go(find=st.session_state["yzt_find"], first=None),
    )  # fmt: skip


def _recent(just: bool) -> None:
    """List what was placed lately, each with a button that takes it back, for those who may; open after a placing."""
    found = reads.fresh(read_recent, reads.clock().now - RECENT) if placing.allowed() else ()
    if not found:
        return
    with st.expander(t("unmapped_recent", n=len(found)), expanded=just):
        for placed in found:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.button(t("take_back"), key=f"yzt_back_{placed.entry}", on_click=placing.take_back,
                          args=(placed.entry,), icon=":material/undo:", help=plain(placed.name))  # fmt: skip
                show(
                    tag("span", placed.name, " ", tag("span", placing.when(placed.at, placed.actor), cls="soft small"))
                )
