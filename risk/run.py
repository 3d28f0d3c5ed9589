"""Where rules meet stored data: score the whole city and keep what changed, in one transaction.

The one module of `risk` that imports `data` (with `__main__`). The day and the instant are arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine

from data import assessments, drawn
from data.jobs import app
from data.services import current
from data.settings import TIME_ZONE
from risk import schemes as known
from risk.explain import digests, explain
from risk.result import Judged
from risk.rulefile import SEVERITY
from risk.schemes import Scheme

Progress = Callable[[str], None]
TASK = "risk.run"


@dataclass
class Summary:
    """What a run did: per scheme the counts by grade and what was written; `kept` false when nothing was stored."""

    run_id: int
    as_of: date
    kept: bool
    note: str | None = None
    schemes: dict[str, dict[str, Any]] = field(default_factory=dict)
    layers: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "run_id": self.run_id, "as_of": self.as_of.isoformat(), "kept": self.kept, "note": self.note,
            "schemes": self.schemes, "layers": self.layers, "seconds": round(self.seconds, 2),
        }  # fmt: skip


def end_of_day(day: date) -> datetime:
    """Return the last instant of a day in Asia/Shanghai."""
    return datetime.combine(day, time.min, TIME_ZONE) + timedelta(days=1, microseconds=-1)


def run(
    engine: Engine,
    as_of: date,
    schemes: Sequence[str] | None = None,
    progress: Progress | None = None,
    at: datetime | None = None,
) -> Summary:
    """Score every subject of `schemes` (None: all) as of a day and write assessments where something changed.

    `at`: the instant devices and alarms are judged at (default: the end of the day). A day earlier than the newest
    kept run is computed and counted, but never replaces what stands. Raises :class:`risk.schemes.UnknownScheme` or
    :class:`risk.rulefile.RuleFileError` before anything is touched; a failure leaves the old assessments as they were.
    """
    chosen = [known.load_in_force(name, as_of) for name in (schemes if schemes is not None else known.names())]
    started = perf_counter()
    run_id = assessments.start_run(engine, as_of, {scheme.name: scheme.rule.version for scheme in chosen})
    summary = Summary(run_id, as_of, kept=True)

    def say(line: str) -> None:
        with engine.begin() as connection:  # of its own, so that a page sees it at once
            assessments.note_run(connection, run_id, {"kept": False, "progress": line}, finished=False)
        if progress is not None:
            progress(line)

    try:
        with engine.begin() as connection:
            _score(connection, chosen, summary, at or end_of_day(as_of), say)
            summary.seconds = perf_counter() - started
            assessments.note_run(connection, run_id, summary.as_dict(), finished=True)
    except BaseException as error:
        with engine.begin() as connection:
            assessments.note_run(connection, run_id, {"kept": False, "failed": str(error)[:500]}, finished=False)
        raise
    if progress is not None:
        progress(f"评定完成，用时 {summary.seconds:.1f} 秒")
    return summary


def _score(connection: Connection, chosen: list[Scheme], summary: Summary, at: datetime, say: Progress) -> None:
    assessments.lock(connection)
    newest = assessments.latest_as_of(connection)
    if newest is not None and summary.as_of < newest:
        summary.kept = False
        summary.note = f"现行评定的日期是 {newest}，更早的日期只计算、不替换。"
        say(summary.note)
    say("汇总隐患、检查、事故、报警和设备……")
    assessments.prepare(connection, summary.as_of, at)
    for number, scheme in enumerate(chosen, start=1):
        begun = perf_counter()
        counts = _one(connection, scheme, summary, at)
        summary.schemes[scheme.name] = counts
        took = perf_counter() - begun
        say(f"[{number}/{len(chosen)}] {scheme.rule.title}：{counts['subjects']} 个对象，"
            f"写入 {counts['written']}，{took:.1f} 秒")  # fmt: skip
    if summary.kept:
        say("更新地图与统计……")
        summary.layers = drawn.refresh(connection)


def _one(connection: Connection, scheme: Scheme, summary: Summary, at: datetime) -> dict[str, Any]:
    """Score one scheme and keep its results; returns counts by grade and rows written."""
    kinds = {name: spec.kind for name, spec in scheme.columns.items()}
    frame = assessments.read_inputs(connection, scheme.name, kinds, summary.as_of, at)
    judged = scheme.judge(frame, scheme.rule, summary.as_of)
    subjects = frame if len(judged) == len(frame) else frame.drop_duplicates(["place_id", "unit_id"])
    counts: dict[str, Any] = {"version": scheme.rule.version, "subjects": len(judged), "grades": _grades(judged)}
    if not summary.kept:
        return counts | {"written": 0, "superseded": 0, "unchanged": 0}
    unit = subjects["unit_id"].to_numpy() if "unit_id" in subjects else np.nan
    keys = pd.DataFrame({"place_id": subjects["place_id"].to_numpy(), "unit_id": unit, "digest": digests(judged)})
    done = assessments.write_results(
        connection, scheme.name, keys, lambda at: _rows(keys.iloc[at], judged.take(at), summary.as_of), summary.run_id
    )
    return counts | {"written": done.written, "superseded": done.superseded, "unchanged": done.unchanged}


def _grades(judged: Judged) -> dict[str, int]:
    """Return the number of subjects by grade, and of the unknown ones by what is proven (`unknown_at_least_…`)."""
    names = judged.rule.grade_names
    counts = {names[int(s)]: int((judged.severity == s).sum()) for s in sorted(names, reverse=True)}
    hidden = judged.severity == SEVERITY["unknown"]
    for severity in sorted((s for s in names if s > 0), reverse=True):
        proven = int((hidden & (judged.at_least == severity)).sum())
        if proven:
            counts[f"unknown_at_least_{names[severity]}"] = proven
    return counts


def _rows(keys: pd.DataFrame, judged: Judged, as_of: date) -> pd.DataFrame:
    """Return the rows of `assessment`; an end that is not finite (no upper bound known) is stored as null."""
    told = explain(judged)
    names = judged.rule.grade_names
    arrays: dict[tuple[str, ...], str] = {}
    missing = [arrays.setdefault(key, _array_text(key)) for key in map(tuple, told.missing)]
    return pd.DataFrame(
        {
            "place_id": keys["place_id"].to_numpy(),
            "unit_id": keys["unit_id"].to_numpy(),
            "rule_version": judged.rule.version,
            "as_of": as_of.isoformat(),
            "value_low": np.where(np.isfinite(judged.low), judged.low, np.nan),
            "value_high": np.where(np.isfinite(judged.high), judged.high, np.nan),
            "grade": [names[int(severity)] for severity in judged.severity],
            "severity": judged.severity,
            "at_least": judged.at_least,
            "sentence": told.sentences,
            "contributions": told.contributions,
            "missing": missing,
            "data_from": pd.Series(told.data_from).astype("datetime64[s]").to_numpy(),
            "digest": keys["digest"].to_numpy(),
        }
    )


def _array_text(labels: tuple[str, ...]) -> str:
    """Return the text of a PostgreSQL array of labels."""
    escaped = (label.replace("\\", "\\\\").replace('"', '\\"') for label in labels)
    return "{" + ",".join(f'"{label}"' for label in escaped) + "}"


@app.task(name=TASK, lock=TASK, queueing_lock=TASK)
def queued_run(as_of: str | None = None, schemes: list[str] | None = None) -> None:
    """Run as a job of the queue: on `as_of` (ISO date, to its end), else today at this instant."""
    now = datetime.now(TIME_ZONE)
    engine = current().engine
    if as_of is None:
        run(engine, now.date(), schemes, at=now)
    else:
        run(engine, date.fromisoformat(as_of), schemes)
