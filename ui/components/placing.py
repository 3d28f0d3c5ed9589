"""The panel in which a place gets its point: where it should be, what was checked about the spot, and the last word."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import streamlit as st

from data import placing
from data.drill import read_node
from data.geocoding import Answer, GeocoderError, Proposal, geocode, host_of
from data.placing import Checked, Refused
from data.services import current
from data.settings import TIME_ZONE
from data.unmapped import Lost
from ui.components import reads
from ui.components.html import Child, plain, show, tag
from ui.components.map import MapView, Selected
from ui.navigation import go, switch
from ui.words import KINDS, LEVELS, t

HEIGHT = "max(20rem, calc(100dvh - 7.4rem))"
SAID = "yzt_said"
ANSWER = "yzt_geocoded"
HOW = "yzt_how"
"""Where the spot of this session is from: {"spot": text, …}; another spot is a click."""


def spot_text(lon: float, lat: float) -> str:
    """Return a spot as an address carries it."""
    return f"{lon:.7f},{lat:.7f}"


def allowed() -> bool:
    """Whether this viewer may put places on the map at all."""
    return bool(reads.viewer().may(placing.ACTION))


def when(at: datetime, actor: str) -> str:
    """Return who did something and when."""
    return f"{actor} {at.astimezone(TIME_ZONE):%m-%d %H:%M}"


def view_of(lost: Lost, spot: tuple[float, float] | None) -> MapView:
    """Return the map of a place to be put: its region outlined, the spot marked, every click a spot."""
    picking = allowed() and not lost.mapped
    marked = None if spot is None or lost.mapped else Selected("spot", _kept(spot_text(*spot)).get("number", 0), *spot)
    return MapView(
        visible=("enterprise", "gas_shop", "small_place", "crowded_place"), bounds=lost.bounds, selected=marked,
        height=HEIGHT, outline=lost.outline_id, picking=picking,
    )  # fmt: skip


def draw(lost: Lost, spot: tuple[float, float] | None) -> None:
    """Draw the panel of one place."""
    st.button(t("unmapped_back"), key="yzt_close", type="tertiary", icon=":material/arrow_back:", on_click=_close)
    tags = [tag("span", KINDS.get(kind, kind), cls="tag") for kind in lost.kinds]
    hangs = lost.hangs_in or t("rest_note")
    show(
        tag("div", tag("span", lost.name, cls="name"), tags,
            tag("div", lost.address or t("no_address"), cls="where"), cls="d-head"),
        tag("div", t("hangs_in"), tag("b", hangs), cls="small"),
    )  # fmt: skip
    if lost.mapped:
        show(tag("div", t("mapped_already"), cls="soft"))
        st.button(t("open_page"), key="yzt_open_page", on_click=lambda: switch("place", place=lost.id))
        return
    answer = reads.viewer().may(placing.ACTION)
    if not answer:
        show(tag("div", t("may_not_place", reason=answer.reason), cls="soft"))
        return
    if lost.outline_name is not None and lost.outline_level is not None:
        show(tag("div", t("outlined", level=LEVELS[lost.outline_level], name=lost.outline_name), cls="small"))
    _geocoder(lost)
    if spot is None:
        show(tag("div", t("pick_spot"), cls="pickhint"))
    else:
        _confirm(lost, reads.fresh(placing.check, lost.id, *spot))


def _geocoder(lost: Lost) -> None:
    """Offer to ask the geocoder, where one is set, and list what it answered: proposals to be looked at, no more."""
    host = host_of(current().settings)
    if host is None or not lost.address:
        return
    st.button(t("ask_geocoder"), key="yzt_geocode", icon=":material/travel_explore:", on_click=_ask, args=(lost,),
              help=plain(t("ask_geocoder_help", host=host)))  # fmt: skip
    place, answer = st.session_state.get(ANSWER, (None, None))
    if place != lost.id or answer is None:
        return
    if isinstance(answer, str):
        st.warning(plain(answer))
        return
    said = t("proposals", n=len(answer.proposals)) + (
        t("proposals_outside", n=answer.outside) if answer.outside else ""
    )
    show(tag("div", said, cls="soft small"))
    for number, found in enumerate(answer.proposals, start=1):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(t("proposal", n=number), key=f"yzt_proposal_{number}", on_click=_take, args=(number, found))
            show(tag("span", found.label or "—", tag("span", f" {found.quality}", cls="soft small")))


def _ask(lost: Lost) -> None:
    city, node = reads.city(), reads.ask(read_node)
    try:
        answer: Answer | str = geocode(
            current().settings,
            lost.address or "",
            "" if city is None else city.name,
            None if node is None else node.bounds,
        )
    except GeocoderError as error:
        answer = str(error)
    st.session_state[ANSWER] = (lost.id, answer)


def _take(number: int, found: Proposal) -> None:
    at = spot_text(found.lon, found.lat)
    st.session_state[HOW] = {
        "spot": at, "number": number, "by": "geocoder", "host": host_of(current().settings), "label": found.label,
        "quality": found.quality, "orig": [found.orig_lon, found.orig_lat], "datum": found.datum,
    }  # fmt: skip
    go(at=at)


def _confirm(lost: Lost, checked: Checked) -> None:
    show(tag("ul", [tag("li", mark, text, cls=tone) for tone, mark, text in _findings(checked)], cls="checks"))
    how = _how(checked)
    with st.container(horizontal=True, gap="small"):
        if not checked.refusal:
            label = t("confirm_anyway") if checked.warnings else t("confirm_spot")
            st.button(label, key="yzt_confirm", type="primary", icon=":material/check:", on_click=_write,
                      args=(lost, checked, how))  # fmt: skip
        st.button(t("pick_again"), key="yzt_again", on_click=lambda: go(at=None))


def _findings(checked: Checked) -> list[tuple[str, Child, str]]:
    """Return (tone, sign, sentence) of each check."""
    at = ("soft", "", t("spot_at", lon=f"{checked.lon:.6f}", lat=f"{checked.lat:.6f}"))
    if checked.refusal:
        return [at, ("bad", "✕ ", checked.refusal)]
    found: list[tuple[str, Child, str]] = [at]
    if "no_outline" in checked.warnings:
        found.append(("warn", "! ", t("check_no_outline")))
    else:
        found.append(("good", "✓ ", t("check_inside_city", region=checked.region_name)))
    if "outside_named" in checked.warnings:
        found.append(("warn", "! ", t("check_outside_named")))
    elif "no_outline" not in checked.warnings:
        found.append(("good", "✓ ", t("check_inside_named")))
    if checked.address_region:
        found.append(("warn", "! ", t("check_outside_address", region=checked.address_region)))
    if checked.near:
        names = "、".join(checked.near[:3])
        found.append(("warn", "! ", t("check_stack", n=len(checked.near), names=names)))
    else:
        found.append(("good", "✓ ", t("check_alone")))
    return found


def _how(checked: Checked) -> Mapping[str, Any]:
    """Return where the spot is from: an answer of the geocoder that was chosen for it, else a click."""
    kept = _kept(spot_text(checked.lon, checked.lat))
    return {name: value for name, value in kept.items() if name not in ("spot", "number")} or {"by": "click"}


def _kept(spot: str) -> Mapping[str, Any]:
    """Return the geocoder's answer that was chosen for this spot; empty for a click."""
    kept: Mapping[str, Any] = st.session_state.get(HOW, {})
    return kept if kept.get("spot") == spot else {}


def _write(lost: Lost, checked: Checked, how: Mapping[str, Any]) -> None:
    services = current()
    try:
        checked, queued = placing.confirm(
            services.engine, services.url, reads.viewer(), lost.id, checked.lon, checked.lat, lost.updated_at,
            checked.warnings, how,
        )  # fmt: skip
    except Refused as refused:
        st.session_state[SAID] = ("warning", str(refused))
        return
    st.session_state[SAID] = (
        "success",
        t("placed" if queued else "placed_only", name=lost.name, region=checked.region_name),
    )
    go(place=None, at=None)


def take_back(entry: int) -> None:
    """Put a place back to where it was before it was placed, and say so."""
    services = current()
    try:
        name = placing.undo(services.engine, services.url, reads.viewer(), entry)
    except Refused as refused:
        st.session_state[SAID] = ("warning", str(refused))
        return
    st.session_state[SAID] = ("success", t("taken_back", name=name))


def say_what_happened() -> bool:
    """Say once what the last click did; returns whether it did something (so that it may be taken back)."""
    tone, text = st.session_state.pop(SAID, (None, ""))
    if tone == "warning":
        st.warning(plain(text))
    elif tone is not None:
        show(tag("div", text, cls="pickhint"))
    return bool(tone == "success")


def _close() -> None:
    go(place=None, at=None)
