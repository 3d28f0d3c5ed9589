"""Two records side by side, what differs marked, and what speaks for and against their being one place."""

from collections.abc import Mapping
from typing import Any

from data.matching.queue import Pair
from data.settings import TIME_ZONE
from ui.components.html import Markup, tag
from ui.navigation import address
from ui.words import KINDS, SEVERITY, number, t, word

Record = Mapping[str, Any]
FOR = frozenset({"same", "stem", "former", "inside", "alike", "near", "close"})
AGAINST = frozenset({"other", "number", "street", "far", "unit"})

TOLD = ("dup_name", "dup_code", "dup_licence", "dup_address", "dup_where", "dup_kinds", "dup_state", "dup_industry",
        "dup_scale", "dup_people", "dup_area", "dup_capacity", "dup_contact", "dup_phone", "dup_grade")  # fmt: skip
"""What is marked where it differs: what two records of one place should agree on."""


def head(pair: Pair) -> Markup:
    """Return the rule's reason, the score and the distance of a pair."""
    reason = next((line["text"] for line in pair.evidence if line["what"] == "rule"), "")
    apart = (
        t("dup_distance_unknown") if pair.distance_m is None else t("dup_distance", n=number(round(pair.distance_m)))
    )
    return tag(
        "div", reason, tag("span", t("dup_score", n=round(pair.score)), cls="tag"), tag("span", apart, cls="tag"),
        tag("span", t("dup_later_mark"), cls="tag warn") if pair.postponed else None, cls="h",
    )  # fmt: skip


def side_by_side(pair: Pair) -> Markup:
    """Return the table of both records; a row is marked where both tell something and it is not the same."""
    told = {t(key) for key in TOLD}
    shown = [(label, _fields(pair.a)[label], _fields(pair.b)[label]) for label in _fields(pair.a)]
    rows = [
        tag("tr", tag("th", label), _cell(a), _cell(b), cls="differs" if a and b and a != b and label in told else None)
        for label, a, b in shown
        if a or b
    ]
    heads = tag("tr", tag("th", ""), *[tag("th", t(key), " ", _links(place)) for key, place in
                                       (("dup_first", pair.a), ("dup_second", pair.b))])  # fmt: skip
    return tag("table", tag("thead", heads), tag("tbody", rows), cls="dup")


def evidence(pair: Pair) -> Markup:
    """Return the evidence as a list: for, against, or neither."""
    lines = [
        tag(
            "li", line["text"], cls="for" if line["answer"] in FOR else "against" if line["answer"] in AGAINST else None
        )
        for line in pair.evidence
        if line["what"] != "rule"
    ]
    return tag("ul", lines, cls="why")


def _links(place: Record) -> Markup:
    return tag(
        "span",
        tag("a", t("dup_on_map"), href=address("", place=place["id"]), target="_blank"), " · ",
        tag("a", t("dup_open"), href=address("place", place=place["id"]), target="_blank"),
    )  # fmt: skip


def _cell(value: str) -> Markup:
    return tag("td", value) if value else tag("td", t("untold"), cls="untold")


def _fields(place: Record) -> dict[str, str]:
    """Return what is compared, by label, as texts; "" is what nobody has told."""
    point = "" if place["lon"] is None else f"{place['lon']:.5f}, {place['lat']:.5f}"
    least = place["at_least"]
    merged = f" · {t('dup_records', n=place['records'])}" if place["records"] else ""
    return {
        t("dup_name"): place["name"] + merged,
        t("dup_code"): _text(place["uscc"]),
        t("dup_licence"): _text(place["licence_no"]),
        t("dup_address"): _text(place["address"]),
        t("dup_where"): " ".join(dict.fromkeys(part for part in (place["district"], place["street"]) if part)),
        t("dup_point"): point,
        t("dup_kinds"): "、".join(KINDS.get(kind, kind) for kind in place["kinds"]),
        t("dup_state"): word("place_states", place["state"]),
        t("dup_industry"): " ".join(part for part in (place["industry"], place["category"]) if part),
        t("dup_scale"): word("scales", place["scale"]) if place["scale"] else "",
        t("dup_people"): _number(place["employees"]),
        t("dup_area"): _number(place["floor_area_m2"]),
        t("dup_capacity"): _number(place["capacity"]),
        t("dup_contact"): _text(place["contact_name"]),
        t("dup_phone"): _text(place["contact_phone"]),
        t("dup_grade"): t("at_least", grade=SEVERITY[least]) if least is not None and least > 0 else t("unknown"),
        t("dup_work"): t("dup_work_n", inspections=place["inspections"], hazards=place["open_hazards"]),
        t("dup_source"): " · ".join(
            part for part in (place["source"], place["source_key"], place["file_name"]) if part
        ),
        t("dup_updated"): place["updated_at"].astimezone(TIME_ZONE).strftime("%Y-%m-%d %H:%M"),
    }


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: float | None) -> str:
    return "" if value is None else number(value)
