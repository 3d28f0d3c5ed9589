"""The bar that all pages share: search, demo mark, who is signed in."""

import streamlit as st

from data.search import Found, search
from ui.components import place_list, reads
from ui.components.html import Markup, show, tag
from ui.components.rows import Card, cards
from ui.navigation import address, go, here, switch
from ui.words import LEVELS, t, word

BOX = "yzt_search"


def draw(searchable: bool = True) -> None:
    """Draw the bar, and below it what was searched for."""
    query = here().query
    with st.container(key="yzt_bar", horizontal=True, vertical_alignment="center", gap="small"):
        show(_who())
        if searchable:
            st.session_state[BOX] = query
            st.text_input(
                t("search"), key=BOX, placeholder=t("search_hint"), label_visibility="collapsed", max_chars=200,
                on_change=lambda: go(q=st.session_state[BOX]), icon=":material/search:",
            )  # fmt: skip
    if searchable and query.strip():
        with st.container(key="yzt_found"):
            _found(reads.ask(search, query, reads.clock().today))


def _who() -> Markup:
    """Return the marks of demo data and of an open program, or who is signed in with the way out."""
    city, viewer = reads.city(), reads.viewer()
    demo = None
    if city is not None and city.is_demo:
        words = t("demo_as_of", day=city.as_of) if city.as_of else t("demo")
        demo = tag("span", words, cls="badge demo")
    if viewer.role == "local":
        who = [tag("span", t("local"), cls="badge local")]
    else:
        who = [
            tag("span", f"{viewer.name}（{word('viewer_roles', viewer.role)}）"),
            tag("a", t("sign_out"), href="/signout", target="_self"),
        ]
    return tag("div", demo, who, tag("a", t("wall"), href="/wall", target="_blank"), cls="who")


def _found(found: Found) -> None:
    key = "search_none" if not (found.regions or found.places) else "search_more" if found.more else "search_found"
    said = t(key, query=found.used, regions=len(found.regions), places=len(found.places))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        show(tag("div", said, cls="soft small"))
        st.button(t("search_clear"), key="yzt_search_close", type="tertiary", on_click=go, kwargs={"q": None})
    if found.regions:
        cards(
            [
                Card(
                    hit.code, hit.name, address("drill", region=hit.code), text=None, sub=hit.above,
                    tags=[{"text": LEVELS[hit.level]}, {"text": hit.code}, {"text": t("grid_places", n=hit.places)}],
                )
                for hit in found.regions
            ],
            "yzt_found_regions",
            lambda code: switch("drill", region=code),
        )  # fmt: skip
    if found.places:
        place_list.draw(found.places, "yzt_found_places", _open)


def _open(place: str) -> None:
    state = here()
    switch("", place=place, layer=state.layer)
