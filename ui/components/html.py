"""The one place where text becomes HTML or Markdown. Text from data is never either: it is escaped here.

HTML is built with :func:`tag`, which escapes every child that is not itself built here, and shown with :func:`show`.
Labels of Streamlit's own widgets read Markdown: text goes into them through :func:`plain`.
"""

import re
from collections.abc import Iterable

import streamlit as st
from markupsafe import Markup, escape

SVG_DATA = "data:image/svg+xml;base64,"
"""A picture in an img element runs nothing, whatever is in it."""

VOID = frozenset({"br", "hr", "img", "polyline", "line", "circle"})
SAFE_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*")
MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")
BREAKS_WORDS = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")

Child = str | Markup | int | None | Iterable["Child"]


def tag(name: str, *children: Child, **attributes: str | int | None) -> Markup:
    """Return an element. Children that are not Markup are escaped; None is nothing; iterables are flattened.

    Attributes are escaped and quoted; `cls` is `class`, `_` is `-`, None leaves the attribute out. Event handlers and
    script addresses are refused with ValueError: nothing that is built here can run.
    """
    given = {("class" if key == "cls" else key.replace("_", "-")): v for key, v in attributes.items() if v is not None}
    for key, value in given.items():
        if not SAFE_NAME.fullmatch(key) or key.lower().startswith("on"):
            raise ValueError(f"attribute {key!r} is not built here")
        if key in ("href", "src") and not str(value).startswith(("/", "?", "#", SVG_DATA)):
            raise ValueError(f"{key} must stay on this site: {value!r}")
    listed = "".join(f' {key}="{escape(value)}"' for key, value in given.items())
    if name in VOID:
        return Markup(f"<{name}{listed} />")  # noqa: S704  (name is ours, values are escaped above)
    return Markup(f"<{name}{listed}>{join(children)}</{name}>")  # noqa: S704


def join(children: Iterable[Child]) -> Markup:
    """Return the children one after the other, escaped where they are text."""
    out: list[str] = []
    for child in children:
        if child is None:
            continue
        if isinstance(child, str | int):
            out.append(str(escape(child)))
        else:
            out.append(str(join(child)))
    return Markup("".join(out))  # noqa: S704


def show(*children: Child) -> None:
    """Draw HTML built here. Streamlit sanitises it once more in the browser."""
    st.html(str(join(children)))


def plain(text: object) -> str:
    """Return text that Streamlit's Markdown shows as it stands: no link, colour, icon, formula or line break."""
    flat = " ".join(BREAKS_WORDS.sub(" ", str(text)).split())
    return MARKDOWN.sub(r"\\\1", flat).replace("\\:", "\\:\u2060")
