"""Enterprises: 503 high-hazard, 9,394 above-scale, 120,000 small, by industry (GB/T 4754) and chain (产业链)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from data.demo.amounts import Amounts
from data.demo.dice import Ints, Objects, dice, objects, pick, spread, where_known

INDUSTRIES = Path(__file__).with_name("industries.csv")

# category, field of Amounts, industries (code: share), extra kinds
_HIGH_HAZARD: tuple[tuple[str, str, dict[str, float], tuple[str, ...]], ...] = (
    ("危险化学品生产", "hazchem_makers",
     {"C2614": 3, "C2651": 2, "C2661": 2, "C2641": 2, "C2662": 2, "C2611": 1, "C2612": 1, "C2631": 1, "C2511": 1,
      "C2621": 0.6}, ("hazchem",)),
    ("危险化学品储存", "hazchem_stores", {"G5942": 1}, ("hazchem",)),
    ("危险化学品经营", "hazchem_traders", {"F5169": 3, "F5162": 1}, ("hazchem",)),
    ("非煤矿山", "mines", {"B1012": 3, "B1011": 2, "B0921": 2, "B0810": 1}, ("mine",)),
    ("金属冶炼", "smelters", {"C3110": 1, "C3120": 2}, ()),
    ("烟花爆竹批发", "fireworks_stores", {"F5169": 1}, ("fireworks",)),
    ("涉氨制冷", "ammonia", {"C1361": 2, "G5930": 1}, ()),
)  # fmt: skip
_HIGH_WHERE = {"危险化学品经营": "store", "烟花爆竹批发": "remote"}
_TRADE = {"烟花爆竹批发": "烟花爆竹"}

# who uses what, by industry: the shares are how likely such a firm is one
_USERS: dict[str, tuple[str, dict[str, float]]] = {
    "drug_precursor": ("drug_precursor", {
        "C2614": 5, "C2661": 5, "C2710": 6, "C2720": 2, "C2641": 2, "C2631": 2, "C2662": 3, "M7452": 2, "M7320": 1,
        "F5169": 2, "C3360": 1}),
    "explosive_precursor": ("explosive_precursor", {
        "C2613": 3, "C2661": 3, "C3360": 3, "C2621": 3, "C2614": 2, "M7452": 2, "F5166": 2, "B1012": 4, "C3973": 2}),
    "highly_toxic": ("highly_toxic", {"C3360": 5, "C2631": 4, "C2710": 3, "C2614": 2, "M7452": 1}),
}  # fmt: skip


@cache
def industries() -> pd.DataFrame:
    """Return the industries by code: name, chain (or None), weights above scale and small, where they are, trades."""
    frame = pd.read_csv(INDUSTRIES, dtype={"code": str}).set_index("code")
    frame["chain"] = objects([None if pd.isna(chain) else chain for chain in frame["chain"]])
    return frame


def chains() -> list[str]:
    """Return the names of the 产业链."""
    return sorted(set(industries()["chain"].dropna()))


def roll(seed: int, amounts: Amounts) -> pd.DataFrame:
    """Return all enterprises without a place on the map: name, industry, chain, scale, category, kinds, where, size."""
    frames = [
        _high_hazard(seed, amounts),
        _by_weight(seed, "above_scale", amounts.above_scale),
        _special(seed, amounts),
        _by_weight(seed, "small", amounts.small_firms - amounts.petrol_stations - amounts.hazmat_parking),
    ]
    firms = pd.concat(frames, ignore_index=True)
    _mark_users(firms, seed, amounts)
    rng = dice(seed, "firms", "names")
    table = industries().loc[firms["code"]]
    firms["industry"] = (firms["code"] + " " + table["name"].to_numpy()).to_numpy(dtype=object)
    firms["chain"] = table["chain"].to_numpy(dtype=object)
    firms["chained"] = pd.notna(table["chain"]).to_numpy() & (
        (firms["scale"] != "small").to_numpy() | (rng.random(len(firms)) < 0.25)
    )
    firms["name"] = _names(rng, firms)
    firms["employees"], firms["floor_area_m2"] = _sizes(rng, firms)
    firms["where"] = firms["where"].where(firms["where"] != "", table["where"].to_numpy())
    firms["enterprise"] = True
    return firms


def _frame(code: Objects, scale: str, category: Objects | str | None, where: str = "") -> pd.DataFrame:
    return pd.DataFrame({"code": code, "scale": scale, "category": category, "where": where})


def _high_hazard(seed: int, amounts: Amounts) -> pd.DataFrame:
    rng = dice(seed, "firms", "high hazard")
    parts = []
    for category, field, shares, kinds in _HIGH_HAZARD:
        n = int(getattr(amounts, field))
        part = _frame(pick(rng, list(shares), n, list(shares.values())), "high_hazard", category)
        part["where"] = _HIGH_WHERE.get(category, "")
        for kind in kinds:
            part[kind] = True
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _special(seed: int, amounts: Amounts) -> pd.DataFrame:
    """Petrol stations and parking for vehicles with hazardous goods: both counted among the small firms."""
    petrol = _frame(objects(["F5265"] * amounts.petrol_stations), "small", "加油站")
    petrol["petrol_station"] = True
    parking = _frame(objects(["G5435"] * amounts.hazmat_parking), "small", "危化品停车场")
    parking["hazmat_parking"] = True
    return pd.concat([petrol, parking], ignore_index=True)


def _by_weight(seed: int, scale: str, n: int) -> pd.DataFrame:
    table = industries()
    column = "above" if scale == "above_scale" else "small"
    counts: Ints = spread(table[column].to_numpy(dtype=float), n)
    code = np.repeat(table.index.to_numpy(dtype=object), counts)
    dice(seed, "firms", scale).shuffle(code)
    return _frame(code, scale, None)


def _mark_users(firms: pd.DataFrame, seed: int, amounts: Amounts) -> None:
    """Mark users of precursors and poisons; firms of a fitting industry, larger ones first in likelihood."""
    size = firms["scale"].map({"high_hazard": 6.0, "above_scale": 4.0, "small": 1.0}).to_numpy(dtype=float)
    for kind, (field, shares) in _USERS.items():
        rng = dice(seed, "firms", kind)
        weight = firms["code"].map(shares).fillna(0.0).to_numpy(dtype=float) * size
        n = min(int(getattr(amounts, field)), int((weight > 0).sum()))
        chosen = rng.choice(len(firms), n, replace=False, p=weight / weight.sum())
        firms[kind] = False
        firms.loc[chosen, kind] = True


def _names(rng: np.random.Generator, firms: pd.DataFrame) -> Objects:
    from data.demo.names import firms as firm_names

    trade = np.full(len(firms), "", dtype=object)
    for code, rows in firms.groupby("code", sort=True).indices.items():
        trade[rows] = pick(rng, str(industries().at[code, "trade"]).split("|"), len(rows))
    given = firms["category"].map(_TRADE)
    trade = np.where(given.notna(), given, trade)
    large = (firms["scale"] != "small").to_numpy()
    n = len(firms)
    shops = firms["code"].isin(["F5213", "F5281", "O8040", "F5265", "K7030", "F5251"]).to_numpy()
    form = np.where(
        large,
        pick(rng, ["有限公司", "股份有限公司", "集团有限公司"], n, [8, 1.4, 0.6]),
        np.where(shops, pick(rng, ["", "有限公司", "经营部"], n, [6, 2, 2]),
                 pick(rng, ["有限公司", "经营部", "服务中心", "合伙企业（有限合伙）"], n, [16, 2, 1, 0.5])),
    )  # fmt: skip
    return firm_names(rng, trade, form)


def _sizes(rng: np.random.Generator, firms: pd.DataFrame) -> tuple[Objects, Objects]:
    """Employees and floor area (m²); one small firm in eight has told neither."""
    middle = firms["scale"].map({"high_hazard": 95.0, "above_scale": 130.0, "small": 6.0}).to_numpy(dtype=float)
    staff = np.maximum(1, np.rint(rng.lognormal(np.log(middle), 0.85))).astype(np.int64)
    made = firms["code"].str.startswith(("B", "C", "D", "G")).to_numpy()
    area = np.round(staff * np.where(made, 45.0, 14.0) * rng.lognormal(0, 0.5, len(firms)))
    told = (firms["scale"] != "small").to_numpy() | (rng.random(len(firms)) > 0.12)
    return where_known(told, staff), where_known(told, area)
