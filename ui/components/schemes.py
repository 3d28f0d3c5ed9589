"""What pages say of schemes: their titles, the words of their values, and which way is worse."""

import logging
from datetime import date
from functools import cache

from data.dossier import UnitCard
from risk.explain import result_of
from risk.record import RecordError
from risk.rulefile import RuleFile, RuleFileError
from risk.schemes import UnknownScheme, load, names
from ui.words import number, t

log = logging.getLogger(__name__)

UNIT_SCHEME = "major_hazard"


@cache
def rule(scheme: str) -> RuleFile | None:
    """Return the rule file of a scheme, or None for one that is no longer there (its old assessments stay readable)."""
    try:
        return load(scheme).rule
    except (UnknownScheme, RuleFileError) as error:
        log.warning("scheme %s: %s", scheme, error)
        return None


def title(scheme: str) -> str:
    """Return the name of a scheme as screens show it."""
    found = rule(scheme)
    return scheme if found is None else found.title


def grade_word(scheme: str, grade: str) -> str:
    """Return the word of a grade in its scheme (红色, 三级 …)."""
    found = rule(scheme)
    return grade if found is None else found.words.grades.get(grade, grade)


def value_words(scheme: str, low: float | None, high: float | None) -> str:
    """Return a value or an interval in the scheme's words; empty where there is none."""
    if low is None and high is None:
        return ""
    said = interval(low or 0, high)
    found = rule(scheme)
    return said if found is None else found.words.value.replace("{value}", said)


def unit_ratio(unit: UnitCard) -> str:
    """Return S = Σq/Q of a unit in words, computed by the scheme that judges units; an interval where inputs lack."""
    keys = ("substance", "cas", "hazard_class", "mass_t")
    record = {
        "holdings": [{key: row[key] for key in keys if row[key] is not None} for row in unit.holdings],
        "exposed_people": unit.exposed_people,
    }
    try:
        scheme = load(UNIT_SCHEME)
        found = result_of(scheme.judge(scheme.frame_of(record), scheme.rule, date.max), date.max)
    except (UnknownScheme, RuleFileError, RecordError) as error:
        log.warning("S of unit %s: %s", unit.name, error)
        return t("unit_s_unknown")
    s = found.extras["S"]
    low, high = s if isinstance(s, list) else (s, s)
    return t("unit_s_unknown") if low is None else t("unit_s", value=interval(low, high))


def interval(low: float, high: float | None) -> str:
    """Return two ends in words; no upper end is 以上."""
    low, high = round(low, 2), None if high is None else round(high, 2)
    if high is None:
        return t("interval_open", low=number(low))
    return number(low) if low == high else t("interval", low=number(low), high=number(high))


@cache
def lower_is_worse() -> tuple[str, ...]:
    """Return the schemes whose smaller values are the worse ones, as their bands have it."""
    return tuple(name for name in names() if (found := rule(name)) is not None and _falls(found))


def _falls(found: RuleFile) -> bool:
    order = found.bandings[found.banding].steps[1]
    return order[0] > order[-1]
