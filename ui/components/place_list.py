"""Places as a list of cards, the same wherever places are listed."""

from collections.abc import Callable, Sequence

from data.places import PlaceRow
from ui.components.rows import Card, cards, grade_chip
from ui.navigation import address
from ui.words import KINDS, t


def draw(
    places: Sequence[PlaceRow], key: str, on_pick: Callable[[str], None], selected: int | None = None, layer: str = ""
) -> None:
    """Draw places; a click calls `on_pick` with the place's id as text."""
    entries = [_card(place, layer) for place in places]
    cards(entries, key, on_pick, None if selected is None else str(selected))


def _card(place: PlaceRow, layer: str) -> Card:
    where = " · ".join(part for part in (place.region_name, place.address) if part)
    visited = t("inspected_on", day=place.last_inspected) if place.last_inspected else t("never_inspected")
    return Card(
        id=str(place.id),
        title=place.name,
        href=address("place", place=place.id, layer=layer),
        grade=grade_chip(place.severity, place.at_least),
        tags=_tags(place),
        text=place.sentence,
        sub=" · ".join(part for part in (where, visited) if part),
    )


def _tags(place: PlaceRow) -> list[dict[str, str]]:
    tags = [{"text": KINDS.get(kind, kind)} for kind in place.kinds[:3]]
    if place.lon is None:
        tags.append({"text": t("unmapped"), "tone": "warn"})
    if place.overdue:
        tags.append({"text": t("overdue_n", n=place.overdue), "tone": "bad"})
    elif place.open_hazards:
        tags.append({"text": t("open_hazards", n=place.open_hazards), "tone": "warn"})
    return tags
