"""Look at a standing source once: fetch what is new, import each delivery whole, reconcile, note what happened."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, Engine

from data.imports.kinds import load_kind
from data.imports.model import ImportOptions, Summary, Unusable
from data.imports.run import import_into
from data.sources.fetch import Delivery, FetchError, deliveries
from data.sources.plan import Plan
from data.sources.reconcile import MOST_GONE, reconcile
from data.sql import pieces


@dataclass
class Report:
    """What one look found: `state` done, unchanged, failed; the imports' summaries; what is new, changed, gone."""

    name: str
    state: str = "unchanged"
    sentence: str = "没有新内容"
    imports: list[dict[str, Any]] = field(default_factory=list)
    new: int = 0
    changed: int = 0
    gone: int = 0
    returned: int = 0

    @property
    def wrote(self) -> bool:
        """Return whether anything stored differs from before."""
        return self.new > 0 or self.changed > 0

    def as_json(self) -> dict[str, Any]:
        """Return every field, ready for JSON."""
        return dict(vars(self))


def looked(connection: Connection) -> dict[str, Any]:
    """Return the last look of every source by name."""
    return {row.name: row for row in connection.execute(pieces("sources.sql", table="place", open="true")["looks"])}


def due(plan: Plan, last: Any, now: datetime) -> bool:
    """Whether a source is to be looked at again at `now` (with zone)."""
    return last is None or now - last.checked_at >= timedelta(minutes=plan.every_minutes)


def look(
    engine: Engine, plan: Plan, today: date, environment: Mapping[str, str] | None = None, now: float | None = None
) -> Report:
    """Fetch and import what is new of one source; what went wrong is in the report, never an exception of the source.

    Each delivery and its reconciliation are one transaction: all of it is there, or nothing. A delivery that was
    refused as a whole is not tried again until it changes. A database of ours that goes away is an exception.
    """
    report = Report(plan.name)
    sql = pieces("sources.sql", table="place", open="true")
    with engine.connect() as connection:
        known = set(connection.execute(sql["known_files"], {"source": plan.name}).scalars())
        last = looked(connection).get(plan.name)
    if last is not None and last.seen:
        known.add(last.seen)
    try:
        found = deliveries(plan, known, ImportOptions().limits, os.environ if environment is None else environment, now)
    except FetchError as error:
        report.state, report.sentence = "failed", str(error)
        _note(engine, report, None, None)
        return report
    if not found:
        _note(engine, report, None, None)
    for delivery in found:
        _take_in(engine, plan, delivery, today, report)
        if report.state == "failed":
            break
    return report


def _take_in(engine: Engine, plan: Plan, delivery: Delivery, today: date, report: Report) -> None:
    options = ImportOptions(
        datum=plan.datum, crs=plan.crs, maps=dict(plan.columns), constants=dict(plan.constants), source=plan.name,
        layer=plan.layer, encoding=plan.encoding, file_name=delivery.name, today=today,
    )  # fmt: skip
    summary = Summary(plan.kind, plan.name, delivery.name, plan.datum)
    try:
        with engine.begin() as connection:
            files = import_into(connection, delivery.content, plan.kind, options, summary)
            report.state = "done"
            report.sentence = f"{delivery.name}：收下 {summary.accepted} 行，拒收 {summary.rejected} 行"
            report.new += summary.inserted
            report.changed += summary.updated
            if plan.mode == "full" and summary.batch is not None:
                table = load_kind(plan.kind).target
                gone, returned, stood = reconcile(connection, plan.name, table, files.keys, summary.batch)
                report.gone += gone
                report.returned += returned
                report.sentence += _gone_sentence(gone, stood)
            report.imports.append(summary.as_json())
            _write_note(connection, report, delivery.sha256, summary.batch)
    except Unusable as error:
        report.state, report.sentence = "failed", f"{delivery.name}：{error}"
        _note(engine, report, delivery.sha256, None)


def _gone_sentence(gone: int, stood: int) -> str:
    if not gone:
        return ""
    doubt = "，缺得多，可能没有送全" if stood and gone > MOST_GONE * stood else ""
    return f"；{gone} 行这次没有送来，待人工确认（没有删除）{doubt}"


def _note(engine: Engine, report: Report, seen: str | None, batch: int | None) -> None:
    with engine.begin() as connection:
        _write_note(connection, report, seen, batch)


def _write_note(connection: Connection, report: Report, seen: str | None, batch: int | None) -> None:
    counts = {name: getattr(report, name) for name in ("new", "changed", "gone", "returned")}
    connection.execute(
        pieces("sources.sql", table="place", open="true")["note"],
        {"name": report.name, "state": report.state, "sentence": report.sentence, "seen": seen,
         "counts": orjson.dumps(counts).decode(), "batch": batch},
    )  # fmt: skip


def look_at_due(engine: Engine, plans: list[Plan], today: date, now: datetime | None = None) -> list[Report]:
    """Look at every source whose time has come; returns their reports."""
    at = now or datetime.now(UTC)
    with engine.connect() as connection:
        last = looked(connection)
    return [look(engine, plan, today) for plan in plans if due(plan, last.get(plan.name), at)]
