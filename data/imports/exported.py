"""What our own exports say of their rows beyond a kind's fields, so that they come in as the rows they were.

A file is one of ours when it has the column 一张图来源. What a person changed in it counts: where coordinates, or the
names of the regions, no longer agree with what was exported, they are read as in any other file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from data.access.fields import HIDDEN
from data.imports.cells import Objects, texts
from data.imports.fields import Fields
from data.imports.headings import match, plain
from data.imports.kinds import Kind
from data.imports.model import Fault, ImportOptions, Ledger, Sheet
from data.imports.points import Floats, Points
from data.imports.values import objects
from geo.crs import transformer
from geo.datum import convert

WKT_HEADING = "图形WKT"
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")
_SAME_DEG = 1e-7


def is_ours(sheet: Sheet, kind: Kind) -> bool:
    """Whether a sheet is one of our own exports."""
    return plain(kind.fields["yzt_source"].title) in {plain(name) for name in sheet.columns}


def restore(sheet: Sheet, kind: Kind, escaped: bool) -> Sheet:
    """Undo what an export did to its cells: apostrophes before formulas (`escaped`: CSV), shapes as text, masks."""
    if not is_ours(sheet, kind):
        return sheet
    if escaped:
        sheet.cells = [_unescaped(cells) for cells in sheet.cells]
    _drop_masked(sheet)
    if sheet.shapes is None and kind.shape not in ("none", "point"):
        _read_shapes(sheet)
    return sheet


def _unescaped(cells: Objects) -> Objects:
    return objects([c[1:] if c.__class__ is str and c[:1] == "'" and _ESCAPED.match(c) else c for c in cells])


def _drop_masked(sheet: Sheet) -> None:
    """Leave out columns in which persons were masked: what stands in the database stays."""
    masked = [at for at, cells in enumerate(sheet.cells) if HIDDEN in set(texts(cells))]
    if masked:
        names = "、".join(sheet.columns[at] for at in masked)
        sheet.notes.append(f"“{names}”里写着“{HIDDEN}”：这些列不导入，库里原有的不变")
        sheet.columns = [name for at, name in enumerate(sheet.columns) if at not in masked]
        sheet.cells = [cells for at, cells in enumerate(sheet.cells) if at not in masked]


def _read_shapes(sheet: Sheet) -> None:
    at = next((at for at, name in enumerate(sheet.columns) if plain(name) == plain(WKT_HEADING)), None)
    if at is None:
        return
    words = texts(sheet.cells[at])
    shapes = shapely.from_wkt([word or None for word in words], on_invalid="ignore")
    bad = np.array([shape is None and bool(word) for shape, word in zip(shapes, words, strict=True)], dtype=bool)
    for i in np.flatnonzero(bad).tolist():
        sheet.broken.append(Fault(int(sheet.rows[i]), sheet.columns[at], words[i][:200], "图形写错了，读不出来"))
    kept = taken(sheet, np.flatnonzero(~bad))
    sheet.rows, sheet.parts = kept.rows, kept.parts
    sheet.cells = [cells for to, cells in enumerate(kept.cells) if to != at]
    sheet.columns = [name for to, name in enumerate(sheet.columns) if to != at]
    if any(words):
        sheet.shapes = objects(list(shapes[~bad]))


def taken(sheet: Sheet, at: NDArray[np.intp]) -> Sheet:
    """Return the rows `at` of a sheet, without what was broken."""
    return replace(
        sheet, cells=[cells[at] for cells in sheet.cells], rows=sheet.rows[at], broken=[], notes=[],
        shapes=None if sheet.shapes is None else sheet.shapes[at],
        parts=None if sheet.parts is None else sheet.parts[at],
    )  # fmt: skip


def by_source(
    sheet: Sheet, kind: Kind, options: ImportOptions, source: str
) -> Iterator[tuple[str, NDArray[np.intp] | None]]:
    """Yield each sender of the rows with their positions (None: all of them); `source` where none is written.

    The caller's own `options.source` overrides the file.
    """
    at = match(sheet.columns, kind, options.maps).columns.get("yzt_source") if is_ours(sheet, kind) else None
    if at is None or options.source is not None:
        yield source, None
        return
    words = np.array([word or source for word in texts(sheet.cells[at])], dtype=object)
    names = list(dict.fromkeys(words.tolist()))
    for name in names:
        yield name, None if len(names) == 1 else np.flatnonzero(words == name)


def place_points(points: Points, fields: Fields, ledger: Ledger) -> None:
    """Give exported rows back the pair, datum and evidence they came with, where their WGS-84 pair still agrees."""
    if "yzt_x" not in fields.words or not points.given:
        return
    x, y = (np.asarray(fields.get(name), dtype=float) for name in ("yzt_x", "yzt_y"))
    crs, datum, evidence = (_words(fields, name) for name in ("yzt_crs", "yzt_datum", "yzt_evidence"))
    lon, lat = _again(x, y, crs, datum)
    none = ~np.isfinite(x) & ~np.isfinite(y)
    same = none | ~points.known | ((abs(lon - points.lon) < _SAME_DEG) & (abs(lat - points.lat) < _SAME_DEG))
    moved = ~same & points.known
    if moved.any():
        ledger.warn(moved, fields.heading("lon"), "", "经纬度与原始坐标不再一致：按经纬度（WGS-84）收下")
    points.orig_x[same], points.orig_y[same] = x[same], y[same]
    points.orig_crs[same], points.datum[same], points.evidence[same] = crs[same], datum[same], evidence[same]


def _again(x: Floats, y: Floats, crs: Objects, datum: Objects) -> tuple[Floats, Floats]:
    lon, lat = x.copy(), y.copy()
    for name in {word for word in crs if word}:
        at = crs == name
        lon[at], lat[at] = transformer(name, 4326).transform(x[at], y[at])
    for name in ("gcj02", "bd09"):
        at = (datum == name) & np.isfinite(lon) & np.isfinite(lat)
        if at.any():
            lon[at], lat[at] = convert(lon[at], lat[at], name, "wgs84")
    return lon, lat


def _words(fields: Fields, name: str) -> Objects:
    return objects([word or None for word in fields.words.get(name) or [""] * fields.size])
