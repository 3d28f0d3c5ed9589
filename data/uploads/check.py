"""Try an upload without writing anything, or import it: both by the importer itself, so that they cannot differ."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from data.access.sessions import job_viewer
from data.access.viewer import Viewer
from data.imports import report
from data.imports.headings import count_known, match
from data.imports.kinds import KindError, kind_names, load_kind
from data.imports.model import ImportOptions, Sheet, Summary, Unusable
from data.imports.open import open_file
from data.imports.run import import_into
from data.imports.tables import read_sheet
from data.settings import Settings

SHOWN_ROWS = 8
SHOWN_POINTS = 500
SHOWN_FAULTS = 50
DATUM_SAID = {
    "column": "按文件里的坐标基准列",
    "declared": "按声明",
    "confirmed": "由各行所写的区域印证",
    "unverified": "基准未核：没有声明，也没有别的依据",
}


def work(engine: Engine, settings: Settings, upload_id: int) -> str | None:
    """Do what is to be done with an upload; returns its new state, None when nothing was to do.

    A worker that dies in the middle leaves it as it was: the queue takes the job up again, and nothing is half in.
    """
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT u.id, u.file_name, u.kind, u.source, u.options, u.state, u.found, u.account_id, f.content "
                 "FROM upload u JOIN raw_file f USING (sha256) WHERE u.id = :id"),
            {"id": upload_id},
        ).one_or_none()  # fmt: skip
        if row is None or row.state not in ("checking", "importing"):
            return None
        viewer = job_viewer(connection, row.account_id)
    try:
        return (_check if row.state == "checking" else _import)(engine, settings, row, viewer)
    except OperationalError:
        raise
    except (Unusable, KindError) as error:
        _write(engine, upload_id, "failed", {"error": str(error)})
        return "failed"


def give_up(engine: Engine, upload_id: int) -> None:
    """Say that the program failed on an upload; nothing of it was written."""
    _write(engine, upload_id, "failed", {"error": "程序出错，什么也没有导入；请把这份文件交给维护人员"})


def propose(sheet: Sheet) -> list[dict[str, Any]]:
    """Return the kinds by how many of their headings the file has, best first: [{kind, title, known, unused}]."""
    found = []
    for name in kind_names():
        kind = load_kind(name)
        matched = match(sheet.columns, kind, {})
        missing = [n for n, spec in kind.fields.items() if spec.required and n not in matched.columns]
        shape = 2 if sheet.shapes is not None and kind.shape != "none" else 0
        known = count_known(kind, {})(sheet.columns) + shape - 3 * len(missing)
        found.append({"kind": name, "title": kind.title, "known": known, "unused": len(matched.unused)})
    # of equals the one that brings places itself: the other would look for places that are not there
    return sorted(found, key=lambda e: (-e["known"], e["unused"], not load_kind(e["kind"]).place_kinds, e["kind"]))


def _check(engine: Engine, settings: Settings, row: Any, viewer: Viewer) -> str:
    options = _options(row, settings, viewer)
    raw = open_file(bytes(row.content), options.limits, row.file_name)
    sheet = read_sheet(raw, None, options)
    kinds = propose(sheet)
    if row.kind is None and kinds[0]["known"] <= 0:
        raise Unusable("认不出这是什么表：表头里没有认得的列")
    kind = row.kind or kinds[0]["kind"]
    definition = load_kind(kind)
    source, mark = row.source or definition.title, signature(sheet)
    kept = _profile(engine, kind, mark) if row.kind is None else None
    if kept is not None:
        source, options = kept[0], replace(options, **kept[1])
    summary = Summary(kind, source, row.file_name, options.datum, dry_run=True)
    options = replace(options, source=source)
    with engine.connect() as connection, connection.begin() as transaction:
        try:
            files = import_into(connection, bytes(row.content), kind, options, summary, redraw=False)
            points = _points(connection, definition.target, summary.batch)
        except Unusable as error:
            summary.error, files, points = str(error), None, []
        transaction.rollback()
    sheet = sheet if files is None else files.sheet
    summary.batch = None
    found = {
        "summary": summary.as_json(), "kinds": kinds[:4], "columns": _columns(sheet, definition, options),
        "encoding": sheet.encoding, "remembered": kept is not None, "signature": mark,
        "rows": _sample(sheet), "headings": sheet.columns,
        "points": points, "faults": [] if files is None else _faults(files), "notes": sheet.notes,
    }  # fmt: skip
    _write(engine, row.id, "checked", found, kind=kind, source=source, options=options.as_json())
    return "checked"


def _import(engine: Engine, settings: Settings, row: Any, viewer: Viewer) -> str:
    """Import and note it in one transaction: after a crash the upload is either in, or still to be imported."""
    options = replace(_options(row, settings, viewer), source=row.source)
    summary = Summary(row.kind, row.source, row.file_name, options.datum)
    with engine.begin() as connection:
        files = import_into(connection, bytes(row.content), row.kind, options, summary)
        rejected = _rejected(files, summary, options)
        _remember(connection, row)
        found = {"summary": summary.as_json(), "faults": _faults(files)}
        _write_row(connection, row.id, "done", found, batch=summary.batch, rejected=rejected)
    return "done"


def _options(row: Any, settings: Settings, viewer: Viewer) -> ImportOptions:
    kept = row.options or {}
    return ImportOptions(
        datum=kept.get("datum"), crs=kept.get("crs"), layer=kept.get("layer"), encoding=kept.get("encoding"),
        maps=dict(kept.get("maps") or {}), file_name=row.file_name, viewer=viewer, today=settings.today(),
    )  # fmt: skip


def signature(sheet: Sheet) -> str:
    """Return a short text that is equal for spreadsheets with the same headings in the same order."""
    return hashlib.sha256("\x1f".join(sheet.columns).encode()).hexdigest()[:24]


def _profile(engine: Engine, kind: str, mark: str) -> tuple[str, dict[str, Any]] | None:
    """Return who sent a spreadsheet with these headings last, and how it was read."""
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT source, options FROM import_profile WHERE kind = :kind AND headings = :headings "
                 "ORDER BY used_at DESC LIMIT 1"),
            {"kind": kind, "headings": mark},
        ).one_or_none()  # fmt: skip
    if found is None:
        return None
    return found.source, {name: found.options[name] for name in ("datum", "crs", "maps") if name in found.options}


def _remember(connection: Connection, row: Any) -> None:
    connection.execute(
        text("INSERT INTO import_profile (source, kind, headings, options) VALUES (:source, :kind, :headings, "
             "CAST(:options AS jsonb)) ON CONFLICT (source, kind, headings) DO UPDATE "
             "SET options = excluded.options, used_at = now()"),
        {"source": row.source, "kind": row.kind, "headings": row.found["signature"],
         "options": orjson.dumps(row.options).decode()},
    )  # fmt: skip


def _columns(sheet: Sheet, kind: Any, options: ImportOptions) -> list[dict[str, Any]]:
    """Return every column with the field it goes to (None: not used), its unit, and an example."""
    try:
        matched = match(sheet.columns, kind, options.maps)
    except Unusable:
        matched = match(sheet.columns, kind, {})
    field_of = {at: name for name, at in matched.columns.items()}
    out = []
    for at, heading in enumerate(sheet.columns):
        name = field_of.get(at)
        example = next((str(cell) for cell in sheet.cells[at][:200] if cell not in (None, "")), "")
        out.append({"heading": heading, "field": name, "title": kind.fields[name].title if name else None,
                    "unit": matched.units.get(name or ""), "example": example[:60]})  # fmt: skip
    return out


def _sample(sheet: Sheet) -> list[list[str]]:
    return [sheet.of_row(at) for at in range(min(SHOWN_ROWS, len(sheet)))]


def _faults(files: report.Files) -> list[list[Any]]:
    faults = [fault for _, fault in files.ledger.faults()] + list(files.sheet.broken)
    return [[f.row, f.column, f.value[:80], f.reason] for f in sorted(faults, key=lambda f: f.row)[:SHOWN_FAULTS]]


def _points(connection: Connection, target: str, batch: int | None) -> list[list[Any]]:
    """Return up to SHOWN_POINTS of the places this trial would write: [lon, lat, name, datum evidence]."""
    if target != "place":
        return []
    rows = connection.execute(
        text("SELECT ST_X(geom), ST_Y(geom), name, datum_evidence FROM place "
             "WHERE batch_id = :batch AND geom IS NOT NULL ORDER BY md5(id::text) LIMIT :most"),
        {"batch": batch, "most": SHOWN_POINTS},
    )  # fmt: skip
    return [list(row) for row in rows]


def _rejected(files: report.Files, summary: Summary, options: ImportOptions) -> bytes | None:
    if not summary.rejected:
        return None
    with TemporaryDirectory() as folder:
        noted = replace(summary)
        report.write_files(files, noted, replace(options, rejected_dir=Path(folder)), None)
        return Path(noted.rejected_file).read_bytes() if noted.rejected_file else None


def _write(engine: Engine, upload_id: int, state: str, found: dict[str, Any], **more: Any) -> None:
    with engine.begin() as connection:
        _write_row(connection, upload_id, state, found, **more)


def _write_row(
    connection: Connection, upload_id: int, state: str, found: dict[str, Any], kind: str | None = None,
    source: str | None = None, options: dict[str, Any] | None = None, batch: int | None = None,
    rejected: bytes | None = None,
) -> None:  # fmt: skip
    connection.execute(
        text("UPDATE upload SET state = :state, found = CAST(:found AS jsonb), kind = COALESCE(:kind, kind), "
             "source = COALESCE(:source, source), options = COALESCE(CAST(:options AS jsonb), options), "
             "batch_id = COALESCE(:batch, batch_id), rejected = COALESCE(:rejected, rejected), changed_at = now() "
             "WHERE id = :id"),
        {"id": upload_id, "state": state, "found": orjson.dumps(found, default=str).decode().replace("\\u0000", ""),
         "kind": kind, "source": source, "options": None if options is None else orjson.dumps(options).decode(),
         "batch": batch, "rejected": rejected},
    )  # fmt: skip
