"""总览: the city on one map, its key figures, and what to look at first; a click opens the dossier beside the map."""

import streamlit as st

from data.drill import Node, read_code, read_node, read_row
from data.figures import read_figures, read_never_inspected
from ui.components import figures, reads, side
from ui.components.map import MapView, city_map
from ui.navigation import here, switch
from ui.words import t


def draw() -> None:
    """Draw the page."""
    clock, state = reads.clock(), here()
    node = reads.ask(read_node)
    if node is None:
        st.warning(t("error_no_scope"))
        return
    visits = reads.slowly(read_never_inspected, node, clock.today, clock.now)
    numbers = reads.ask(read_figures, node, clock.today, clock.now, visits.value)
    found = side.dossier_of(state.place)
    left, right = st.columns([0.66, 0.34], gap="small")
    with left:
        figures.strip(numbers, visits.time)
        _map(node, side.layers_with(found, state.layer), state.place)
    with right, st.container(key="yzt_side", gap="small"):
        if state.place is not None and side.chosen_place(state.place, found):
            return
        layer = side.layer_switch()
        figures.grades_table(numbers.grades, layer)
        side.worst_list(node, reads.ask(read_row, node, clock.today), state, layer)
        figures.kinds_line(numbers.kinds)


def _map(node: Node, layers: tuple[str, ...], place: int | None) -> None:
    spot = side.spot_of(place)
    view = MapView(visible=layers, bounds=node.bounds, selected=side.marked(spot),
                   height="max(20rem, calc(100dvh - 9.9rem))")  # fmt: skip
    side.follow(city_map(view, "yzt_map"), _open_region)


def _open_region(region: int) -> None:
    code = reads.ask(read_code, region)
    if code is not None:
        switch("drill", region=code, layer=here().layer)
