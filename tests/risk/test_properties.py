"""What must hold for every record: sums, monotony, and that ignorance never looks like safety."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk import schemes
from risk.explain import explain
from risk.result import Judged
from tests.risk.cases import AS_OF, assess, files, read

BASES = {read(path)["scheme"]: read(path) for path in files()}
QUICK = settings(max_examples=15, deadline=None)


def records(scheme: str) -> st.SearchStrategy[dict[str, Any]]:
    """Records of a scheme: its base with some of the golden changes on top of each other, and some keys forgotten."""
    file = BASES[scheme]
    changes = [case["change"] for case in file["cases"]]

    def build(picked: list[dict[str, Any]], forgotten: list[str]) -> dict[str, Any]:
        record = dict(file["base"])
        for change in picked:
            record |= change
        return {key: value for key, value in record.items() if key not in forgotten}

    keys = sorted({key for change in changes for key in change} | set(file["base"]))
    return st.builds(build, st.lists(st.sampled_from(changes), max_size=4), st.lists(st.sampled_from(keys), max_size=3))


def settles_what_is_judged(scheme: str, record: dict[str, Any], key: str) -> bool:
    """Whether a key says what kind of thing is judged, or speaks against a statement that stands without it.

    A place is open unless said to be closed (closed: 不适用 unless a direct rule is proven). Visit and headcount stand
    until an assessment of L or S says more, and an assessment stands until headcount or industry speak against it.
    "No bottled gas" stands until a cylinder is found; a check of the alarm stands until a device says otherwise.
    """
    assessed = {"people", "scale", "industry", "dust_explosion", "ls_likelihood", "ls_severity"}
    contradicts = {
        "place": assessed if "ls_severity" in record else set(),
        "gas_shop": {"total_kg", "cylinders"} if record.get("supply") in ("none", "piped") else set(),
    }
    device = scheme == "gas_shop" and key == "gas_devices"
    closed = record.get("state") == "closed"
    return closed or key in ("state", "kinds") or device or key in contradicts.get(scheme, set())


def sums(told: dict[str, Any]) -> tuple[float, float | None]:
    """Both ends of the sum of the listed points."""
    low, high = 0.0, 0.0
    unbounded = False
    for part in told["contributions"]:
        ends = part["points"] if isinstance(part["points"], list) else [part["points"]] * 2
        low += ends[0]
        unbounded |= ends[1] is None
        high += ends[1] or 0.0
    return low, None if unbounded else high


@pytest.mark.parametrize("scheme", schemes.names())
def test_contributions_add_up_to_the_value(scheme: str) -> None:
    @QUICK
    @given(records(scheme))
    def check(record: dict[str, Any]) -> None:
        told = assess(scheme, record)
        if told["grade"] == "na":
            return
        low, high = sums(told)
        assert low == pytest.approx(told["value"][0], abs=1e-5)
        assert (high is None) == (told["value"][1] is None)
        assert high is None or high == pytest.approx(told["value"][1], abs=1e-5)

    check()


def judged(scheme: str, many: list[dict[str, Any]]) -> Judged:
    """The results of many records at once, in their order."""
    found = schemes.load(scheme)
    frames = [found.frame_of(record).assign(place_id=i, unit_id=i) for i, record in enumerate(many)]
    return found.judge(pd.concat(frames, ignore_index=True), found.rule, AS_OF)


@pytest.mark.parametrize("scheme", schemes.names())
def test_a_forgotten_input_never_makes_a_place_look_safer(scheme: str) -> None:
    """Without an input the grade is the same, worse, or unknown; unknown never becomes a low grade or 不适用."""
    dice = random.Random(7)
    changes = [case["change"] for case in BASES[scheme]["cases"]]
    full, forgotten, names = [], [], []
    for _ in range(120):
        record = dict(BASES[scheme]["base"])
        for change in dice.sample(changes, dice.randint(0, 3)):
            record |= change
        record = {key: value for key, value in record.items() if value is not None}
        keys = [key for key in sorted(record) if not settles_what_is_judged(scheme, record, key)]
        if keys:
            key = dice.choice(keys)
            full.append(record)
            forgotten.append({name: value for name, value in record.items() if name != key})
            names.append(key)
    before, after = judged(scheme, full), judged(scheme, forgotten)
    low, new = before.severity, after.severity
    became_na = (new == -1) & (low != -1)
    safer = (low > 0) & (new > 0) & (new < low)
    settled = (low == 0) & (new > 0) & (new < np.maximum(before.at_least, 2))
    wrong = np.flatnonzero(became_na | safer | settled)
    assert [(names[i], int(low[i]), int(new[i]), full[i]) for i in wrong[:3]] == []


@pytest.mark.parametrize("scheme", schemes.names())
def test_nothing_known_is_unknown_and_never_a_grade(scheme: str) -> None:
    told = assess(scheme, {})
    assert (told["grade"], told["severity"], told["at_least"]) == ("unknown", 0, 0)
    assert told["missing"]


@pytest.mark.parametrize(
    ("scheme", "record"),
    [
        ("gas_shop", {"in_basement": True, "supply": "cylinder"}),
        ("gas_shop", {"total_kg": 101, "has_room": False}),
        ("gas_shop", {"dining_kg": 15, "supply": "cylinder"}),
        ("gas_shop", {"open_major": 1, "overdue_major": 1}),
        ("place", {"open_major": 1, "overdue_major": 1}),
        ("place", {"kinds": "small_place", "exit_blocked": True, "sleeping_upstairs": True}),
        ("hazchem_enterprise", {"designed_or_diagnosed": False}),
        ("hazchem_enterprise", {"recorded_major": 1}),
        ("hazchem_enterprise", {"larger_accidents_3y": 2}),
    ],
)
def test_a_direct_red_stands_when_all_else_is_missing(scheme: str, record: dict[str, Any]) -> None:
    assert assess(scheme, record)["grade"] == "red"


GROWING = {
    "gas_shop": ["total_kg", "open_general", "overdue_general", "open_major", "overdue_major", "open_high",
                 "alarms_90d", "incidents_3y", "hose_m"],
    "place": ["people", "open_general", "overdue_general", "open_major", "overdue_major", "refusals", "incidents_3y",
              "larger_3y"],
    "hazchem_enterprise": ["deaths_3y", "larger_accidents_3y", "recorded_deaths", "recorded_larger", "recorded_major",
                           "recorded_fatal_1y", "open_major", "overdue_major"],
}  # fmt: skip


@pytest.mark.parametrize("scheme", sorted(GROWING))
def test_more_kilograms_people_or_hazards_never_lower_the_grade(scheme: str) -> None:
    @QUICK
    @given(records(scheme), st.sampled_from(GROWING[scheme]), st.integers(0, 120), st.integers(1, 400))
    def check(record: dict[str, Any], key: str, amount: int, more: int) -> None:
        if scheme == "gas_shop" and key == "total_kg":
            record = {**record, "supply": "cylinder"}  # else the first kilogram is what makes it a gas user
        if key == "hose_m":  # over 100 m it is no hose but a slip of the pen, which counts as not told
            amount, more = amount % 50, 1 + more % 50
        less, greater = (assess(scheme, {**record, key: value}) for value in (amount, amount + more))
        assert greater["at_least"] >= less["at_least"] or greater["severity"] == 0
        assert greater["severity"] == 0 or greater["severity"] >= less["severity"]
        if greater["severity"] == 0:
            assert greater["at_least"] >= less["at_least"] or less["severity"] > 0 or greater["at_least"] >= 2

    check()


@QUICK
@given(st.floats(0, 500), st.floats(0.001, 500), st.integers(0, 200), st.integers(0, 200))
def test_more_tonnes_or_people_never_lower_the_level(tonnes: float, more: float, people: int, extra: int) -> None:
    def level(mass: float, exposed: int) -> int:
        holdings = [{"substance": "液氯", "mass_t": mass}]
        return int(assess("major_hazard", {"holdings": holdings, "exposed_people": exposed})["severity"])

    assert level(tonnes, people) <= level(tonnes + more, people)
    assert level(tonnes, people) <= level(tonnes, people + extra)


@pytest.mark.parametrize("scheme", schemes.names())
def test_the_order_of_rows_does_not_matter(scheme: str) -> None:
    found = schemes.load(scheme)
    file = BASES[scheme]
    many = [{**file["base"], **case["change"]} for case in file["cases"]]
    frames = [found.frame_of(record).assign(place_id=i, unit_id=i) for i, record in enumerate(many)]
    rows = pd.concat(frames, ignore_index=True)
    straight = found.judge(rows, found.rule, AS_OF)
    mixed = rows.sort_values("place_id", ascending=False, kind="stable").reset_index(drop=True)
    reverse = found.judge(mixed, found.rule, AS_OF)
    assert np.array_equal(straight.severity, reverse.severity[::-1])
    assert explain(straight).sentences == explain(reverse).sentences[::-1]
