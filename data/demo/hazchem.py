"""What high-hazard firms are scored by: points of 应急〔2018〕19号, direct rules, and units with what they hold."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

from data.demo.dice import Bools, Floats, Objects, chance, days_before, dice, objects, pick, where_known
from data.demo.spots import metres

SHANDONG_2021 = {"red": 57, "orange": 588, "yellow": 1_140, "blue": 65}
"""How 1,850 firms of Shandong were graded in 2021; 51 of the 57 red ones by a direct rule."""
_BANDS = {"red": (42.0, 59.0), "orange": (60.5, 74.0), "yellow": (75.5, 88.5), "blue": (90.5, 97.0)}
_BY_DIRECT_RULE = 51 / 57
_UNSCORED = 0.015
_STANDARD_POINTS = {0: 0, 1: 15, 2: 5, 3: 2}


class Substance(NamedTuple):
    """A substance as GB 18218-2018 names it: CAS number, hazard class, threshold Q (t), usual tank (t)."""

    name: str
    cas: str | None
    hazard_class: str
    threshold_t: float


SUBSTANCES = (
    Substance("氨(液氨)", "7664-41-7", "J3", 10), Substance("氯(液氯)", "7782-50-5", "J3", 5),
    Substance("汽油(乙醇汽油、甲醇汽油)", "86290-81-5", "W5.3", 200), Substance("甲醇", "67-56-1", "W5.3", 500),
    Substance("乙醇", "64-17-5", "W5.3", 500), Substance("苯", "71-43-2", "W5.3", 50),
    Substance("甲苯", "108-88-3", "W5.3", 500), Substance("苯乙烯", "100-42-5", "W5.4", 500),
    Substance("丙酮", "67-64-1", "W5.3", 500), Substance("2-丙烯腈", "107-13-1", "W5.3", 50),
    Substance("环氧乙烷", "75-21-8", "W2", 10), Substance("液化石油气(含丙烷、丁烷及其混合物)", "68476-85-7", "W2", 50),
    Substance("甲烷,天然气", "74-82-8", "W2", 50), Substance("氢", "1333-74-0", "W2", 5),
    Substance("乙炔", "74-86-2", "W2", 1), Substance("氧(压缩的或液化的)", "7782-44-7", "W4", 200),
    Substance("硝酸铵(含可燃物≤0.2%)", "6484-52-2", "W9.2", 50), Substance("氯酸钠", "7775-09-9", "W9.1", 100),
    Substance("碳化钙(电石)", "75-20-7", "W11", 100), Substance("乙酸乙酯", "141-78-6", "W5.3", 500),
    Substance("二氧化硫", "7446-09-5", "J3", 20), Substance("溴", "7726-95-6", "J2", 20),
)  # fmt: skip
_BY_CATEGORY = {
    "涉氨制冷": [0], "金属冶炼": [15, 12, 14], "烟花爆竹批发": [16],
    "危险化学品经营": [2, 3, 4, 6, 8, 19], "危险化学品储存": [2, 3, 5, 6, 7, 11, 13],
}  # fmt: skip
_PRECURSORS = {
    "drug_precursor": [("硫酸", "7664-93-9"), ("盐酸", "7647-01-0"), ("甲苯", "108-88-3"), ("丙酮", "67-64-1"),
                       ("高锰酸钾", "7722-64-7"), ("乙醚", "60-29-7"), ("三氯甲烷", "67-66-3"), ("醋酸酐", "108-24-7")],
    "explosive_precursor": [("硝酸铵", "6484-52-2"), ("硝酸钾", "7757-79-1"), ("氯酸钾", "3811-04-9"),
                            ("高氯酸钠", "7601-89-0"), ("过氧化氢溶液", "7722-84-1"), ("硫磺", "7704-34-9"),
                            ("水合肼", "10217-52-4")],
    "highly_toxic": [("氰化钠", "143-33-9"), ("氰化钾", "151-50-8"), ("三氧化二砷", "1327-53-3"),
                     ("氯化汞", "7487-94-7")],
}  # fmt: skip


def scores(seed: int, places: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the facts of hazchem firms that are scored with points of 100; shares of colours as in Shandong 2021.

    Columns are keys of `place.facts`; the base points are what is left when the plus and minus points are taken away.
    """
    rng = dice(seed, "hazchem", "scores")
    n = len(places)
    colour = pick(rng, list(SHANDONG_2021), n, list(SHANDONG_2021.values()))
    colour[: len(SHANDONG_2021)] = list(SHANDONG_2021)[:n]
    low, high = (np.array([_BANDS[c][k] for c in colour]) for k in (0, 1))
    standard = pick(rng, [0, 1, 2, 3], n, [0.2, 0.04, 0.3, 0.46]).astype(np.int64)
    standard[colour == "red"] = 0
    brigade = chance(rng, 0.14, n)
    clean = chance(rng, 0.8, n)
    deaths = np.where(~clean & chance(rng, 0.25, n), rng.integers(1, 3, n), 0)
    clean &= deaths == 0
    adjust = np.array([_STANDARD_POINTS[int(s)] for s in standard]) + 3 * brigade + 5 * clean - 8 * (deaths > 0)
    base = np.round(np.clip(rng.uniform(low, high) - adjust, 0, 100), 1)
    base[np.flatnonzero(colour == "blue")] = np.clip(base[colour == "blue"], 70, 97)
    red = colour == "red"
    direct = red & chance(rng, _BY_DIRECT_RULE, n)
    direct[0] = red[0]
    base[direct] = np.round(rng.uniform(62, 86, int(direct.sum())), 1)
    which = rng.integers(0, 3, n)
    scored = chance(rng, 1 - _UNSCORED, n)
    scored[: len(SHANDONG_2021)] = True
    age = np.where(chance(rng, 0.985, n), rng.uniform(30, 1_000, n), rng.uniform(1_110, 1_500, n))
    day = pd.Series(days_before(as_of, age)).dt.strftime("%Y-%m-%d").to_numpy(dtype=object)
    return pd.DataFrame({
        "hazchem_score": where_known(scored, base), "hazchem_scored_on": where_known(scored, day),
        "standardisation": objects(standard.tolist()), "own_fire_brigade": objects(brigade.tolist()),
        "deaths_3y": objects(deaths.tolist()), "larger_accidents_3y": objects([0] * n),
        "accident_free_5y": objects(clean.tolist()),
        "special_staff_certified": objects((~(direct & (which == 0))).tolist()),
        "designed_or_diagnosed": objects((~(direct & (which == 1))).tolist()),
        "new_process_scaled_stepwise": objects((~(direct & (which == 2))).tolist()),
    })  # fmt: skip


def units(seed: int, places: pd.DataFrame, rows: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return units (place, name, kind, exposed_people, boundary) and their holdings (place, unit, substance … tonnes).

    `rows` are positions of high-hazard firms with chemicals in `places`. Most units lie below the threshold of
    GB 18218; a few dozen are major hazard installations of levels 4 to 1, the first firms among them.
    """
    rng = dice(seed, "units")
    category = places["category"].to_numpy(dtype=object)[rows]
    count = np.where(np.isin(category, ["危险化学品生产", "危险化学品储存"]), rng.integers(1, 5, len(rows)), 1)
    owner = np.repeat(rows, count)
    n = len(owner)
    number = np.arange(n) - np.repeat(np.cumsum(count) - count, count) + 1
    kind = np.where((np.repeat(category, count) == "危险化学品生产") & chance(rng, 0.45, n), "production", "storage")
    name = np.where(kind == "production", "生产装置", pick(rng, ["罐区", "库房", "储罐组"], n))
    severity = pick(rng, [0, 4, 3, 2, 1], n, [0.855, 0.075, 0.045, 0.015, 0.010])
    severity[: min(4, n)] = [4, 3, 2, 1][: min(4, n)]
    people = pick(rng, [0, 12, 38, 70, 160], n, [0.25, 0.35, 0.15, 0.13, 0.12])
    people = np.array([0 if p == 0 else int(p * rng.uniform(0.8, 1.3)) for p in people], dtype=np.int64)
    frame = pd.DataFrame({
        "place": owner, "name": number.astype(str).astype(object) + "号" + name, "kind": kind,
        "exposed_people": where_known(chance(rng, 0.87, n), people),
    })  # fmt: skip
    frame["boundary"] = _boundaries(rng, places, owner, number)
    return frame, _holdings(rng, frame, np.repeat(category, count), severity)


def _boundaries(rng: np.random.Generator, places: pd.DataFrame, owner: np.ndarray, number: np.ndarray) -> Objects:
    """Return a rectangle for most units whose firm has a point; the others' boundary is not known."""
    lon, lat = places["lon"].to_numpy(dtype=float)[owner], places["lat"].to_numpy(dtype=float)[owner]
    east, north = metres(np.nan_to_num(lat))
    wide, deep = rng.uniform(14, 45, len(owner)), rng.uniform(12, 35, len(owner))
    x, y = lon + (number - 1) * 55.0 / east, lat + rng.uniform(-6, 6, len(owner)) / north
    box = shapely.box(x - wide / east, y - deep / north, x + wide / east, y + deep / north)
    known: Bools = chance(rng, 0.9, len(owner)) & np.isfinite(lon)
    return np.array([shape if told else None for shape, told in zip(box, known, strict=True)], dtype=object)


def _holdings(rng: np.random.Generator, unit: pd.DataFrame, category: Objects, severity: Objects) -> pd.DataFrame:
    """Return one to three substances a unit; the design maxima follow from how far the unit is to exceed Q."""
    count = rng.integers(1, 4, len(unit))
    owner = np.repeat(np.arange(len(unit)), count)
    choices = [_BY_CATEGORY.get(c, list(range(len(SUBSTANCES)))) for c in category[owner]]
    index = np.array([c[int(r * len(c))] for c, r in zip(choices, rng.random(len(owner)), strict=True)])
    threshold: Floats = np.array([s.threshold_t for s in SUBSTANCES])[index]
    ratio = {0: (0.02, 0.28), 4: (1.1, 2.2), 3: (7.0, 14.0), 2: (30.0, 38.0), 1: (90.0, 160.0)}
    low, high = (np.array([ratio[int(s)][k] for s in severity[owner]]) for k in (0, 1))
    amount = threshold * rng.uniform(low, high) / count[owner]
    classes = where_known(chance(rng, 0.9, len(owner)), objects([SUBSTANCES[i].hazard_class for i in index]))
    repeated = pd.DataFrame({"owner": owner, "index": index}).duplicated().to_numpy()
    frame = pd.DataFrame({
        "place": unit["place"].to_numpy()[owner], "unit": owner,
        "substance": objects([SUBSTANCES[i].name for i in index]), "cas": objects([SUBSTANCES[i].cas for i in index]),
        "hazard_class": classes,
        "design_max_t": np.where(chance(rng, 0.97, len(owner)), np.round(amount, 3), np.nan),
    })  # fmt: skip
    return frame[~repeated].reset_index(drop=True)


def ledgers(seed: int, places: pd.DataFrame) -> pd.DataFrame:
    """Return holdings of users of precursors and poisons: filed, bought, used, in stock (t); a tenth do not add up."""
    rng = dice(seed, "ledgers")
    parts = []
    for kind, substances in _PRECURSORS.items():
        rows = np.flatnonzero(places[kind].to_numpy(dtype=bool))
        owner = np.repeat(rows, rng.integers(1, 4, len(rows)))
        which = rng.integers(0, len(substances), len(owner))
        bought = np.round(rng.lognormal(np.log(0.3 if kind == "highly_toxic" else 6.0), 1.0, len(owner)), 3)
        used = np.round(bought * rng.uniform(0.55, 0.98, len(owner)), 3)
        missing = np.where(chance(rng, 0.1, len(owner)), bought * rng.uniform(0.04, 0.2, len(owner)), 0.0)
        filed = np.round(np.where(chance(rng, 0.07, len(owner)), bought * 0.8, bought), 3)
        part = pd.DataFrame({
            "place": owner, "unit": -1, "substance": objects([substances[i][0] for i in which]),
            "cas": objects([substances[i][1] for i in which]), "hazard_class": None, "design_max_t": np.nan,
            "filed_t": filed, "bought_t": bought, "used_t": used,
            "stock_t": np.round(np.maximum(bought - used - missing, 0), 3),
        })  # fmt: skip
        parts.append(part[~part.duplicated(["place", "substance"])])
    return pd.concat(parts, ignore_index=True)
