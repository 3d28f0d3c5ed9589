"""Base class, naming convention and the column groups that many tables share."""

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, CheckConstraint, Computed, DateTime, Float, ForeignKey, MetaData, Text, func
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

DATUMS = ("wgs84", "gcj02", "bd09", "cgcs2000")
EVIDENCE = ("declared", "column", "confirmed", "unverified", "demo")


class Base(DeclarativeBase):
    """Declarative base of every table of the product."""

    metadata = MetaData(naming_convention=NAMING)


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """Check that a text column holds one of `values` (or is null)."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def geometry(kind: str, index: bool = True, nullable: bool = True) -> Mapped[Any]:
    """Return a geometry column in EPSG:4326 with its spatial index."""
    return mapped_column(Geometry(kind, srid=4326, spatial_index=index), nullable=nullable)


def drawn(kind: str, source: str = "geom", index: bool = True) -> Mapped[Any]:
    """Return the stored web-mercator copy (EPSG:3857) of a geometry column, kept by the database itself."""
    return mapped_column(
        Geometry(kind, srid=3857, spatial_index=index),
        Computed(f"ST_Transform({source}, 3857)", persisted=True),
        nullable=True,
    )


class Sourced:
    """Where a row came from: the sender's name, the sender's key, the batch, and when it last changed.

    `(source, source_key)` is unique in each table: it makes the second import of one file change nothing.
    """

    source: Mapped[str] = mapped_column(Text)
    source_key: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    @declared_attr
    def batch_id(self) -> Mapped[int | None]:
        """Return the import batch that last wrote the row."""
        return mapped_column(BigInteger, ForeignKey("import_batch.id"))


class Located:
    """A point, with the original pair, its declared datum and what supports the datum.

    `geom` null means 未上图. `orig_x`, `orig_y` are the numbers as they came: degrees, or metres of `orig_crs`.
    """

    orig_x: Mapped[float | None] = mapped_column(Float)
    orig_y: Mapped[float | None] = mapped_column(Float)
    orig_crs: Mapped[str | None] = mapped_column(Text)
    datum: Mapped[str | None] = mapped_column(Text)
    datum_evidence: Mapped[str | None] = mapped_column(Text)
