"""One import from file to commit, read top to bottom. Everything is written in one transaction, or nothing is."""

from __future__ import annotations

import gc
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, text

from data import drawn
from data.bulk import copy_rows
from data.imports import exported, report, sheets
from data.imports.fields import read_fields
from data.imports.kinds import Kind, KindError, load_kind
from data.imports.model import Fault, ImportOptions, Ledger, Sheet, Summary, Unusable
from data.imports.open import Raw, open_file
from data.imports.root import ensure_root
from data.imports.tables import read_sheet
from data.imports.targets import writer
from data.imports.work import Work
from data.settings import TIME_ZONE
from geo.datum import DatumError, datum

logger = logging.getLogger(__name__)

IMPORT_LOCK = 7_239_146_053
"""Number of the PostgreSQL advisory lock under which one import at a time writes."""


class DryRun(Exception):
    """Raised inside the transaction of a dry run, so that it is rolled back."""


def run_import(engine: Engine, source: Path | bytes, kind: str, options: ImportOptions | None = None) -> Summary:
    """Import one file and return what became of it; the summary carries the sentence when nothing was usable.

    Errors of the file and of its rows are never exceptions; a database that goes away is (nothing is written then).
    """
    with _no_collection():
        return _run_import(engine, source, kind, options or ImportOptions())


@contextmanager
def _no_collection() -> Iterator[None]:
    """Make millions of cells without the garbage collector walking them all again and again: they form no cycles."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def _run_import(engine: Engine, source: Path | bytes, kind: str, options: ImportOptions) -> Summary:
    shown = options.file_name or (source.name if isinstance(source, Path) else "未命名")
    summary = Summary(kind, options.source or kind, shown, options.datum, dry_run=options.dry_run)
    try:
        with engine.begin() as connection:
            files = import_into(connection, source, kind, options, summary)
            if options.dry_run:
                raise DryRun
    except DryRun:
        summary.batch = None
        return summary
    except (Unusable, KindError) as error:
        return _failed(engine, options, summary, str(error))
    report.write_files(files, summary, options, source if isinstance(source, Path) else None)
    return summary


def import_into(
    connection: Connection,
    source: Path | bytes,
    kind: str,
    options: ImportOptions,
    summary: Summary,
    redraw: bool = True,
) -> report.Files:
    """Import one file inside the caller's transaction, filling `summary`; raises Unusable with a sentence.

    `redraw`: bring what is drawn up to date (a caller with several files does it once, at the end). Returns what goes
    into the files of rejected rows and warnings, for the caller to write after the commit.
    """
    definition = load_kind(kind)
    _allowed(options)
    options = _checked(options)
    summary.datum = options.datum
    raw = open_file(source, options.limits, options.file_name)
    sheet = read_sheet(raw, definition, options)
    today = options.today or datetime.now(TIME_ZONE).date()
    ledger = Ledger(sheet.rows, sheet.parts)
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": IMPORT_LOCK})
    ensure_root(connection)
    senders = list(exported.by_source(sheet, definition, options, summary.source))
    summary.source = "、".join(sender for sender, _ in senders)
    batch = _open_batch(connection, raw, summary, options)
    del raw  # a file of 200 MB is not kept beside its rows
    works = []
    for sender, at in senders:
        part, said = (sheet, ledger) if at is None else (exported.taken(sheet, at), Ledger(sheet.rows[at]))
        fields = read_fields(part, definition, options, today, said)
        work = Work(connection, definition, part, fields, said, options, sender, batch, today)
        sheets.settle(work)
        writer(definition.target)(work)
        works.append(work)
        if at is not None:
            ledger.absorb(said, at)
    _fill(summary, sheet, ledger, works)
    faults = sorted([fault for _, fault in ledger.faults()] + sheet.broken, key=lambda fault: fault.row)
    _keep_rejected(connection, batch, faults)
    if any(work.changed for work in works) and redraw:
        _redraw(connection, definition, batch)
    _close_batch(connection, batch, summary, options)
    return report.Files(sheet, ledger, [key for work in works for key in work.seen])


def _allowed(options: ImportOptions) -> None:
    answer = options.viewer.may("import")
    if not answer:
        raise Unusable(f"不能导入：{answer.reason}")


def _checked(options: ImportOptions) -> ImportOptions:
    """Return the options with a known datum and CRS."""
    from data.imports.points import is_degrees

    if options.crs:
        is_degrees(options.crs)
    if options.datum is None:
        return options
    try:
        return replace(options, datum=datum(options.datum).value)
    except DatumError:
        raise Unusable(f"不认识坐标基准“{options.datum}”：可用 wgs84、gcj02、bd09、cgcs2000") from None


def _open_batch(connection: Connection, raw: Raw, summary: Summary, options: ImportOptions) -> int:
    connection.execute(
        text("INSERT INTO raw_file (sha256, size, content) VALUES (:sha, :size, :content) ON CONFLICT DO NOTHING"),
        {"sha": raw.sha256, "size": len(raw.kept), "content": raw.kept},
    )
    return _insert_batch(connection, summary, options, raw.sha256)


def _insert_batch(connection: Connection, summary: Summary, options: ImportOptions, sha256: str | None) -> int:
    row = connection.execute(
        text(
            "INSERT INTO import_batch (kind, source, file_name, sha256, datum, options, actor) "
            "VALUES (:kind, :source, :file, :sha, :datum, CAST(:options AS jsonb), :actor) RETURNING id"
        ),
        {
            "kind": summary.kind, "source": summary.source, "file": summary.file, "sha": sha256,
            "datum": summary.datum, "options": orjson.dumps(options.as_json()).decode(), "actor": options.viewer.name,
        },
    )  # fmt: skip
    return int(row.scalar_one())


def _fill(summary: Summary, sheet: Sheet, ledger: Ledger, works: list[Work]) -> None:
    summary.batch = works[0].batch_id
    summary.read = len(sheet) + len(sheet.broken)
    summary.accepted = len(ledger.good)
    summary.rejected = summary.read - summary.accepted
    reasons = ledger.reasons()
    reasons.update(fault.reason for fault in sheet.broken)
    summary.reasons = dict(reasons.most_common())
    counts = report.warning_counts(ledger)
    summary.warnings = dict(counts.most_common())
    notes = [note for work in works for note in (*work.fields.notes, *work.notes)]
    summary.notes = list(dict.fromkeys([*sheet.notes, *notes]))
    summary.unused_columns = works[0].fields.unused
    written: dict[str, Counter[str]] = {}
    for work in works:
        for name, counted in work.written.items():
            written.setdefault(name, Counter(inserted=0, updated=0, unchanged=0)).update(counted)
    for at, (name, counted) in enumerate(written.items()):
        if at == 0:
            summary.inserted, summary.updated, summary.unchanged = (
                counted["inserted"], counted["updated"], counted["unchanged"],
            )  # fmt: skip
        else:
            summary.also[name] = dict(counted)


def _keep_rejected(connection: Connection, batch: int, faults: list[Fault]) -> None:
    if not faults:
        return
    import pandas as pd

    from data.tables.imports import RejectedRow

    frame = pd.DataFrame(
        {
            "batch_id": batch,
            "row_no": [fault.row for fault in faults],
            "column_name": [fault.column or None for fault in faults],
            "value": [fault.value.replace("\x00", "")[:1000] or None for fault in faults],
            "reason": [fault.reason for fault in faults],
        }
    )
    copy_rows(connection, RejectedRow.__table__, frame)  # type: ignore[arg-type]


def _redraw(connection: Connection, kind: Kind, batch: int) -> None:
    """Bring drawn tables and layer versions up to date, so that maps show what was imported."""
    if kind.target in ("place", "coordinates"):
        drawn.refresh(connection, batch_id=batch)
    elif kind.target == "region":
        drawn.refresh(connection)


def _close_batch(connection: Connection, batch: int, summary: Summary, options: ImportOptions) -> None:
    done = orjson.dumps(summary.as_json()).decode()
    connection.execute(
        text(
            "UPDATE import_batch SET summary = CAST(:summary AS jsonb), finished_at = clock_timestamp(), "
            "state = :state WHERE id = :id"
        ),
        {"summary": done, "id": batch, "state": "done" if summary.accepted else "failed"},
    )
    names = ("kind", "source", "file", "read", "accepted", "rejected", "inserted", "updated", "unchanged", "error")
    audit(connection, "import", f"batch:{batch}", {name: getattr(summary, name) for name in names}, options)


def audit(connection: Connection, action: str, subject: str, detail: dict[str, Any], options: ImportOptions) -> None:
    """Write down who did what, in the transaction that does it."""
    connection.execute(
        text(
            "INSERT INTO audit (account_id, actor, action, subject, detail) "
            "VALUES (:account, :actor, :action, :subject, CAST(:detail AS jsonb))"
        ),
        {
            "account": options.viewer.account_id, "actor": options.viewer.name, "action": action, "subject": subject,
            "detail": orjson.dumps(detail).decode(),
        },
    )  # fmt: skip


def _failed(engine: Engine, options: ImportOptions, summary: Summary, sentence: str) -> Summary:
    """Record an import of which nothing was usable: who tried what, and why it did not go in."""
    failed = Summary(summary.kind, summary.source, summary.file, summary.datum, error=sentence, dry_run=options.dry_run)
    failed.reasons = {}
    if options.dry_run or not options.viewer.may("import"):
        return failed
    with engine.begin() as connection:
        failed.batch = _insert_batch(connection, failed, options, None)
        _close_batch(connection, failed.batch, failed, options)
    return failed


__all__ = ["Sheet", "import_into", "run_import"]
