"""One check of the data doctor: how many, whom it harms, who mends it and how, its days, and what it found."""

from datetime import datetime, time, timedelta

import streamlit as st

from data.doctor import Check, check_of, checks
from data.doctor.read import Detail, Examined, Finding, Line, read_detail
from data.drill import Node
from data.settings import TIME_ZONE
from ui.components import reads, schemes, side
from ui.components.html import Child, Markup, show, tag
from ui.components.rows import Card, Column, TableRow, cards, grade_chip, table
from ui.components.spark import sparkline
from ui.navigation import State, address, go
from ui.words import LEVELS, number, share, t, word

PAGE = 50
A_DAY_MISSED = timedelta(days=2, hours=12)
REGION = "region:"


def check(check_id: str) -> Check:
    """Return the check behind an id that was read from the kept examination."""
    found = check_of(check_id)
    return found if found is not None else next(iter(checks().values()))


def group_of(check_id: str) -> str:
    """Return the group of a check; one that is no more belongs to none."""
    found = check_of(check_id)
    return "" if found is None else found.group


def title(line: Line) -> str:
    """Return the words of a check; an input of a scheme is named with its scheme."""
    if ":" not in line.check_id:
        return line.title
    scheme = line.check_id.split(":", 1)[1].split(".")[0]
    label = line.title.rsplit(f"{scheme} ", 1)[-1]
    return t("doctor_input_title", scheme=schemes.title(scheme), label=label)


def draw(examined: Examined, check_id: str, node: Node, state: State) -> None:
    """Draw one check at a node."""
    st.button(t("doctor_back"), key="yzt_doctor_back", type="tertiary", icon=":material/arrow_back:",
              on_click=go, kwargs={"check": None, "first": None})  # fmt: skip
    one = check(check_id)
    line = examined.line(check_id)
    if check_id in examined.kept.unknown:
        show(tag("div", t("doctor_not_judged", title=one.title, why=examined.kept.unknown[check_id]), cls="wrong"))
    first = state.first // PAGE * PAGE
    detail = reads.ask(read_detail, check_id, node, reads.clock().today, PAGE, first)
    show(_card(one, line), _words(one))
    if line is not None and len(line.sources) > 1:
        show(_sources(line))
    _trend(detail, node)
    _children(detail, node)
    _list(detail, one, line, state, first)


def _card(one: Check, line: Line | None) -> Markup:
    if line is None:
        return tag("div", tag("div", one.title, cls="soft small"), t("doctor_found_none"), cls="gapcard")
    count = line.count
    judged = t("doctor_of_untold") if count.population is None else t("doctor_of", n=number(count.population))
    part = None if count.population is None else share(count.n, count.population)
    effect = t("doctor_effect_none")
    if count.unknown:
        effect = t("doctor_effect", n=number(count.unknown), severe=number(count.unknown_severe))
    body: list[Child] = [
        tag("div", title(line), cls="soft small"),
        tag("div", tag("span", number(count.n), cls="n"), judged, "　", part),
    ]
    if count.population:
        width = f"width:{100 * count.n / count.population:.2f}%"
        body.append(tag("div", tag("span", style=width), cls="meter"))
    body.append(tag("div", effect, cls="small bad" if count.unknown else "small"))
    if count.unmapped:
        body.append(tag("div", t("doctor_unmapped", n=number(count.unmapped)), cls="small"))
    return tag("div", body, cls="gapcard")


def _words(one: Check) -> Markup:
    said: list[Child] = [
        tag("dt", t("doctor_harm")), tag("dd", one.harm), tag("dt", t("doctor_who")), tag("dd", one.who),
        tag("dt", t("doctor_fix")), tag("dd", one.fix),
    ]  # fmt: skip
    for limit in one.limits.values():
        many = isinstance(limit.value, tuple)
        value = "、".join(limit.value) if many else f"{number(limit.value)} {limit.unit or ''}"  # type: ignore[arg-type]
        basis = word("doctor_certainty", limit.certainty)
        text = t("doctor_limit_line", value=value.strip(), source=limit.source, certainty=basis)
        said += [tag("dt", t("doctor_limit")), tag("dd", text, cls="soft")]
    return tag("dl", said, cls="kv one")


def _sources(line: Line) -> Markup:
    heads = [tag("th", t("doctor_col_source"))]
    heads += [tag("th", t(f"doctor_col_{name}"), cls="n") for name in ("n", "judged", "share", "unknown")]
    rows = [
        tag(
            "tr", tag("td", one.source), tag("td", number(one.n), cls="n"),
            tag("td", "—" if one.population is None else number(one.population), cls="n"),
            tag("td", "—" if one.population is None else share(one.n, one.population), cls="n"),
            tag("td", number(one.unknown), cls="n"),
        )
        for one in line.sources
    ]  # fmt: skip
    body = tag("table", tag("thead", tag("tr", heads)), tag("tbody", rows), cls="d")
    return tag("div", tag("div", t("doctor_sources"), cls="h"), body)


def _trend(detail: Detail, node: Node) -> None:
    show(tag("div", t("doctor_trend"), cls="h"))
    if len(detail.days) > 1:
        noon = [(datetime.combine(day, time(12), TIME_ZONE), float(n)) for day, n, _ in detail.days]
        show(tag("div", sparkline(noon, None, A_DAY_MISSED), cls="sensor"))
    else:
        show(tag("div", t("doctor_trend_first" if detail.days else "doctor_trend_below"), cls="soft small"))


def _children(detail: Detail, node: Node) -> None:
    if not detail.children:
        return
    show(tag("div", t("doctor_children"), cls="h"))
    columns = (
        Column("name", LEVELS[node.level + 1], "name", ""),
        Column("n", t("doctor_col_n")),
        Column("unknown", t("doctor_col_unknown"), help=t("doctor_unknown_help")),
    )
    rows = [
        TableRow(
            {"name": child.name, "n": number(child.n), "unknown": number(child.unknown)}, child.code,
            address("doctor", region=child.code), muted=child.is_rest,
        )
        for child in detail.children
    ]  # fmt: skip
    table(columns, rows, "yzt_doctor_children", lambda code: go(region=code, place=None, first=None))


def _list(detail: Detail, one: Check, line: Line | None, state: State, first: int) -> None:
    show(tag("div", t("doctor_found"), tag("span", t("doctor_found_note"), cls="note"), cls="h"))
    if not detail.findings:
        show(tag("div", t("doctor_found_none"), cls="soft small"))
        return
    entries = [_entry(one, found) for found in detail.findings]
    cards(entries, "yzt_doctor_found", _picked, None if state.place is None else str(state.place))
    side.pager(first, len(entries), line.count.n if line is not None else len(entries))


def _picked(key: str) -> None:
    if key.startswith(REGION):
        go(region=key.removeprefix(REGION), place=None, first=None)
    else:
        side.pick_place(key)


def _entry(one: Check, found: Finding) -> Card:
    if found.place_id is None:
        key, href = REGION + found.region_code, address("drill", region=found.region_code)
    else:
        key, href = str(found.place_id), address("place", place=found.place_id)
    return Card(
        key, found.name, href, grade_chip(0, found.at_least) if found.unknown else None,
        text=t("doctor_value", says=one.says, value=found.value) if found.value else None,
        sub=" · ".join(part for part in (found.within, found.source) if part),
    )  # fmt: skip
