"""The job that looks at the standing sources every minute, in the worker."""

from __future__ import annotations

import logging

from data.jobs import app, defer
from data.services import current
from data.sources.plan import PlanError, read_plans
from data.sources.run import look_at_due

TASK = "sources.look"
RESCORE = "risk.run"
logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name=TASK, lock=TASK, queueing_lock=TASK)
def queued_look(timestamp: int = 0) -> None:
    """Look at what is due; when anything changed, the city is scored again. A bad YAML file is told in the log."""
    services = current()
    if services.settings.sources_dir is None:
        return
    try:
        plans = read_plans(services.settings.sources_dir)
    except PlanError as error:
        logger.warning("%s", error)
        return
    reports = look_at_due(services.engine, plans, services.today())
    for report in reports:
        if report.state != "unchanged":
            logger.info("来源 %s：%s", report.name, report.sentence)
    if any(report.wrote for report in reports):
        defer(services.url, RESCORE)
