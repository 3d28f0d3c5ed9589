"""The checks of the data doctor: one `.sql` file each in `checks/`, its words in a YAML comment at the head.

A check's SELECT gives every subject it judges, the healthy ones too: `record_id`, `place_id` (null: a region),
`region_id`, `source`, `wrong` and `value` (what stands there, as text, or null). A family (`family: true`) has a
column `part` as well, one that sums its healthy rows (`summed: true`) their number in `subjects`, a check that draws
areas (`shapes: true`) a geometry `shape` in EPSG:4326.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import text

FOLDER = Path(__file__).parent / "checks"
GROUPS = (
    "missing", "stale", "contradictory", "location", "impossible", "orphan", "duplicate", "device", "region", "input",
)  # fmt: skip
Certainty = Literal["read", "secondary", "unverified", "house", "rule"]
BOUND = frozenset({"today", "now"})
"""What every check may bind besides its own limits: the day, and the instant (with zone)."""


class Strict(BaseModel):
    """A part of a check's head; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Limit(Strict):
    """A number that decides, with where it comes from and how far that was checked.

    `rule` names the place in a rule file that says the same (scheme.inputs.key.name): a test keeps them equal.
    """

    value: float | int | tuple[str, ...]
    unit: str | None = None
    source: str = Field(min_length=1)
    certainty: Certainty
    rule: str | None = None


class Check(Strict):
    """What is looked for, whom it harms, who mends it and how.

    `record`: the table of the subject; `says`: what the value of a finding is. `effect`: inputs of scoring
    (scheme.input) that this leaves unknown. `known`: SQL that says whether the check can be made at all; `unknown` is
    the sentence when it cannot. `made_by`: what of `outlines` makes a temp table that the SELECT reads.
    """

    id: str
    title: str = Field(min_length=1, max_length=30)
    group: str
    record: str
    says: str = "现为"
    harm: str = Field(min_length=1)
    who: str = Field(min_length=1)
    fix: str = Field(min_length=1)
    limits: dict[str, Limit] = Field(default_factory=dict)
    effect: tuple[str, ...] = ()
    known: str | None = None
    unknown: str | None = None
    family: bool = False
    summed: bool = False
    shapes: bool = False
    made_by: Literal["bare", "shifts"] | None = None
    sql: str

    @model_validator(mode="after")
    def _fits(self) -> "Check":
        if self.group not in GROUPS:
            raise ValueError(f"{self.id}: group {self.group!r} is none of {GROUPS}")
        if (self.known is None) != (self.unknown is None):
            raise ValueError(f"{self.id}: `known` and `unknown` go together")
        named = {name for sql in (self.sql, self.known or "") for name in text(sql).compile().params}
        if strange := named - BOUND - set(self.limits):
            raise ValueError(f"{self.id}: {sorted(strange)} is bound and no limit")
        if idle := set(self.limits) - named:
            raise ValueError(f"{self.id}: limit {sorted(idle)} is never used")
        return self

    def values(self, sql: str, **given: Any) -> dict[str, Any]:
        """Return what to bind in `sql`: the limits, and those of `given` that it names."""
        names = text(sql).compile().params
        limits = {name: list(v) if isinstance(v := limit.value, tuple) else v for name, limit in self.limits.items()}
        return {name: value for name, value in (limits | given).items() if name in names}


HEAD = re.compile(r"\A/\*\n(.*?)\n\*/\n(.*)\Z", re.DOTALL)


def read(file: Path) -> Check:
    """Read one check; its id is the file's name. Raises ValueError naming the file and what does not fit."""
    found = HEAD.match(file.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{file.name}: a check begins with its words in a comment /* … */")
    head, sql = found.groups()
    return Check(id=file.stem, sql=sql.strip().rstrip(";"), **yaml.safe_load(head))


@cache
def checks() -> dict[str, Check]:
    """Return every check by id, in the order of the groups, then of the files' names."""
    every = [read(file) for file in FOLDER.glob("*.sql")]
    return {check.id: check for check in sorted(every, key=lambda one: (GROUPS.index(one.group), one.id))}


def check_of(check_id: str) -> Check | None:
    """Return the check, or the family, that a finding's `check_id` belongs to; None when it is no more."""
    return checks().get(check_id.split(":", 1)[0])
