"""The numbers the gap layers judge by, each with its source (thresholds.yaml)."""

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

Mark = Literal["read", "secondary", "product"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Number(_Strict):
    """One number, where it stands, and how far that was checked."""

    value: float = Field(gt=0)
    source: str = Field(min_length=1)
    mark: Mark


class StationCover(_Strict):
    """What the straight-line cover of a fire station is computed from."""

    travel_minutes: Number
    speed_km_h: Number
    detour: Number

    @property
    def radius_m(self) -> float:
        """Return the straight-line reach in metres: S / λ, with S what an engine drives in the travel time."""
        driven = self.speed_km_h.value * 1000 / 60 * self.travel_minutes.value
        return round(driven / self.detour.value, 1)


class Interval(Number):
    """Longest days between two supervising visits of what fits `kinds`, `scales` and `severity` (those given)."""

    kinds: tuple[str, ...] = ()
    scales: tuple[str, ...] = ()
    severity: int | None = None


class Thresholds(_Strict):
    """Everything in thresholds.yaml."""

    station_cover: StationCover
    sensor_silent_hours: Number
    inspection_every_days: tuple[Interval, ...]


@cache
def thresholds() -> Thresholds:
    """Return the thresholds, read and checked once."""
    text = (Path(__file__).parent / "thresholds.yaml").read_text(encoding="utf-8")
    return Thresholds.model_validate(yaml.safe_load(text))


def sources() -> dict[str, list[str]]:
    """Return, for each gap layer, the sentences a legend shows about where its numbers come from."""
    t = thresholds()
    cover = t.station_cover
    return {
        "station_cover": [
            f"半径 {cover.radius_m:,.0f} m = {cover.speed_km_h.value:g} km/h × {cover.travel_minutes.value:g} 分钟"
            f" ÷ λ {cover.detour.value:g}",
            cover.travel_minutes.source,
            cover.detour.source,
            cover.speed_km_h.source,
        ],
        "shop_no_sensor": [f"{t.sensor_silent_hours.value:g} 小时未上报视为失效（{_marked(t.sensor_silent_hours)}）"],
        "inspection_overdue": [f"{i.value:g} 天：{i.source}" for i in t.inspection_every_days],
    }


def _marked(number: Number) -> str:
    return {"read": "有文可查", "secondary": "二手资料", "product": "本系统设定"}[number.mark]
