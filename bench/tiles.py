"""Tiles against tipg: the same points out of the same database, over HTTP, in the same run.

tipg serves a table with exactly the rows and columns our enterprise layer draws (web mercator, GiST index), its cap per
tile raised so that nothing is cut. Cold: our version is raised before the pass, so every address is new. Warm: the
same list again; tipg keeps no tiles, so its second pass is its first. The list is a walk as a person pans and zooms.
"""

import json
import random
import statistics
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Engine, text

from bench.common import free_port, our_app, quantile, server, spread, table
from bench.http import Sample, run

ZOOMS = range(9, 17)
TILES = 2400
IN_FLIGHT = 8
ROUNDS = 3
WORLD = 20037508.342789244
PEER_TABLE = "bench_enterprise"
Tile = tuple[int, int, int]


def prepare(engine: Engine) -> int:
    """Make the peer's table; returns its number of rows."""
    with engine.begin() as connection:
        connection.execute(text(f"DROP TABLE IF EXISTS {PEER_TABLE}"))
        connection.execute(
            text(f"CREATE TABLE {PEER_TABLE} AS SELECT place_id AS id, severity, at_least, geom_3857 AS geom FROM "
                 "drawn_place WHERE layer = 'enterprise' AND geom_3857 IS NOT NULL ORDER BY geom_3857")
        )  # fmt: skip
        connection.execute(text(f"ALTER TABLE {PEER_TABLE} ADD PRIMARY KEY (id)"))
        connection.execute(text(f"CREATE INDEX ON {PEER_TABLE} USING gist (geom)"))
        connection.execute(text(f"ANALYZE {PEER_TABLE}"))
        return int(connection.execute(text(f"SELECT count(*) FROM {PEER_TABLE}")).scalar_one())


def drop(engine: Engine) -> None:
    """Remove the peer's table."""
    with engine.begin() as connection:
        connection.execute(text(f"DROP TABLE IF EXISTS {PEER_TABLE}"))


def walk(engine: Engine, seed: int = 7) -> list[Tile]:
    """Return distinct tiles in the order a person sees them: from the city down to a place and up again, panning about.

    Every pan starts from a place, so that the list shows tiles with something in them as well as the empty ground,
    water and neighbouring cities around the edge of the view.
    """
    with engine.connect() as connection:
        points = connection.execute(
            text(f"SELECT ST_X(geom) AS x, ST_Y(geom) AS y FROM {PEER_TABLE} TABLESAMPLE SYSTEM (20) REPEATABLE (1)")
        ).all()
    rng, seen, tiles = random.Random(seed), set(), []
    while len(tiles) < TILES:
        place = rng.choice(points)
        for z in [*ZOOMS, *reversed(ZOOMS)]:
            size = 2 * WORLD / 2**z
            x, y = (at + rng.uniform(-1, 1) * size for at in place)
            # a view of 1920 × 1080 is 4 × 3 tiles of 512 pixels
            left, top = int((x + WORLD) / size - 1.5), int((WORLD - y) / size - 1)
            view = [(z, left + i, top + j) for i in range(4) for j in range(3)]
            fresh = [tile for tile in view if tile not in seen]
            seen.update(fresh)
            tiles += fresh
    return tiles


def our_paths(port: int, tiles: Sequence[Tile]) -> list[str]:
    """Return the addresses the page itself would ask for, from /api/layers.json."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/layers.json?only=tiles") as answer:
        address = json.load(answer)["tiles"]["enterprise"]
    if isinstance(address, list):
        address = address[0]
    address = address.replace(f"http://127.0.0.1:{port}", "")
    return [address.replace("{z}", str(z)).replace("{x}", str(x)).replace("{y}", str(y)) for z, x, y in tiles]


def raise_version(engine: Engine) -> None:
    """Make every kept tile of the layer stale, as a change of data would, and wait until the server has seen it."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE layer_version SET version = version + 1 WHERE layer = 'enterprise'"))
    time.sleep(1.5)


def _refused(samples: Sequence[Sample]) -> int:
    return sum(1 for s in samples if s.status not in (200, 204))


def measure(engine: Engine, url: str) -> tuple[str, dict[str, object]]:
    """Run the rounds; returns Markdown and the figures of merit."""
    rows, tiles = prepare(engine), walk(engine)
    peer_port = free_port()
    peer_env = {
        "DATABASE_URL": url, "TIPG_MAX_FEATURES_PER_TILE": "10000000", "TIPG_DB_MAX_CONN_SIZE": "8",
        "TIPG_DB_SCHEMAS": '["public"]', "TIPG_DB_TABLES": f'["public.{PEER_TABLE}"]',
    }  # fmt: skip
    peer = [sys.executable, "-m", "uvicorn", "tipg.main:app", "--port", str(peer_port), "--log-level", "warning"]
    base = f"/collections/public.{PEER_TABLE}/tiles/WebMercatorQuad"
    theirs = [f"{base}/{z}/{x}/{y}" for z, x, y in tiles]
    passes: dict[str, list[tuple[float, list[Sample]]]] = defaultdict(list)
    with our_app(url) as port, server(peer, peer_env, f"http://127.0.0.1:{peer_port}/healthz"):
        run(peer_port, theirs[:200], IN_FLIGHT)
        for _ in range(ROUNDS):
            raise_version(engine)
            paths = our_paths(port, tiles)
            passes["cold"].append(run(port, paths, IN_FLIGHT))
            passes["warm"].append(run(port, paths, IN_FLIGHT))
            passes["peer"].append(run(peer_port, theirs, IN_FLIGHT))
    drop(engine)
    return _report(rows, tiles, passes)


def _by_zoom(tiles: Sequence[Tile], runs: Sequence[tuple[float, list[Sample]]]) -> dict[int, list[Sample]]:
    found: dict[int, list[Sample]] = defaultdict(list)
    for _, samples in runs:
        for sample in samples:
            found[tiles[sample.at][0]].append(sample)
    return found


def _report(
    rows: int, tiles: Sequence[Tile], passes: dict[str, list[tuple[float, list[Sample]]]]
) -> tuple[str, dict[str, object]]:
    seconds = {name: [total for total, _ in runs] for name, runs in passes.items()}
    samples = {name: [s for _, found in runs for s in found] for name, runs in passes.items()}
    zooms = {name: _by_zoom(tiles, runs) for name, runs in passes.items()}
    names = {"cold": "ours, cold", "warm": "ours, warm", "peer": "tipg"}
    whole = [
        [
            names[name],
            f"{len(tiles) / statistics.median(seconds[name]):.0f}",
            f"{quantile([s.seconds for s in found], 0.5) * 1000:.1f}",
            f"{quantile([s.seconds for s in found], 0.95) * 1000:.1f}",
            f"{max(s.size for s in found) / 1000:.0f}",
            _refused(found),
        ]
        for name, found in samples.items()
    ]
    ratios = {name: [p / o for p, o in zip(seconds["peer"], seconds[name], strict=True)] for name in ("cold", "warm")}
    lines, least = [], 1e9
    for z in ZOOMS:
        cold, peer, warm = (sum(s.seconds for s in zooms[n][z]) for n in ("cold", "peer", "warm"))
        least = min(least, peer / cold)
        found = zooms["cold"][z]
        lines.append(
            [f"z{z}", len(found) // ROUNDS, f"{peer / cold:.1f}×", f"{peer / warm:.0f}×",
             f"{quantile([s.seconds for s in found], 0.5) * 1000:.1f}",
             f"{quantile([s.seconds for s in found], 0.95) * 1000:.1f}",
             f"{quantile([s.seconds for s in zooms['peer'][z]], 0.5) * 1000:.1f}",
             f"{max(s.size for s in found) / 1000:.0f}", f"{max(s.size for s in zooms['peer'][z]) / 1000:.0f}"]
        )  # fmt: skip
    text_ = f"""## Tiles against tipg

{rows:,} enterprise points, {len(tiles):,} distinct tiles (z {ZOOMS[0]}–{ZOOMS[-1]}), {IN_FLIGHT} in flight, {ROUNDS} rounds; sizes as sent.

{table(["", "requests/s", "p50 ms", "p95 ms", "largest kB", "refused"], whole)}

Whole list, tipg's time over ours, median (min–max): **cold {spread(ratios["cold"])}×**, **warm {spread(ratios["warm"])}×**.
The load client runs on the same two cores as server and database; at warm speed it is part of what is measured.

{table(["zoom", "tiles", "cold ratio", "warm ratio", "cold p50 ms", "cold p95 ms", "tipg p50 ms", "largest kB", "tipg's kB"], lines)}
"""
    return text_, {"cold": statistics.median(ratios["cold"]), "warm": statistics.median(ratios["warm"]), "least": least}
