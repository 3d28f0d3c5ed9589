"""What scoring is told of each place (`place.facts`): assessments of firms, premises of venues, points of 19号."""

from __future__ import annotations

from datetime import date

import numpy as np
import orjson
import pandas as pd

from data.demo import hazchem, venues
from data.demo.dice import Bools, Floats, Objects, chance, days_before, dice, where_known

_ASSESSED = {"high_hazard": 0.95, "above_scale": 0.95, "small": 0.9}
"""Share of firms that have told an LS assessment; a part of these is older than a year."""
_PEOPLE_STEPS = (3, 10, 30, 100)
_LEAST_SEVERITY = {"mine": 4, "fireworks": 4, "hazmat_parking": 4, "petrol_station": 3, "highly_toxic": 3,
                   "explosive_precursor": 3, "drug_precursor": 2}  # fmt: skip
_DUSTY = ("C1312", "C2110", "C3252", "C3360", "C3484", "C1711")


def roll(seed: int, places: pd.DataFrame, detached: pd.Series, as_of: date) -> Objects:
    """Return the facts of every place as JSON text; a key that nobody has told is absent.

    `detached`: whether the cylinder room of a shop stands apart, by position in `places` (None: not told).
    """
    columns: dict[str, Objects] = {}
    part = places["part"].to_numpy(dtype=object)
    chemical = places["hazchem"].to_numpy(dtype=bool)
    _fill(columns, np.flatnonzero(part == "firm"), _firm_facts(seed, places[part == "firm"], as_of), len(places))
    _fill(columns, np.flatnonzero(chemical), hazchem.scores(seed, places[chemical], as_of), len(places))
    venue = (places["small_place"] | places["crowded_place"] | places["school"] | places["hospital"]).to_numpy()
    facts = venues.small_facts(dice(seed, "facts", "venues"), places[venue])
    _fill(columns, np.flatnonzero(venue), facts, len(places))
    _fill(columns, detached.index.to_numpy(), pd.DataFrame({"room_detached": detached.to_numpy()}), len(places))
    names = list(columns)
    rows = zip(*(columns[name].tolist() for name in names), strict=True)
    pairs = [{name: value for name, value in zip(names, row, strict=True) if value is not None} for row in rows]
    return np.array([orjson.dumps(p).decode() if p else "{}" for p in pairs], dtype=object)


def _fill(columns: dict[str, Objects], rows: np.ndarray, frame: pd.DataFrame, n: int) -> None:
    for name in frame:
        column = columns.setdefault(str(name), np.full(n, None, dtype=object))
        values = frame[name].to_numpy(dtype=object)
        column[rows] = np.where(pd.isna(values), None, values)


def severity(places: pd.DataFrame) -> Floats:
    """Return how grave an accident could be, 1–5, as a firm would enter it: by people present, and by its kind."""
    people = pd.to_numeric(places["employees"]).to_numpy(dtype=float, na_value=1.0)
    grave = 1.0 + np.searchsorted(_PEOPLE_STEPS, people, side="right")
    for kind, least in _LEAST_SEVERITY.items():
        grave = np.where(places[kind].to_numpy(dtype=bool), np.maximum(grave, least), grave)
    scale = places["scale"].map({"high_hazard": 4.0, "above_scale": 2.0}).fillna(1.0).to_numpy(dtype=float)
    return np.asarray(np.minimum(np.maximum(grave, scale), 5.0), dtype=float)


def _firm_facts(seed: int, firms: pd.DataFrame, as_of: date) -> pd.DataFrame:
    rng = dice(seed, "facts", "firms")
    n = len(firms)
    chemical = firms["hazchem"].to_numpy(dtype=bool)
    told: Bools = chance(rng, firms["scale"].map(_ASSESSED).to_numpy(dtype=float), n) & ~chemical
    grave = severity(firms)
    step = rng.random(n)
    likely = 1 + (step > np.where(grave >= 4, 0.86, 0.45)) + (step > 0.955) + (step > 0.99) + (step > 0.9985)
    age = np.where(chance(rng, 0.94, n), rng.uniform(4, 355, n), rng.uniform(375, 900, n))
    day = pd.Series(days_before(as_of, age)).dt.strftime("%Y-%m-%d").to_numpy(dtype=object)
    dusty = firms["code"].isin(_DUSTY).to_numpy() & chance(rng, 0.1, n)
    made = firms["code"].str.startswith("C").to_numpy()
    surveyed = told & chance(rng, 0.8, n)
    large = (firms["scale"] != "small").to_numpy() & ~chemical
    return pd.DataFrame({
        "ls_severity": where_known(told, np.where(dusty, np.maximum(grave, 4), grave).astype(np.int64)),
        "ls_likelihood": where_known(told, likely.astype(np.int64)),
        "ls_assessed_on": where_known(told, day),
        "dust_explosion": where_known(surveyed & made, dusty),
        "hot_work": where_known(surveyed & made, chance(rng, 0.16, n)),
        "confined_space": where_known(surveyed & made, chance(rng, 0.1, n)),
        "standardisation": where_known(large & chance(rng, 0.6, n), rng.choice([0, 2, 3], n, p=[0.4, 0.08, 0.52])),
        "accident_free_5y": where_known(large & chance(rng, 0.6, n), chance(rng, 0.9, n)),
    })  # fmt: skip
