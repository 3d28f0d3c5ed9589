"""One export from question to file, read top to bottom: who may, what is in scope, the rows, the line in the log."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from data.access import Viewer, audit
from data.exports.cells import cells_of
from data.exports.columns import OutColumn, columns_of
from data.exports.files import FORMATS, TooLarge
from data.exports.read import read
from data.imports.exported import WKT_HEADING
from data.imports.kinds import FieldSpec, Kind, KindError, load_kind

WHOLE_CITY = ("zone", "road")
"""Targets that belong to no region: only who sees the whole city may take them out."""


class NotExported(Exception):
    """Nothing was exported; the text is one Chinese sentence that says why."""


@dataclass(frozen=True)
class Exported:
    """What became of an export: rows in the file, columns, and whether persons are named in it."""

    kind: str
    format: str
    region: str | None
    rows: int
    columns: int
    persons: bool
    file: str

    def as_json(self) -> dict[str, Any]:
        """Return every field, ready for JSON."""
        return asdict(self)


def run_export(engine: Engine, viewer: Viewer, kind: str, form: str, path: Path, region: str | None = None) -> Exported:
    """Write the rows of `kind` that `viewer` may see, below `region` (a code), into `path`.

    The file appears whole or not at all. Raises NotExported with a sentence. The audit log gets a line in the
    transaction that reads.
    """
    definition = _checked(viewer, kind, form)
    beside = path.with_name(f".{path.name}.part.{form}")
    try:
        with engine.begin() as connection:
            node = _node(connection, viewer, region)
            done = _write(connection, viewer, definition, form, beside, node)
            said = Exported(kind, form, region, *done, file=str(path))
            audit(connection, viewer, "export", f"kind:{kind}", said.as_json() | {"file": path.name})
        beside.replace(path)
    except TooLarge as error:
        raise NotExported(str(error)) from None
    except OSError as error:
        raise NotExported(f"写不了文件 {path}：{error.strerror}") from None
    finally:
        beside.unlink(missing_ok=True)
    return said


def _checked(viewer: Viewer, kind: str, form: str) -> Kind:
    answer = viewer.may("export")
    if not answer:
        raise NotExported(f"不能导出：{answer.reason}")
    if form not in FORMATS:
        raise NotExported(f"没有“{form}”这种格式，可用：{'、'.join(FORMATS)}")
    try:
        definition = load_kind(kind)
    except KindError as error:
        raise NotExported(str(error)) from None
    if definition.target in WHOLE_CITY and not viewer.everywhere:
        raise NotExported(f"“{definition.title}”表属于全市，您的账号只管部分区域，不能导出")
    return definition


def _node(connection: Connection, viewer: Viewer, region: str | None) -> int | None:
    if region is None:
        return None
    row = connection.execute(text("SELECT id, path FROM region WHERE code = :code"), {"code": region}).one_or_none()
    if row is None:
        raise NotExported(f"没有代码为“{region}”的区划")
    overlaps = viewer.sees(row.path) or _contains_scope(connection, viewer, row.id)
    if not overlaps:
        raise NotExported("这个区划不在您的管辖区域内")
    return int(row.id)


def _contains_scope(connection: Connection, viewer: Viewer, node: int) -> bool:
    """Whether a region of the viewer's lies below the one asked for: then that part of it is exported."""
    query = "SELECT EXISTS (SELECT FROM region WHERE id = ANY(:ids) AND path @> ARRAY[CAST(:node AS int)])"
    return bool(connection.scalar(text(query), {"ids": list(viewer.regions or ()), "node": node}))


def _write(
    connection: Connection, viewer: Viewer, kind: Kind, form: str, path: Path, node: int | None
) -> tuple[int, int, bool]:
    stored, rows = read(connection, viewer, kind, node)
    columns = columns_of(kind, stored)
    wkt = form in ("csv", "xlsx") and kind.shape not in ("none", "point")
    shown = [*columns, OutColumn("wkb", WKT_HEADING, FieldSpec(type="text", title=WKT_HEADING))] if wkt else columns
    see_person = bool(viewer.may("see_person"))
    writer = FORMATS[form](path, shown, kind.title)
    count = 0
    try:
        for row in rows:
            found = row._mapping
            shape = found.get("wkb")
            cells = cells_of(columns, dict(found), see_person)
            writer.row([*cells, _wkt(shape)] if wkt else cells, None if shape is None else bytes(shape))
            count += 1
    finally:
        writer.close()
    return count, len(shown), see_person and any(column.spec.personal for column in columns)


def _wkt(shape: Any) -> str | None:
    import shapely

    return None if shape is None else shapely.to_wkt(shapely.from_wkb(bytes(shape)), rounding_precision=-1)
