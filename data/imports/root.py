"""A database without any region gets a root to hang places on, until a region file brings the real one."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection, text

from data.regions import write_regions

PLACEHOLDER_SOURCE = "placeholder"
PLACEHOLDER_CODE = "990000"
PLACEHOLDER_NAME = "未命名城市"


def ensure_root(connection: Connection) -> None:
    """Write the placeholder city where the tree is empty; places hang on its 未落格 until regions come."""
    if connection.scalar(text("SELECT EXISTS (SELECT FROM region)")):
        return
    frame = pd.DataFrame(
        {
            "code": [PLACEHOLDER_CODE],
            "name": [PLACEHOLDER_NAME],
            "level": [1],
            "parent_code": [None],
            "geometry": [None],
        }
    )
    write_regions(connection, frame, PLACEHOLDER_SOURCE)
    connection.execute(
        text("INSERT INTO city (name, is_demo) VALUES (:name, false) ON CONFLICT DO NOTHING"),
        {"name": PLACEHOLDER_NAME},
    )


def adopt_root(connection: Connection, code: str, name: str) -> None:
    """Give the placeholder the code and name of the real city, so that what hangs on it stays where it is."""
    connection.execute(
        text(
            "UPDATE region SET code = CASE WHEN is_rest THEN :code || 'X' ELSE :code END, "
            "source_key = CASE WHEN is_rest THEN :code || 'X' ELSE :code END, "
            "name = CASE WHEN is_rest THEN name ELSE :name END "
            "WHERE source = :placeholder"
        ),
        {"code": code, "name": name, "placeholder": PLACEHOLDER_SOURCE},
    )
    connection.execute(
        text("UPDATE city SET name = :name WHERE name = :placeholder"), {"name": name, "placeholder": PLACEHOLDER_NAME}
    )
