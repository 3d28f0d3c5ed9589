"""The Streamlit script that app.py serves: who looks, which city, which page."""

import logging

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from ui import navigation, theme
from ui.components import bar, reads
from ui.components.html import plain
from ui.desk import PAGES
from ui.words import t

log = logging.getLogger(__name__)


def main() -> None:
    """Draw one run: the page of the address, below the bar that all pages share."""
    st.set_page_config(page_title=t("product"), page_icon="🗺️", layout="wide")
    theme.apply()
    pages = {
        card.path: st.Page(
            card.draw, title=card.title, icon=card.icon, url_path=card.path or None, default=not card.path,
            visibility="visible" if card.listed else "hidden",
        )
        for card in PAGES
    }  # fmt: skip
    chosen = st.navigation(list(pages.values()), position="top")
    if (wanted := st.session_state.pop(navigation.SWITCH, None)) is not None:
        st.switch_page(pages[wanted[0]], query_params=wanted[1])
    try:
        if _may_enter():
            bar.draw()
            chosen.run()
    except SQLAlchemyError:
        log.exception("a page could not read the database")
        st.error(t("error_database"))
    except Exception:
        log.exception("a page could not be drawn")
        st.error(t("error_page"))


def _may_enter() -> bool:
    """Say why there is nothing to see, where there is nothing."""
    viewer = reads.viewer()
    if not (answer := viewer.may("view")):
        st.warning(plain(answer.reason))
        st.html(f'<a href="/signin">{t("sign_in")}</a>')
        return False
    if reads.city() is None or reads.top() is None:
        bar.draw(searchable=False)
        st.info(plain(t("error_no_city")))
        return False
    return True


main()
