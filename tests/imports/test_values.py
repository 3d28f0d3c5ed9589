"""Cells of all the habits people have, into the value they mean; and no guessing where they mean two things."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.imports import dates, units
from data.imports.cells import texts
from data.imports.kinds import FieldSpec, kind_names, load_kind
from data.imports.model import Ledger
from data.imports.targets.gas import sizes
from data.imports.values import Column, objects, typed
from geo.codes import check_uscc, uscc_check_character

TODAY = date(2026, 11, 22)


def column(words: list[Any], unit: str | None = None, row_units: list[str | None] | None = None, **spec: Any) -> Column:
    cells = objects(words)
    field = FieldSpec(**({"type": "number", "title": "量"} | spec))
    return Column("f", "表头", field, cells, texts(cells), unit, row_units, TODAY)


def read(words: list[Any], **given: Any) -> tuple[list[Any], list[str]]:
    ledger = Ledger(np.arange(len(words)))
    values = typed(column(words, **given), ledger)
    out = [None if value is None or value != value else value for value in values.tolist()]  # noqa: PLR0124
    return out, [fault.reason for _, fault in ledger.faults()]


def test_numbers_with_commas_and_full_width_digits() -> None:
    values, reasons = read(["1,234.5", "１２", "", "-", 7, 8.5, "1e3", "inf", "12abc"])
    assert values[:7] == [1234.5, 12, None, None, 7, 8.5, 1000]
    assert len(reasons) == 2, "infinity and words are no numbers"


def test_a_unit_in_cell_heading_or_column_is_brought_to_the_stored_one() -> None:
    spec: dict[str, Any] = {"type": "number", "title": "储量"}
    field = FieldSpec(**spec, unit="t", need_unit=True)
    for heading, rows, cells, expected in (
        ("kg", None, ["500"], [0.5]),
        (None, ["kg", "t"], ["500", "2"], [0.5, 2]),
        (None, None, ["500kg", "2吨", "0"], [0.5, 2, 0]),
        ("kg", None, ["2吨"], [2]),
    ):
        words = objects(cells)
        made = Column("f", "h", field, words, texts(words), heading, rows, TODAY)
        ledger = Ledger(np.arange(len(cells)))
        assert typed(made, ledger).tolist() == pytest.approx(expected)
        assert not ledger.rejected.any()


def test_a_mass_without_a_unit_is_refused_because_a_thousandfold_is_a_colour() -> None:
    words = objects(["50"])
    field = FieldSpec(type="number", title="储量", unit="t", need_unit=True)
    ledger = Ledger(np.arange(1))
    typed(Column("f", "储量", field, words, texts(words), None, None, TODAY), ledger)
    assert "没有写单位" in ledger.faults()[0][1].reason


def test_a_hose_of_150_metres_is_centimetres_and_is_asked_about() -> None:
    hose = load_kind("shop").fields["hose_m"]
    words = objects(["1.5", "150", "150cm"])
    ledger = Ledger(np.arange(3))
    values = typed(Column("hose_m", "软管长度", hose, words, texts(words), None, None, TODAY), ledger)
    assert values.tolist()[::2] == pytest.approx([1.5, 1.5])
    assert ledger.rejected.tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("2024-03-05", date(2024, 3, 5)), ("2024/3/5", date(2024, 3, 5)), ("2024.3.5", date(2024, 3, 5)),
        ("2024年3月5日", date(2024, 3, 5)), ("20240305", date(2024, 3, 5)), ("45356", date(2024, 3, 5)),
        ("2024-03-05 14:30:00", date(2024, 3, 5)), ("2024年3月", date(2024, 3, 1)), ("2024-03", date(2024, 3, 1)),
    ],
)  # fmt: skip
def test_dates_as_people_write_them(word: str, expected: date) -> None:
    assert dates.day(word) == expected


@pytest.mark.parametrize("word", ["2024-02-30", "昨天", "3月5日", "2024", "03/04/2024", "5/6/24"])
def test_a_date_that_is_none_or_two_is_refused(word: str) -> None:
    with pytest.raises(dates.DateError):
        dates.day(word)


def test_a_time_with_its_zone_is_not_read_as_beijing_time() -> None:
    assert dates.parse("2024-03-05T00:30:00Z").isoformat() == "2024-03-05T08:30:00+08:00"
    assert dates.parse("2024-03-05 00:30:00+08:00").isoformat() == "2024-03-05T00:30:00+08:00"


def test_day_and_month_are_told_apart_by_the_column_not_by_luck() -> None:
    assert dates.order_of(["03/04/2024", "13/04/2024"]) == "dmy"
    assert dates.order_of(["03/04/2024", "03/14/2024"]) == "mdy"
    assert dates.order_of(["03/04/2024", "13/04/2024", "03/14/2024"]) is None
    assert dates.parse("01/02/2022 02:05:00 PM", "mdy").isoformat() == "2022-01-02T14:05:00+08:00"


def test_unknown_is_never_no() -> None:
    values, reasons = read(["是", "无", "√", "未知", "", "不详", "也许"], type="bool")
    assert values[:6] == [True, False, True, None, None, None]
    assert len(reasons) == 1


@pytest.mark.parametrize(
    ("word", "count", "expected"),
    [
        ("15kg", 2, [15, 15]), ("15kg×2", None, [15, 15]), ("15kg*2、50kg*1", None, [15, 15, 50]), ("50", 1, [50]),
        ("YSP118", 1, [118]), ("15kg", None, []), ("大瓶", 1, []), ("15公斤", 3, [15, 15, 15]), 
        ("15kg、50kg", None, [15, 50]),
    ],
)  # fmt: skip
def test_cylinder_sizes_as_shops_write_them(word: str, count: int | None, expected: list[float]) -> None:
    assert sizes(word, count) == expected


@given(st.text(alphabet="0123456789ABCDEFGHJKLMNPQRTUWXYIOSVZ", min_size=17, max_size=17), st.booleans())
def test_the_fast_check_of_codes_is_the_slow_one(body: str, right: bool) -> None:
    from data.imports.values import _right_usccs
    from geo.codes import CodeError

    try:
        last = uscc_check_character(body) if right else "0"
    except CodeError:
        last = "0"
    assert bool(_right_usccs([body + last])[0]) == check_uscc(body + last).ok


@given(st.lists(st.text(max_size=12), max_size=6))
def test_cleaning_never_loses_or_moves_a_row(words: list[str]) -> None:
    clean = texts(objects(words))
    assert len(clean) == len(words)
    assert all(word == word.strip() and "\x00" not in word for word in clean)
    assert texts(objects(list(clean))) == clean


@given(st.floats(-1e6, 1e6), st.sampled_from(["kg", "t", "g", "吨", "公斤"]))
def test_a_number_with_its_unit_comes_back_as_itself(value: float, unit: str) -> None:
    found = units.split(f"{value:.3f}{unit}")
    assert found is not None
    factor = units.factor(found[1], "kg")
    back = units.factor("kg", found[1])
    assert factor is not None
    assert back is not None
    assert float(found[0]) * factor * back == pytest.approx(round(value, 3))


@pytest.mark.parametrize("kind", kind_names())
def test_every_kind_reads_and_has_the_usual_headings(kind: str) -> None:
    found = load_kind(kind)
    headings = {heading for spec in found.fields.values() for heading in (spec.title, *spec.headings)}
    assert len(headings) >= 15
