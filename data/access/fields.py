"""Which fields a viewer may see: names and telephone numbers of persons only with the right `see_person`."""

from collections.abc import Iterable, Mapping
from typing import Any

from data.access.viewer import Viewer

PERSON_FIELDS = frozenset(
    {
        "contact_name",
        "contact_phone",
        "officer_name",
        "officer_phone",
        "phone",
        "owner",
        "acknowledged_by",
        "closed_by",
    }
)
"""Columns (and the names that reads give them) that identify a person."""

HIDDEN = "无权查看"


def visible_fields(viewer: Viewer, fields: Iterable[str]) -> list[str]:
    """Return those of `fields` that `viewer` may see, in the same order: for choosing the columns of a read."""
    allowed = bool(viewer.may("see_person"))
    return [field for field in fields if allowed or field not in PERSON_FIELDS]


def mask_person(viewer: Viewer, value: str | None) -> str | None:
    """Return a person's name or number, or the word 无权查看 in its place; None (nobody named) stays None."""
    return value if value is None or viewer.may("see_person") else HIDDEN


def masked(viewer: Viewer, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return `row` with every person's field masked: that somebody is named still shows, who does not."""
    if viewer.may("see_person"):
        return dict(row)
    return {key: HIDDEN if key in PERSON_FIELDS and value is not None else value for key, value in row.items()}
