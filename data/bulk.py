"""Rows in bulk: COPY a frame into a table, or merge it so that the same rows twice change nothing."""

import io
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import shapely
from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, Boolean, Column, Connection, Float, Integer, SmallInteger, Table, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

PIECE = 20_000
"""Rows sent to the server at a time."""
NOT_COMPARED = ("id", "batch_id", "created_at", "updated_at")


@dataclass(frozen=True)
class Upserted:
    """What a merge did: counts, and the id of every row of the frame, in the frame's order."""

    inserted: int
    updated: int
    unchanged: int
    ids: "pd.Series[int]"

    @property
    def changed(self) -> int:
        """Return rows inserted or updated."""
        return self.inserted + self.updated


def quoted(name: str) -> str:
    """Return an SQL identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def whole_row(table: Table, alias: str = "t") -> str:
    """Return the SQL of a row as jsonb from which `jsonb_populate_record` makes the same row again, to the byte.

    `to_jsonb` alone would write geometries as rounded GeoJSON.
    """
    shapes = [c.name for c in table.columns if isinstance(c.type, Geometry) and c.computed is None]
    exact = ", ".join(f"'{name}', {alias}.{quoted(name)}::text" for name in shapes)
    return f"to_jsonb({alias})" + (f" || jsonb_build_object({exact})" if exact else "")


def _array_literal(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, str):
        return value
    parts = ("NULL" if v is None else str(v).lower() if isinstance(v, bool) else json.dumps(v, ensure_ascii=False)
             if isinstance(v, str) else str(v) for v in value)  # fmt: skip
    return "{" + ",".join(parts) + "}"


def _json_text(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, str):
        return value
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY).decode()


def _memo(convert: Callable[[Any], str | None], values: "pd.Series[Any]") -> list[str | None]:
    return [convert(value) for value in values]


def _geometry_text(values: "pd.Series[Any]", srid: int, multi: bool) -> list[str | None]:
    shapes = np.array(values, dtype=object)
    shapes[pd.isna(shapes)] = None
    if multi:
        kinds = shapely.get_type_id(shapes)
        for at in np.flatnonzero(kinds == shapely.GeometryType.POLYGON):
            shapes[at] = shapely.MultiPolygon([shapes[at]])
    out = shapely.to_wkb(shapely.set_srid(shapes, srid), hex=True, include_srid=True)
    return [None if shape is None else value for shape, value in zip(shapes, out, strict=True)]


def _column(column: "Column[Any]", values: "pd.Series[Any]") -> pa.Array:
    kind = column.type
    if isinstance(kind, Geometry):
        multi = str(kind.geometry_type).upper() == "MULTIPOLYGON"
        return pa.array(_geometry_text(values, kind.srid, multi), pa.string())
    if isinstance(kind, ARRAY):
        return pa.array(_memo(_array_literal, values), pa.string())
    if isinstance(kind, JSONB):
        return pa.array(_memo(_json_text, values), pa.string())
    if isinstance(kind, Integer | BigInteger | SmallInteger):
        return pa.array(pd.array(values, dtype="Int64"), pa.int64())
    if isinstance(kind, Float):
        return pa.array(pd.to_numeric(values).to_numpy(dtype=float, na_value=np.nan), pa.float64(), from_pandas=True)
    if isinstance(kind, Boolean):
        return pa.array(pd.array(values, dtype="boolean"), pa.bool_())
    return pa.array(values, from_pandas=True)


def _csv(table: Table, frame: pd.DataFrame) -> memoryview:
    columns = {str(name): _column(table.c[str(name)], frame[name]) for name in frame.columns}
    sink = io.BytesIO()
    pa_csv.write_csv(pa.table(columns), sink, pa_csv.WriteOptions(include_header=False))
    return sink.getbuffer()


def _copy(connection: Connection, target: str, table: Table, frame: pd.DataFrame) -> None:
    listed = ", ".join(quoted(str(name)) for name in frame.columns)
    raw = connection.connection.cursor()
    pieces = [frame.iloc[start : start + PIECE] for start in range(0, len(frame), PIECE)]
    with (
        ThreadPoolExecutor(1) as beside,
        raw.copy(f"COPY {target} ({listed}) FROM STDIN WITH (FORMAT csv)") as copy,
    ):
        # the next piece is written as text while the server takes in this one
        following = beside.submit(_csv, table, pieces[0])
        for piece in pieces[1:]:
            ready, following = following, beside.submit(_csv, table, piece)
            copy.write(ready.result())
        copy.write(following.result())


def copy_rows(connection: Connection, table: Table, frame: pd.DataFrame) -> int:
    """COPY the rows of `frame` into `table`, in the caller's transaction.

    Columns are named as in the table; geometry as shapely objects in the column's SRID, arrays as lists, JSON as
    dicts (or text), nulls as None/NaN. Returns the number of rows. A column the table does not have is a KeyError.
    """
    if len(frame):
        _copy(connection, quoted(table.name), table, frame)
    return len(frame)


def upsert(
    connection: Connection, table: Table, frame: pd.DataFrame, key: Sequence[str] = ("source", "source_key")
) -> Upserted:
    """Merge the rows of `frame` into `table` by the unique columns `key`, in the caller's transaction.

    A row whose values all stand already is left alone (its `updated_at` and `batch_id` too). Two rows of the frame
    with one key are a ValueError: which of them is true is for the caller to settle.
    """
    if frame.empty:
        return Upserted(0, 0, 0, pd.Series(dtype="int64", index=frame.index))
    if frame.duplicated(list(key)).any():
        raise ValueError(f"two rows with the same {', '.join(key)}")
    names = [str(name) for name in frame.columns]
    stage = quoted(f"stage_{table.name}")
    listed = ", ".join(quoted(name) for name in names)
    connection.execute(text(f"CREATE TEMP TABLE {stage} AS SELECT {listed} FROM {quoted(table.name)} WITH NO DATA"))
    _copy(connection, stage, table, frame)
    connection.execute(text(f"ALTER TABLE {stage} ADD COLUMN stage_row bigserial"))
    connection.execute(text(f"ANALYZE {stage}"))
    matched = " AND ".join(f"t.{quoted(k)} = s.{quoted(k)}" for k in key)
    compared = [name for name in names if name not in NOT_COMPARED]
    differs = " OR ".join(f"t.{quoted(n)} IS DISTINCT FROM s.{quoted(n)}" for n in compared)
    written = [name for name in names if name not in (*key, "id", "created_at")]
    touch = ", updated_at = now()" if "updated_at" in table.c and "updated_at" not in names else ""
    if "batch_id" in names:
        connection.execute(
            text(
                "INSERT INTO former_row (batch_id, table_name, row_id, former) "
                f"SELECT s.batch_id, '{table.name}', t.id, {whole_row(table)} FROM {quoted(table.name)} t "
                f"JOIN {stage} s ON {matched} WHERE s.batch_id IS NOT NULL AND ({differs})"
            )
        )
    updated = connection.execute(
        text(
            f"UPDATE {quoted(table.name)} t SET {', '.join(f'{quoted(n)} = s.{quoted(n)}' for n in written)}{touch} "
            f"FROM {stage} s WHERE {matched} AND ({differs})"
        )
    ).rowcount
    inserted = connection.execute(
        text(
            f"INSERT INTO {quoted(table.name)} ({listed}) SELECT {listed} FROM {stage} s "
            f"WHERE NOT EXISTS (SELECT FROM {quoted(table.name)} t WHERE {matched}) ORDER BY stage_row"
        )
    ).rowcount
    found = connection.execute(
        text(f"SELECT t.id FROM {stage} s JOIN {quoted(table.name)} t ON {matched} ORDER BY s.stage_row")
    )
    ids = pd.Series(found.scalars().all(), index=frame.index, dtype="int64")
    connection.execute(text(f"DROP TABLE {stage}"))
    return Upserted(inserted, updated, len(frame) - inserted - updated, ids)
