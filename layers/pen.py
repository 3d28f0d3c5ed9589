"""What every look is drawn with: the colours of a theme and palette, the scale, and the order of drawing."""

from dataclasses import dataclass
from typing import Any

from layers.colours import Palette, Theme, ThemeColours, colours

# order of drawing, from the ground up
GROUND, AREA, ROAD, LINE, CELL, LABEL, POINT, MARK = 0, 10, 20, 30, 40, 60, 70, 90
SELECT = "yzt-select"

Drawn = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class Pen:
    """Colours and scale."""

    theme: ThemeColours
    grades: dict[str, str]
    scale: float
    dark: bool

    @classmethod
    def of(cls, theme: Theme, palette: Palette, scale: float) -> "Pen":
        """Return the pen of a theme and palette; scale is held between 1 and 4."""
        every = colours()
        return cls(every.themes[theme], every.of_grades(theme, palette), min(max(scale, 1.0), 4.0), theme == "dark")

    def px(self, length: float) -> float:
        """Return a length in screen pixels, scaled."""
        return round(length * self.scale, 2)

    def by_zoom(self, *stops: float) -> list[Any]:
        """Return an expression that grows with zoom: zoom, pixels, zoom, pixels, …"""
        scaled = [value if at % 2 == 0 else self.px(value) for at, value in enumerate(stops)]
        return ["interpolate", ["linear"], ["zoom"], *scaled]

    def text(self, size: Any, colour: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the layout and paint that every label shares."""
        layout = {"text-size": size, "text-font": ["sans-serif"], "text-max-width": 9, "text-padding": 4}
        paint = {
            "text-color": colour,
            "text-halo-color": self.theme.halo,
            "text-halo-width": self.px(1.6),
        }
        return layout, paint
