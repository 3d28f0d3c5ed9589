"""`python -m bench`: measure against the peers and write `bench/RESULTS.md`.

Works on the database of the settings; an empty one gets the whole demo city and its scores first.
"""

import argparse
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from bench import first_map, imports, match, tiles
from data.engine import Database, database
from data.settings import load_settings

RESULTS = Path(__file__).parent / "RESULTS.md"
AIMS = {
    "cold": ("tiles, cold, over the list, against tipg", 5.0),
    "least": ("tiles, cold, worst zoom, against tipg", 2.0),
    "warm": ("tiles, warm, over the list, against tipg", 50.0),
    "wall_cluster": ("first map, on the wall, against FastMarkerCluster", 3.0),
    "wall_geojson": ("first map, on the wall, against GeoJson", 20.0),
    "wall_bytes": ("bytes of the first map, on the wall, against the leanest peer", 10.0),
    "desk_cluster": ("first map, on the desk page with Streamlit, against FastMarkerCluster", 3.0),
    "desk_geojson": ("first map, on the desk page with Streamlit, against GeoJson", 20.0),
    "desk_bytes": ("bytes of the first map, on the desk page with Streamlit, against the leanest peer", 10.0),
    "import": ("import of 130,000 rows against read_excel + to_postgis", 5.0),
}


def ensure_city() -> None:
    """Make the demo city and score it where the database is empty."""
    subprocess.run([sys.executable, "-m", "data", "ready", "--size", "full"], check=True)


def run_parts(opened: Database, parts: list[str]) -> tuple[list[str], dict[str, object]]:
    """Run the named parts on an open database; returns their Markdown and figures."""
    texts, figures = [], {}
    for name in parts:
        print(f"bench: {name} …", file=sys.stderr, flush=True)
        if name == "tiles":
            text, found = tiles.measure(opened.engine, opened.url)
        elif name == "map":
            text, found = first_map.measure(opened.engine, opened.url)
        elif name == "match":
            text, found = match.measure(opened.engine)
        else:
            text, found = imports.measure(opened.engine)
        texts.append(text)
        figures.update(found)
    return texts, figures


def summary(figures: dict[str, object]) -> str:
    """Return the table of ratios beside their aims."""
    lines = ["| ratio (theirs over ours) | measured | aim |", "|---|---:|---:|"]
    for key, (words, aim) in AIMS.items():
        if key in figures:
            value = figures[key]
            shown = f"{value:.1f}×" if isinstance(value, float) else str(value)
            lines.append(f"| {words} | {shown} | ≥ {aim:g}× |")
    return "\n".join(lines)


def main() -> None:
    """Parse the arguments, measure, write the results."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=["tiles", "map", "import", "match", []], help="default: all")
    args = parser.parse_args()
    parts = args.parts or ["tiles", "map", "import", "match"]
    if not os.environ.get("DATABASE_URL"):
        os.environ["YZT_PG_TRANSPORT"] = "tcp"  # tipg reads no address without a host
    ensure_city()
    with database(load_settings()) as opened:
        os.environ.pop("YZT_PG_TRANSPORT", None)  # the servers that are measured get the address itself
        if urlsplit(opened.url).hostname is None:
            sys.exit("the private database is in use by a running server: stop that first")
        texts, figures = run_parts(opened, parts)
    head = (
        "# Results\n\nMade by `make bench`. The claim is the ratios, measured in one run; absolute times are of a shared "
        f"machine with {os.cpu_count()} cores, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}.\n"
    )
    RESULTS.write_text("\n".join([head, summary(figures), "", *texts]), encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
