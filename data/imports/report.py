"""What a person gets back: the file of rejected rows with their reasons, the file of warnings, sentences on screen."""

from __future__ import annotations

import csv
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.imports.model import Fault, ImportOptions, Ledger, Sheet, Summary

HEAD = ("行号", "列", "值", "原因")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Files:
    """What the files of an import are made of."""

    sheet: Sheet
    ledger: Ledger
    keys: Sequence[str] = ()
    """The key of every row that had one, rejected rows too: what the delivery speaks of."""


def neutral(cell: str) -> str:
    """Return a cell that no spreadsheet program runs as a formula (a leading apostrophe; numbers stay numbers)."""
    if not cell.startswith(_FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return "'" + cell
    return cell


def warning_counts(ledger: Ledger) -> Counter[str]:
    """Return how many rows each warning is about."""
    return Counter(fault.reason for _, fault in ledger.warnings())


def write_files(files: Files, summary: Summary, options: ImportOptions, beside: Path | None) -> None:
    """Write the rejected rows and the warnings as CSV with the rows' own cells; note their paths in the summary.

    They go beside the file; where that cannot be written to, into `options.rejected_dir`, else a temporary folder.
    """
    rejected = [(fault, files.sheet.of_row(at)) for at, fault in files.ledger.faults()]
    rejected += [(fault, []) for fault in files.sheet.broken]
    rejected.sort(key=lambda pair: pair[0].row)
    warned = [(fault, files.sheet.of_row(at)) for at, fault in files.ledger.warnings()]
    stem = f"{Path(summary.file).name}.第{summary.batch}批"
    for rows, ending, name in ((rejected, "拒收", "rejected_file"), (warned, "提醒", "warnings_file")):
        if rows:
            path = _write(f"{stem}.{ending}.csv", files.sheet.columns, rows, _folders(options, beside))
            setattr(summary, name, str(path))


def _folders(options: ImportOptions, beside: Path | None) -> list[Path]:
    if options.rejected_dir is not None and beside is None:
        return [options.rejected_dir]
    return [folder for folder in (beside.resolve().parent if beside else None, options.rejected_dir) if folder]


def _write(name: str, columns: Sequence[str], rows: Iterable[tuple[Fault, list[str]]], folders: list[Path]) -> Path:
    for folder in [*folders, Path(tempfile.gettempdir())]:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not (os.access(folder, os.W_OK) and folder.stat().st_mode & 0o222):  # root may, but should not
                continue
            path = folder / name
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                out = csv.writer(file)
                out.writerow([*HEAD, *map(neutral, columns)])
                for fault, cells in rows:
                    out.writerow([fault.row, *map(neutral, (fault.column, fault.value, fault.reason, *cells))])
            return path
        except OSError:
            continue
    raise OSError("没有一个文件夹能写入拒收清单")


def sentences(summary: Summary) -> list[str]:
    """Return what a person reads on screen, in Chinese."""
    if summary.error:
        return [f"没有导入：{summary.error}"]
    trial = "（试运行，什么也没写）" if summary.dry_run else ""
    out = [
        f"{summary.file}：读到 {summary.read} 行，收下 {summary.accepted} 行，拒收 {summary.rejected} 行{trial}；"
        f"新增 {summary.inserted}，更新 {summary.updated}，不变 {summary.unchanged}"
    ]
    out += [f"  拒收 {count} 行：{reason}" for reason, count in summary.reasons.items()]
    out += [f"  提醒 {count} 行：{reason}" for reason, count in summary.warnings.items()]
    out += [f"  说明：{note}" for note in summary.notes]
    if summary.unused_columns:
        out.append(f"  没有用到的列：{'、'.join(summary.unused_columns)}")
    if summary.rejected_file:
        out.append(f"  拒收的行和原因在 {summary.rejected_file}")
    if summary.warnings_file:
        out.append(f"  提醒的行在 {summary.warnings_file}")
    return out
