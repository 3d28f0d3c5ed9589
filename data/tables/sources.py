"""Standing sources: what was last seen of each, and the rows a full delivery no longer holds."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Index, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.base import Base, one_of

STATES = ("done", "unchanged", "failed", "waiting")
DECISIONS = ("proposed", "returned", "kept", "closed")


class StandingSource(Base):
    """The last look at a standing source; what it is stands in its YAML file. `sentence` says what happened.

    `seen` is the SHA-256 of what was last read: the same content is not imported twice, nor refused twice.
    """

    __tablename__ = "standing_source"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    checked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    state: Mapped[str] = mapped_column(Text)
    sentence: Mapped[str] = mapped_column(Text, server_default="")
    seen: Mapped[str | None] = mapped_column(Text)
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    batch_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("import_batch.id"))

    __table_args__ = (one_of("state", STATES),)


class GoneRow(Base):
    """A stored row that a full delivery of its source no longer holds: proposed as gone, decided by a person.

    `returned`: a later delivery held it again. Nothing is ever deleted; `closed` sets a place's state.
    """

    __tablename__ = "gone_row"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    table_name: Mapped[str] = mapped_column(Text)
    row_id: Mapped[int] = mapped_column(BigInteger)
    source_key: Mapped[str] = mapped_column(Text)
    batch_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("import_batch.id"))
    noticed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    decision: Mapped[str] = mapped_column(Text, server_default="proposed")
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        UniqueConstraint("source", "table_name", "row_id"),
        one_of("decision", DECISIONS),
        Index("ix_gone_row_decision", "decision"),
    )
