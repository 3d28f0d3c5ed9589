"""The golden pairs: two records, and what matching must say of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from data.matching.candidates import candidates
from data.matching.decide import OUTCOMES, decide, evidence
from data.matching.features import features
from data.matching.records import records
from data.matching.rules import rules
from geo.codes import uscc_check_character

GOLDEN = Path(__file__).parent / "golden" / "pairs.yaml"
REGIONS = (("海州市", 1), ("东区", 2), ("西区", 2), ("金湖街道", 3), ("泰口苑社区", 4), ("仁泉社区", 4))
LON, LAT = 120.4, 36.1
METRE_EAST, METRE_NORTH = 1 / 90_000, 1 / 111_000


def code(body: str) -> str:
    return body + uscc_check_character(body)


CODES = {"CODE1": code("91370202MA3C00001"), "CODE2": code("92370202MA3C00002")}
CODES["TYPO1"] = CODES["CODE1"][:12] + "7" + CODES["CODE1"][13:]


def read() -> dict[str, Any]:
    return dict(yaml.safe_load(GOLDEN.read_text(encoding="utf-8")))


def record(base: dict[str, Any], change: dict[str, Any], number: int) -> dict[str, Any]:
    row = {**base, **change, "id": number, "area": 1}
    row["uscc"] = CODES.get(row["uscc"], row["uscc"])
    east, north, unmapped = row.pop("east_m", 0), row.pop("north_m", 0), row.pop("unmapped", False)
    row["lon"] = None if unmapped else LON + east * METRE_EAST
    row["lat"] = None if unmapped else LAT + north * METRE_NORTH
    return row


def places(case: dict[str, Any], base: dict[str, Any]) -> pd.DataFrame:
    rows = [record(base, case["a"], 1), record(base, case["b"], 2)]
    for number in range(case.get("others", 0)):
        phone = rows[0]["contact_phone"]
        rows.append(
            record(base, {"name": f"另一家{number}号厂", "contact_phone": phone, "north_m": 9_000}, 10 + number)
        )
    return pd.DataFrame(rows).astype({"lon": float, "lat": float})


def answer(case: dict[str, Any], base: dict[str, Any]) -> tuple[str, str, list[str]]:
    """Return outcome, rule and evidence of a case; a pair that was not found is different without a rule."""
    rows = records(places(case, base), REGIONS)
    found = candidates(rows, rules())
    decided = decide(features(rows, (found.left, found.right), rules()), rules())
    for pair in decided.itertuples():
        if (pair.left, pair.right) == (0, 1):
            return OUTCOMES[pair.outcome], pair.rule, [line["text"] for line in evidence(rows, pair, rules())]
    return "different", "", []
