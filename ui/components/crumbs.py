"""The way from the top down to the region in view, each step to be clicked."""

from collections.abc import Callable, Sequence

import streamlit as st

from data.drill import Crumb
from ui.components.html import plain, show, tag
from ui.words import LEVELS, t


def draw(crumbs: Sequence[Crumb], on_pick: Callable[[str], None]) -> None:
    """Draw the crumbs; a click calls `on_pick` with the region's code."""
    with st.container(key="yzt_crumbs", horizontal=True, vertical_alignment="center", gap="xxsmall"):
        for crumb in crumbs[:-1]:
            st.button(
                plain(crumb.name), key=f"crumb_{crumb.code}", type="tertiary", on_click=on_pick, args=(crumb.code,),
                help=LEVELS[crumb.level],
            )  # fmt: skip
            show(tag("span", "›", cls="sep"))
        last = crumbs[-1]
        level = t("rest_note") if last.is_rest else LEVELS[last.level]
        show(tag("span", last.name, tag("span", f" {level} {last.code}", cls="soft small"), cls="last"))
