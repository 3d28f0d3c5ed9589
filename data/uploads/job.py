"""The job that checks and imports what was handed in, in the worker, one upload after the other."""

from __future__ import annotations

import logging

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from data.jobs import app, defer
from data.services import current
from data.uploads.check import give_up, work

TASK = "uploads.work"
RESCORE = "risk.run"
WAITING = "SELECT id FROM upload WHERE state IN ('checking', 'importing') AND id > :after ORDER BY id LIMIT 1"
logger = logging.getLogger(__name__)


@app.task(name=TASK, lock=TASK, queueing_lock=TASK)
def queued_work() -> None:
    """Check or import every upload that waits; after an import the city is scored again."""
    services = current()
    after, imported = 0, False
    while True:
        with services.engine.connect() as connection:
            upload_id = connection.execute(text(WAITING), {"after": after}).scalar()
        if upload_id is None:
            break
        after = upload_id
        try:
            imported |= work(services.engine, services.settings, upload_id) == "done"
        except OperationalError:
            raise  # the database went away: the job is taken up again when it is back
        except Exception:
            logger.exception("upload %s", upload_id)
            give_up(services.engine, upload_id)
    if imported:
        defer(services.url, RESCORE)
