"""Who answers and what was done: officers, duties, inspections, hazards, orders, acts, incidents."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.base import Base, Located, Sourced, drawn, geometry, one_of

DUTY_ROLES = (
    "police_officer",  # 责任民警
    "grid_officer",  # 网格员
    "guarantor",  # 包保责任人
    "leader",  # 分管领导
    "safety_officer",  # 安全员
    "patrol",  # 巡查组
)
INSPECTION_TYPES = ("routine", "special", "joint", "reinspection", "supplier_visit", "complaint", "self_check")
INSPECTION_RESULTS = ("passed", "hazards", "refused", "closed_door")
HAZARD_LEVELS = ("general", "major")
HAZARD_STATES = ("found", "assigned", "rectified", "closed", "refused")
ACT_KINDS = ("penalty", "suspension", "interview", "blacklist", "closure")


class Officer(Sourced, Base):
    """A person with duties. Name and phone are personal fields, shown by permission only."""

    __tablename__ = "officer"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    organisation: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("source", "source_key"),)


class Duty(Sourced, Base):
    """Who answers for one region, zone or place, in which role, since when (and until when)."""

    __tablename__ = "duty"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    officer_id: Mapped[int] = mapped_column(Integer, ForeignKey("officer.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(Text)
    region_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("region.id"), index=True)
    zone_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("zone.id"), index=True)
    place_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("place.id", ondelete="CASCADE"), index=True)
    since: Mapped[date | None] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        UniqueConstraint("source", "source_key"),
        one_of("role", DUTY_ROLES),
        CheckConstraint("num_nonnulls(region_id, zone_id, place_id) = 1", name="one_subject"),
    )


class Inspection(Sourced, Base):
    """A visit; `checklist` holds the items and their answers."""

    __tablename__ = "inspection"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    place_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("place.id", ondelete="CASCADE"))
    inspected_on: Mapped[date] = mapped_column(Date)
    type: Mapped[str] = mapped_column(Text)
    result: Mapped[str | None] = mapped_column(Text)
    organisation: Mapped[str | None] = mapped_column(Text)
    officer_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("officer.id"))
    checklist: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

    __table_args__ = (
        UniqueConstraint("source", "source_key"),
        one_of("type", INSPECTION_TYPES),
        one_of("result", INSPECTION_RESULTS),
        Index("ix_inspection_place_id_inspected_on", "place_id", "inspected_on"),
    )


class Hazard(Sourced, Base):
    """A 隐患 with owner, deadline and state. Only a re-inspection closes it."""

    __tablename__ = "hazard"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    place_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("place.id", ondelete="CASCADE"), index=True)
    inspection_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("inspection.id", ondelete="SET NULL"))
    level: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    clause: Mapped[str | None] = mapped_column(Text)
    owner: Mapped[str | None] = mapped_column(Text)
    found_on: Mapped[date] = mapped_column(Date)
    deadline: Mapped[date | None] = mapped_column(Date)
    rectified_on: Mapped[date | None] = mapped_column(Date)
    reinspected_on: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        UniqueConstraint("source", "source_key"),
        one_of("level", HAZARD_LEVELS),
        one_of("state", HAZARD_STATES),
        CheckConstraint("state <> 'closed' OR reinspected_on IS NOT NULL", name="only_reinspection_closes"),
        Index("ix_hazard_open", "place_id", "deadline", postgresql_where="state <> 'closed'"),
    )


class OrderSheet(Sourced, Base):
    """A hand-over sheet (交办单) and the hazards on it."""

    __tablename__ = "order_sheet"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    issued_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    issuer: Mapped[str | None] = mapped_column(Text)
    receiver: Mapped[str | None] = mapped_column(Text)
    region_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("region.id"))
    hazard_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")

    __table_args__ = (UniqueConstraint("source", "source_key"),)


class Act(Sourced, Base):
    """An enforcement act: penalty, suspension, interview, blacklist, closure."""

    __tablename__ = "act"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    place_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("place.id", ondelete="CASCADE"), index=True)
    hazard_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("hazard.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(Text)
    on_date: Mapped[date] = mapped_column(Date)
    document_no: Mapped[str | None] = mapped_column(Text)
    amount_yuan: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (UniqueConstraint("source", "source_key"), one_of("kind", ACT_KINDS))


class Incident(Sourced, Located, Base):
    """A fire, leak, explosion or other accident, with or without a known place."""

    __tablename__ = "incident"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    happened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    kind: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    deaths: Mapped[int | None] = mapped_column(Integer)
    injured: Mapped[int | None] = mapped_column(Integer)
    place_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("place.id", ondelete="SET NULL"), index=True)
    region_id: Mapped[int] = mapped_column(Integer, ForeignKey("region.id"), index=True)
    geom: Mapped[Any] = geometry("POINT")
    geom_3857: Mapped[Any] = drawn("POINT")

    __table_args__ = (UniqueConstraint("source", "source_key"),)
