"""What is drawn and counted: kept equal to places and assessments, in the transaction that changes them."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from data.aside import built_aside
from data.sql import pieces

FINEST_CELLS, COARSEST_CELLS = 13, 5
COARSER = range(FINEST_CELLS - 1, COARSEST_CELLS - 1, -1)
MANY = 10_000  # from so many changed rows, and a tenth of all, building aside is quicker than changing in place
CHOSEN = {
    "city": ("true", "true"),
    "places": ("p.id = ANY (CAST(:place_ids AS bigint[]))", "place_id = ANY (CAST(:place_ids AS bigint[]))"),
    "batch": (  # a merged place is made of records of several batches
        "p.batch_id = :batch_id OR p.id IN (SELECT s.place_id FROM place_source s WHERE s.batch_id = :batch_id)",
        "place_id IN (SELECT place_id FROM drawn_now)",
    ),
}
TABLES = {"places": "drawn_place", "cells": "drawn_cell", "counts": "region_count"}


def _change_in_place(connection: Connection) -> None:
    sql = pieces("drawn.sql", **TABLES)
    for step in ("remove_rows", "write_rows", "cell_changes"):
        connection.execute(sql[step])
    for z in COARSER:
        connection.execute(sql["coarser_changes"], {"z": z})
    for step in ("analyze_cells", "empty_cells", "change_cells", "new_cells", "count_changes", "change_counts",
                 "empty_counts"):  # fmt: skip
        connection.execute(sql[step])
    connection.exec_driver_sql("DROP TABLE cell_change, count_change")


def _build_anew(connection: Connection) -> None:
    with built_aside(connection, list(TABLES.values())) as aside:
        sql = pieces("drawn.sql", **{name: aside[table] for name, table in TABLES.items()})
        connection.execute(sql["write_all_rows"])
        connection.execute(sql["finest_cells"])
        for z in COARSER:
            connection.execute(sql["coarser_cells"], {"z": z})
        connection.execute(sql["count_regions"])


def refresh(
    connection: Connection, place_ids: Sequence[int] | None = None, batch_id: int | None = None
) -> list[str]:
    """Bring drawn_place, drawn_cell, region_count, region_total and layer_version up to date.

    Call it after every change of places, regions or assessments, as the last step before the commit. `place_ids`
    limits the work to those places, `batch_id` to what an import wrote; without them the whole city is compared. Only
    what differs is written, so a refresh after nothing changed raises no version; two at once wait for each other.
    Returns the layers that changed.
    """
    scope = "city" if place_ids is None and batch_id is None else "batch" if place_ids is None else "places"
    values = {"place_ids": [int(i) for i in place_ids]} if place_ids is not None else {"batch_id": batch_id}
    chosen, chosen_drawn = CHOSEN[scope]
    sql = pieces("drawn.sql", **TABLES, chosen=chosen, chosen_drawn=chosen_drawn)
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('yizhangtu.drawn'))"))
    connection.execute(sql["layer_rows"], values if scope != "city" else {})
    connection.execute(sql["analyze_rows"])
    connection.execute(sql["changed_rows"], values if scope == "places" else {})
    changed, standing = connection.execute(sql["share_changed"]).one()
    layers = list(connection.execute(sql["changed_layers"]).scalars())
    connection.execute(sql["total_regions"])
    if changed:
        connection.execute(sql["raise_versions"])
    if scope == "city" and changed >= MANY and changed * 10 >= standing:
        _build_anew(connection)
    elif changed:
        _change_in_place(connection)
    connection.exec_driver_sql("DROP TABLE drawn_now, drawn_change")
    return layers
