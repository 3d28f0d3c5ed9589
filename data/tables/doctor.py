"""What the data doctor found last, and how the counts went from day to day. Derived: written by `data.doctor` only."""

from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Float, Identity, Index, Integer, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.base import Base


class DoctorRun(Base):
    """One kept examination. `unknown`: checks that could not be made, with the sentence that says why."""

    __tablename__ = "doctor_run"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    seconds: Mapped[float] = mapped_column(Float)
    unknown: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    labels: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")


class DoctorFinding(Base):
    """One subject that a check found, as of the newest run; replaced as a whole by the next one.

    `check_id` is a check, or check:part for a family of them. `place_id` null: the subject is a region. `unknown`: the
    place is not graded and this is among what its grade lacks; `at_least` is what is proven of it all the same. It is
    set on the first finding of a place within a check only, so that sums count a place once. No foreign keys, like
    every derived table: what was deleted since is left out where findings are listed.
    """

    __tablename__ = "doctor_finding"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    check_id: Mapped[str] = mapped_column(Text)
    record_id: Mapped[int] = mapped_column(BigInteger)
    place_id: Mapped[int | None] = mapped_column(BigInteger)
    region_id: Mapped[int] = mapped_column(Integer)
    source: Mapped[str] = mapped_column(Text)
    value: Mapped[str | None] = mapped_column(Text)
    unknown: Mapped[bool] = mapped_column(Boolean)
    at_least: Mapped[int] = mapped_column(SmallInteger)
    geom_3857: Mapped[Any] = mapped_column(Geometry("POINT", srid=3857, spatial_index=False), nullable=True)
    shape_3857: Mapped[Any] = mapped_column(Geometry("GEOMETRY", srid=3857, spatial_index=False), nullable=True)

    __table_args__ = (Index("ix_doctor_finding_check_id_region_id", "check_id", "region_id"),)


class DoctorTrend(Base):
    """What a check found on a day in a city, district or street (未落格 nodes too), by the source of the records.

    `population`: subjects that were judged. `unmapped`: findings without a point. `unknown`, `unknown_severe`: places
    that are not graded with this among the reasons, and those of them that are proven at least orange.
    """

    __tablename__ = "doctor_trend"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    check_id: Mapped[str] = mapped_column(Text, primary_key=True)
    region_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(Text, primary_key=True)
    n: Mapped[int] = mapped_column(Integer)
    population: Mapped[int] = mapped_column(Integer)
    unmapped: Mapped[int] = mapped_column(Integer)
    unknown: Mapped[int] = mapped_column(Integer)
    unknown_severe: Mapped[int] = mapped_column(Integer)

    __table_args__ = (Index("ix_doctor_trend_region_id", "region_id", "check_id", "day"),)
