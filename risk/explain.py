"""From columns to reasons: contributions as JSON and the sentence of every subject, built in bulk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd

from risk.result import ABSENT, KNOWN, MISSING, STALE, STATE_NAMES, Dates, DirectTerm, Judged, Result, Shown, Term
from risk.rulefile import SEVERITY, Direct, Flags, Floats, Input, RuleFile, read_yaml
from risk.score import proven_floor

MOST_REASONS = 4
"""A sentence names at most so many reasons, and so many missing inputs; the contributions hold all."""


@cache
def frames() -> dict[str, str]:
    """Return the sentence frames of `risk/words.yaml`."""
    return dict(read_yaml(Path(__file__).parent / "words.yaml"))


@dataclass(frozen=True)
class Explained:
    """Reasons of every subject, in the order of `Judged`: JSON text, sentences, missing labels, oldest date."""

    contributions: list[str]
    sentences: list[str]
    missing: list[list[str]]
    data_from: Dates


@dataclass
class _Rows:
    """What is collected for each row while walking through the terms."""

    json: list[list[str]]
    reasons: list[list[str]]
    directs: list[list[str]]
    missing: list[list[str]]
    lacking: list[list[str]]
    unsettled: list[list[str]]

    @classmethod
    def empty(cls, n: int) -> _Rows:
        lists: list[list[list[str]]] = [[[] for _ in range(n)] for _ in range(6)]
        return cls(*lists)


def explain(judged: Judged) -> Explained:
    """Return contributions (JSON arrays), sentences, missing labels and oldest dates of all subjects.

    Listed are: what gives points, what is missing or stale, direct rules that hold or could hold; of a row in the
    lowest grade everything that was looked at, for there the proof is that each item is in order.
    """
    rows = _Rows.empty(len(judged))
    oldest = np.full(len(judged), np.datetime64("NaT"), dtype="datetime64[D]")
    listing = listed(judged)
    for direct, proven, could in listing.directs:
        _walk_direct(judged.rule, direct, proven, could, rows)
        oldest = _older(oldest, direct.shown.dates, proven)
    for term, where in listing.terms:
        _walk_term(judged.rule, term, where, rows)
        oldest = _older(oldest, term.shown.dates, where & (term.state == KNOWN))
    contributions = ["[" + ",".join(parts) + "]" for parts in rows.json]
    return Explained(contributions, _sentences(judged, rows), rows.missing, oldest)


@dataclass(frozen=True)
class Listing:
    """What is listed where: each direct rule (where it holds, where it could hold), and each term."""

    directs: list[tuple[DirectTerm, Flags, Flags]]
    terms: list[tuple[Term, Flags]]


def listed(judged: Judged) -> Listing:
    """Return which contributions are listed for which subjects (see :func:`explain`)."""
    applies = judged.severity != SEVERITY["na"]
    floor = proven_floor(judged.rule, judged.directs, len(judged))
    directs = []
    for direct in judged.directs:
        settled = SEVERITY[judged.rule.directs[direct.key].grade]
        could = direct.possible & ~direct.proven & (floor < settled) & applies
        directs.append((direct, direct.proven & applies, could))
    terms = []
    for term in judged.terms:
        looked_at = (judged.severity == 1) & (term.state != ABSENT)
        weighs = (term.low != 0) | (term.high != 0)
        open_or_old = (term.state == STALE) | (term.state == MISSING)
        terms.append((term, applies & (weighs | open_or_old | looked_at)))
    return Listing(directs, terms)


def digests(judged: Judged) -> npt.NDArray[np.int64]:
    """Return a hash of each subject's result: of everything that is written of it, with the rule and its words.

    Equal digests mean an equal row, so a run explains and writes only what changed.
    """
    said = judged.rule.model_dump_json() + _dumps(frames())
    seed = int.from_bytes(hashlib.blake2b(said.encode(), digest_size=8).digest(), "big")
    total = np.full(len(judged), seed, dtype=np.uint64)
    for values in (judged.severity, judged.low, judged.high, judged.at_least, judged.na_reason):
        total = _mixed(total, values)
    listing = listed(judged)
    for direct, proven, could in listing.directs:
        total = _mixed(total, proven * 2 + could)
        total = _with_shown(total, direct.shown, proven | could)
    for term, where in listing.terms:
        for values in (term.low, term.high, term.state + 1):
            total = _mixed(total, np.where(where, values, 0))
        total = _with_shown(total, term.shown, where)
    return total.view(np.int64)


def _mixed(total: npt.NDArray[np.uint64], values: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    """Return the running hash with one more column in it."""
    plain = values if values.dtype == object else np.ascontiguousarray(values, dtype=float)
    return total * np.uint64(1_099_511_628_211) + pd.util.hash_array(plain, categorize=True)


def _with_shown(total: npt.NDArray[np.uint64], shown: Shown, where: Flags) -> npt.NDArray[np.uint64]:
    values = shown.value
    if shown.kind == "date":
        values = np.where(np.isnat(values), -1, values.astype("datetime64[D]").astype(np.int64))
    elif shown.kind == "text":
        values = np.where(where, np.where(pd.isna(values), "", values), "").astype(object)
    if shown.kind != "text":
        values = np.where(where, values.astype(float), 0.0)
    days = np.where(np.isnat(shown.dates), -1, shown.dates.astype(np.int64))
    for column in (values, np.where(where, days, 0), np.where(where, shown.record_ids, 0)):
        total = _mixed(total, column)
    return total


def result_of(judged: Judged, as_of: date, row: int = 0) -> Result:
    """Return one subject's result with its reasons."""
    told = explain(judged)
    low, high = float(judged.low[row]), float(judged.high[row])
    oldest = told.data_from[row]
    return Result(
        scheme=judged.rule.id,
        rule_version=judged.rule.version,
        as_of=as_of,
        value=(number(low), number(high)),
        grade=judged.rule.grade_names[int(judged.severity[row])],
        severity=int(judged.severity[row]),
        at_least=int(judged.at_least[row]),
        sentence=told.sentences[row],
        contributions=orjson.loads(told.contributions[row]),
        missing=told.missing[row],
        data_from=None if np.isnat(oldest) else oldest.item(),
        extras={name: _extra(float(ends[0][row]), float(ends[1][row])) for name, ends in judged.extras.items()},
    )


def number(value: float) -> float | None:
    """Return a finite number rounded to six places, or None for NaN and infinity (JSON has neither)."""
    return round(value, 6) if np.isfinite(value) else None


def _extra(low: float, high: float) -> Any:
    if low == high or (np.isnan(low) and np.isnan(high)):
        return _whole(number(low))
    return [_whole(number(low)), _whole(number(high))]


def _older(oldest: Dates, dates: Dates, where: Flags) -> Dates:
    candidate = np.where(where, dates, np.datetime64("NaT"))
    return np.fmin(oldest, candidate).astype("datetime64[D]")


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


def _value_json(shown: Shown, at: npt.NDArray[np.intp]) -> list[str]:
    """Return the JSON of the values at the rows `at`."""
    values = shown.value[at]
    if shown.kind == "date":
        return [f'"{day}"' if day != "NaT" else "null" for day in np.datetime_as_string(values, unit="D").tolist()]
    if shown.kind == "text":
        return [_dumps(value if isinstance(value, str) else None) for value in values]
    inverse, distinct = pd.factorize(np.asarray(values, dtype=float), use_na_sentinel=False)
    if shown.kind == "flag":
        said = ["null" if np.isnan(v) else "true" if v else "false" for v in distinct.tolist()]
    else:
        said = [_dumps(_whole(number(v))) for v in distinct.tolist()]
    return [said[i] for i in inverse.tolist()]


def _whole(value: float | None) -> float | int | None:
    return int(value) if value is not None and value == int(value) else value


def _value_text(shown: Shown, at: npt.NDArray[np.intp]) -> list[str]:
    """Return the values at the rows `at` as a sentence shows them."""
    return [text.strip('"') if text != "null" else "" for text in _value_json(shown, at)]


def _ends(shown: Shown, at: npt.NDArray[np.intp]) -> Iterable[tuple[str, str]]:
    """Return the JSON of record and date at the rows `at`."""
    days = np.datetime_as_string(shown.dates[at], unit="D").tolist()
    dates = (f'"{day}"' if day != "NaT" else "null" for day in days)
    if shown.table is None:
        return (("null", day) for day in dates)
    ids = shown.record_ids[at].tolist()
    records = (f'{{"table":"{shown.table}","id":{i}}}' if i else "null" for i in ids)
    return zip(records, dates, strict=True)


def _head(key: str, spec: Input | Direct, unit: str | None, points_mark: str) -> str:
    """Return the JSON of what all contributions of an input share, without the closing brace."""
    fixed = {
        "input": key, "label": spec.label, "unit": unit, "clause": spec.clause, "mark": spec.mark,
        "points_mark": points_mark,
    }  # fmt: skip
    return _dumps(fixed)[:-1]


def _walk_term(rule: RuleFile, term: Term, listed: Flags, rows: _Rows) -> None:
    at = np.flatnonzero(listed)
    if not len(at):
        return
    spec = rule.inputs[term.key]
    head = _head(term.key, spec, spec.unit, spec.points_mark)
    points = _points_json(term.low[at], term.high[at])
    states = np.where(term.state[at] == ABSENT, KNOWN, term.state[at]).tolist()
    parts = zip(at.tolist(), _value_json(term.shown, at), points, states, _ends(term.shown, at), strict=True)
    for row, value, given, state, (record, day) in parts:
        rows.json[row].append(
            f'{head},"value":{value},"points":{given},"record":{record},"date":{day},"state":"{STATE_NAMES[state]}"}}'
        )
    words = rule.words.inputs[term.key]
    said = listed & (term.low != 0) & (term.high != 0) & np.isfinite(term.low)
    weighs = np.flatnonzero(said if words.points else np.zeros_like(said))
    for row, phrase in zip(weighs.tolist(), _phrases(words.points, term.shown, weighs), strict=True):
        rows.reasons[row].append(phrase)
    for row in np.flatnonzero(listed & (term.low < term.high)).tolist():
        if spec.label not in rows.missing[row]:
            rows.missing[row].append(spec.label)
            rows.lacking[row].append(words.missing)


def _phrases(template: str, shown: Shown, at: npt.NDArray[np.intp]) -> Iterable[str]:
    if "{value}" not in template:
        return [template] * len(at)
    return [template.replace("{value}", text) for text in _value_text(shown, at)]


def _points_json(low: Floats, high: Floats) -> list[str]:
    """Return each row's points: a number where both ends agree, else [low, high] (null: no upper end)."""
    first, lows = pd.factorize(low)
    second, highs = pd.factorize(high)
    codes, distinct = pd.factorize(first * len(highs) + second)
    said = []
    for a, b in zip(lows[distinct // len(highs)].tolist(), highs[distinct % len(highs)].tolist(), strict=True):
        said.append(_dumps(_whole(number(a)) if a == b else [_whole(number(a)), _whole(number(b))]))
    return [said[i] for i in codes.tolist()]


def _walk_direct(rule: RuleFile, direct: DirectTerm, proven: Flags, could: Flags, rows: _Rows) -> None:
    spec, shown = rule.directs[direct.key], direct.shown
    head = _head(direct.key, spec, None, spec.mark)
    for where, state in ((proven, "direct"), (could, "missing")):
        at = np.flatnonzero(where)
        if not len(at):
            continue
        parts = zip(at.tolist(), _value_json(shown, at), _ends(shown, at), strict=True)
        for row, value, (record, day) in parts:
            rows.json[row].append(
                f'{head},"value":{value},"points":0,"record":{record},"date":{day},"state":"{state}"}}'
            )
    said = np.flatnonzero(proven)
    for row, phrase in zip(said.tolist(), _phrases(rule.words.directs[direct.key], shown, said), strict=True):
        rows.directs[row].append(phrase)
    for row in np.flatnonzero(could).tolist():
        rows.missing[row].append(spec.label)
        rows.unsettled[row].append(spec.label)


def _lacking(rows: _Rows, row: int) -> str:
    """Return what a row lacks: first the direct rules that nobody has excluded, then the inputs."""
    words, unsettled = frames(), rows.unsettled[row]
    frame = words["unsettled"] if len(unsettled) == 1 else words["unsettled_many"]
    said = [frame.format(label=unsettled[0], n=len(unsettled))] if unsettled else []
    return _joined(said + rows.lacking[row])


def _joined(parts: list[str]) -> str:
    words = frames()
    said = words["separator"].join(parts[:MOST_REASONS])
    return said if len(parts) <= MOST_REASONS else said + words["more"].format(n=len(parts))


def _sentences(judged: Judged, rows: _Rows) -> list[str]:
    words, rule = frames(), judged.rule
    names = {severity: rule.words.grades[name] for severity, name in rule.grade_names.items()}
    values = _value_words(rule, judged.low, judged.high)
    floors = proven_floor(rule, judged.directs, len(judged)).tolist()
    out = []
    for row, (severity, least) in enumerate(zip(judged.severity.tolist(), judged.at_least.tolist(), strict=True)):
        reasons, directs = rows.reasons[row], rows.directs[row]
        if severity == SEVERITY["na"]:
            text = words["na"].format(reason=rule.words.na[judged.na_reason[row]])
        elif severity > 0 and directs and floors[row] == severity:
            also = words["also"].format(reasons=_joined(reasons)) if reasons else ""
            text = words["direct"].format(grade=names[severity], directs=_joined(directs), also=also)
        elif severity > 0 and (reasons or directs):
            text = words["graded"].format(grade=names[severity], reasons=_joined(directs + reasons), value=values[row])
        elif severity > 0:
            text = words["graded_fine"].format(grade=names[severity], fine=rule.words.fine, value=values[row])
        elif least > 0:
            text = words["unknown_at_least"].format(
                grade=names[least], reasons=_joined(directs + reasons), missing=_lacking(rows, row)
            )
        else:
            known = words["known"].format(reasons=_joined(reasons)) if reasons else ""
            text = words["unknown"].format(missing=_lacking(rows, row), known=known)
        out.append(text)
    return out


def _value_words(rule: RuleFile, low: Floats, high: Floats) -> list[str]:
    words = frames()
    said: dict[tuple[float, float], str] = {}
    out = []
    for pair in zip(low.tolist(), high.tolist(), strict=True):
        if pair not in said:
            a, b = (f"{round(end, 2):g}" if np.isfinite(end) else "" for end in pair)
            frame = a if a == b else words["interval"].format(low=a, high=b)
            said[pair] = rule.words.value.replace("{value}", frame if b else words["unbounded"].format(low=a))
        out.append(said[pair])
    return out
