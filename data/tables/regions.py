"""The region tree (city, district, street, community, grid), zones that cut across it, and population."""

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.base import Base, Sourced, drawn, geometry, one_of

LEVELS = {1: "city", 2: "district", 3: "street", 4: "community", 5: "grid"}
ZONE_KINDS = (
    "police_station", "squadron", "fire_district", "industrial_park", "chemical_park",
    "development_zone", "port", "forest", "river",
)  # fmt: skip


class Region(Sourced, Base):
    """One node of the region tree.

    `path` holds the ids from the city down to the node itself, so `path[L]` is the ancestor at level L.
    Every node above grid level has one child with `is_rest` (未落格, code = parent's code + "X", no geometry) that
    takes what lies in none of the others. Places hang on leaves only: a grid or a rest node.
    """

    __tablename__ = "region"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    level: Mapped[int] = mapped_column(SmallInteger)
    parent_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("region.id"), index=True)
    is_rest: Mapped[bool] = mapped_column(Boolean, server_default="false")
    path: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    character: Mapped[str | None] = mapped_column(Text)
    population_day: Mapped[int | None] = mapped_column(Integer)
    population_night: Mapped[int | None] = mapped_column(Integer)
    geom: Mapped[Any] = geometry("MULTIPOLYGON")
    geom_3857: Mapped[Any] = drawn("MULTIPOLYGON")
    label_3857: Mapped[Any] = mapped_column(
        Geometry("POINT", srid=3857, spatial_index=True),
        Computed("ST_Transform(ST_PointOnSurface(geom), 3857)", persisted=True),
        nullable=True,
    )
    area_m2: Mapped[float | None] = mapped_column(Float, Computed("ST_Area(geom::geography)", persisted=True))

    __table_args__ = (
        UniqueConstraint("source", "source_key"),
        CheckConstraint("level BETWEEN 1 AND 5", name="level_range"),
        CheckConstraint("(level = 1) = (parent_id IS NULL)", name="only_city_is_root"),
        CheckConstraint("cardinality(path) = level AND path[level] = id", name="path_ends_here"),
        CheckConstraint("is_rest = (right(code, 1) = 'X')", name="rest_code"),
        CheckConstraint("code ~ '^[0-9]{6}([0-9]{3}){0,3}X?$'", name="code_form"),
        CheckConstraint("NOT is_rest OR geom IS NULL", name="rest_has_no_geometry"),
        Index("uq_region_one_rest", "parent_id", unique=True, postgresql_where="is_rest"),
        Index("uq_region_one_root", "level", unique=True, postgresql_where="level = 1"),
        Index("ix_region_path", "path", postgresql_using="gin"),
    )


class Zone(Sourced, Base):
    """An area that cuts across the tree: it carries duties, walls and reports, never tree totals."""

    __tablename__ = "zone"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    code: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    geom: Mapped[Any] = geometry("GEOMETRY")
    geom_3857: Mapped[Any] = drawn("GEOMETRY")

    __table_args__ = (UniqueConstraint("source", "source_key"), one_of("kind", ZONE_KINDS))


class PopulationCell(Sourced, Base):
    """People by day and by night in a cell (hexagon, square or grid polygon)."""

    __tablename__ = "population_cell"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    day: Mapped[float | None] = mapped_column(Float)
    night: Mapped[float | None] = mapped_column(Float)
    region_id: Mapped[int] = mapped_column(Integer, ForeignKey("region.id"), index=True)
    geom: Mapped[Any] = geometry("MULTIPOLYGON")

    __table_args__ = (
        UniqueConstraint("source", "source_key"),
        CheckConstraint("day >= 0 AND night >= 0", name="not_negative"),
    )


class Road(Sourced, Base):
    """A piece of road; `u`, `v` are network nodes where they are known."""

    __tablename__ = "road"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str | None] = mapped_column(Text)
    road_class: Mapped[str] = mapped_column(Text)
    oneway: Mapped[bool] = mapped_column(Boolean, server_default="false")
    speed_kmh: Mapped[float | None] = mapped_column(Float)
    length_m: Mapped[float | None] = mapped_column(Float)
    u: Mapped[int | None] = mapped_column(BigInteger)
    v: Mapped[int | None] = mapped_column(BigInteger)
    geom: Mapped[Any] = geometry("LINESTRING")
    geom_3857: Mapped[Any] = drawn("LINESTRING")

    __table_args__ = (
        UniqueConstraint("source", "source_key"),
        CheckConstraint("speed_kmh > 0", name="speed_positive"),
        CheckConstraint("length_m >= 0", name="length_not_negative"),
    )
