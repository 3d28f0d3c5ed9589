"""The colours and words of grades and themes (colours.yaml), for the map, the pages and the wall alike."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

Hex = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
Paint = Annotated[str, Field(pattern=r"^(#[0-9a-f]{6}|rgba\([0-9.,]+\))$")]
Theme = Literal["light", "dark"]
Palette = Literal["customary", "jis"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Grade(_Strict):
    """One result of a four-colour scheme: its words and its second cue."""

    key: str
    severity: int
    word: str
    long: str
    shape: Literal["diamond", "triangle", "square", "circle", "hatch", "hollow"]


class Ring(_Strict):
    """The mark of an unknown place that is proven to be orange at least."""

    key: str
    word: str
    long: str


class PaletteColours(_Strict):
    """The four colours of one convention."""

    title: str
    red: Hex
    orange: Hex
    yellow: Hex
    blue: Hex


class RoadColours(_Strict):
    """Colours of the base map's roads."""

    motorway: Hex
    trunk: Hex
    primary: Hex
    other: Hex
    casing: Hex
    label: Hex


class PanelColours(_Strict):
    """Colours of the boxes that lie on the map."""

    ground: Paint
    text: Hex
    soft: Hex
    line: Hex
    accent: Hex


class ThemeColours(_Strict):
    """Everything a theme sets. Lists go from city to grid."""

    title: str
    sea: Hex
    land: Hex
    outside: Hex
    boundary: list[Hex] = Field(min_length=5, max_length=5)
    label: list[Hex] = Field(min_length=5, max_length=5)
    halo: Hex
    road: RoadColours
    unknown: Hex
    na: Hex
    outline: Hex
    symbol_letter: Hex
    select: Hex
    marks: dict[str, Hex]
    measure: list[Hex] = Field(min_length=5, max_length=5)
    panel: PanelColours
    blue_on_ground: dict[str, Hex] = Field(default_factory=dict)


class Colours(_Strict):
    """The whole file."""

    grades: tuple[Grade, ...]
    ring: Ring
    palettes: dict[Palette, PaletteColours]
    themes: dict[Theme, ThemeColours]

    def of_grades(self, theme: Theme = "light", palette: Palette = "customary") -> dict[str, str]:
        """Return a colour for each grade key on a theme's ground."""
        chosen, ground = self.palettes[palette], self.themes[theme]
        return {
            "red": chosen.red,
            "orange": chosen.orange,
            "yellow": chosen.yellow,
            "blue": ground.blue_on_ground.get(palette, chosen.blue),
            "unknown": ground.unknown,
            "na": ground.na,
        }

    def grade(self, severity: int) -> Grade:
        """Return the grade with this severity (4 red … −1 not applicable)."""
        return next(grade for grade in self.grades if grade.severity == severity)


@cache
def colours() -> Colours:
    """Return the colours, read and checked once."""
    text = (Path(__file__).parent / "colours.yaml").read_text(encoding="utf-8")
    return Colours.model_validate(yaml.safe_load(text))
