"""What was decided: merges with what their sources tell differently, and pairs that were called different."""

from collections.abc import Mapping
from typing import Any

from data.settings import TIME_ZONE
from ui.components.html import Markup, tag
from ui.navigation import address
from ui.words import SEVERITY, t, words

Row = Mapping[str, Any]
COLUMNS = {
    "name": "dup_name", "uscc": "dup_code", "licence_no": "dup_licence", "address": "dup_address", "scale": "dup_scale",
    "state": "dup_state", "industry": "dup_industry", "employees": "dup_people", "floor_area_m2": "dup_area",
    "capacity": "dup_capacity", "contact_name": "dup_contact", "contact_phone": "dup_phone", "category": "category",
}  # fmt: skip


def merge_line(merge: Row) -> Markup:
    """Return what went into what, who did it and when, and the contradictions with the value in use."""
    names = "、".join(merge["absorbed_names"] or ())
    how = t(
        "dup_by_rule" if merge["how"] == "rule" else "dup_by_person", actor=merge["made_by"], at=_at(merge["made_at"])
    )
    if merge["undone_at"] is not None:
        how = t("dup_undone", actor=merge["undone_by"], at=_at(merge["undone_at"]))
    reasons = dict.fromkeys(line["text"] for line in merge["evidence"] if line["what"] == "rule")
    kept = tag("a", merge["name"], href=address("place", place=merge["kept_id"]), target="_blank")
    return tag(
        "div",
        tag("div", tag("b", f"{names} → "), kept, tag("span", f" {merge['address'] or ''}", cls="soft small")),
        tag("div", "；".join([how, *reasons]), cls="soft small"),
        _lowered(merge),
        _conflicts(merge["conflicts"]) if merge["undone_at"] is None else None,
    )


def different_line(pair: Row) -> Markup:
    """Return a pair that was called different, and who said so when."""
    sides = [
        tag("div", tag("a", pair[f"{side}_name"], href=address("place", place=pair[side]), target="_blank"),
            tag("span", f" {pair[f'{side}_address'] or ''}", cls="soft small"))
        for side in ("a", "b")
    ]  # fmt: skip
    said = t("dup_decided", actor=pair["decided_by"], at=_at(pair["decided_at"]))
    return tag("div", sides, tag("div", said, cls="soft small"))


def _lowered(merge: Row) -> Markup | None:
    """Say where the place looks less dangerous than the worst of its records did."""
    before, now = merge["at_least_before"], merge["at_least_now"]
    if merge["undone_at"] is not None or before is None or before <= (0 if now is None else now) or before <= 0:
        return None
    return tag("div", t("dup_lowered", before=SEVERITY[before], now=SEVERITY[max(now or 0, 0)]), cls="wrong")


def _conflicts(conflicts: list[dict[str, Any]]) -> Markup | None:
    if not conflicts:
        return None
    lines = [
        tag(
            "li",
            tag("b", label(one.get("table"), one["column"])), "：",
            " / ".join(_value(said["value"]) for said in one["told"]), "　",
            tag("span", t("dup_stands", value=_value(one["stands"])), cls="soft"),
        )
        for one in conflicts
    ]  # fmt: skip
    return tag(
        "details", tag("summary", t("dup_conflicts", n=len(conflicts)), cls="small"), tag("ul", lines, cls="why")
    )


def label(table: str | None, column: str) -> str:
    """Return the word for a column of a place (table None or `place`) or of what hangs on it."""
    if column.startswith("facts."):
        return str(words()["facts"].get(column.removeprefix("facts."), column))
    if table == "gas_installation":
        return str(words()["gas"].get(column, column))
    return t(COLUMNS[column]) if column in COLUMNS else str(column)


def _value(value: object) -> str:
    for subject in ("place_states", "scales", "supplies"):
        if isinstance(value, str) and value in words()[subject]:
            return str(words()[subject][value])
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    return "—" if value is None else str(value)


def _at(instant: Any) -> str:
    return str(instant.astimezone(TIME_ZONE).strftime("%Y-%m-%d %H:%M"))
