"""Read any allowed file into one Sheet: text, workbook or vector layer."""

from __future__ import annotations

from data.imports import asides, blocks, csvtext, excel, exported, geojson, vector
from data.imports.headings import CountKnown, count_any, count_known
from data.imports.kinds import Kind
from data.imports.model import Fault, ImportOptions, Sheet, Unusable
from data.imports.open import Raw
from data.imports.sheetcells import sheet_of


def read_sheet(raw: Raw, kind: Kind | None, options: ImportOptions) -> Sheet:
    """Return the sheet of a file; `kind` None: of a kind still to be found out, whose headings may be any.

    Raises Unusable with a sentence when it cannot be read at all.
    """
    known = count_any() if kind is None else count_known(kind, options.maps)
    if raw.format == "csv":
        sheet = _csv(raw, known, options)
    elif raw.format == "xlsx":
        sheet = excel.read(raw.content, known, options.layer, options.limits)
    elif raw.format == "geojson":
        sheet = geojson.read(raw.content, options.limits)
    else:
        sheet = vector.read(raw, options.layer, options.limits)
    if raw.format in ("csv", "xlsx"):
        sheet = asides.set_aside(blocks.unfold(asides.skip_headings(sheet), options.limits))
        sheet = sheet if kind is None else exported.restore(sheet, kind, escaped=raw.format == "csv")
    if sheet.shapes is not None and kind is not None and kind.shape == "none":
        sheet.notes.append(f"“{kind.title}”表不用图形，文件里的图形没有用到")
    sheet.notes[:0] = raw.notes
    return sheet


def _csv(raw: Raw, known: CountKnown, options: ImportOptions) -> Sheet:
    decoded = csvtext.decode(raw.content, options.encoding)
    sign = csvtext.separator(decoded.text)
    lines = csvtext.cut(decoded.text, sign, options.limits.rows)
    if not lines.records and not lines.unclosed:
        raise Unusable("文件里没有任何内容")
    reason = "这一行的引号没有闭合：补上引号，或从 Excel 重新另存为 CSV"
    spoilt = [Fault(row, "", text[:200], reason) for row, text in lines.unclosed]
    sheet = sheet_of(lines.records, lines.rows, known, options.limits, spoilt=spoilt)
    sheet.encoding = decoded.encoding
    sheet.notes.extend(decoded.notes)
    return sheet
