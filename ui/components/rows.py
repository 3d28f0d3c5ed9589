"""Tables and lists whose rows can be clicked: drawn by ui/assets/rows.js, which never reads text as HTML."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from ui.words import GRADES, SEVERITY, shape, t

ASSETS = Path(__file__).parents[1] / "assets"
GRADE_KEYS = ("red", "orange", "yellow", "blue", "unknown", "na")


@dataclass(frozen=True)
class Column:
    """A column: `count` shows numbers with the dot of a grade, `bar` a list of six counts as a stacked bar."""

    key: str
    title: str
    kind: Literal["name", "text", "num", "count", "alert", "bar"] = "num"
    align: Literal["", "right"] = "right"
    grade: str | None = None
    shape: str | None = None
    help: str | None = None


@dataclass(frozen=True)
class TableRow:
    """A row; without an `id` it cannot be clicked. `href` is where a new tab would go, `notes` stand under cells."""

    cells: Mapping[str, Any]
    id: str | None = None
    href: str | None = None
    sub: str | None = None
    tags: Sequence[Mapping[str, str]] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    muted: bool = False
    foot: bool = False


@dataclass(frozen=True)
class Card:
    """An entry of a list: a grade, a title, small tags, a sentence and a line below."""

    id: str
    title: str
    href: str | None = None
    grade: Mapping[str, Any] | None = None
    tags: Sequence[Mapping[str, str]] = field(default_factory=tuple)
    text: str | None = None
    sub: str | None = None


_draw = st.components.v2.component(
    "yizhangtu_rows",
    html='<div class="rows"></div>',
    css=(ASSETS / "rows.css").read_text(encoding="utf-8"),
    js=(ASSETS / "rows.js").read_text(encoding="utf-8"),
)


def table(columns: Sequence[Column], rows: Sequence[TableRow], key: str, on_pick: Callable[[str], None]) -> None:
    """Draw a table; a click on a row calls `on_pick` with the row's id before the next run."""
    data = {"mode": "table", "columns": [asdict(c) for c in columns], "rows": [asdict(r) for r in rows]}
    _mount(data, key, on_pick)


def cards(entries: Sequence[Card], key: str, on_pick: Callable[[str], None], selected: str | None = None) -> None:
    """Draw a list of cards; a click calls `on_pick` with the card's id before the next run."""
    _mount({"mode": "cards", "rows": [asdict(entry) for entry in entries], "selected": selected}, key, on_pick)


def _mount(data: Mapping[str, Any], key: str, on_pick: Callable[[str], None]) -> None:
    def picked() -> None:
        value = st.session_state[key].get("picked")
        if value is not None:
            on_pick(str(value))

    _draw(key=key, data=data, on_picked_change=picked)


def grade_chip(severity: int, at_least: int) -> dict[str, Any]:
    """Return the mark of a grade: colour key, sign and word; an unknown says what is proven (至少橙)."""
    word = SEVERITY[severity]
    proven = severity == 0 and at_least > 0
    if proven:
        word = f"{word}·{t('at_least', grade=SEVERITY[at_least])}"
    key = next(grade.key for grade in GRADES.values() if grade.severity == severity)
    ring = next(grade.key for grade in GRADES.values() if grade.severity == at_least) if proven else None
    return {"key": key, "shape": shape(severity), "word": word, "ring": ring}


def grade_columns() -> list[Column]:
    """Return a column for each grade, in order from red to not applicable."""
    return [
        Column(key, GRADES[key].word, "count", grade=key, shape=shape(GRADES[key].severity), help=GRADES[key].long)
        for key in GRADE_KEYS
    ]
