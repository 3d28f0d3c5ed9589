"""The tables of the product, one module per subject. Importing this package registers all of them on `Base`."""

from data.tables import accounts, assessments, doctor, imports, matching, places, regions, sensors, sources, work
from data.tables.base import Base

__all__ = [
    "Base",
    "accounts",
    "assessments",
    "doctor",
    "imports",
    "matching",
    "places",
    "regions",
    "sensors",
    "sources",
    "work",
]
