"""Write the demo city into an empty database: one transaction, so that a kill in the middle leaves it empty."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
import orjson
import pandas as pd
from sqlalchemy import Connection, Table, text

from data import drawn
from data.bulk import copy_rows, quoted
from data.demo.binary import copy_readings
from data.demo.contents import City, Say
from data.demo.lighten import lightened
from data.demo.rows import ROWS, Made
from data.regions import RegionIndex, write_regions
from data.tables import Base

SOURCE = "demo"
LOCK = 7_239_146_053
"""Number of the PostgreSQL advisory lock that a run of the demo holds."""
CONTENT = (
    "road", "zone", "population_cell", "place", "unit", "holding", "gas_installation", "cylinder", "station", "officer",
    "duty", "inspection", "hazard", "order_sheet", "act", "incident", "sensor", "reading", "alarm",
)  # fmt: skip
"""Tables of the contents in the order in which rows point to each other."""
DERIVED = (
    "assessment", "risk_run", "drawn_place", "drawn_cell", "region_count", "region_total", "layer_version",
    "account_region", "place_source", "place_pair", "place_merge_row", "place_merge", "region", "city",
)  # fmt: skip
"""Tables that go with the contents when a demo city is replaced."""
LIGHT = (
    "place", "holding", "gas_installation", "cylinder", "duty", "inspection", "hazard", "act", "reading", "road",
    "population_cell", "sensor",
)  # fmt: skip


SIZES = {"full": "整座城市", "small": "一个区"}
NOT_EMPTY = "数据库里已有数据，没有改动；要换成新的演示城市，请加 --replace（只替换演示数据）。"


class NotEmptyError(RuntimeError):
    """The database holds something that the demo city must not touch; the text is one Chinese sentence."""


def write(connection: Connection, city: City, say: Say = lambda line: None) -> dict[str, int]:
    """Write the city and refresh what is drawn, in the caller's transaction. Returns rows by table.

    Raises :class:`NotEmptyError` when the database holds a city, regions or places already, or when another run of
    the demo is under way.
    """
    _lock(connection)
    if holds_anything(connection):
        raise NotEmptyError(NOT_EMPTY)
    counts = {"region": _timed(city, say, "区划", lambda: _regions(connection, city))}
    index = RegionIndex.load(connection)
    leaf = _leaves(city, index)
    first: dict[str, int] = {}
    with lightened(connection, LIGHT):
        for name in CONTENT:
            made = Made(city, index, leaf, first)
            counts[name] = _timed(city, say, name, lambda name=name, made=made: _fill(connection, name, made))  # type: ignore[misc]
        begun = perf_counter()
    say(f"索引与外键：{perf_counter() - begun:.1f} 秒")
    city.seconds["索引与外键"] = perf_counter() - begun
    _city_row(connection, city)
    connection.exec_driver_sql("ANALYZE")
    _timed(city, say, "地图与统计", lambda: len(drawn.refresh(connection)))
    return counts


def wipe(connection: Connection) -> dict[str, list[str]]:
    """Take the demo city out of the database, in the caller's transaction; imported data is never touched.

    Accounts stay. Returns the region codes each account was confined to, by login, for :func:`restore_scopes`. Raises
    :class:`NotEmptyError` when rows of another source stand in the database: they hang on the demo city's regions.
    """
    _lock(connection)
    check_replaceable(connection)
    rows = connection.execute(
        text("SELECT a.login, r.code FROM account_region JOIN account a ON a.id = account_id "
             "JOIN region r ON r.id = region_id ORDER BY 1, 2")
    )  # fmt: skip
    scopes: dict[str, list[str]] = {}
    for login, code in rows:
        scopes.setdefault(login, []).append(code)
    listed = ", ".join(quoted(name) for name in (*CONTENT, *DERIVED))
    connection.exec_driver_sql(f"TRUNCATE {listed}")
    return scopes


def check_replaceable(connection: Connection) -> None:
    """Raise :class:`NotEmptyError` when a table of the city holds rows of another source than the demo."""
    for name in ("region", *CONTENT):
        if "source" not in Base.metadata.tables[name].c:
            continue
        query = text(f"SELECT count(*) FROM {quoted(name)} WHERE source <> :demo")  # noqa: S608  (our own table name)
        others = connection.scalar(query, {"demo": SOURCE})
        if others:
            found = f"数据库里有 {others:,} 行不是演示数据（表 {name}），没有改动"
            raise NotEmptyError(f"{found}：演示城市只能替换演示城市。")


def restore_scopes(connection: Connection, scopes: dict[str, list[str]]) -> list[str]:
    """Confine accounts to the regions of the same codes again; returns the logins that lost a region.

    An account that lost all of its regions sees nothing, never everything.
    """
    lost = []
    for login, codes in scopes.items():
        query = text(
            "INSERT INTO account_region (account_id, region_id) SELECT a.id, r.id FROM account a, region r "
            "WHERE a.login = :login AND r.code = ANY (:codes)"
        )
        if connection.execute(query, {"login": login, "codes": codes}).rowcount < len(codes):
            lost.append(login)
    return lost


def _lock(connection: Connection) -> None:
    if not connection.scalar(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": LOCK}):
        raise NotEmptyError("另一个程序正在生成演示城市，这次没有改动。")


def holds_anything(connection: Connection) -> bool:
    """Return whether there is a city, a region or a place."""
    query = "SELECT EXISTS (SELECT FROM city) OR EXISTS (SELECT FROM region) OR EXISTS (SELECT FROM place)"
    return bool(connection.scalar(text(query)))


def _timed(city: City, say: Say, name: str, step: Callable[[], int]) -> int:
    begun = perf_counter()
    count = step()
    city.seconds[f"写入 {name}"] = perf_counter() - begun
    say(f"写入 {name}：{count:,}（{city.seconds[f'写入 {name}']:.1f} 秒）")
    return count


def _regions(connection: Connection, city: City) -> int:
    return write_regions(connection, pd.DataFrame(city.ground.geography.regions), SOURCE).inserted


def _leaves(city: City, index: RegionIndex) -> Any:
    """Return the id of the leaf that each place hangs on: as it says, or where its point lies."""
    place = city.frames["place"]
    leaf = place["leaf"].map(index.by_code).to_numpy(dtype=float, copy=True)
    open_ = np.flatnonzero(place["leaf"].isna())
    lon, lat = place["lon"].to_numpy(dtype=float)[open_], place["lat"].to_numpy(dtype=float)[open_]
    leaf[open_] = index.leaf_at(lon, lat)
    return leaf.astype(np.int64)


def _fill(connection: Connection, name: str, made: Made) -> int:
    """COPY one table: give its rows ids from the table's own sequence, so that later rows can point to them."""
    if name == "reading":
        reading = made.frame(name)
        sensors = reading["sensor"].to_numpy() + made.first["sensor"]
        return copy_readings(connection, sensors, reading["at"].to_numpy(), reading["value"].to_numpy())
    table: Table = Base.metadata.tables[name]
    frame = ROWS[name](made)
    made.first[name] = _reserve(connection, name, len(frame))
    frame.insert(0, "id", np.arange(len(frame)) + made.first[name])
    return copy_rows(connection, table, frame.assign(source=SOURCE))


def _reserve(connection: Connection, name: str, count: int) -> int:
    """Take `count` ids from a table's sequence and return the first of them."""
    sequence = connection.scalar(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": quoted(name)})
    first = int(connection.scalar(text("SELECT nextval(:sequence)"), {"sequence": sequence}) or 1)
    if count > 1:
        connection.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": first + count - 1})
    return first


def _city_row(connection: Connection, city: City) -> None:
    notes = [*getattr(city.ground.geography, "notes", []), f"规模：{SIZES[city.size]}"]
    connection.execute(
        text("INSERT INTO city (id, name, is_demo, seed, as_of, attribution, notes) "
             "VALUES (1, :name, true, :seed, :as_of, :attribution, CAST(:notes AS jsonb))"),
        {"name": city.name, "seed": city.seed, "as_of": city.as_of,
         "attribution": city.attribution, "notes": orjson.dumps(notes).decode()},
    )  # fmt: skip
