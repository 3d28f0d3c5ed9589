"""What can be said of each pair: code, licence, name, branch, address, phone, spot. Whole arrays, no loop over them."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from data.matching.candidates import Pairs, likeness
from data.matching.rules import ANSWERS, Rules

Mask = NDArray[np.bool_]


def features(rows: pd.DataFrame, pairs: Pairs, rules: Rules) -> pd.DataFrame:
    """Return one row per pair: for each subject of `ANSWERS` the position of its answer, and `likeness`, `distance_m`.

    `rows` as `records.records` gives them. `distance_m` is NaN where one of the two has no point.
    """
    side = _Sides(rows, pairs)
    out = pd.DataFrame({"left": pairs[0], "right": pairs[1]})
    out["likeness"] = likeness(rows["stem"], pairs)
    out["distance_m"] = np.hypot(
        side.a["x"].to_numpy() - side.b["x"].to_numpy(), side.a["y"].to_numpy() - side.b["y"].to_numpy()
    )
    out["code"] = _code(side, rules)
    out["licence"] = _plain(side, "licence", "licence")
    out["name"] = _name(side, out["likeness"].to_numpy(), rules)
    out["branch"] = _plain(side, "branch", "branch")
    out["address"] = _address(side, rows, pairs, rules)
    out["phone"] = _phone(side, rows, rules)
    out["spot"] = _spot(out["distance_m"].to_numpy(), rules)
    held = rows["code"].map(rows.loc[rows["code"] != "", "code"].value_counts()).fillna(0).to_numpy()
    out["premises"] = (held[pairs[0]] > 2).astype(np.int8)
    return out


class _Sides:
    """The two records of every pair."""

    def __init__(self, rows: pd.DataFrame, pairs: Pairs) -> None:
        self.a = rows.iloc[pairs[0]].reset_index(drop=True)
        self.b = rows.iloc[pairs[1]].reset_index(drop=True)

    def same(self, column: str) -> Mask:
        """Both tell it, and it is the same."""
        return ((self.a[column] == self.b[column]) & (self.a[column] != "")).to_numpy()

    def other(self, column: str) -> Mask:
        """Both tell it, and it is not the same."""
        return ((self.a[column] != self.b[column]) & (self.a[column] != "") & (self.b[column] != "")).to_numpy()


def _put(subject: str, *answers: tuple[str, Mask]) -> NDArray[np.int8]:
    """Return positions in `ANSWERS[subject]`; a later answer overrules an earlier one, the rest is the first answer."""
    out = np.zeros(len(answers[0][1]), dtype=np.int8)
    for answer, where in answers:
        out[where] = ANSWERS[subject].index(answer)
    return out


def _plain(side: _Sides, column: str, subject: str) -> NDArray[np.int8]:
    return _put(subject, ("other", side.other(column)), ("same", side.same(column)))


def _code(side: _Sides, rules: Rules) -> NDArray[np.int8]:
    a = side.a["code"].where(side.a["code"] != "", side.a["wrong_code"])
    b = side.b["code"].where(side.b["code"] != "", side.b["wrong_code"])
    wrong = ((side.a["wrong_code"] != "") | (side.b["wrong_code"] != "")).to_numpy()
    told = np.flatnonzero(wrong & (a != "").to_numpy() & (b != "").to_numpy())
    close = np.zeros(len(wrong), dtype=bool)
    if len(told):
        one, other = a.to_numpy(dtype=object)[told], b.to_numpy(dtype=object)[told]
        apart = process.cpdist(one, other, scorer=OSA.distance, dtype=np.int32, workers=-1)
        close[told] = apart <= rules.number("typo_signs")
    return _put("code", ("other", side.other("code")), ("same", side.same("code")), ("close", close))


def _name(side: _Sides, alike: NDArray[np.float32], rules: Rules) -> NDArray[np.int8]:
    short = np.minimum(side.a["stem"].str.len(), side.b["stem"].str.len()).to_numpy()
    former = (
        ((side.a["former"] == side.b["core"]) & (side.a["former"] != ""))
        | ((side.b["former"] == side.a["core"]) & (side.b["former"] != ""))
    ).to_numpy()
    inside = (alike >= 95) & (short >= 3)
    return _put(
        "name", ("similar", alike >= rules.number("similar_name")), ("inside", inside), ("former", former),
        ("stem", side.same("stem")), ("same", side.same("core")),
    )  # fmt: skip


def _address(side: _Sides, rows: pd.DataFrame, pairs: Pairs, rules: Rules) -> NDArray[np.int8]:
    told = ((side.a["rest"] != "") & (side.b["rest"] != "")).to_numpy()
    street, number = side.same("street"), side.same("number")
    unit = side.other("building") | side.other("floor") | side.other("room")
    candidates = np.flatnonzero(told & ~(street & number))
    alike = np.zeros(len(told), dtype=bool)
    if len(candidates):
        chosen = (pairs[0][candidates], pairs[1][candidates])
        alike[candidates] = likeness(rows["rest"], chosen) >= rules.number("similar_address")
    numbered = side.other("number")
    nowhere = ((side.a["street"] == "") & (side.a["number"] != "")).to_numpy()  # 23号, of which street nobody says
    return _put(
        "address", ("street", told & ~alike), ("alike", told & alike & ~numbered), ("number", street & numbered),
        ("street", told & side.other("street") & numbered), ("same", street & number & ~unit),
        ("unit", street & number & unit), ("same", told & (side.a["rest"] == side.b["rest"]).to_numpy() & ~nowhere),
    )  # fmt: skip


def _phone(side: _Sides, rows: pd.DataFrame, rules: Rules) -> NDArray[np.int8]:
    held = rows["phone"].map(rows["phone"].value_counts())
    agent = side.same("phone") & (side.a["phone"].map(dict(zip(rows["phone"], held, strict=True)))
                                  > rules.number("agent_phone")).to_numpy()  # fmt: skip
    return _put("phone", ("other", side.other("phone")), ("same", side.same("phone")), ("agent", agent))


def _spot(distance: NDArray[np.float64], rules: Rules) -> NDArray[np.int8]:
    near = rules.number("near_m")
    return _put("spot", ("far", distance > near), ("near", distance <= near))
