"""The demo city's planted duplicates must all be found, and few others asked about."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.demo import flaws, places
from data.demo.amounts import SIZES
from data.demo.geography import invent
from data.demo.ground import survey
from data.matching import scan
from data.matching.candidates import candidates
from data.matching.records import records
from data.matching.rules import rules

NOTHING = pd.DataFrame(columns=["id", "a_id", "b_id", "a", "b", "state"])


@pytest.fixture(scope="module")
def small() -> tuple[pd.DataFrame, list[tuple[int, int]], list[tuple[str, int]]]:
    """Places of the small demo city as matching reads them, the planted pairs (row numbers), its regions."""
    ground = survey(invent(7, "small"), 7)
    frame = places.roll(ground, SIZES["small"])
    planted = flaws.add(ground, frame, SIZES["small"])
    rows = frame[["name", "uscc", "licence_no", "address", "contact_phone", "lon", "lat"]].assign(
        id=np.arange(len(frame)), area=1
    )
    regions = list(ground.geography.regions[["name", "level"]].itertuples(index=False, name=None))
    triples = planted.itertuples(index=False, name=None)
    pairs = [(min(a, b), max(a, b)) for x, y, z in triples for a, b in ((x, y), (x, z), (y, z))]
    return rows, pairs, regions


def test_every_planted_pair_is_found_and_no_wrong_one_is_sure(small) -> None:
    rows, planted, regions = small
    found = scan.search(rows, regions, NOTHING, scan.Summary())
    pairs = list(zip(found.pairs["left"], found.pairs["right"], strict=True))
    assert planted
    assert set(planted) <= set(pairs)
    sure = {pair for pair, outcome in zip(pairs, found.pairs["outcome"], strict=True) if outcome == scan.SAME}
    codes = rows["uscc"].to_numpy()
    assert all(pair in planted or codes[pair[0]] == codes[pair[1]] for pair in sure)
    assert len(pairs) <= len(planted) + len(rows) // 200


def test_a_crowd_at_one_door_with_one_code_and_one_name_stays_bounded() -> None:
    """5,000 records that share everything: neighbours by name only, and the summary says what was cut."""
    n = 5_000
    rows = pd.DataFrame({
        "id": np.arange(n), "area": 1, "name": [f"海风锅贴店第{i}分店" for i in range(n)], "uscc": "92370202MA3C00002H",
        "licence_no": None, "address": "澄江路12号", "contact_phone": "13800001234", "lon": 120.4, "lat": 36.1,
    })  # fmt: skip
    found = candidates(records(rows), rules())
    assert set(found.cut) == {"code", "name", "address", "stack"}
    assert 0 < len(found.left) <= 3 * n * rules().number("window")


def test_the_same_search_gives_the_same_pairs(small) -> None:
    rows, _, regions = small
    once, again = (scan.search(rows, regions, NOTHING, scan.Summary()).pairs for _ in range(2))
    pd.testing.assert_frame_equal(once, again)
