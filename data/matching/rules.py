"""The thresholds and rules of `rules.yaml`, read once and checked: unknown names are refused."""

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

FILE = Path(__file__).with_name("rules.yaml")
ANSWERS: dict[str, tuple[str, ...]] = {
    "code": ("unknown", "same", "other", "close"),
    "licence": ("unknown", "same", "other"),
    "name": ("other", "same", "stem", "former", "inside", "similar"),
    "branch": ("unknown", "same", "other"),
    "address": ("unknown", "same", "alike", "unit", "number", "street"),
    "phone": ("unknown", "same", "other", "agent"),
    "spot": ("unknown", "near", "far"),
    "premises": ("pair", "many"),
}
"""The answers each comparison can give; a position in the list is what the arrays of a frame of pairs hold."""
Decision = Literal["same", "doubtful", "different"]


class Strict(BaseModel):
    """A part of the file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Number(Strict):
    """A threshold and why it is what it is."""

    value: float
    reason: str = Field(min_length=1)


class Numbers(Strict):
    """Every threshold; metres end in _m, similarities run from 0 to 100, the others are counts."""

    near_m: Number
    search_m: Number
    search_name: Number
    similar_name: Number
    similar_address: Number
    typo_signs: Number
    agent_phone: Number
    block: Number
    window: Number
    group: Number


class Rule(Strict):
    """When all conditions hold, the pair is what `then` says; `reason` is the sentence a person reads."""

    name: str
    when: dict[str, tuple[str, ...]]
    then: Decision
    reason: str = Field(min_length=1)

    @field_validator("when")
    @classmethod
    def _known(cls, when: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        _check_answers({key: set(answers) for key, answers in when.items()})
        return when


class Rules(Strict):
    """The whole file."""

    numbers: Numbers
    points: dict[str, dict[str, int]]
    rules: tuple[Rule, ...]

    @field_validator("points")
    @classmethod
    def _known(cls, points: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
        _check_answers({key: set(answers) for key, answers in points.items()})
        return points

    def number(self, name: str) -> float:
        """Return a threshold by its name."""
        return float(getattr(self.numbers, name).value)


def _check_answers(given: dict[str, set[str]]) -> None:
    for key, answers in given.items():
        if key not in ANSWERS:
            raise ValueError(f"{key!r} is not compared; compared are {', '.join(ANSWERS)}")
        if answers - set(ANSWERS[key]):
            raise ValueError(f"{key} never is {', '.join(sorted(answers - set(ANSWERS[key])))}")


@cache
def rules() -> Rules:
    """Return the rules of the file."""
    return Rules.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
