"""Assessments with their reasons, and the tables that are drawn and counted from them."""

from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.base import Base, one_of

# severity: 4 red (or level 1), 3 orange, 2 yellow, 1 blue (or green), 0 unknown, -1 not applicable
SEVERITY = {"red": 4, "orange": 3, "yellow": 2, "blue": 1, "unknown": 0, "na": -1}


class RiskRun(Base):
    """One pass of the rules over the city."""

    __tablename__ = "risk_run"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    as_of: Mapped[date] = mapped_column(Date)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    rules: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")


class Assessment(Base):
    """What a scheme says of a place or unit: value or interval, severity, and every contribution.

    `severity` 0 is unknown, and then `at_least` is what is proven (3 = 至少橙); for a graded row they are equal.
    `digest` is a hash of what the row says, so that a run knows an unchanged result without reading it.
    The current row of a (place, unit, scheme) has `superseded_at` null; older ones are kept.
    """

    __tablename__ = "assessment"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    place_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("place.id", ondelete="CASCADE"), index=True)
    unit_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("unit.id", ondelete="CASCADE"))
    scheme: Mapped[str] = mapped_column(Text)
    rule_version: Mapped[str] = mapped_column(Text)
    as_of: Mapped[date] = mapped_column(Date)
    value_low: Mapped[float | None] = mapped_column(Float)
    value_high: Mapped[float | None] = mapped_column(Float)
    grade: Mapped[str] = mapped_column(Text)
    severity: Mapped[int] = mapped_column(SmallInteger)
    at_least: Mapped[int] = mapped_column(SmallInteger)
    sentence: Mapped[str] = mapped_column(Text)
    contributions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    missing: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    data_from: Mapped[date | None] = mapped_column(Date)
    digest: Mapped[int | None] = mapped_column(BigInteger)
    run_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("risk_run.id"))
    superseded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint("severity BETWEEN -1 AND 4 AND at_least BETWEEN -1 AND 4", name="severity_range"),
        CheckConstraint("severity = 0 OR at_least = severity", name="proven_equals_grade"),
        CheckConstraint("value_low <= value_high", name="interval_order"),
        Index(
            "uq_assessment_current",
            "scheme",
            "place_id",
            func.coalesce(unit_id, 0),
            unique=True,
            postgresql_where="superseded_at IS NULL",
        ),
    )


class DrawnPlace(Base):
    """What is drawn and counted of a place in one layer: one row per (layer, place), with or without a point.

    Written by `data.drawn` only, in the transaction that changes places or assessments. It is derived and rebuilt
    aside when much changes, so it has no foreign keys.
    """

    __tablename__ = "drawn_place"

    place_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    layer: Mapped[str] = mapped_column(Text, primary_key=True)
    severity: Mapped[int] = mapped_column(SmallInteger)
    at_least: Mapped[int] = mapped_column(SmallInteger)
    region_id: Mapped[int] = mapped_column(Integer)
    path: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    geom_3857: Mapped[Any] = mapped_column(Geometry("POINT", srid=3857, spatial_index=False), nullable=True)

    __table_args__ = (
        one_of("layer", ("enterprise", "gas_shop", "small_place", "crowded_place")),
        Index("ix_drawn_place_geom_enterprise", "geom_3857", postgresql_using="gist",
              postgresql_where="layer = 'enterprise'"),
        Index("ix_drawn_place_geom_gas_shop", "geom_3857", postgresql_using="gist",
              postgresql_where="layer = 'gas_shop'"),
        Index("ix_drawn_place_geom_small_place", "geom_3857", postgresql_using="gist",
              postgresql_where="layer = 'small_place'"),
        Index("ix_drawn_place_geom_crowded_place", "geom_3857", postgresql_using="gist",
              postgresql_where="layer = 'crowded_place'"),
    )  # fmt: skip


class DrawnCell(Base):
    """Counts per grade of the points of a layer in one small cell of one tile, for zooms 5 to 13.

    A tile has 64 × 64 cells; `cx`, `cy` count cells from the north-west corner of the world at zoom `z`.
    `node_id` is the street (or the rest node above it) the points belong to, so that a scope can filter cells.
    """

    __tablename__ = "drawn_cell"

    layer: Mapped[str] = mapped_column(Text, primary_key=True)
    z: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    cx: Mapped[int] = mapped_column(Integer, primary_key=True)
    cy: Mapped[int] = mapped_column(Integer, primary_key=True)
    node_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    x: Mapped[float] = mapped_column(Float)
    y: Mapped[float] = mapped_column(Float)
    red: Mapped[int] = mapped_column(Integer)
    orange: Mapped[int] = mapped_column(Integer)
    yellow: Mapped[int] = mapped_column(Integer)
    blue: Mapped[int] = mapped_column(Integer)
    unknown: Mapped[int] = mapped_column(Integer)
    unknown_severe: Mapped[int] = mapped_column(Integer)
    na: Mapped[int] = mapped_column(Integer)


class RegionCount(Base):
    """Places of a layer by severity in a region (every level, rest nodes too); `mapped` of them have a point."""

    __tablename__ = "region_count"

    region_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    layer: Mapped[str] = mapped_column(Text, primary_key=True)
    severity: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    at_least: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    n: Mapped[int] = mapped_column(Integer)
    mapped: Mapped[int] = mapped_column(Integer)


class RegionTotal(Base):
    """Places in a region, each counted once whatever its kinds; `mapped` of them have a point."""

    __tablename__ = "region_total"

    region_id: Mapped[int] = mapped_column(Integer, ForeignKey("region.id", ondelete="CASCADE"), primary_key=True)
    places: Mapped[int] = mapped_column(Integer)
    mapped: Mapped[int] = mapped_column(Integer)


class LayerVersion(Base):
    """The version of what a layer draws: part of every tile address, raised by every change."""

    __tablename__ = "layer_version"

    layer: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
