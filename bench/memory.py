"""`python -m bench.memory [ROWS]`: the most memory that importing ROWS (a million) rows of CSV and of XLSX takes.

Each file is imported by the command in a process of its own, as a trial run (everything is done, then rolled back); its
peak is what the kernel counted (`ru_maxrss`). Works on the database of the settings, which must hold a city.
"""

import csv
import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import xlsxwriter
from sqlalchemy import text

from bench.common import table
from data.engine import database
from data.settings import load_settings
from geo.codes import uscc_check_character

ROWS = 1_000_000
HEADINGS = ["单位名称", "统一社会信用代码", "地址", "行业", "从业人数", "联系电话", "经度", "纬度"]


Box = tuple[float, float, float, float]


def city_box() -> Box:
    """Return west, south, east and north of the middle of the city in degrees."""
    query = (
        "SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b) FROM region, "
        "LATERAL (SELECT ST_Buffer(ST_PointOnSurface(geom), 0.01) AS b) p WHERE level = 2 AND geom IS NOT NULL LIMIT 1"
    )
    with database(load_settings()) as opened, opened.engine.connect() as connection:
        west, south, east, north = connection.execute(text(query)).one()
    return west, south, east, north


def records(rows: int, box: Box) -> Iterator[list[object]]:
    """Yield rows as a bureau sends them: no two alike, all of them good."""
    west, south, east, north = box
    for i in range(rows):
        body = f"91370200{'MNPQRTUWXY'[i // 100_000 % 10]}B{i % 10_000_000:07d}"
        yield [
            f"测试企业{i}有限公司", body + uscc_check_character(body), f"示例路{i % 900}号{i // 900}室", "批发零售", i % 300 + 1,
            f"199{i:08d}", round(west + i % 1009 / 1009 * (east - west), 6), round(south + i % 1013 / 1013 * (north - south), 6),
        ]  # fmt: skip


def write_csv(path: Path, rows: Iterable[list[object]]) -> None:
    """Write rows as CSV."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADINGS)
        out.writerows(rows)


def write_xlsx(path: Path, rows: Iterable[list[object]]) -> None:
    """Write rows as XLSX."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("企业")
        sheet.write_row(0, 0, HEADINGS)
        for at, row in enumerate(rows, start=1):
            sheet.write_row(at, 0, row)


def peak_mb(path: Path) -> tuple[float, float, int]:
    """Import a file on trial; returns (peak of the process in MB, seconds, exit code)."""
    command = [sys.executable, "-m", "data", "import", str(path), "--kind", "enterprise", "--datum", "wgs84",
               "--source", "bench-memory", "--dry-run"]  # fmt: skip
    started = time.perf_counter()
    pid = os.posix_spawn(sys.executable, command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    return usage.ru_maxrss / 1000, time.perf_counter() - started, os.waitstatus_to_exitcode(status)


def main() -> None:
    """Write the files, import them, print a table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    lines = []
    box = city_box()
    with TemporaryDirectory() as folder:
        for ending, write in (("csv", write_csv), ("xlsx", write_xlsx)):
            path = Path(folder) / f"enterprises.{ending}"
            write(path, records(rows, box))
            peak, seconds, code = peak_mb(path)
            lines.append(
                [ending, f"{rows:,}", f"{path.stat().st_size / 1e6:.0f}", f"{peak:,.0f}", f"{seconds:.0f}", code]
            )
            path.unlink()
    print(table(["file", "rows", "MB of the file", "peak MB of the process", "seconds", "exit code"], lines))


if __name__ == "__main__":
    main()
