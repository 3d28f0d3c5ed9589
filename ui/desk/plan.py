"""规划: where nobody is looking. Five gaps, each with numbers, the risk and people exposed, and whom to see first."""

import streamlit as st

from data.drill import Node, read_code, read_crumbs, read_node
from data.gaps import PLACE_GAPS, CoverGap, GridGap, PlaceGap, read_cover_gap, read_grid_gap, read_place_gap
from data.standards import Sourced, coverage
from ui.components import crumbs, place_list, reads, side
from ui.components.html import Child, Markup, show, tag
from ui.components.map import MapView, Selected, city_map
from ui.components.rows import Card, cards
from ui.navigation import address, go, here
from ui.words import number, share, t, word, words

LISTED = 50


def draw() -> None:
    """Draw the page."""
    state = here()
    node = reads.ask(read_node, state.region) or reads.ask(read_node)
    if node is None:
        st.warning(t("error_no_scope"))
        return
    crumbs.draw(reads.ask(read_crumbs, node), _open_region)
    left, right = st.columns([0.56, 0.44], gap="small")
    with left:
        _map(node, state.gap, state.place)
    with right, st.container(key="yzt_side", gap="small"):
        if state.place is not None and side.chosen_place(state.place, side.dossier_of(state.place)):
            return
        _switch(state.gap)
        with st.spinner(t("search"), show_time=False):
            _draw_gap(state.gap, node)


def _open_region(code: str) -> None:
    go(region=code, place=None)


def _switch(gap: str) -> None:
    st.session_state["yzt_gap"] = gap
    st.pills(
        t("page_plan"), list(words()["gaps"]), format_func=lambda key: word("gaps", key), key="yzt_gap",
        label_visibility="collapsed", on_change=lambda: go(gap=st.session_state["yzt_gap"] or gap),
    )  # fmt: skip


def _draw_gap(gap: str, node: Node) -> None:
    clock = reads.clock()
    if gap == "grid_no_officer":
        grids = reads.slowly(read_grid_gap, node, clock.today, clock.now, LISTED)
        _say_age(grids.time)
        _grids(grids.value)
    elif gap in PLACE_GAPS:
        places = reads.slowly(read_place_gap, gap, node, clock.today, clock.now, LISTED)
        _say_age(places.time)
        _places(places.value)
    else:
        cover = reads.slowly(read_cover_gap, node, clock.today, LISTED)
        _say_age(cover.time)
        _cover(cover.value)


def _say_age(time: str) -> None:
    show(tag("div", t("plan_age", time=time), cls="soft small"))


def _places(gap: PlaceGap) -> None:
    numbers = coverage()
    basis: tuple[Sourced, ...] = {
        "never_inspected": (numbers.visit,),
        "inspection_overdue": numbers.periods,
        "shop_no_sensor": (numbers.silence,),
    }[gap.name]
    unjudged = gap.total - gap.judged
    show(
        _card(
            gap.name, gap.n, gap.total,
            _severe(gap),
            t("gap_unmapped", n=number(gap.unmapped)) if gap.unmapped else None,
            t("gap_unjudged", n=number(unjudged)) if unjudged else None,
        ),
        _basis(basis),
    )  # fmt: skip
    _worst()
    place_list.draw(gap.places, "yzt_gap_places", side.pick_place, here().place)


def _grids(gap: GridGap) -> None:
    people = t("gap_people_unknown")
    if gap.people is not None and gap.people_total is not None:
        people = t("gap_people", n=number(gap.people), share=share(gap.people, gap.people_total))
    show(_card(gap.name, gap.n, gap.total, people, _severe(gap)), _basis((coverage().grid_officer,)))
    _worst()
    entries = [
        Card(
            grid.code, grid.name, address("drill", region=grid.code), sub=grid.region_name,
            tags=[{"text": grid.code}, {"text": t("grid_places", n=number(grid.places))},
                  *([{"text": t("grid_severe", n=number(grid.severe)), "tone": "bad"}] if grid.severe else []),
                  *([{"text": t("people", n=number(grid.people)), "tone": "soft"}] if grid.people is not None else [])],
        )
        for grid in gap.grids
    ]  # fmt: skip
    cards(entries, "yzt_gap_grids", _open_region)


def _cover(gap: CoverGap) -> None:
    standard = coverage().station_cover
    lines: list[str | None] = [t("gap_people_unknown")]
    if gap.people_low is not None and gap.people_high is not None and gap.people_total:
        lines = [
            t("cover_people", low=number(gap.people_low), high=number(gap.people_high),
              low_share=share(gap.people_low, gap.people_total), high_share=share(gap.people_high, gap.people_total)),
            t(f"cover_from_{gap.people_from}"),
        ]  # fmt: skip
    stations = t("cover_stations", n=gap.stations) if gap.stations else t("cover_none")
    if gap.stations_unmapped:
        stations += f"，{t('cover_stations_unmapped', n=gap.stations_unmapped)}"
    near, far = gap.reach_m
    reach = t(
        "cover_reach", near=number(round(near)), far=number(round(far)), slow=number(min(standard.speed_kmh)),
        fast=number(max(standard.speed_kmh)), drive=number(standard.drive_s / 60), direct=min(standard.detour),
        winding=max(standard.detour),
    )  # fmt: skip
    severe = t("cover_severe", low=number(gap.severe_low), high=number(gap.severe_high), total=number(gap.severe_total))
    unmapped = t("cover_severe_unmapped", n=number(gap.severe_unmapped)) if gap.severe_unmapped else None
    show(_card("station_cover", None, None, *lines, severe, unmapped, stations, reach), _basis((standard,)))
    _worst()
    place_list.draw(gap.places, "yzt_gap_places", side.pick_place, here().place)


def _card(name: str, n: int | None, total: int | None, *lines: str | None) -> Markup:
    head: list[Child] = [tag("div", word("gaps", name), cls="soft small")]
    if n is not None and total is not None:
        head.append(tag("div", tag("span", number(n), cls="n"), f" / {number(total)}　", share(n, total)))
        width = f"width:{100 * n / total if total else 0:.2f}%"
        head.append(tag("div", tag("span", style=width), cls="meter"))
    return tag("div", head, [tag("div", line, cls="small") for line in lines if line], cls="gapcard")


def _severe(gap: PlaceGap | GridGap) -> str:
    said = t("gap_severe", n=number(gap.severe), total=number(gap.severe_total))
    return f"{said}（{share(gap.severe, gap.severe_total)}）"


def _basis(sources: tuple[Sourced, ...]) -> Markup:
    said = [
        tag(
            "div",
            f"{getattr(one, 'title', '')}　{one.source}（{word('certainty', one.certainty)}）".strip(),
            cls="soft small",
        )
        for one in sources
    ]
    return tag("div", tag("b", t("basis"), cls="small"), said)


def _worst() -> None:
    show(tag("div", t("gap_worst"), tag("span", t("worst_note"), cls="note"), cls="h"))


def _map(node: Node, gap: str, place: int | None) -> None:
    spot = side.spot_of(place)
    marked = side.marked(spot) or (None if node.is_rest else Selected("region", node.id))
    layers = (gap, "station") if gap == "station_cover" else (gap,)
    view = MapView(visible=layers, bounds=node.bounds, selected=marked, height="max(20rem, calc(100dvh - 7.4rem))")
    side.follow(city_map(view, "yzt_map"), _clicked_region)


def _clicked_region(region: int) -> None:
    code = reads.ask(read_code, region)
    if code is not None:
        _open_region(code)
