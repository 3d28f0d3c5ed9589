"""What several schemes judge alike: open hazards of a place, and where the last visit was too long ago."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from risk.rulefile import Flags
from risk.score import Sheet, Truth


def never(sheet: Sheet) -> Flags:
    """Return False for every subject."""
    return np.zeros(len(sheet), dtype=bool)


def text(sheet: Sheet, column: str) -> npt.NDArray[np.object_]:
    """Return a text column; None where nothing is said."""
    if column not in sheet.frame:
        return np.full(len(sheet), None, dtype=object)
    return sheet.frame[column].to_numpy(dtype=object)


def hazard_terms(sheet: Sheet) -> None:
    """Add points for open and overdue general hazards, and the direct rules for major ones.

    A hazard counts until a re-inspection closed it. That none is on record says something only where somebody looked
    within the validity of the input `hazards`. A major hazard without a deadline may be overdue.
    """
    found = sheet.read("open_general", "hazards")
    steps = [(sheet.limit("any"), sheet.points("hazards", "some")),
             (sheet.limit("several_hazards"), sheet.points("hazards", "several"))]  # fmt: skip
    sheet.steps(found, "hazards", steps)
    late = sheet.read("overdue_general", "overdue")
    sheet.steps(late, "overdue", [(sheet.limit("any"), sheet.points("overdue", "some"))])
    major_hazard_rules(sheet)


def major_hazard_rules(sheet: Sheet) -> None:
    """Add the direct rules `major_overdue` and `major_open` from the counts of open major hazards.

    The counts are the records': null (not told) leaves a rule possible; one without a deadline may be overdue.
    """
    opened, late, undated = (sheet.numbers(f"{name}_major") for name in ("open", "overdue", "undated"))
    shown = sheet.shown("open_major")
    untold = np.isnan(late) | np.isnan(undated) | (undated > 0)
    possibly_late = (late > 0) | (((opened > 0) | np.isnan(opened)) & untold)
    sheet.direct("major_overdue", Truth(late > 0, possibly_late), shown)
    sheet.direct("major_open", Truth(opened > 0, (opened > 0) | np.isnan(opened)), shown)
