"""The standing half of a dossier: units and substances, the gas installation, basic facts, and where it all is from."""

from datetime import date

from data.dossier import Dossier, Row, UnitCard
from data.settings import TIME_ZONE
from ui.components import schemes
from ui.components.dossier_work import heading
from ui.components.html import Child, Markup, tag
from ui.words import KINDS, flag, number, t, word, words

NEEDS_UNITS = frozenset({"hazchem", "explosive_precursor", "highly_toxic", "drug_precursor", "fireworks"})


def substances(dossier: Dossier) -> Markup | None:
    """Return units with what they hold; nothing for a place that is not expected to hold any."""
    if not (dossier.units or dossier.loose_holdings):
        if not NEEDS_UNITS & set(dossier.place["kinds"]):
            return None
        return tag("div", heading(t("units")), tag("div", t("units_none"), cls="bad small"))
    loose = tag("div", tag("b", t("loose")), _holdings(dossier.loose_holdings)) if dossier.loose_holdings else None
    return tag("div", heading(t("units")), [_unit(unit) for unit in dossier.units], loose)


def _unit(unit: UnitCard) -> Markup:
    near = t("exposed_unknown") if unit.exposed_people is None else t("exposed", n=number(unit.exposed_people))
    found = unit.assessed
    grade = None if found is None else tag("span", schemes.grade_word(found.scheme, found.grade), cls="tag strong")
    return tag(
        "div",
        tag("b", unit.name), " ", tag("span", word("unit_kinds", unit.kind), cls="tag"), grade, " ",
        tag("b", schemes.unit_ratio(unit)), " ",
        tag("span", schemes.value_words(found.scheme, found.value_low, found.value_high)) if found else None,
        tag("div", near, None if unit.has_boundary else f" · {t('boundary_unknown')}", cls="soft small"),
        _holdings(unit.holdings),
    )  # fmt: skip


def _holdings(holdings: tuple[Row, ...]) -> Markup:
    heads = (t("substance"), t("cas"), t("hazard_class"), ">" + t("design_max"), ">" + t("ledger"))
    body = [
        tag(
            "tr",
            tag("td", row["substance"]), tag("td", row["cas"], cls="w"), tag("td", row["hazard_class"]),
            tag("td", number(row["design_max_t"]), cls="n"),
            tag("td", _ledger(row), cls="n"),
        )
        for row in holdings
    ]  # fmt: skip
    return _table(heads, body)


def _ledger(row: Row) -> str:
    kept = [row[name] for name in ("filed_t", "bought_t", "used_t", "stock_t")]
    return (
        " / ".join("—" if value is None else number(value) for value in kept)
        if any(v is not None for v in kept)
        else ""
    )


def gas(dossier: Dossier) -> Markup | None:
    """Return the gas installation with its cylinders; for a gas-using shop without one, that it is unknown."""
    if dossier.gas is None:
        if "gas_shop" not in dossier.place["kinds"]:
            return None
        return tag("div", heading(t("gas")), tag("div", t("gas_none"), cls="bad small"))
    facts = {label: _fact(key, dossier.gas[key]) for key, label in words()["gas"].items()}
    heads = [t("cylinder_no"), ">" + t("mass"), t("expires"), t("two_phase"), t("spot")]
    body = [
        tag(
            "tr",
            tag("td", row["number"]), tag("td", number(row["mass_kg"]), cls="n"),
            tag("td", _day(row["expires_on"]), tag("span", f" {t('expired')}", cls="bad") if row["expired"] else None),
            tag("td", flag(row["two_phase"])), tag("td", word("spots", row["spot"])),
        )
        for row in dossier.cylinders
    ]  # fmt: skip
    listed = tag("div", tag("b", t("cylinders"), cls="small"), _table(heads, body)) if body else None
    return tag("div", heading(t("gas")), key_values(facts), listed)


def _fact(key: str, value: object) -> str:
    if key == "supply":
        return word("supplies", value)
    return _said(value)


def basics(dossier: Dossier) -> Markup:
    """Return the basic facts, and the further facts that scoring uses."""
    place = dossier.place
    facts: dict[str, str] = {
        t("col_code"): _said(place["uscc"]),
        t("licence"): _said(place["licence_no"]),
        t("industry"): _said(place["industry"]),
        t("category"): _said(place["category"]),
        t("scale"): word("scales", place["scale"]),
        t("chains"): "、".join(place["chains"] or ()) or t("untold"),
        t("employees"): number(place["employees"]),
        t("floor_area"): number(place["floor_area_m2"]),
        t("capacity"): number(place["capacity"]),
        t("state"): word("place_states", place["state"]),
        t("contact"): _said(place["contact_name"]),
        t("phone"): _said(place["contact_phone"]),
        t("all_kinds"): "、".join(KINDS.get(kind, kind) for kind in place["kinds"]),
        t("zones"): "、".join(zone["name"] for zone in dossier.zones) or t("none"),
    }
    more = {words()["facts"].get(key, key): _said(value) for key, value in sorted(place["facts"].items())}
    extra = tag("div", tag("div", t("facts"), cls="soft small"), key_values(more)) if more else None
    return tag("div", heading(t("basic")), key_values(facts), extra)


def origin(dossier: Dossier) -> Markup:
    """Return where the record is from: sender, file, batch, datum with its evidence, original pair."""
    place = dossier.place
    demo = place["datum_evidence"] == "demo"
    facts: dict[str, str] = {
        t("source"): t("source_demo") if demo else str(place["source"]),
        t("source_key"): str(place["source_key"]),
        t("source_file"): place["file_name"] or t("none"),
        t("source_updated"): _instant(place["updated_at"]),
        t("coordinates"): t("no_point") if place["lon"] is None else f"{place['lon']:.6f}, {place['lat']:.6f}",
        t("original"): _original(place),
    }
    if place["batch"] is not None:
        at = _instant(place["batch_at"])
        facts[t("batch")] = t("source_batch", id=place["batch"], actor=place["batch_actor"], at=at)
    return tag("div", heading(t("source")), key_values(facts))


def _original(place: Row) -> str:
    if place["orig_x"] is None:
        return t("none")
    datum = word("datums", place["datum"])
    return f"{place['orig_x']:.6f}, {place['orig_y']:.6f}（{datum}，{word('evidence', place['datum_evidence'])}）"


def key_values(facts: dict[str, str]) -> Markup:
    """Return words and values in two columns; what nobody has told is set apart."""
    cells: list[Child] = []
    for label, value in facts.items():
        cells += [tag("dt", label), tag("dd", value, cls="untold" if value == t("untold") else None)]
    return tag("dl", cells, cls="kv", style="margin:0")


def _table(heads: list[str] | tuple[str, ...], body: list[Markup]) -> Markup:
    """Return a table; a head that begins with `>` stands over numbers."""
    row = tag("tr", [tag("th", head.lstrip(">"), cls="n" if head.startswith(">") else None) for head in heads])
    table = tag("table", tag("thead", row), tag("tbody", body), cls="d")
    return tag("div", table, cls="scroll")


def _said(value: object) -> str:
    if value is None:
        return t("untold")
    if isinstance(value, bool):
        return flag(value)
    if isinstance(value, int | float):
        return number(value)
    return _day(value) if isinstance(value, date) else str(value)


def _day(value: date | None) -> str:
    return t("untold") if value is None else value.isoformat()


def _instant(value: object) -> str:
    return value.astimezone(TIME_ZONE).strftime("%Y-%m-%d %H:%M")  # type: ignore[attr-defined]
