"""What pages say of schemes: their titles, the words of their values, and which way is worse."""

import logging
from functools import cache

from risk.rulefile import RuleFile, RuleFileError
from risk.schemes import UnknownScheme, load, names
from ui.words import number, t

log = logging.getLogger(__name__)


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
    if high is None or low is None:
        said = t("interval_open", low=number(low or 0))
    else:
        said = number(low) if low == high else t("interval", low=number(low), high=number(high))
    found = rule(scheme)
    return said if found is None else found.words.value.replace("{value}", said)


@cache
def lower_is_worse() -> tuple[str, ...]:
    """Return the schemes whose smaller values are the worse ones, as their bands have it."""
    return tuple(name for name in names() if (found := rule(name)) is not None and _falls(found))


def _falls(found: RuleFile) -> bool:
    order = found.bandings[found.banding].steps[1]
    return order[0] > order[-1]
