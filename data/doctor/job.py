"""The daily examination as a job of the queue, and the same on request of a page."""

from datetime import datetime

from data.doctor.run import examine, lock, save
from data.jobs import app
from data.services import current
from data.settings import TIME_ZONE

TASK = "data.doctor"
DAILY = "20 19 * * *"
"""In UTC, as the queue reads it: 03:20 in Asia/Shanghai."""


@app.periodic(cron=DAILY)
@app.task(name=TASK, lock=TASK, queueing_lock=TASK)
def queued_examination(timestamp: int | None = None) -> None:
    """Examine the whole city at this instant and keep the result; without a city there is nothing to do.

    `timestamp` is what the queue gives to periodic work; a late one examines the data of now, not of then.
    """
    del timestamp
    now = datetime.now(TIME_ZONE)
    services = current()
    with services.engine.begin() as conn:
        lock(conn)
        if conn.exec_driver_sql("SELECT EXISTS (SELECT FROM region WHERE level = 1)").scalar():
            save(conn, examine(conn, services.today(), now))
