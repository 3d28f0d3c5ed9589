"""The data doctor: how far the data may be trusted, check by check, and which grades are unknown because of it.

`checks/` holds one file per check; `run` examines a city (or a part of it) and keeps the result; `read` is what the
page shows of the kept result, inside a viewer's scope.
"""

from data.doctor.checks import GROUPS, Check, check_of, checks
from data.doctor.run import Count, Report, examine, save

__all__ = ["GROUPS", "Check", "Count", "Report", "check_of", "checks", "examine", "save"]
