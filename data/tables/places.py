"""Places (premises), their units, holdings and gas installations, and fire stations."""

from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Float,
    ForeignKey,
    Identity,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.base import DATUMS, EVIDENCE, Base, Located, Sourced, drawn, geometry, one_of

PLACE_KINDS = (
    "enterprise", "gas_shop", "small_place", "crowded_place", "school", "hospital", "petrol_station", "mine", "hazchem",
    "explosive_precursor", "highly_toxic", "drug_precursor", "fireworks", "hazmat_parking",
)  # fmt: skip
SCALES = ("high_hazard", "above_scale", "small")
PLACE_STATES = ("open", "suspended", "closed")
UNIT_KINDS = ("production", "storage")
STATION_CLASSES = ("special", "class1", "class2", "small", "volunteer")


class Place(Sourced, Located, Base):
    """One premises a person can stand in front of, with the set of its kinds.

    One 统一社会信用代码 (`uscc`) may own many places. `facts` holds inputs of scoring that only some kinds have.
    """

    __tablename__ = "place"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    state: Mapped[str] = mapped_column(Text, server_default="open")
    uscc: Mapped[str | None] = mapped_column(Text, index=True)
    licence_no: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    industry: Mapped[str | None] = mapped_column(Text)
    chains: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    scale: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(Text)
    employees: Mapped[int | None] = mapped_column(Integer)
    floor_area_m2: Mapped[float | None] = mapped_column(Float)
    capacity: Mapped[int | None] = mapped_column(Integer)
    contact_name: Mapped[str | None] = mapped_column(Text)
    contact_phone: Mapped[str | None] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    region_id: Mapped[int] = mapped_column(Integer, ForeignKey("region.id"), index=True)
    named_region: Mapped[str | None] = mapped_column(Text)
    geom: Mapped[Any] = geometry("POINT")
    geom_3857: Mapped[Any] = drawn("POINT", index=False)  # drawn_place holds the index of what is drawn
    site: Mapped[Any] = geometry("MULTIPOLYGON")

    __table_args__ = (
        UniqueConstraint("source", "source_key"),
        CheckConstraint(
            "cardinality(kinds) > 0 AND kinds <@ ARRAY[" + ", ".join(f"'{k}'" for k in PLACE_KINDS) + "]::text[]",
            name="kinds_known",
        ),
        CheckConstraint("btrim(name) <> ''", name="name_not_blank"),
        one_of("scale", SCALES),
        one_of("state", PLACE_STATES),
        one_of("datum", DATUMS),
        one_of("datum_evidence", EVIDENCE),
        CheckConstraint("employees >= 0", name="employees_not_negative"),
    )


class Unit(Sourced, Base):
    """A production or storage unit: what GB 18218 judges. `exposed_people`: usually present within 500 m outside."""

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    place_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("place.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    exposed_people: Mapped[int | None] = mapped_column(Integer)
    boundary: Mapped[Any] = geometry("MULTIPOLYGON")

    __table_args__ = (
        UniqueConstraint("source", "source_key"),
        one_of("kind", UNIT_KINDS),
        CheckConstraint("exposed_people >= 0", name="people_not_negative"),
    )


class Holding(Sourced, Base):
    """A substance in a unit (or a place) in tonnes; the ledger columns serve precursors."""

    __tablename__ = "holding"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    place_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("place.id", ondelete="CASCADE"), index=True)
    unit_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("unit.id", ondelete="CASCADE"), index=True)
    substance: Mapped[str] = mapped_column(Text)
    cas: Mapped[str | None] = mapped_column(Text)
    hazard_class: Mapped[str | None] = mapped_column(Text)
    design_max_t: Mapped[float | None] = mapped_column(Float)
    filed_t: Mapped[float | None] = mapped_column(Float)
    bought_t: Mapped[float | None] = mapped_column(Float)
    used_t: Mapped[float | None] = mapped_column(Float)
    stock_t: Mapped[float | None] = mapped_column(Float)

    __table_args__ = (
        UniqueConstraint("source", "source_key"),
        CheckConstraint(
            "design_max_t >= 0 AND filed_t >= 0 AND bought_t >= 0 AND used_t >= 0 AND stock_t >= 0", name="not_negative"
        ),
    )


class GasInstallation(Sourced, Base):
    """The gas installation of a shop; null means that nobody has told, never that it is in order."""

    __tablename__ = "gas_installation"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    place_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("place.id", ondelete="CASCADE"), unique=True)
    supply: Mapped[str | None] = mapped_column(Text)
    supplier: Mapped[str | None] = mapped_column(Text)
    has_room: Mapped[bool | None] = mapped_column(Boolean)
    room_underground: Mapped[bool | None] = mapped_column(Boolean)
    in_basement: Mapped[bool | None] = mapped_column(Boolean)
    floor_no: Mapped[int | None] = mapped_column(SmallInteger)
    cylinder_in_dining: Mapped[bool | None] = mapped_column(Boolean)
    hose_m: Mapped[float | None] = mapped_column(Float)
    hose_material: Mapped[str | None] = mapped_column(Text)
    hose_installed_on: Mapped[date | None] = mapped_column(Date)
    hose_joint: Mapped[bool | None] = mapped_column(Boolean)
    hose_through_wall: Mapped[bool | None] = mapped_column(Boolean)
    regulator_installed_on: Mapped[date | None] = mapped_column(Date)
    regulator_adjustable: Mapped[bool | None] = mapped_column(Boolean)
    flame_failure_device: Mapped[bool | None] = mapped_column(Boolean)
    alarm_installed: Mapped[bool | None] = mapped_column(Boolean)
    alarm_working: Mapped[bool | None] = mapped_column(Boolean)
    cutoff_installed: Mapped[bool | None] = mapped_column(Boolean)
    cutoff_working: Mapped[bool | None] = mapped_column(Boolean)
    checked_on: Mapped[date | None] = mapped_column(Date)
    last_visit_on: Mapped[date | None] = mapped_column(Date)
    cylinder_total_kg: Mapped[float | None] = mapped_column(Float)

    __table_args__ = (
        UniqueConstraint("source", "source_key"),
        one_of("supply", ("cylinder", "piped", "none")),
        CheckConstraint("hose_m >= 0 AND cylinder_total_kg >= 0", name="not_negative"),
    )


class Cylinder(Sourced, Base):
    """One LPG cylinder: filling mass in kg, where it stands, and when its test expires."""

    __tablename__ = "cylinder"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    installation_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("gas_installation.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[str | None] = mapped_column(Text)
    mass_kg: Mapped[float] = mapped_column(Float)
    expires_on: Mapped[date | None] = mapped_column(Date)
    two_phase: Mapped[bool | None] = mapped_column(Boolean)
    spot: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        UniqueConstraint("source", "source_key"),
        CheckConstraint("mass_kg > 0", name="mass_positive"),
        one_of("spot", ("room", "kitchen", "dining", "outside", "other")),
    )


class Station(Sourced, Located, Base):
    """A fire station with its class and crew."""

    __tablename__ = "station"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    station_class: Mapped[str | None] = mapped_column(Text)
    engines: Mapped[int | None] = mapped_column(Integer)
    crew: Mapped[int | None] = mapped_column(Integer)
    address: Mapped[str | None] = mapped_column(Text)
    region_id: Mapped[int] = mapped_column(Integer, ForeignKey("region.id"), index=True)
    geom: Mapped[Any] = geometry("POINT")
    geom_3857: Mapped[Any] = drawn("POINT")

    __table_args__ = (UniqueConstraint("source", "source_key"), one_of("station_class", STATION_CLASSES))
