"""一企一档 on the screen: why this colour, who answers, what stands there, what was done, where the record is from."""

from collections.abc import Callable

import streamlit as st

from data.dossier import Assessed, Dossier, Row
from ui.components import dossier_record, dossier_work, schemes
from ui.components.html import Markup, show, tag
from ui.components.rows import grade_chip
from ui.words import KINDS, number, t, word

Section = Callable[[Dossier], Markup | None]


def draw(dossier: Dossier, wide: bool = False) -> None:
    """Draw a dossier: one below the other beside the map, in two columns on a page of its own (`wide`)."""
    show(head(dossier))
    left: tuple[Section, ...] = (why, dossier_work.people, other_schemes, dossier_record.substances, dossier_record.gas)
    right: tuple[Section, ...] = (
        dossier_work.hazards, dossier_work.inspections, dossier_work.acts, dossier_work.sensors, dossier_work.alarms,
        dossier_record.basics, dossier_record.origin,
    )  # fmt: skip
    columns = st.columns([1, 1], gap="medium") if wide else (st.container(), st.container())
    for column, sections in zip(columns, (left, right), strict=True):
        with column:
            show([section(dossier) for section in sections])


def head(dossier: Dossier) -> Markup:
    """Return name, kinds, state and where it is."""
    place = dossier.place
    worst = dossier.worst
    where = " › ".join(crumb.name for crumb in dossier.crumbs[1:])
    return tag(
        "div",
        tag("div", tag("span", place["name"], cls="name"),
            chip(worst["severity"], worst["at_least"], "big") if worst else None),
        tag("div", [tag("span", KINDS.get(kind, kind), cls="tag") for kind in place["kinds"]],
            tag("span", word("place_states", place["state"]), cls="tag") if place["state"] != "open" else None,
            tag("span", t("demo"), cls="tag demo") if place["datum_evidence"] == "demo" else None,
            tag("span", t("unmapped"), cls="tag warn") if place["lon"] is None else None,
            tag("span", t("overdue_n", n=dossier.overdue), cls="tag bad") if dossier.overdue else None),
        tag("div", where, " · ", place["address"] or t("untold"), cls="where"),
        cls="d-head",
    )  # fmt: skip


def chip(severity: int, at_least: int, size: str = "") -> Markup:
    """Return the mark of a grade: colour, sign and word."""
    mark = grade_chip(severity, at_least)
    ring = f" ring r-{mark['ring']}" if mark["ring"] else ""
    return tag("span", tag("i", mark["shape"], cls="shape"), mark["word"], cls=f"chip g-{mark['key']}{ring} {size}")


def heading(words: str, note: str | None = None) -> Markup:
    """Return the heading of a section."""
    return tag("div", words, tag("span", note, cls="note") if note else None, cls="h")


def why(dossier: Dossier) -> Markup:
    """Return the sentence, value and contributions of the scheme that colours the place."""
    if dossier.colouring is None:
        return tag("div", heading(t("why")), tag("div", t("why_none"), cls="why g-unknown"))
    return tag("div", heading(t("why")), assessed(dossier.colouring))


def other_schemes(dossier: Dossier) -> Markup | None:
    """Return what every other scheme says of the place and of its units, one under the other, never blended."""
    if not dossier.others:
        return None
    return tag("div", heading(t("other_schemes")), [assessed(other) for other in dossier.others])


def assessed(one: Assessed) -> Markup:
    """Return one assessment: grade, sentence, value or interval, what is missing, contributions."""
    levels = one.grade.startswith("level_")
    mark = grade_chip(-1 if levels else one.severity, -1 if levels else one.at_least)
    shown = (
        tag("span", schemes.grade_word(one.scheme, one.grade), cls="chip g-na")
        if levels
        else chip(one.severity, one.at_least)
    )
    value = schemes.value_words(one.scheme, one.value_low, one.value_high)
    version = t("scheme_version", title=schemes.title(one.scheme), version=one.rule_version, day=one.as_of)
    oldest = t("data_from", day=one.data_from) if one.data_from else None
    return tag(
        "div",
        tag("div", shown, " ", tag("b", one.unit_name) if one.unit_name else None, " ",
            tag("span", value, cls="value")),
        tag("div", one.sentence),
        tag("div", tag("b", t("missing")), " ", "、".join(one.missing), cls="bad small") if one.missing else None,
        contributions(one),
        tag("div", version, " · " if oldest else None, oldest, cls="soft small"),
        cls=f"why g-{mark['key']}", style="margin-bottom:.4rem",
    )  # fmt: skip


def contributions(one: Assessed) -> Markup | None:
    """Return every contribution with its value, points, clause, record and date."""
    if not one.contributions:
        return None
    heads = ("col_input", "col_value", "col_points", "col_clause", "col_record", "col_date", "col_state")
    rows = [
        tag(
            "tr",
            tag("td", item.get("label")),
            tag("td", said(item.get("value")), _unit_of(item), cls=_short(item)),
            tag("td", points(item.get("points")), cls="n"),
            tag("td", item.get("clause"), tag("span", f" {item['mark']}", cls="soft") if item.get("mark") else None),
            tag("td", record(item.get("record")), cls="w"),
            tag("td", item.get("date"), cls="w"),
            tag("td", word("input_states", item.get("state")), cls="w"),
            cls=tone(item),
        )
        for item in one.contributions
    ]
    return tag(
        "div",
        tag(
            "table",
            tag("thead", tag("tr", [tag("th", t(h), cls="n" if h == "col_points" else None) for h in heads])),
            tag("tbody", rows),
            cls="d",
        ),
        cls="scroll",
    )


def _short(item: Row) -> str | None:
    return "w" if len(said(item.get("value"))) <= 12 else None


def _unit_of(item: Row) -> str | None:
    return f" {item['unit']}" if item.get("unit") and item.get("value") is not None else None


def said(value: object) -> str:
    """Return a contribution's value in words."""
    if value is None:
        return t("unknown")
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    return number(value) if isinstance(value, int | float) else str(value)


def points(value: object) -> str:
    """Return points, or the interval an unknown input could give."""
    if isinstance(value, list):
        low, high = (None if end is None else number(end) for end in value)
        return f"{low}–{high}" if high is not None else t("interval_open", low=low)
    return number(value) if isinstance(value, int | float) else ""


def record(value: object) -> str | None:
    """Return which stored record a contribution comes from."""
    if not isinstance(value, dict):
        return None
    table = word("record_tables", value.get("table"))
    return t("record", table=table, id=value.get("id"))


def tone(item: Row) -> str:
    """Return how a row of contributions is set apart: missing, decisive, or without weight."""
    if item.get("state") in ("missing", "stale"):
        return "missing"
    if item.get("state") == "direct":
        return "direct"
    return "nil" if item.get("points") in (0, None) else ""
