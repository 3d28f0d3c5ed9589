"""Numbers that decide where nobody is looking, each with its source: `coverage.yaml`, read once and checked."""

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from data.tables.places import PLACE_KINDS, SCALES
from data.tables.work import DUTY_ROLES, INSPECTION_RESULTS, INSPECTION_TYPES

FILE = Path(__file__).parent / "coverage.yaml"
Certainty = Literal["read", "secondary", "unverified", "house"]


class Strict(BaseModel):
    """A part of the file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sourced(Strict):
    """A number or list with where it comes from and how far that was checked."""

    source: str = Field(min_length=1)
    certainty: Certainty
    since: str | None = None


class GridOfficer(Sourced):
    """Roles that make a grid looked after."""

    roles: tuple[str, ...]


class Visit(Sourced):
    """What counts as having been inspected at all."""

    types: tuple[str, ...]
    not_results: tuple[str, ...]


class Period(Sourced):
    """A visit is due when the last one of `types` is older than `days`, for places that fit all that is given.

    `kinds` and `scales` empty means any; `at_least` is the severity a place is proven to have (3 orange, 4 red).
    """

    name: str
    title: str
    kinds: tuple[str, ...] = ()
    scales: tuple[str, ...] = ()
    at_least: int | None = Field(default=None, ge=1, le=4)
    types: tuple[str, ...]
    days: int = Field(gt=0)


class Silence(Sourced):
    """A sensor that has not been heard for so many hours does not count as working."""

    hours: float = Field(gt=0)
    kinds: tuple[str, ...]


class StationCover(Sourced):
    """What the straight-line estimate of 5-minute cover rests on: S = speed × drive time, reach P = S / λ."""

    turnout_s: int = Field(gt=0)
    drive_s: int = Field(gt=0)
    speed_kmh: tuple[float, float]
    detour: tuple[float, float]

    @property
    def reach_m(self) -> tuple[float, float]:
        """Return the least and the greatest straight-line reach in metres."""
        slow, fast = sorted(self.speed_kmh)
        direct, winding = sorted(self.detour)
        return slow / 3.6 * self.drive_s / winding, fast / 3.6 * self.drive_s / direct


class Coverage(Strict):
    """All of `coverage.yaml`."""

    grid_officer: GridOfficer
    visit: Visit
    periods: tuple[Period, ...]
    silence: Silence
    station_cover: StationCover

    @model_validator(mode="after")
    def _known_words(self) -> "Coverage":
        for given, known in (
            (self.grid_officer.roles, DUTY_ROLES),
            (self.visit.types, INSPECTION_TYPES),
            (self.visit.not_results, INSPECTION_RESULTS),
            *((period.types, INSPECTION_TYPES) for period in self.periods),
            *((period.kinds, PLACE_KINDS) for period in self.periods),
            *((period.scales, SCALES) for period in self.periods),
        ):
            if strange := set(given) - set(known):
                raise ValueError(f"coverage.yaml names {sorted(strange)}, which the tables do not know")
        return self


@cache
def coverage() -> Coverage:
    """Return the numbers of `coverage.yaml`. Raises pydantic.ValidationError naming the place when one does not fit."""
    return Coverage.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
