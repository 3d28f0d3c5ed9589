"""数据体检: how far the data may be trusted, check by check: how many, where, whose, which grades lack it."""

import streamlit as st

from data.doctor import GROUPS
from data.doctor.job import TASK
from data.doctor.read import Examined, Kept, Line, read_examined
from data.drill import Node, read_code, read_crumbs, read_node
from data.jobs import defer
from data.services import current
from data.settings import TIME_ZONE
from ui.components import crumbs, finding, reads, side
from ui.components.html import show, tag
from ui.components.map import MapView, Selected, city_map
from ui.components.rows import Column, TableRow, table
from ui.navigation import State, address, go, here
from ui.words import number, share, t, word

ALL = "all"
INPUT = "input"


def draw() -> None:
    """Draw the page."""
    state = here()
    node = (reads.ask(read_node, state.region) if state.region else None) or reads.ask(read_node)
    if node is None:
        st.warning(t("error_no_scope"))
        return
    crumbs.draw(reads.ask(read_crumbs, node), _open_region)
    examined = reads.ask(read_examined, node)
    left, right = st.columns([0.5, 0.5], gap="small")
    with left:
        _map(node, state)
    with right, st.container(key="yzt_side", gap="small"):
        if state.place is not None and side.chosen_place(state.place, side.dossier_of(state.place)):
            return
        _head(examined.kept if examined else None)
        if examined is None:
            return
        if state.check is not None:
            finding.draw(examined, state.check, node, state)
        else:
            _overview(examined, state)


def _open_region(code: str) -> None:
    go(region=code, place=None, first=None)


def _head(kept: Kept | None) -> None:
    """Say when the examination was made; whoever may score the city may ask for another one."""
    may = bool(reads.viewer().may("run_risk"))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="yzt_side_buttons"):
        if kept is None:
            st.info(t("doctor_none_may" if may else "doctor_none"))
        else:
            at = kept.at.astimezone(TIME_ZONE)
            said = t("doctor_age", day=kept.day, time=at.strftime("%H:%M"), seconds=number(round(kept.seconds, 1)))
            show(tag("div", said, cls="soft small"))
        if may:
            st.button(
                t("doctor_now"), key="yzt_doctor_now", type="tertiary", icon=":material/stethoscope:", on_click=_examine
            )
    if (answer := st.session_state.pop("yzt_doctor_said", None)) is not None:
        st.success(answer)


def _examine() -> None:
    queued = defer(current().url, TASK)
    st.session_state["yzt_doctor_said"] = t("doctor_waiting" if queued is None else "doctor_queued")


def _overview(examined: Examined, state: State) -> None:
    found = [line for line in examined.lines if line.count.n]
    judged = len(examined.lines)
    show(tag("div", t("doctor_summary", judged=judged, found=len(found)), cls="h"))
    _switch(state.group)
    shown = [line for line in found if _belongs(line.check_id, state.group)]
    rows = [_row(line) for line in sorted(shown, key=_weight)]
    if rows:
        table(COLUMNS, rows, "yzt_doctor_checks", lambda check: go(check=check, first=None))
    else:
        show(tag("div", t("doctor_found_none"), cls="soft small"))
    inputs = sum(finding.group_of(line.check_id) == INPUT for line in found)
    if state.group is None and inputs:
        show(tag("div", t("doctor_inputs", n=inputs), cls="soft small"))
    for name, why in examined.kept.unknown.items():
        if _belongs(name, state.group):
            show(tag("div", t("doctor_not_judged", title=finding.check(name).title, why=why), cls="wrong"))
    fine = [line for line in examined.lines if not line.count.n and _belongs(line.check_id, state.group)]
    if fine:
        titles = "、".join(finding.title(line) for line in fine)
        show(tag("div", t("doctor_fine", n=len(fine), titles=titles), cls="soft small"))


def _belongs(check_id: str, group: str | None) -> bool:
    """Say whether a check is shown: under its group, or under 全部 unless it is one of the many inputs."""
    own = finding.group_of(check_id)
    return own == group if group is not None else own != INPUT


COLUMNS = (
    Column("check", t("doctor_col_check"), "name", ""),
    Column("n", t("doctor_col_n")),
    Column("share", t("doctor_col_share"), "text"),
    Column("unknown", t("doctor_col_unknown"), help=t("doctor_unknown_help")),
    Column("severe", t("doctor_col_severe"), "alert", help=t("doctor_severe_help")),
    Column("week", t("doctor_col_week"), "text"),
)


def _weight(line: Line) -> tuple[int, int, int]:
    """Order: what hides the most proven risk, then what leaves the most grades unknown, then the most findings."""
    return -line.count.unknown_severe, -line.count.unknown, -line.count.n


def _row(line: Line) -> TableRow:
    count, check = line.count, finding.check(line.check_id)
    change = None if line.before is None else count.n - line.before
    cells = {
        "check": finding.title(line),
        "n": number(count.n),
        "share": "—" if count.population is None else share(count.n, count.population),
        "unknown": number(count.unknown),
        "severe": number(count.unknown_severe),
        "week": "—" if change is None else f"{change:+,}" if change else "0",
    }
    sub = f"{word('doctor_groups', check.group)} · {check.who}"
    return TableRow(cells, line.check_id, address("doctor", check=line.check_id), sub=sub)


def _switch(group: str | None) -> None:
    st.session_state["yzt_doctor_group"] = group or ALL

    def changed() -> None:
        chosen = st.session_state["yzt_doctor_group"]
        go(group=None if chosen in (None, ALL) else chosen)

    st.pills(
        t("page_doctor"), [ALL, *GROUPS], key="yzt_doctor_group", label_visibility="collapsed", on_change=changed,
        format_func=lambda key: t("doctor_all") if key == ALL else word("doctor_groups", key),
    )  # fmt: skip


def _map(node: Node, state: State) -> None:
    layers: tuple[str, ...] = ("alarm_open",)
    details = {}
    if state.check is not None:
        layer = "finding_area" if finding.check(state.check).record == "region" else "finding"
        layers, details = (layer,), {layer: state.check}
    marked = side.marked(side.spot_of(state.place)) or (None if node.is_rest else Selected("region", node.id))
    view = MapView(
        visible=layers, bounds=node.bounds, selected=marked, details=details,
        height="max(20rem, calc(100dvh - 7.4rem))",
    )  # fmt: skip
    side.follow(city_map(view, "yzt_map"), _clicked_region)


def _clicked_region(region: int) -> None:
    code = reads.ask(read_code, region)
    if code is not None:
        _open_region(code)
