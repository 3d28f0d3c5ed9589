"""A small chart of readings: seven days at a glance, the highest value in figures. An SVG, as an image."""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from data.settings import TIME_ZONE
from ui.components.html import SVG_DATA, Markup, tag
from ui.words import number, t

WIDTH, HEIGHT, FOOT = 320.0, 56.0, 11.0
GAP = timedelta(hours=3)
"""A longer silence than this is drawn as a break, not as a line."""


def sparkline(readings: Sequence[tuple[datetime, float]], unit: str | None, gap: timedelta = GAP) -> Markup:
    """Return the chart of readings (instants with zone, rising); a longer silence than `gap` is a break."""
    first, last = readings[0][0], readings[-1][0]
    span = max((last - first).total_seconds(), 1.0)
    values = [value for _, value in readings]
    top, bottom = max(*values, 1e-9), min(*values, 0.0)

    def spot(at: datetime, value: float) -> str:
        x = (at - first).total_seconds() / span * WIDTH
        y = (HEIGHT - FOOT) * (1 - (value - bottom) / (top - bottom))
        return f"{x:.1f},{y:.1f}"

    lines = [
        tag("polyline", points=" ".join(spot(at, value) for at, value in piece), fill="none", stroke="#1a6fb5",
            stroke_width="1.3", stroke_linejoin="round")
        for piece in pieces(readings, gap)
    ]  # fmt: skip
    days = f"{_day(first)} – {_day(last)}"
    most = f"{number(round(top, 2))} {unit or ''}"
    svg = tag(
        "svg",
        tag("line", x1="0", x2=str(WIDTH), y1=str(HEIGHT - FOOT), y2=str(HEIGHT - FOOT), stroke="#d5dbe0"),
        lines,
        tag("text", most, x="2", y="9", font_size="9", fill="#5f6d7a"),
        tag("text", days, x=str(WIDTH - 2), y=str(HEIGHT - 2), font_size="9", fill="#5f6d7a", text_anchor="end"),
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}", xmlns="http://www.w3.org/2000/svg",
        font_family="sans-serif",
    )  # fmt: skip
    picture = base64.b64encode(str(svg).encode()).decode()
    return tag("img", src=f"{SVG_DATA}{picture}", alt=t("chart", most=most, days=days))


def pieces(readings: Sequence[tuple[datetime, float]], gap: timedelta = GAP) -> list[list[tuple[datetime, float]]]:
    """Return the readings in stretches without a longer silence than `gap`."""
    out: list[list[tuple[datetime, float]]] = [[readings[0]]]
    for before, after in pairwise(readings):
        if after[0] - before[0] > gap:
            out.append([])
        out[-1].append(after)
    return out


def _day(instant: datetime) -> str:
    return instant.astimezone(TIME_ZONE).strftime("%m-%d %H:%M")
