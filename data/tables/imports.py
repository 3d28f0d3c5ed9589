"""Import batches, the raw files as they came, rejected rows, and what city this database holds."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.base import Base, one_of


class RawFile(Base):
    """A file exactly as it came, stored once under its SHA-256."""

    __tablename__ = "raw_file"

    sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ImportBatch(Base):
    """One import of one file: who sent it, how it was read, what became of its rows."""

    __tablename__ = "import_batch"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str | None] = mapped_column(Text, ForeignKey("raw_file.sha256"))
    datum: Mapped[str | None] = mapped_column(Text)
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    actor: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    state: Mapped[str] = mapped_column(Text, server_default="done")

    __table_args__ = (one_of("state", ("done", "failed", "undone")),)


class RejectedRow(Base):
    """A row that did not go in, and why."""

    __tablename__ = "rejected_row"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    batch_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("import_batch.id", ondelete="CASCADE"))
    row_no: Mapped[int] = mapped_column(Integer)
    column_name: Mapped[str | None] = mapped_column(Text)
    value: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("ix_rejected_row_batch_id", "batch_id"),)


class FormerRow(Base):
    """A row as it was before an import changed or deleted it: what undoing the batch puts back.

    What a batch added needs no record: those rows carry its number and have no former state.
    """

    __tablename__ = "former_row"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    batch_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("import_batch.id", ondelete="CASCADE"))
    table_name: Mapped[str] = mapped_column(Text)
    row_id: Mapped[int] = mapped_column(BigInteger)
    former: Mapped[dict[str, Any]] = mapped_column(JSONB)
    deleted: Mapped[bool] = mapped_column(Boolean, server_default="false")

    __table_args__ = (
        Index("ix_former_row_batch", "batch_id", "table_name"),
        Index("ix_former_row_row", "table_name", "row_id"),
    )


class Upload(Base):
    """A file somebody handed in on the import page: checked first, then imported, both by a job of the queue.

    `options`: how it is to be read (maps, datum, crs, layer, encoding). `found`: what the last check or import said.
    """

    __tablename__ = "upload"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    sha256: Mapped[str] = mapped_column(Text, ForeignKey("raw_file.sha256"))
    file_name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text)
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    state: Mapped[str] = mapped_column(Text, server_default="checking")
    found: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    rejected: Mapped[bytes | None] = mapped_column(LargeBinary)
    account_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("account.id", ondelete="CASCADE"))
    actor: Mapped[str] = mapped_column(Text)
    batch_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("import_batch.id"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (one_of("state", ("checking", "checked", "importing", "done", "failed")),)


class ImportProfile(Base):
    """How a sender's spreadsheet with these headings was read the last time it went in."""

    __tablename__ = "import_profile"

    source: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    headings: Mapped[str] = mapped_column(Text, primary_key=True)
    options: Mapped[dict[str, Any]] = mapped_column(JSONB)
    used_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class City(Base):
    """The one city of this database. `is_demo` makes every screen say 演示数据."""

    __tablename__ = "city"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, server_default="1", autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    is_demo: Mapped[bool] = mapped_column(Boolean)
    seed: Mapped[int | None] = mapped_column(Integer)
    as_of: Mapped[date | None] = mapped_column(Date)
    attribution: Mapped[str | None] = mapped_column(Text)
    notes: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")

    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)
