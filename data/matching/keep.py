"""One row out of several records of one premises: which value stands, and what contradicts. Rules are in `keep.yaml`.

Records are rows as JSON (`catalogue.row_json`), the kept one first. Pure: no database.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from geo.codes import check_uscc

FILE = Path(__file__).with_name("keep.yaml")
OWN = ("id", "place_id", "source", "source_key", "batch_id", "created_at", "updated_at")
"""Columns that say which record it is, not what the premises is like: always the kept record's."""
Worse = Literal["max", "min", "true", "false"] | list[str | int]
Record = dict[str, Any]


class Keeping(BaseModel):
    """What is done with the columns of one table; a column that is not named keeps the first known value."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    union: list[str] = []
    together: list[list[str]] = []
    valid_code: list[str] = []
    oldest: list[str] = []
    worse: dict[str, Worse] = {}
    facts: dict[str, Worse] = {}


@cache
def keeping() -> dict[str, Keeping]:
    """Return the rules of the file by table."""
    found = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {table: Keeping.model_validate(rules) for table, rules in found.items()}


@dataclass
class Folded:
    """The values that stand, and the contradictions: column, what stands, and what each record (by its id) says."""

    values: Record
    conflicts: list[dict[str, Any]] = field(default_factory=list)


def fold(table: str, records: Sequence[Record]) -> Folded:
    """Return the one row that `records` of a table make; the first is the kept one.

    A known value is never replaced by nothing. Where two are known, `keep.yaml` says which stands; both are recorded.
    """
    rules = keeping().get(table, Keeping())
    out = Folded(dict(records[0]))
    grouped = {column for group in rules.together for column in group}
    borrowed = False
    for column in records[0]:
        if column in OWN or column in grouped or column in rules.oldest:
            continue
        if column == "facts":
            out.values[column] = _facts(records, rules, out.conflicts)
        elif column in rules.union:
            out.values[column] = _union(records, column)
        else:
            out.values[column] = _one(records, column, column, rules, out.conflicts)
            borrowed |= out.values[column] != records[0][column]
    for group in rules.together:
        giver = next((record for record in records if record.get(group[0]) is not None), records[0])
        out.values |= {column: giver.get(column) for column in group}
    for column in rules.oldest:
        told = [record[column] for record in records if record.get(column) is not None]
        if told and (borrowed or records[0][column] is None):
            out.values[column] = min(told)
    return out


def _union(records: Sequence[Record], column: str) -> list[Any] | None:
    found = list(dict.fromkeys(value for record in records for value in record.get(column) or ()))
    return found or records[0][column]


def _facts(records: Sequence[Record], rules: Keeping, conflicts: list[dict[str, Any]]) -> Record:
    inner = [{**(record.get("facts") or {}), "id": record["id"]} for record in records]
    names = list(dict.fromkeys(name for facts in inner for name in facts if name != "id"))
    own = Keeping(worse=rules.facts)
    return {name: _one(inner, name, f"facts.{name}", own, conflicts) for name in names}


def _one(records: Sequence[Record], name: str, shown: str, rules: Keeping, conflicts: list[dict[str, Any]]) -> Any:
    known = [(record["id"], record[name]) for record in records if record.get(name) is not None]
    if not known:
        return records[0].get(name)
    values = [value for _, value in known]
    chosen = _choose(values, rules.worse.get(name)) if name not in rules.valid_code else _valid(values)
    if any(value != values[0] for value in values):
        told = [{"place": origin, "value": value} for origin, value in known]
        conflicts.append({"column": shown, "stands": chosen, "told": told})
    return chosen


def _valid(values: Sequence[Any]) -> Any:
    return next((value for value in values if check_uscc(value).ok), values[0])


def _choose(values: Sequence[Any], worse: Worse | None) -> Any:
    """Return the value that makes a grade worse; the first where no direction is known or values cannot be compared."""
    try:
        if worse == "max":
            return max(values)
        if worse == "min":
            return min(values)
    except TypeError:
        return values[0]
    if worse in ("true", "false"):
        return (worse == "true") if (worse == "true") in values else values[0]
    if isinstance(worse, list):
        return next((value for value in worse if value in values), values[0])
    return values[0]
