"""Sensors, their readings and the alarms that were raised."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.base import Base, Sourced, one_of

SENSOR_KINDS = ("gas", "smoke", "temperature", "pressure", "cutoff", "level")
ALARM_STATES = ("open", "acknowledged", "escalated", "closed")


class Sensor(Sourced, Base):
    """A device. Whether it works is judged from `last_seen_at` and `fault`, never from its being listed."""

    __tablename__ = "sensor"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    place_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("place.id", ondelete="CASCADE"), index=True)
    code: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    unit: Mapped[str | None] = mapped_column(Text)
    installed_on: Mapped[date | None] = mapped_column(Date)
    last_seen_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_value: Mapped[float | None] = mapped_column(Float)
    fault: Mapped[bool] = mapped_column(Boolean, server_default="false")

    __table_args__ = (UniqueConstraint("source", "source_key"), one_of("kind", SENSOR_KINDS))


class Reading(Base):
    """One value of a sensor at an instant, in the sensor's unit (gas: % LEL)."""

    __tablename__ = "reading"

    sensor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("sensor.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    value: Mapped[float] = mapped_column(Float)


class Alarm(Sourced, Base):
    """What was raised, and its life: open, acknowledged, escalated, closed. Level 1 low, 2 high."""

    __tablename__ = "alarm"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    place_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("place.id", ondelete="CASCADE"), index=True)
    sensor_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("sensor.id", ondelete="CASCADE"), index=True)
    level: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(Text)
    value: Mapped[float | None] = mapped_column(Float)
    raised_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    state: Mapped[str] = mapped_column(Text, server_default="open")
    acknowledged_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    acknowledged_by: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closed_by: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        UniqueConstraint("source", "source_key"),
        one_of("state", ALARM_STATES),
        CheckConstraint("level BETWEEN 1 AND 2", name="level_range"),
        CheckConstraint("state <> 'closed' OR closed_at IS NOT NULL", name="closed_has_time"),
        Index("ix_alarm_open", "raised_at", postgresql_where="state <> 'closed'"),
    )
