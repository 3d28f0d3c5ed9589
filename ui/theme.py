"""The look of the desk pages: one style sheet, its colours taken from layers/colours.yaml."""

from functools import cache
from pathlib import Path

import streamlit as st
from markupsafe import Markup

from layers.colours import Palette, Theme, colours

SHEET = Path(__file__).parent / "assets" / "desk.css"


def variables(theme: Theme = "light", palette: Palette = "customary") -> str:
    """Return the CSS variables of the grades and marks, for the pages and for what is drawn inside components."""
    chosen = colours()
    look = chosen.themes[theme]
    values = {
        **{f"grade-{key.replace('_', '-')}": value for key, value in chosen.of_grades(theme, palette).items()},
        "outline": look.outline,
        "alarm": look.marks["alarm"],
        "hazard": look.marks["hazard"],
        "station": look.marks["station"],
        **{f"panel-{name}": value for name, value in look.panel.model_dump().items()},
    }
    return ":root{" + "".join(f"--yzt-{name}:{value};" for name, value in values.items()) + "}"


@cache
def sheet() -> str:
    """Return the whole style sheet, as one style element."""
    return f"<style>{variables()}{SHEET.read_text(encoding='utf-8')}</style>"


def apply() -> None:
    """Put the style sheet into the page; nothing from data is in it."""
    st.html(Markup(sheet()))  # noqa: S704  (files of ours only)
