"""`python -m risk assess`: any record gets an answer or one sentence; a crash is neither."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from risk.__main__ import main

SMELTING = {
    "holdings": [{"substance": "液氯", "mass_t": 10}, {"substance": "液氨", "mass_t": 20}],
    "exposed_people": 60,
}


def ask(path: Path, scheme: str, text: str, capfd: Any) -> tuple[int, str, str]:
    path.write_text(text, encoding="utf-8")
    code = main(["assess", "--scheme", scheme, "--input", str(path), "--as-of", "2026-11-22"])
    out, err = capfd.readouterr()
    return code, out, err


def test_a_worked_case_comes_back_as_json(tmp_path: Path, capfd: Any) -> None:
    code, out, _ = ask(tmp_path / "r.json", "major_hazard", json.dumps(SMELTING), capfd)
    told = json.loads(out)
    assert (code, told["S"], told["R"], told["level"]) == (0, 4, 18, 3)
    assert [part["points"] for part in told["contributions"]] == [12, 6]


@pytest.mark.parametrize(
    ("scheme", "text", "says"),
    [
        ("major_hazard", '{"holdings": [{"substance": "液氯", "mass_kg": 10000}]}', "换算成吨"),
        ("major_hazard", '{"holdings": [{"substance": "液氯", "mass_t": -1}]}', "负数"),
        ("major_hazard", '{"holdings": [{"substance": "液氯", "mass_t": NaN}]}', "nan"),
        ("major_hazard", '{"holdings": [{"substance": "液氯", "mass_t": Infinity}]}', "inf"),
        ("major_hazard", '{"holdings": "液氯"}', "列表"),
        ("major_hazard", '{"exposed_peple": 3}', "是不是 exposed_people"),
        ("gas_shop", '{"total_kgs": 50}', "是不是 total_kg"),
        ("gas_shop", '{"total_kg": "50"}', "要是数"),
        ("gas_shop", '{"total_kg": -50}', "负数"),
        ("gas_shop", '{"has_room": "是"}', "true 或 false"),
        ("gas_shop", '{"checked_on": "去年"}', "2026-01-01"),
        ("gas_shop", "[1]", "JSON 对象"),
        ("gas_shop", "{", "不是 JSON"),
        ("nothing", "{}", "没有名为 nothing"),
    ],
)
def test_an_unusable_record_is_refused_with_a_sentence(
    tmp_path: Path, capfd: Any, scheme: str, text: str, says: str
) -> None:
    code, out, err = ask(tmp_path / "r.json", scheme, text, capfd)
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_an_empty_record_is_unknown(tmp_path: Path, capfd: Any) -> None:
    code, out, _ = ask(tmp_path / "r.json", "gas_shop", "{}", capfd)
    assert (code, json.loads(out)["grade"]) == (0, "unknown")
