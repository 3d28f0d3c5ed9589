"""The demo's devices report on: else every sensor of the demo would count as silent the day after it was made.

A reading is copied from the same hour of the week before, so that charts and faults look alike. Only rows of the
demo's source in a database that holds a demo city are touched; whatever was silent stays silent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, text

from data.demo.devices import HOURS, LOW_LEL
from data.demo.write import SOURCE
from data.jobs import DEMO_FEED, app
from data.services import current
from data.sql import pieces

FILL_DAYS = HOURS // 24
"""Most days that one step fills in: what a chart shows. A longer gap stays a gap."""
KEEP_DAYS = FILL_DAYS + 1
"""Days after which a reading of the demo is dropped."""
LOCK = 7_239_146_067
"""Number of the PostgreSQL advisory lock that a step holds."""


@dataclass(frozen=True)
class Fed:
    """What a step did: readings appended and dropped, devices that were heard."""

    appended: int = 0
    heard: int = 0
    dropped: int = 0


def feed(engine: Engine, now: datetime) -> Fed:
    """Let the devices of the demo report every full hour up to `now` (with zone), in one transaction.

    Nothing happens without a demo city, while another step runs, and when no hour has passed since the last one.
    Versions of what is drawn and counted follow by the triggers on `sensor`, the wall's data time with them.
    """
    if now.tzinfo is None:
        raise ValueError("now needs a zone")
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    sql = pieces("feed.sql")
    with engine.connect() as connection:  # holding nothing: a city that is not a demo is not in anybody's way
        if connection.scalar(sql["demo_moment"]) is None:
            return Fed()
    with engine.begin() as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": LOCK}):
            return Fed()
        connection.execute(sql["hold_tables"])
        moment = connection.scalar(sql["demo_moment"])  # again: it may have been replaced while we waited
        if moment is None:
            return Fed()
        which = {"source": SOURCE, "moment": moment, "hour": hour}
        appended = connection.execute(sql["append"], which | {"days": FILL_DAYS, "low_lel": LOW_LEL}).rowcount
        if not appended:
            return Fed()
        heard = connection.execute(sql["move_on"], which).rowcount
        dropped = connection.execute(sql["drop_old"], {"source": SOURCE, "hour": hour, "days": KEEP_DAYS}).rowcount
    return Fed(appended, heard, dropped)


@app.periodic(cron="0 * * * *")
@app.task(name=DEMO_FEED, lock=DEMO_FEED, queueing_lock=DEMO_FEED)
def queued_feed(timestamp: int | None = None) -> None:
    """Run as a job of the queue, at every full hour and when a worker starts; `timestamp` is when it was due."""
    feed(current().engine, datetime.now(UTC))
