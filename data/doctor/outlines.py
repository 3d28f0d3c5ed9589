"""What checks of outlines read: what no child covers, and outlines that seem to lie beside their place.

The geometry is in `geo/shift.py`. A proposal is shown with its evidence and never applied.
"""

import numpy as np
import shapely
from sqlalchemy import Connection, text

from data.sql import pieces
from geo.crs import STORED, measure_crs, reproject
from geo.datum import convert
from geo.shift import Shift, propose_beside, propose_inside

SQL = "doctor.sql"
STRIP_M = 10.0
"""Regions with less bare or doubled ground than a strip so wide along the whole border are not looked at."""
WAYS = {"shift_inside": (propose_inside, "下级外缘"), "shift_beside": (propose_beside, "相邻区域")}


def bare(conn: Connection) -> None:
    """Make the temp table `doctor_bare`, unless this examination has it."""
    if conn.scalar(text("SELECT to_regclass('pg_temp.doctor_bare') IS NULL")):
        conn.execute(pieces(SQL)["bare"])


def shifts(conn: Connection) -> None:
    """Make the temp table `doctor_shift` with the best proposal for each suspicious outline."""
    bare(conn)
    sql = pieces(SQL)
    conn.execute(sql["shift_table"])
    for piece, (propose, beside) in WAYS.items():
        for row in conn.execute(sql[piece], {"strip_m": STRIP_M}).all():
            outline, other = shapely.from_wkb(bytes(row.outline)), shapely.from_wkb(bytes(row.other))
            zone = measure_crs(outline)
            flat, flat_other = (reproject(shape, STORED, zone) for shape in (outline, other))
            shift = propose(flat, flat_other, [undone_gcj02(outline, zone)])
            if shift is None:
                continue
            moved = shapely.transform(flat, lambda xy, by=shift: np.add(xy, (by.east_m, by.north_m)))
            shape = shapely.to_wkb(reproject(moved, zone, STORED))
            said = sentence(shift, beside)
            values = {"region_id": row.id, "explained": shift.explained, "value": said, "shape": shape}
            conn.execute(sql["shift_row"], values)


def undone_gcj02(outline: shapely.Geometry, zone: int) -> tuple[float, float]:
    """Return the movement (east, north) in metres that an outline needs which is GCJ-02 taken for WGS-84."""
    middle = outline.centroid
    lon, lat = np.array([middle.x]), np.array([middle.y])
    wrong = convert(lon, lat, "wgs84", "gcj02")
    here, there = (reproject(shapely.Point(float(x[0]), float(y[0])), STORED, zone) for x, y in ((lon, lat), wrong))
    return here.x - there.x, here.y - there.y


def sentence(shift: Shift, beside: str) -> str:
    """Return the proposal and its evidence in words."""
    east = f"{'东' if shift.east_m > 0 else '西'}移 {abs(shift.east_m):.0f} m"
    north = f"{'北' if shift.north_m > 0 else '南'}移 {abs(shift.north_m):.0f} m"
    gcj = f"；按未去偏的 GCJ-02 移回则为 {shift.tried_m[0]:.0f} m" if shift.tried_m else ""
    return (
        f"建议{east}、{north}：与{beside}平均相差 {shift.before_m:.0f} m，移后 {shift.after_m:.0f} m"
        f"（{shift.points} 处）{gcj}"
    )


PREPARE = {"bare": bare, "shifts": shifts}
"""What a check's `made_by` names."""
