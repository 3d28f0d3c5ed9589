"""What happens now: changed layers and alarms as the database tells them, and the state to start from."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import psycopg
import sqlalchemy as sa

from data.engine import libpq_url

CHANNEL = "yzt"
"""The triggers of migration 0001 send to this channel."""

QUIET_S = 1.0


@dataclass(frozen=True)
class LiveState:
    """Versions of every layer, when data last came in (None: never), and the database's own clock."""

    layers: dict[str, int]
    data_at: datetime | None
    now: datetime


def read_state(engine: sa.Engine) -> LiveState:
    """Read the versions of all layers and how fresh the data is."""
    with engine.connect() as conn:
        rows = conn.execute(sa.text("SELECT layer, version, changed_at, now() AS now FROM layer_version")).all()
        now = rows[0].now if rows else conn.scalar(sa.text("SELECT now()"))
    return LiveState(
        layers={row.layer: row.version for row in rows},
        data_at=max((row.changed_at for row in rows), default=None),
        now=now,
    )


async def listen(engine: sa.Engine) -> AsyncIterator[dict[str, Any] | None]:
    """Yield what the triggers send, on a connection of its own; None at first (now listening) and in quiet moments.

    A message is `{"kind": "layers", "layer", "version"}`, `{"kind": "alarm", "id", "place_id", "level", "state",
    "path"}` or `{"kind": "alarms", "n"}` (too many at once to name). Raises psycopg.Error when the connection is lost.
    """
    address = libpq_url(engine.url.render_as_string(hide_password=False))
    connection = await psycopg.AsyncConnection.connect(
        address,
        autocommit=True,
        application_name="yizhangtu events",
        connect_timeout=5,
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
    )
    async with connection:
        await connection.execute(f"LISTEN {CHANNEL}")
        while True:
            yield None
            async for note in connection.notifies(timeout=QUIET_S):
                message = orjson.loads(note.payload)
                if isinstance(message, dict):
                    yield message
