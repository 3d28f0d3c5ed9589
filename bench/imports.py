"""A spreadsheet of 130,000 enterprises: our import, through to the map, against pandas and GeoPandas into a table.

The peer reads with `read_excel` (openpyxl, its default), makes points and writes with `to_postgis`, which builds its
spatial index. It checks nothing, shifts no datum and finds no grid; ours does all of it and refreshes the map.

The limit beside them is a bare COPY: the finished rows, as text made beforehand, into the same table with its keys,
checks and indexes. Nothing that keeps those can be quicker.
"""

import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
import xlsxwriter
from sqlalchemy import Engine, text

from bench.common import spread, table
from data.imports import ImportOptions, run_import
from geo.codes import uscc_check_character

ROWS = 130_000
ROUNDS = 3
HEADINGS = ["单位名称", "统一社会信用代码", "地址", "所属街道", "行业", "规模", "从业人数", "建筑面积", "联系人", "联系电话",
            "经度", "纬度"]  # fmt: skip


def write_sheet(path: Path, engine: Engine, rows: int = ROWS) -> None:
    """Write a spreadsheet as a bureau would send it, with points spread over the city's grids."""
    with engine.connect() as connection:
        grids = connection.execute(
            text("SELECT ST_X(p) AS x, ST_Y(p) AS y, s.name FROM region g JOIN region s ON s.id = g.path[3], "
                 "LATERAL (SELECT ST_PointOnSurface(g.geom) AS p) l WHERE g.level = 5 AND NOT g.is_rest")
        ).all()  # fmt: skip
    rng = np.random.default_rng(3)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("企业")
        sheet.write_row(0, 0, HEADINGS)
        for i in range(rows):
            grid = grids[int(rng.integers(len(grids)))]
            body = f"91370200MB{i:07d}"
            sheet.write_row(
                i + 1, 0,
                [f"测试企业{i}有限公司", body + uscc_check_character(body), f"示例路{i % 900}号", grid.name, "批发零售",
                 "小微", int(rng.integers(1, 300)), round(float(rng.uniform(20, 5000)), 1), f"联系人{i % 97}",
                 f"199{i:08d}", grid.x + float(rng.normal(0, 2e-4)), grid.y + float(rng.normal(0, 2e-4))],
            )  # fmt: skip


def theirs(path: Path, engine: Engine) -> float:
    """Read, make points, write; returns seconds."""
    started = time.perf_counter()
    frame = pd.read_excel(path, dtype={"统一社会信用代码": str})
    points = gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["经度"], frame["纬度"]), crs=4326)
    points.to_postgis("bench_peer_import", engine, if_exists="replace")
    seconds = time.perf_counter() - started
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE bench_peer_import"))
    return seconds


def ours(path: Path, engine: Engine, source: str) -> tuple[float, int]:
    """Import through to the map; returns (seconds, accepted)."""
    started = time.perf_counter()
    summary = run_import(engine, path, "enterprise", ImportOptions(datum="wgs84", source=source))
    return time.perf_counter() - started, int(summary.accepted)


def bare_copy(engine: Engine, source: str) -> float:
    """Return the seconds a COPY of the rows of `source` takes, as another source's; nothing of it stays."""
    names = "name, kinds, state, uscc, address, industry, scale, employees, floor_area_m2, contact_name, contact_phone, " \
            "region_id, named_region, geom, orig_x, orig_y, orig_crs, datum, datum_evidence, source_key, batch_id"  # fmt: skip
    with engine.connect() as connection:
        raw = connection.connection.cursor()
        with raw.copy(f"COPY (SELECT {names}, 'bench-copy' FROM place WHERE source = '{source}') TO STDOUT") as out:
            rows = b"".join(bytes(piece) for piece in out)
        started = time.perf_counter()
        with raw.copy(f"COPY place ({names}, source) FROM STDIN") as into:
            into.write(rows)
        seconds = time.perf_counter() - started
        connection.rollback()
    return seconds


def remove(engine: Engine) -> None:
    """Take the imported rows out again; as superuser without looking, row by row, for what might hang on them."""
    from data import drawn

    with engine.begin() as connection:
        superuser = connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))
        if superuser:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("DELETE FROM place WHERE source LIKE 'bench-%'"))
        if superuser:
            connection.execute(text("SET LOCAL session_replication_role = origin"))
        drawn.refresh(connection)


def _vacuum(engine: Engine) -> None:
    """Clear away the removed rows, as the server's own vacuum would by the next import."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE place"))
        for name in ("drawn_place", "drawn_cell", "region_count"):
            connection.execute(text(f"VACUUM ANALYZE {name}"))


def measure(engine: Engine) -> tuple[str, dict[str, object]]:
    """Run both in turn; returns Markdown and the figure of merit."""
    mine, peer, bare, accepted = [], [], [], 0
    with TemporaryDirectory() as folder:
        path = Path(folder) / "enterprises.xlsx"
        write_sheet(path, engine)
        size = path.stat().st_size / 1e6
        for i in range(ROUNDS):
            seconds, accepted = ours(path, engine, f"bench-{i}")
            mine.append(seconds)
            bare.append(bare_copy(engine, f"bench-{i}"))
            peer.append(theirs(path, engine))
            remove(engine)
            _vacuum(engine)
    ratios = [p / o for p, o in zip(peer, mine, strict=True)]
    limits = [o / b for o, b in zip(mine, bare, strict=True)]
    rows = [
        ["ours: checked, shifted, in its grid, on the map", spread(mine), accepted],
        ["read_excel + to_postgis", spread(peer), ROWS],
        ["limit: bare COPY of the finished rows into the same table", spread(bare), ROWS],
    ]
    text_ = f"""## Import of a spreadsheet

{ROWS:,} rows × {len(HEADINGS)} columns of XLSX ({size:.1f} MB), {ROUNDS} rounds into a city that holds its places already.

{table(["", "seconds", "rows in"], rows)}

Peer's time over ours, median (min–max): **{spread(ratios)}×**; ours over the bare COPY: **{spread(limits)}×**. Even an import
that did nothing but that COPY would reach {statistics.median(p / b for p, b in zip(peer, bare, strict=True)):.1f}×.
"""
    return text_, {"import": statistics.median(ratios)}
