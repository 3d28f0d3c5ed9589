"""The rows of an export, fetched piece by piece and only from the viewer's regions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, text

from data.access.viewer import Viewer
from data.imports.kinds import Kind, kind_names, load_kind
from data.reading import prepared
from data.sql import pieces

SQL = "exports.sql"
AT_ONCE = 2_000
_BELOW = "(CAST(:node AS int) IS NULL OR r.path @> ARRAY[CAST(:node AS int)])"
_PLACE = (
    "p.source_key AS place_key, p.source AS yzt_place_source, p.uscc, p.name AS place_name, p.address AS place_address"
)
_LEVELS = ((2, "district"), (3, "street"), (4, "community"), (5, "grid"))
PLACE_KINDS = {
    "enterprise": ("enterprise", "petrol_station", "mine", "hazchem", "explosive_precursor", "highly_toxic",
                   "drug_precursor", "fireworks", "hazmat_parking"),
    "shop": ("gas_shop",),
    "venue": ("small_place", "crowded_place", "school", "hospital", "petrol_station", "fireworks", "hazmat_parking"),
}  # fmt: skip
"""Which places the kinds of spreadsheet are about: what the layers count (data/sql/drawn.sql), none left out."""


def exported_kinds() -> list[str]:
    """Return the kinds that go out: those with rows of their own (coordinates are proposals for rows of another)."""
    return [name for name in kind_names() if load_kind(name).target in pieces(SQL)]


def read(connection: Connection, viewer: Viewer, kind: Kind, node: int | None) -> tuple[list[str], Iterator[Row[Any]]]:
    """Return the names of the columns and the rows, which stay on the server until they are asked for."""
    own = "own" if kind.target == "officer" else "r"
    regions = ", ".join(
        f"(SELECT a.name FROM region a WHERE a.id = {own}.path[{level}] AND NOT a.is_rest) AS {name}"  # noqa: S608 - our own names
        for level, name in _LEVELS
    )
    values: dict[str, object] = {"node": node}
    if kind.target == "place":
        values["kinds"] = list(PLACE_KINDS.get(kind.kind, kind.place_kinds))
    statement, bound = prepared(
        viewer, SQL, kind.target, {"below": _BELOW, "regions": regions, "place": _PLACE}, **values
    )
    streamed = {"stream_results": True, "yield_per": AT_ONCE}
    found = connection.execute(text(statement), bound, execution_options=streamed)
    return list(found.keys()), iter(found)
