"""What scoring reads and writes: inputs of a scheme as a frame, and assessments, only where something changed."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
from sqlalchemy import Connection, Engine, Table, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from data.bulk import copy_rows
from data.sql import pieces
from data.tables.assessments import Assessment

RUN_LOCK = 7_239_146_060
"""Number of the PostgreSQL advisory lock under which assessments are written: two runs at once are ordered."""

ASSESSMENT: Table = Assessment.__table__  # type: ignore[assignment]
MANY = 20_000
"""From so many written rows on, the table's statistics are renewed at once."""


@dataclass(frozen=True)
class Written:
    """What a run wrote for one scheme: rows that changed or are new, rows superseded, and rows that stand."""

    written: int
    superseded: int
    unchanged: int


def lock(connection: Connection) -> None:
    """Wait until no other run is writing; held to the end of the transaction."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": RUN_LOCK})


def prepare(connection: Connection, as_of: date, at: datetime) -> None:
    """Make the temp tables that the schemes' inputs join: hazards, visits, incidents, alarms, sensors per place."""
    sql = pieces("risk/common.sql")
    values = {"as_of": as_of, "at": at}
    for name in ("hazards", "visits", "incidents", "alarms", "sensors"):
        connection.execute(sql[name], values)
    connection.execute(sql["indexes"])


def read_inputs(
    connection: Connection, scheme: str, kinds: Mapping[str, str], as_of: date, at: datetime
) -> pd.DataFrame:
    """Return the inputs of every subject of a scheme, one row each, after :func:`prepare`.

    The columns are those of `data/sql/risk/<scheme>.sql`; `kinds` says of each whether it is a number, flag, date or
    text (ids need not be listed). Numbers and flags come as floats (NaN: null), dates as days, text as str or None.
    """
    raw, params = _pyformat(pieces(f"risk/{scheme}.sql")["inputs"].text, {"as_of": as_of, "at": at})
    sink = io.BytesIO()
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY ({raw}) TO STDOUT (FORMAT csv, HEADER)", params) as copy:
        for chunk in copy:
            sink.write(chunk)
    names = bytes(sink.getbuffer()[: sink.getvalue().index(b"\n")]).decode().split(",")
    types = {name: ARROW_TYPES[kinds.get(name, "id")] for name in names}
    options = pa_csv.ConvertOptions(
        column_types=types, true_values=["t"], false_values=["f"],
        null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
    )  # fmt: skip
    parsed = pa_csv.ParseOptions(newlines_in_values=True)
    table = pa_csv.read_csv(pa.BufferReader(sink.getbuffer()), convert_options=options, parse_options=parsed)
    return pd.DataFrame({name: _plain(table[name], kinds.get(name, "id")) for name in names})


ARROW_TYPES = {"number": pa.float64(), "flag": pa.bool_(), "date": pa.string(), "text": pa.string(), "id": pa.int64()}


def _pyformat(sql: str, values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return SQL with its `:name` values in psycopg's own style, for COPY."""
    compiled = text(sql.strip().rstrip(";")).compile(dialect=PGDialect_psycopg())
    return str(compiled), {name: value for name, value in values.items() if name in compiled.params}


def _plain(column: pa.ChunkedArray, kind: str) -> pd.Series[Any]:
    if kind == "flag":
        return pd.Series(column.cast(pa.int8()).to_pandas().to_numpy(dtype=float, na_value=np.nan))
    if kind == "text":
        return pd.Series(column.to_pylist(), dtype=object)
    if kind == "date":
        # a date that is none (text of a fact, say) is unknown
        return pd.to_datetime(column.to_pandas().astype(object), format="%Y-%m-%d", errors="coerce", cache=True)
    return pd.Series(column.to_pandas())


def start_run(engine: Engine, as_of: date, rules: dict[str, str]) -> int:
    """Note that a run has begun, in a transaction of its own, so that a page can see it; returns its id."""
    with engine.begin() as connection:
        query = pieces("assessments.sql")["start_run"]
        return int(connection.execute(query, {"as_of": as_of, "rules": _json(rules)}).scalar_one())


def note_run(connection: Connection, run_id: int, counts: dict[str, Any], finished: bool) -> None:
    """Keep what a run has done so far; `finished` when it has ended well."""
    query = pieces("assessments.sql")["note_run"]
    connection.execute(query, {"id": run_id, "counts": _json(counts), "finished": finished})


def latest_as_of(connection: Connection) -> date | None:
    """Return the day of the newest finished run whose rows were kept, or None."""
    return connection.execute(pieces("assessments.sql")["latest_as_of"]).scalar()


def write_results(
    connection: Connection,
    scheme: str,
    subjects: pd.DataFrame,
    explained: Callable[[npt.NDArray[np.intp]], pd.DataFrame],
    run_id: int,
) -> Written:
    """Keep the results of one scheme: supersede what changed or no longer exists, add what is new.

    `subjects`: place_id, unit_id (NaN: the place itself) and digest, one row per subject. `explained(positions)`
    returns the columns of `assessment` for the subjects at those positions; it is asked only for what changed.
    """
    current = _current(connection, scheme)
    keyed = subjects.assign(unit_key=subjects["unit_id"].fillna(0).astype("int64"), row=np.arange(len(subjects)))
    both = keyed.merge(current, on=["place_id", "unit_key"], how="outer", suffixes=("", "_old"))
    same = both["row"].notna() & both["id"].notna() & (both["digest"] == both["digest_old"])
    gone = both.loc[both["id"].notna() & ~same, "id"].astype("int64").tolist()
    if gone:
        connection.execute(pieces("assessments.sql")["supersede"], {"ids": gone})
    changed = np.sort(both.loc[both["row"].notna() & ~same, "row"].to_numpy(dtype=np.intp))
    fresh = explained(changed)
    copy_rows(connection, ASSESSMENT, fresh.assign(scheme=scheme, run_id=run_id))
    if len(fresh) >= MANY:
        connection.exec_driver_sql("ANALYZE assessment")
    return Written(len(fresh), len(gone), int(same.sum()))


def _current(connection: Connection, scheme: str) -> pd.DataFrame:
    found = connection.execute(pieces("assessments.sql")["current"], {"scheme": scheme}).all()
    frame = pd.DataFrame(found, columns=["id", "place_id", "unit_key", "digest"])
    return frame.astype({"id": "int64", "place_id": "int64", "unit_key": "int64", "digest": "Int64"})


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
