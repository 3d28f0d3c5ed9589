"""关于数据: which city, how much of what, in which version, from which files, what is real and what is demo."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from data.city import About, CityCard, read_about
from data.settings import TIME_ZONE
from ui.components import reads
from ui.components.dossier_record import key_values
from ui.components.dossier_work import heading
from ui.components.html import Markup, show, tag
from ui.words import number, t, word, words


def draw() -> None:
    """Draw the page."""
    city = reads.city()
    assert city is not None  # noqa: S101  (ui/main.py asked)
    about = reads.ask(read_about)
    left, right = st.columns([1, 1.4], gap="medium")
    with left:
        show(_city(city), _commands())
    with right:
        if about is None:
            show(tag("div", t("about_partial"), cls="soft"))
        else:
            show(_counts(about), _runs(about), _batches(about))


def _city(city: CityCard) -> Markup:
    said = t("about_demo", seed=city.seed) if city.is_demo else t("about_not_demo")
    notes = [tag("div", note, cls="small") for note in city.notes]
    return tag(
        "div",
        heading(t("about_city"), city.name),
        tag("div", said), tag("div", t("about_boundary"), cls="soft small"), notes,
        heading(t("about_attribution")), tag("div", city.attribution or t("none")),
    )  # fmt: skip


def _commands() -> Markup:
    lines = [tag("pre", line, cls="command") for line in words()["import_commands"]]
    return tag("div", heading(t("about_import")), lines)


def _counts(about: About) -> Markup:
    counts = {word("tables", name): number(n) for name, n in about.counts.items()}
    versions = {
        _layer(row["layer"]): f"{t('version_of', n=row['version'])} · {_at(row['changed_at'])}"
        for row in about.versions
    }
    return tag(
        "div", heading(t("about_counts")), key_values(counts), heading(t("about_versions")), key_values(versions)
    )


def _layer(name: str) -> str:
    return word("layers" if name in words()["layers"] else "versions", name)


def _runs(about: About) -> Markup:
    lines = [
        tag("li", tag("span", _at(run["started_at"]), cls="day"), t("about_run", day=run["as_of"]), "，", _ended(run))
        for run in about.runs
    ]  # fmt: skip
    return tag("div", heading(t("about_runs")), tag("ol", lines, cls="line") if lines else t("none"))


def _ended(run: Mapping[str, Any]) -> str:
    """Say how a scoring ended: only one that was kept is what maps and counts show."""
    if run["finished_at"] is None:
        return t("run_failed") if (run["counts"] or {}).get("failed") else t("run_open")
    return t("run_kept" if (run["counts"] or {}).get("kept") else "run_not_kept", at=_at(run["finished_at"]))


def _batches(about: About) -> Markup:
    heads = ["", "", "", ""]
    rows = [
        tag(
            "tr",
            tag("td", _at(batch["started_at"]), cls="w"),
            tag("td", batch["file_name"], tag("div", batch["source"], cls="soft small")),
            tag("td", word("import_kinds", batch["kind"]), " ", word("batch_states", batch["state"]), cls="w"),
            tag("td", t("about_batch", read=_n(batch, "read"), accepted=_n(batch, "accepted"),
                        rejected=number(batch["rejected"]))),
        )
        for batch in about.batches
    ]  # fmt: skip
    table = tag("table", tag("thead", tag("tr", [tag("th", h) for h in heads])), tag("tbody", rows), cls="d")
    return tag("div", heading(t("about_batches")), table if rows else t("none"))


def _n(batch: object, key: str) -> str:
    value = batch["summary"].get(key)  # type: ignore[index]
    return number(value) if isinstance(value, int) else "—"


def _at(instant: object) -> str:
    return instant.astimezone(TIME_ZONE).strftime("%Y-%m-%d %H:%M")  # type: ignore[attr-defined]
