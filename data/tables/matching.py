"""Who is it: original records of merged places, pairs that were looked at, and merges that can be taken apart."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.base import Base, one_of

PAIR_STATES = ("open", "same", "different")


class PlaceSource(Base):
    """One original record of a merged place, whole, as its sender last told it; a place that is no merge has none.

    `(source, source_key)` leads a later import of the same row to the place it is part of. `origin_id` is the id the
    record had as a place of its own. A merged place cannot be deleted while its records stand (no cascade).
    """

    __tablename__ = "place_source"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    place_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("place.id"), index=True)
    origin_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    source: Mapped[str] = mapped_column(Text)
    source_key: Mapped[str] = mapped_column(Text)
    batch_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("import_batch.id"))
    record: Mapped[dict[str, Any]] = mapped_column(JSONB)
    changed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (UniqueConstraint("source", "source_key"),)


class PlacePair(Base):
    """Two places somebody should look at, or somebody looked at: `different` is remembered and not asked again.

    The ids are those the records had as places of their own (`place_source.origin_id` says where they are now).
    """

    __tablename__ = "place_pair"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    a_id: Mapped[int] = mapped_column(BigInteger)
    b_id: Mapped[int] = mapped_column(BigInteger, index=True)
    state: Mapped[str] = mapped_column(Text, server_default="open")
    rule: Mapped[str] = mapped_column(Text)
    score: Mapped[float] = mapped_column(Float)
    distance_m: Mapped[float | None] = mapped_column(Float)
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    found_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    postponed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[str | None] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        UniqueConstraint("a_id", "b_id"),
        CheckConstraint("a_id < b_id", name="smaller_first"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_has_time"),
        one_of("state", PAIR_STATES),
        Index("ix_place_pair_open", "score", postgresql_where="state = 'open'"),
    )


class PlaceMerge(Base):
    """One merge: which place stayed, which went into it, by which rule or whom, what contradicted, and its undoing."""

    __tablename__ = "place_merge"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kept_id: Mapped[int] = mapped_column(BigInteger, index=True)
    absorbed_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    how: Mapped[str] = mapped_column(Text)
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    conflicts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    grades: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    made_by: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(Integer)
    undone_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    undone_by: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (one_of("how", ("rule", "person")),)


class PlaceMergeRow(Base):
    """One row that a merge touched: re-pointed (`moved`), taken out, changed or added, with what it was before.

    `before` and `after` are whole rows for `removed` and `changed` (geometry as hexadecimal EWKB), the value of
    `column_name` for `moved`, nothing for `added`.
    """

    __tablename__ = "place_merge_row"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    merge_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("place_merge.id", ondelete="CASCADE"), index=True)
    what: Mapped[str] = mapped_column(Text)
    table_name: Mapped[str] = mapped_column(Text)
    row_id: Mapped[int] = mapped_column(BigInteger)
    column_name: Mapped[str | None] = mapped_column(Text)
    before: Mapped[Any | None] = mapped_column(JSONB)
    after: Mapped[Any | None] = mapped_column(JSONB)

    __table_args__ = (one_of("what", ("moved", "removed", "changed", "added")),)
