"""The working half of a dossier: who answers, hazards, visits, acts, sensors, alarms."""

from data.dossier import Dossier, Row, SensorCard
from data.settings import TIME_ZONE
from ui.components.html import Child, Markup, tag
from ui.components.spark import sparkline
from ui.words import HAZARD_LEVELS, HAZARD_STATES, INSPECTION_RESULTS, INSPECTION_TYPES, LEVELS, number, t, word


def heading(words: str, note: str | None = None) -> Markup:
    """Return the heading of a section."""
    return tag("div", words, tag("span", note, cls="note") if note else None, cls="h")


def people(dossier: Dossier) -> Markup:
    """Return who answers: for the place itself, for each region above it, for the zones it lies in."""
    if not dossier.duties:
        return tag("div", heading(t("who")), tag("div", t("who_none"), cls="bad small"))
    return tag("div", heading(t("who")), tag("div", [_person(duty) for duty in dossier.duties], cls="people"))


def _person(duty: Row) -> Markup:
    if duty["subject"] == "place":
        of = t("who_place")
    elif duty["subject"] == "zone":
        of = f"{duty['subject_name']}（{word('zone_kinds', duty['zone_kind'])}）"
    else:
        of = f"{duty['subject_name']}（{LEVELS[duty['level']]}）"
    since = t("since", day=duty["since"]) if duty["since"] else ""
    post = " ".join(part for part in (duty["organisation"], duty["title"]) if part)
    return tag(
        "div",
        tag("span", word("roles", duty["role"]), cls="role"), tag("b", duty["officer_name"]), " ",
        duty["officer_phone"], tag("div", " · ".join(part for part in (of, post, since) if part), cls="soft small"),
    )  # fmt: skip


def hazards(dossier: Dossier) -> Markup:
    """Return every hazard with its state, deadline and days overdue; open ones first."""
    if not dossier.hazards:
        return tag("div", heading(t("hazards")), tag("div", t("hazards_none"), cls="soft small"))
    note = " · ".join(
        (
            t("open_hazards", n=dossier.open_hazards),
            t("overdue_n", n=dossier.overdue),
            _listed(dossier.hazards, dossier.hazard_count),
        )
    )
    return tag(
        "div", heading(t("hazards"), note), tag("ol", [_hazard(hazard) for hazard in dossier.hazards], cls="line")
    )


def _hazard(hazard: Row) -> Markup:
    closed = hazard["state"] == "closed"
    late = hazard["days_overdue"] is not None
    steps = [t("found_on", day=hazard["found_on"])]
    if hazard["rectified_on"]:
        steps.append(t("rectified_on", day=hazard["rectified_on"]))
    if closed:
        steps.append(t("closed_on", day=hazard["reinspected_on"]))
    else:
        steps.append(t("deadline", day=hazard["deadline"]) if hazard["deadline"] else t("no_deadline"))
    if hazard["owner"]:
        steps.append(t("owner", name=hazard["owner"]))
    return tag(
        "li",
        tag("span", HAZARD_LEVELS[hazard["level"]], cls="tag bad" if hazard["level"] == "major" else "tag"),
        tag("span", HAZARD_STATES[hazard["state"]], cls="tag" if closed else "tag warn"),
        tag("span", t("overdue_days", n=hazard["days_overdue"]), cls="tag bad") if late else None,
        hazard["description"],
        tag("span", f"（{hazard['clause']}）", cls="soft") if hazard["clause"] else None,
        tag("div", " · ".join(steps), cls="soft small"),
        cls="bad" if late else "good" if closed else "",
    )  # fmt: skip


def inspections(dossier: Dossier) -> Markup:
    """Return the visits, newest first; who came, of what type, with what result."""
    if not dossier.inspections:
        return tag("div", heading(t("inspections")), tag("div", t("inspections_none"), cls="bad small"))
    note = _listed(dossier.inspections, dossier.inspection_count)
    return tag("div", heading(t("inspections"), note), tag("ol", [_visit(v) for v in dossier.inspections], cls="line"))


def _visit(visit: Row) -> Markup:
    tone = {"passed": "good", "hazards": "bad"}.get(visit["result"], "soft")
    result = INSPECTION_RESULTS.get(visit["result"]) or t("untold")
    by = " ".join(part for part in (visit["organisation"], visit["officer_name"]) if part)
    return tag(
        "li",
        tag("span", visit["inspected_on"].isoformat(), cls="day"),
        INSPECTION_TYPES[visit["type"]], "，", result,
        f"，{t('open_hazards', n=visit['hazards'])}" if visit["hazards"] else None,
        tag("span", f"　{by}", cls="soft"),
        cls=tone,
    )  # fmt: skip


def acts(dossier: Dossier) -> Markup | None:
    """Return enforcement acts and accidents; nothing where there were none."""
    lines = [
        tag("li", tag("span", act["on_date"].isoformat(), cls="day"), word("act_kinds", act["kind"]), " ",
            act["document_no"], " ", t("amount", n=number(act["amount_yuan"])) if act["amount_yuan"] else None,
            cls="bad")
        for act in dossier.acts
    ] + [
        tag("li", tag("span", _at(incident["happened_at"]), cls="day"), tag("b", t("incidents")), " ", incident["kind"],
            " ", incident["description"], " ",
            t("casualties", deaths=number(incident["deaths"]), injured=number(incident["injured"])), cls="bad")
        for incident in dossier.incidents
    ]  # fmt: skip
    return tag("div", heading(t("acts")), tag("ol", lines, cls="line")) if lines else None


def sensors(dossier: Dossier) -> Markup:
    """Return each device with its state and a small chart of seven days."""
    if not dossier.sensors:
        return tag("div", heading(t("sensors")), tag("div", t("sensors_none"), cls="soft small"))
    return tag("div", heading(t("sensors")), [_sensor(sensor) for sensor in dossier.sensors])


def _sensor(sensor: SensorCard) -> Markup:
    seen = t("last_seen", at=_at(sensor.last_seen_at)) if sensor.last_seen_at else t("never_seen")
    last = "" if sensor.last_value is None else f"{number(sensor.last_value)} {sensor.unit or ''}"
    chart: Child = sparkline(sensor.readings, sensor.unit) if sensor.readings else t("no_readings")
    return tag(
        "div",
        tag("div", tag("b", word("sensor_kinds", sensor.kind)), " ",
            tag("span", word("sensor_states", sensor.state), cls="tag" if sensor.state == "working" else "tag bad"),
            tag("div", sensor.code, " ", last), tag("div", seen, cls="soft small")),
        tag("div", chart, cls="soft small"),
        cls="sensor",
    )  # fmt: skip


def alarms(dossier: Dossier) -> Markup:
    """Return alarms, those not closed first."""
    if not dossier.alarms:
        return tag("div", heading(t("alarms")), tag("div", t("alarms_none"), cls="soft small"))
    return tag("div", heading(t("alarms")), tag("ol", [_alarm(alarm) for alarm in dossier.alarms], cls="line"))


def _alarm(alarm: Row) -> Markup:
    value = "" if alarm["value"] is None else f" {number(alarm['value'])} {alarm['unit'] or ''}"
    closed = alarm["state"] == "closed"
    who = alarm["closed_by"] if closed else alarm["acknowledged_by"]
    return tag(
        "li",
        tag("span", _at(alarm["raised_at"]), cls="day"),
        word("sensor_kinds", alarm["kind"]), " ", word("alarm_levels", alarm["level"]), value, " ",
        tag("span", word("alarm_states", alarm["state"]), cls="tag" if closed else "tag bad"),
        tag("span", f" {who}", cls="soft") if who else None,
        cls="good" if closed else "bad",
    )  # fmt: skip


def _at(instant: object) -> str:
    """Return an instant in Asia/Shanghai, to the minute."""
    return instant.astimezone(TIME_ZONE).strftime("%Y-%m-%d %H:%M")  # type: ignore[attr-defined]


def _listed(listed: object, total: int) -> str:
    return t("listed_of", n=len(listed), total=total)  # type: ignore[arg-type]
