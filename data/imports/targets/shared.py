"""What several targets do alike: points into columns, and the scope of whoever imports."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.imports.model import Unusable
from data.imports.work import Work


def add_points(work: Work, frame: pd.DataFrame) -> None:
    """Add point, original pair, datum and its evidence to a frame indexed by row; nothing where the file has none."""
    points = work.points
    if not points.given:
        return
    at = frame.index.to_numpy()
    frame["geom"] = points.geometry()[at]
    for name in ("orig_x", "orig_y", "orig_crs", "datum"):
        frame[name] = getattr(points, name)[at]
    frame["datum_evidence"] = points.evidence[at]


def outside_scope(work: Work, leaves: NDArray[np.int64]) -> None:
    """Reject the rows whose leaf lies outside the regions of whoever imports."""
    viewer = work.options.viewer
    if viewer.everywhere:
        return
    seen = {leaf: bool(viewer.sees(work.regions.path(leaf))) for leaf in set(leaves.tolist())}
    outside = np.array([not seen[leaf] for leaf in leaves.tolist()], dtype=bool)
    if outside.any():
        work.ledger.reject(outside, "", "", "不在您的管辖区域内")


def whole_city_only(work: Work) -> None:
    """Refuse a kind that belongs to the whole city to a viewer of some regions."""
    if not work.options.viewer.everywhere:
        raise Unusable(f"“{work.kind.title}”表属于全市，您的账号只管部分区域，不能导入")
