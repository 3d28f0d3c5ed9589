"""The words of the desk pages, out of one file per language (`words.zh.yaml`): one dict per subject, and sentences."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from layers.colours import Grade, colours

FILE = Path(__file__).parent / "words.zh.yaml"


@cache
def words() -> dict[str, Any]:
    """Return the whole file, read once."""
    return dict(yaml.safe_load(FILE.read_text(encoding="utf-8")))


KINDS: dict[str, str] = words()["kinds"]
LAYERS: dict[str, str] = words()["layers"]
LEVELS: dict[int, str] = words()["levels"]
ROLES: dict[str, str] = words()["roles"]
SCALES: dict[str, str] = words()["scales"]
HAZARD_LEVELS: dict[str, str] = words()["hazard_levels"]
HAZARD_STATES: dict[str, str] = words()["hazard_states"]
INSPECTION_TYPES: dict[str, str] = words()["inspection_types"]
INSPECTION_RESULTS: dict[str, str] = words()["inspection_results"]
SEVERITY: dict[int, str] = {grade.severity: grade.word for grade in colours().grades}
GRADES: dict[str, Grade] = {grade.key: grade for grade in colours().grades}


def t(key: str, **values: object) -> str:
    """Return the sentence `key` with its places filled. Raises KeyError for a key or a place that is not there."""
    text: str = words()["text"][key]
    return text.format(**values) if values else text


def word(subject: str, key: object) -> str:
    """Return the word for a stored value; None is 未填报, and a value without a word is shown as it is stored."""
    if key is None:
        return t("untold")
    found = words()[subject].get(key)
    return str(key) if found is None else str(found)


def shape(severity: int) -> str:
    """Return the sign that goes with a grade's colour, for eyes that do not tell colours apart."""
    return str(words()["shapes"][colours().grade(severity).shape])


def flag(value: bool | None) -> str:
    """Return 是, 否 or 未填报."""
    return t("untold") if value is None else t("yes") if value else t("no")


def share(part: float, whole: float) -> str:
    """Return a share in percent: never 0 % for a part that is there, never 100 % for one that is not whole."""
    if whole <= 0:
        return "—"
    percent = 100 * part / whole
    if 0 < percent < 0.1:
        return "<0.1%"
    if 99.9 < percent < 100:
        return ">99.9%"
    return f"{percent:.1f}%" if percent < 99.95 else "100%"


def number(value: float | None) -> str:
    """Return a number with separators, without a needless fraction; None is 未填报."""
    if value is None:
        return t("untold")
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0").rstrip(".")
