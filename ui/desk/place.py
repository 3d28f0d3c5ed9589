"""一企一档 as a page of its own: `/place?place=ID`."""

import streamlit as st

from data.dossier import read_dossier
from ui.components import dossier, reads
from ui.navigation import here, switch
from ui.words import t


def draw() -> None:
    """Draw the page."""
    place = here().place
    clock = reads.clock()
    found = None if place is None else reads.fresh(read_dossier, place, clock.today, clock.now)
    if found is None:
        st.warning(t("error_unknown_place"))
        st.button(t("to_overview"), key="yzt_to_overview", icon=":material/map:", on_click=lambda: switch(""))
        return
    code = found.crumbs[-1].code
    st.button(
        t("back_to_map"), key="yzt_to_map", type="tertiary", icon=":material/map:",
        on_click=lambda: switch("drill", region=code, place=place),
    )  # fmt: skip
    dossier.draw(found, wide=True)
