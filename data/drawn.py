"""What is drawn and counted: kept equal to places and assessments, in the transaction that changes them."""

from collections.abc import Sequence

from sqlalchemy import Connection, TextClause, text

from data.aside import built_aside
from data.sql import pieces

FINEST_CELLS, COARSEST_CELLS = 13, 5
MANY = 10_000  # from so many changed rows, and a tenth of all, building aside is quicker than changing in place
TABLES = {"places": "drawn_place", "cells": "drawn_cell", "counts": "region_count"}


def _write_cells(connection: Connection, sql: dict[str, TextClause], everything: bool) -> None:
    connection.execute(sql["finest_cells"], {"everything": everything})
    for z in range(FINEST_CELLS - 1, COARSEST_CELLS - 1, -1):
        connection.execute(sql["coarser_cells"], {"z": z, "everything": everything})


def _change_in_place(connection: Connection) -> None:
    sql = pieces("drawn.sql", **TABLES)
    connection.execute(sql["remove_rows"])
    connection.execute(sql["write_rows"])
    connection.execute(sql["touched_cells"])
    for z in range(FINEST_CELLS - 1, COARSEST_CELLS - 1, -1):
        connection.execute(sql["coarser_touched"], {"z": z})
    for step in ("index_touched", "analyze_touched", "clear_cells"):
        connection.execute(sql[step])
    _write_cells(connection, sql, everything=False)
    for step in ("touched_regions", "index_regions", "analyze_regions", "clear_counts"):
        connection.execute(sql[step])
    connection.execute(sql["count_regions"], {"everything": False})


def _build_anew(connection: Connection) -> None:
    with built_aside(connection, list(TABLES.values())) as aside:
        sql = pieces("drawn.sql", **{name: aside[table] for name, table in TABLES.items()})
        connection.execute(sql["write_all_rows"])
        _write_cells(connection, sql, everything=True)
        connection.execute(sql["count_regions"], {"everything": True})


def refresh(connection: Connection, place_ids: Sequence[int] | None = None) -> list[str]:
    """Bring drawn_place, drawn_cell, region_count, region_total and layer_version up to date.

    Call it after every change of places, regions or assessments, as the last step before the commit. `place_ids`
    limits the work to those places; None compares the whole city. Only what differs is written, so a refresh after
    nothing changed raises no version; two at once wait for each other. Returns the layers that changed.
    """
    sql = pieces("drawn.sql", **TABLES)
    ids = None if place_ids is None else [int(i) for i in place_ids]
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('yizhangtu.drawn'))"))
    connection.execute(sql["layer_rows"], {"place_ids": ids})
    connection.execute(sql["analyze_rows"])
    connection.execute(sql["changed_rows"], {"place_ids": ids})
    changed, standing = connection.execute(sql["share_changed"]).one()
    layers = list(connection.execute(sql["changed_layers"]).scalars())
    connection.execute(sql["total_regions"])
    connection.execute(sql["touched_tables"])
    if changed:
        connection.execute(sql["raise_versions"])
    if ids is None and changed >= MANY and changed * 10 >= standing:
        _build_anew(connection)
    elif changed:
        _change_in_place(connection)
    connection.exec_driver_sql("DROP TABLE drawn_now, drawn_change, touched_cell, touched_region")
    return layers
