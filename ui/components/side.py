"""The panel beside a map: the dossier of the chosen place, or the list to choose from."""

from collections.abc import Callable

import streamlit as st

from data.dossier import Dossier, read_dossier
from data.drill import Grades, Node, RegionRow
from data.places import Spot, read_spot, read_worst
from ui.components import dossier, place_list, reads, schemes
from ui.components.html import show, tag
from ui.components.map import MapEvent, Selected
from ui.navigation import DEFAULT_LAYER, State, address, go, here, switch
from ui.words import LAYERS, t

PAGE = 50


def pick_place(place: str) -> None:
    """Open the dossier of a place beside the map."""
    go(place=place)


def close() -> None:
    """Close the dossier."""
    go(place=None)


def dossier_of(place: int | None) -> Dossier | None:
    """Return the dossier of the chosen place as it is now, or None when none is chosen or it may not be seen."""
    clock = reads.clock()
    return None if place is None else reads.fresh(read_dossier, place, clock.today, clock.now)


def layers_with(found: Dossier | None, layer: str) -> tuple[str, ...]:
    """Return what the map shows: the layer that is looked at, that of the chosen place when it is in others, alarms."""
    own = [] if found is None else [row["layer"] for row in found.layers]
    shown = [layer] if not own or layer in own else [layer, own[0]]
    return (*shown, "alarm_open")


def chosen_place(place: int, found: Dossier | None) -> bool:
    """Draw the dossier of a place with its buttons; False (and a sentence) when there is none to be seen."""
    with st.container(horizontal=True, horizontal_alignment="right", gap="small", key="yzt_side_buttons"):
        if found is not None:
            st.button(
                t("open_page"), key="yzt_open_page", type="tertiary", icon=":material/open_in_full:",
                on_click=lambda: switch("place", place=place),
            )  # fmt: skip
        st.button(t("close"), key="yzt_close", type="tertiary", icon=":material/close:", on_click=close)
    if found is None:
        st.warning(t("error_unknown_place"))
        return False
    dossier.draw(found)
    return True


def worst_list(node: Node, row: RegionRow, state: State, layer: str | None) -> None:
    """Draw the places of a region, the worst first, a page at a time; `layer` None takes all layers."""
    clock = reads.clock()
    total = row.places if layer is None else row.grades.get(layer, Grades()).total
    first = min(state.first, max(total - 1, 0)) // PAGE * PAGE
    places = reads.ask(read_worst, node, clock.today, layer, PAGE, first, schemes.lower_is_worse())
    title = t("places_here") if node.is_leaf else t("worst_first")
    note = t("of_layer", layer=t("all_layers") if layer is None else LAYERS[layer])
    show(tag("div", title, tag("span", note, cls="note", title=t("worst_note")), cls="h"))
    if not places:
        show(tag("div", t("empty_list"), cls="soft small"))
        return
    place_list.draw(places, "yzt_worst", pick_place, state.place, layer or "")
    pager(first, len(places), total)


def pager(first: int, shown: int, total: int) -> None:
    """Draw the buttons that page through a list of `total` entries, of which `shown` stand there from `first` on."""
    if total <= PAGE:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(t("previous"), key="yzt_previous", disabled=first == 0, on_click=go,
                  kwargs={"first": max(first - PAGE, 0)})  # fmt: skip
        st.button(t("next"), key="yzt_next", disabled=first + shown >= total, on_click=go,
                  kwargs={"first": first + PAGE})  # fmt: skip
        show(tag("span", t("page_of", first=first + 1, last=first + shown, total=f"{total:,}"), cls="soft small"))


def spot_of(place: int | None) -> Spot | None:
    """Return where the chosen place is, or None."""
    return None if place is None else reads.fresh(read_spot, place)


def marked(spot: Spot | None) -> Selected | None:
    """Return what the map marks for a chosen place."""
    return None if spot is None else Selected("place", spot.id, spot.lon, spot.lat)


def follow(event: MapEvent | None, on_region: Callable[[int], None]) -> None:
    """Do what a click on the map asks for, once, and draw again."""
    if event is None or event.kind == "station":
        return
    if event.kind == "place":
        pick_place(str(event.id))
    else:
        on_region(event.id)
    st.rerun()


def layer_switch() -> str:
    """Draw the switch of the layer that colours map and counts; the address keeps it."""
    state = here()
    st.session_state["yzt_layer"] = state.layer

    def changed() -> None:
        chosen = st.session_state["yzt_layer"] or state.layer
        go(layer=None if chosen == DEFAULT_LAYER else chosen, first=None)

    st.segmented_control(
        t("of_layer", layer=""), list(LAYERS), format_func=lambda key: LAYERS[key], key="yzt_layer", on_change=changed,
        label_visibility="collapsed",
    )  # fmt: skip
    return state.layer


def region_address(code: str, layer: str) -> str:
    """Return the address of a region in the drill-down, for a new tab."""
    return address("drill", region=code, layer=None if layer == DEFAULT_LAYER else layer)
