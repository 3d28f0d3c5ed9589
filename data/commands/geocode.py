"""``python -m data geocode --dry-run``: ask the geocoder about unmapped places; proposals go into a CSV for a person.

The database is not touched. Who has looked at a row writes 是 under 采用 and imports the file with
``python -m data import FILE --kind coordinates``.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

from data.settings import Settings

NAME = "geocode"
HELP = "向设置好的地理编码服务询问未上图场所的位置，建议写进 CSV，由人确认后再导入"
UNUSABLE = 2
MOST_FAILURES = 5
"""Failures one after the other from which on nobody is asked any more."""

HEAD = (
    "单位编号",
    "单位名称",
    "单位地址",
    "经度",
    "纬度",
    "坐标基准",
    "采用",
    "服务认为是",
    "可信程度",
    "落在",
    "提醒",
)
ODD = {
    "no_outline": "没有边界可核对",
    "outside_named": "不在所挂的区域内",
    "outside_address": "不在地址所写的区域内",
    "stack": "两米内已有别的场所",
}
logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--dry-run [--region CODE] [--limit N] [--out FILE] [--pause S]``."""
    parser.add_argument("--dry-run", action="store_true", required=True, help="必写：只写 CSV，库里什么也不改")
    parser.add_argument("--region", help="只问这个区划代码之下的")
    parser.add_argument("--limit", type=int, default=100, help="最多问多少家，最该看的先问（默认 100）")
    parser.add_argument("--out", type=Path, default=Path("地理编码建议.csv"), help="写到哪里（默认 地理编码建议.csv）")
    parser.add_argument("--pause", type=float, default=0.2, help="两次之间停几秒（默认 0.2）")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Write the CSV and print the counts as JSON; 2 when nothing could be asked."""
    from data.access.viewer import LOCAL
    from data.city import read_city
    from data.drill import read_node
    from data.engine import database
    from data.geocoding import host_of
    from data.reading import rows
    from data.unmapped import SQL, read_unmapped

    if host_of(settings) is None:
        print("没有设置地理编码服务：见 docs/settings.md 的 YZT_GEOCODER_URL。", file=sys.stderr)
        return UNUSABLE
    with database(settings) as opened, opened.engine.connect() as conn:
        node = read_node(conn, LOCAL, args.region)
        if node is None:
            print(f"没有区域 {args.region or ''}".rstrip(), file=sys.stderr)
            return UNUSABLE
        listed = read_unmapped(conn, LOCAL, node, settings.today(), limit=max(args.limit, 0))
        asked = rows(conn, LOCAL, SQL, "to_geocode", ids=[place.id for place in listed.places])
        city, top = read_city(conn), read_node(conn, LOCAL)
        counts = {"unmapped": listed.total, "without_address": len(listed.places) - len(asked)}
        bounds = None if top is None else top.bounds
        found, more = _ask_all(conn, settings, asked, "" if city is None else city.name, bounds, args.pause)
    _write(args.out, found)
    print(json.dumps({**counts, **more, "file": str(args.out)}, ensure_ascii=False))
    return 0 if found else UNUSABLE


def _ask_all(
    conn: Any, settings: Settings, asked: Any, city: str, bounds: Any, pause: float
) -> tuple[list[list[str]], dict[str, int]]:
    """Return the rows of the CSV and the counts; stops when the service fails again and again."""
    from data.geocoding import GeocoderError, geocode

    counts = dict.fromkeys(("asked", "proposed", "nothing_found", "outside_city", "failed"), 0)
    found, failures = [], 0
    for place in asked:
        if counts["asked"]:
            time.sleep(pause)
        counts["asked"] += 1
        try:
            answer = geocode(settings, place["address"], city, bounds)
        except GeocoderError as error:
            counts["failed"] += 1
            failures += 1
            logger.warning("%s：%s", place["name"], error)
            if failures >= MOST_FAILURES:
                logger.warning("连续 %s 次没有结果，不再询问", failures)
                break
            continue
        failures = 0
        line = _line(conn, place, answer.proposals)
        conn.rollback()  # a read: no old snapshot is kept while the service is slow
        counts["proposed" if line else "outside_city" if answer.outside or answer.proposals else "nothing_found"] += 1
        found += [line] if line else []
    return found, counts


def _line(conn: Any, place: Any, proposals: Any) -> list[str] | None:
    """Return the row of the best proposal that may stand where it is, or None."""
    from data.access.viewer import LOCAL
    from data.placing import check

    for proposal in proposals:
        checked = check(conn, LOCAL, place["id"], proposal.lon, proposal.lat)
        if not checked.refusal:
            odd = "；".join(ODD[warning] for warning in checked.warnings)
            return [
                place["source_key"], place["name"], place["address"], f"{checked.lon:.7f}", f"{checked.lat:.7f}",
                "wgs84", "", proposal.label, proposal.quality, checked.region_name, odd,
            ]  # fmt: skip
    return None


def _write(path: Path, lines: list[list[str]]) -> None:
    from data.imports.report import neutral

    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEAD)
        out.writerows([[neutral(cell) for cell in line] for line in lines])
