"""Substances of GB 18218-2018: found by name, synonym and CAS number, with critical quantity Q and factor β."""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("substances.csv")
CLASS_KEY = re.compile(r"(J[1-5]|W(?:1\.[1-3]|2|3|4|5\.[1-4]|6\.[12]|7\.[12]|8|9\.[12]|10|11))")


@dataclass(frozen=True)
class Substance:
    """One row of Table 1 (or a class of Table 2): Q in tonnes, and β between two ends where the class is open.

    `q_t` infinite: the standard does not cover it.
    """

    key: str
    name: str
    q_t: float
    beta: tuple[float, float]


@dataclass(frozen=True)
class Match:
    """What one tonne counts: 1/Q and β/Q, each between two ends; and why it is not one number (None: it is)."""

    per_tonne: tuple[float, float]
    weighted: tuple[float, float]
    reason: str | None


UNMATCHED = Match((0.0, math.inf), (0.0, math.inf), "未匹配")
NOT_COVERED = Match((0.0, 0.0), (0.0, 0.0), None)


@dataclass(frozen=True)
class Table:
    """The whole file, indexed by normal name, by CAS number and by class key."""

    named: dict[str, tuple[Substance, ...]]
    cas: dict[str, tuple[Substance, ...]]
    classes: dict[str, Substance]
    open_classes: dict[str, tuple[str, ...]]
    beta_range: tuple[float, float]


def normal(name: str) -> str:
    """Return a name without spaces, in half width and lower case, as names are compared."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).lower()


@cache
def table() -> Table:
    """Return the substances of `substances.csv`."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    classes = {row["key"]: Substance(row["key"], row["name"], float(row["q_t"]), (float(row["beta"]),) * 2)
               for row in rows if row["table"] == "2"}  # fmt: skip
    betas = [found.beta[0] for found in classes.values()]
    widest = (min(betas), max(betas))
    named: dict[str, tuple[Substance, ...]] = {}
    cas: dict[str, tuple[Substance, ...]] = {}
    open_classes: dict[str, tuple[str, ...]] = {}
    for row in rows:
        if row["table"] == "2":
            continue
        listed = tuple(part for part in row["classes"].split(";") if part)
        own = [float(row["beta"])] if row["beta"] else [classes[key].beta[0] for key in listed] or list(widest)
        q_t = float(row["q_t"]) if row["table"] == "1" else math.inf
        found = Substance(row["key"], row["name"], q_t, (min(own), max(own)))
        open_classes[found.name] = listed
        for name in {row["name"], *filter(None, row["synonyms"].split(";"))}:
            named[normal(name)] = (*named.get(normal(name), ()), found)
        for number in filter(None, row["cas"].split(";")):
            cas[number] = (*cas.get(number, ()), found)
    return Table(named, cas, classes, open_classes, widest)


@cache
def match(substance: str, cas: str, hazard_class: str) -> Match:
    """Return what a holding counts per tonne; empty text is not told.

    Name (or synonym) and CAS number are looked up; several entries that fit make an interval. A substance in neither
    table that carries a class of Table 2 takes that class; without one it is unmatched: from nothing to no end.
    """
    known = table()
    by_name = known.named.get(normal(substance), ())
    by_cas = known.cas.get(cas.strip(), ())
    both = tuple(found for found in by_name if found in by_cas)
    candidates = both or (by_name + by_cas if by_name and by_cas else by_name or by_cas)
    given = CLASS_KEY.fullmatch(hazard_class.strip().upper()) if hazard_class else None
    if not candidates:
        return _counts((known.classes[given.group(1)],), "") if given else UNMATCHED
    if all(math.isinf(found.q_t) for found in candidates):
        return NOT_COVERED
    return _counts(tuple(_narrowed(found, given) for found in candidates), "物质或危险性类别不唯一")


def _narrowed(found: Substance, given: re.Match[str] | None) -> Substance:
    """Return the substance with the β of the class the holding names, where the file allows that class."""
    known = table()
    if given is None or found.beta[0] == found.beta[1]:
        return found
    listed = known.open_classes[found.name]
    beta = known.classes[given.group(1)].beta
    if listed and given.group(1) not in listed:
        return found
    return Substance(found.key, found.name, found.q_t, beta)


def _counts(candidates: tuple[Substance, ...], reason: str) -> Match:
    per_tonne = [1 / found.q_t for found in candidates]
    weighted = [end / found.q_t for found in candidates for end in found.beta]
    ends = (min(per_tonne), max(per_tonne)), (min(weighted), max(weighted))
    certain = ends[0][0] == ends[0][1] and ends[1][0] == ends[1][1]
    return Match(*ends, None if certain else reason)
