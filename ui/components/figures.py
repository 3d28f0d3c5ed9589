"""Key figures as a strip, and the grades of each layer as a small table."""

from collections.abc import Mapping

from data.drill import LAYERS, Grades
from data.figures import Figures
from ui.components.html import Markup, show, tag
from ui.words import GRADES, KINDS, number, shape, share, t
from ui.words import LAYERS as LAYER_WORDS

GRADE_FIELDS = ("red", "orange", "yellow", "blue", "unknown", "na")


def strip(figures: Figures, visits_at: str) -> None:
    """Draw the key figures of the region in view; `visits_at`: the time of day at which visits were counted."""
    unmapped = t("kpi_unmapped", n=number(figures.unmapped)) if figures.unmapped else t("kpi_mapped_all")
    show(
        tag(
            "div",
            _kpi("kpi_places", figures.places, unmapped),
            _kpi("kpi_hazards", figures.open_hazards, t("kpi_major", n=number(figures.major_hazards)),
                 "warn" if figures.open_hazards else ""),
            _kpi("kpi_overdue", figures.overdue,
                 t("kpi_overdue_share", share=share(figures.overdue, figures.open_hazards)),
                 "bad" if figures.overdue else ""),
            _kpi("kpi_alarms", figures.open_alarms, t("kpi_high", n=number(figures.high_alarms)),
                 "bad" if figures.open_alarms else ""),
            _kpi("kpi_silent", figures.silent_sensors,
                 t("kpi_silent_of", n=number(figures.sensors), faulty=number(figures.faulty_sensors)),
                 "warn" if figures.silent_sensors else ""),
            _kpi("kpi_never", figures.never_inspected,
                 t("kpi_never_of", share=share(figures.never_inspected, figures.inspectable), time=visits_at),
                 "warn" if figures.never_inspected else ""),
            cls="kpis",
        )
    )  # fmt: skip


def _kpi(what: str, value: int, of: str, tone: str = "") -> Markup:
    return tag(
        "div",
        tag("div", t(what), cls="what"), tag("div", number(value), cls="n"), tag("div", of, cls="of", title=of),
        cls=f"kpi {tone}",
    )  # fmt: skip


def grades_table(grades: Mapping[str, Grades], layer: str) -> None:
    """Draw the counts of each layer by grade; `layer` is the one that colours the map."""
    heads = [tag("th", _mark(key), GRADES[key].word, title=GRADES[key].long) for key in GRADE_FIELDS]
    rows = [
        tag(
            "tr",
            tag("td", LAYER_WORDS[name]),
            [
                _cell(getattr(grades[name], key), _proven(grades[name]) if key == "unknown" else None)
                for key in GRADE_FIELDS
            ],
            _cell(grades[name].total),
            cls="on" if name == layer else None,
        )
        for name in LAYERS
    ]
    show(
        tag(
            "table",
            tag("thead", tag("tr", tag("th", ""), heads, tag("th", t("grade_total")))),
            tag("tbody", rows),
            cls="grades",
            title=t("grade_scheme"),
        )
    )


def kinds_line(kinds: Mapping[str, int]) -> None:
    """Draw how many places are of each kind; they overlap and say so."""
    show(
        tag("div", t("kpi_kinds"), cls="soft small"),
        tag("div", [tag("span", f"{KINDS.get(kind, kind)} {number(n)}", cls="tag") for kind, n in kinds.items()]),
    )


def _mark(key: str) -> Markup:
    return tag("i", shape(GRADES[key].severity), cls=f"shape g-{key}", style="font-style:normal;margin-right:.2rem")


def _cell(n: int, note: str | None = None) -> Markup:
    below = tag("div", note, cls="proven") if note else None
    return tag("td", number(n), below, cls="zero" if not n else None)


def _proven(grades: Grades) -> str | None:
    """Return what is proven of the unknown: a missing input must not hide a red."""
    return t("of_unknown", n=number(grades.unknown_severe)) if grades.unknown_severe else None
