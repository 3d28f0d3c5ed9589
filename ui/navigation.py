"""The state that an address carries: region, layer, place, gap, check, search, position in a list.

The address is the only state: whatever is on the screen can be shared by copying it. Pages read :func:`here` and
change it with :func:`go`, in a callback, so that the script that follows already draws the new state.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from data.doctor import GROUPS, check_of
from data.drill import LAYERS
from data.gaps import GAPS

DEFAULT_LAYER = LAYERS[0]
LONGEST = 200
SWITCH = "yzt_switch"
SPOT = re.compile(r"(-?\d{1,3}(?:\.\d{1,12})?),(-?\d{1,2}(?:\.\d{1,12})?)", re.ASCII)


@dataclass(frozen=True)
class State:
    """What the address says, checked: unknown layers and gaps fall back, a place that is no number is none.

    `find` and `only` narrow the list of 未上图 to words and a layer; `spot` is where its chosen place would be put.
    """

    region: str | None
    layer: str
    place: int | None
    gap: str
    query: str
    first: int
    check: str | None = None
    group: str | None = None
    find: str = ""
    only: str | None = None
    spot: tuple[float, float] | None = None


def number(text: str | None, most: int = 2**62) -> int | None:
    """Return a positive whole number out of an address, or None."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 19:
        return None
    return value if 0 < (value := int(text)) <= most else None


def spot(text: str | None) -> tuple[float, float] | None:
    """Return (lon, lat) in degrees out of an address ("120.38,36.06"), or None."""
    found = SPOT.fullmatch(text or "")
    if found is None:
        return None
    lon, lat = float(found[1]), float(found[2])
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None


def here() -> State:
    """Return the state of this page as the address has it."""
    given = st.query_params
    layer, gap = given.get("layer", ""), given.get("gap", "")
    return State(
        region=(given.get("region") or "")[:32] or None,
        layer=layer if layer in LAYERS else DEFAULT_LAYER,
        place=number(given.get("place")),
        gap=gap if gap in GAPS else GAPS[0],
        query=(given.get("q") or "")[:LONGEST],
        first=number(given.get("first"), 10_000_000) or 0,
        find=(given.get("find") or "")[:LONGEST],
        only=only if (only := given.get("only", "")) in LAYERS else None,
        spot=spot(given.get("at")),
        check=check if check_of(check := given.get("check", "")[:LONGEST]) is not None else None,
        group=group if (group := given.get("group", "")) in GROUPS else None,
    )


def go(**changes: str | int | None) -> None:
    """Change the address of this page; None (and 0) takes a value away."""
    for key, value in changes.items():
        if value:
            st.query_params[key] = str(value)
        else:
            st.query_params.pop(key, None)


def address(path: str, **values: str | int | None) -> str:
    """Return the address of a page in a state, on this site."""
    query = urlencode({key: value for key, value in values.items() if value})
    return f"/{path}?{query}" if query else f"/{path}"


def switch(path: str, **values: str | int | None) -> None:
    """Go to another page once this callback has ended."""
    st.session_state[SWITCH] = (path, {key: str(value) for key, value in values.items() if value})
