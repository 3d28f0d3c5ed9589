"""The region tree: writing it, and finding the leaf a point or a named address hangs on."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, text

from data.bulk import Upserted, upsert
from data.tables.regions import Region
from geo.locate import Locator

REST_NAME = "未落格"
LEAF_LEVEL = 5


def _known(connection: Connection) -> pd.DataFrame:
    rows = connection.execute(text("SELECT code, id, level, path FROM region")).all()
    return pd.DataFrame(rows, columns=["code", "id", "level", "path"]).set_index("code")


def _with_rests(frame: pd.DataFrame) -> pd.DataFrame:
    """Add to regions (indexed by code) the rest node of each one above grid level."""
    above = frame[frame["level"] < LEAF_LEVEL]
    rests = pd.DataFrame(
        {"name": REST_NAME, "level": above["level"] + 1, "parent_code": above.index, "is_rest": True, "geom": None}
    )
    rests.index = pd.Index([f"{code}X" for code in above.index], name="code")
    return pd.concat([frame.assign(is_rest=False), rests]).sort_values("level", kind="stable")


def _identify(connection: Connection, frame: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Give every region its id (kept where the code is known), its parent's id and its path."""
    new = [code for code in frame.index if code not in known.index]
    fresh = connection.execute(
        text("SELECT nextval(pg_get_serial_sequence('region', 'id')) FROM generate_series(1, :n)"), {"n": len(new)}
    ).scalars()
    ids = {**known["id"].to_dict(), **dict(zip(new, fresh, strict=True))}
    paths: dict[str, list[int]] = known["path"].to_dict()
    for code, level, parent in zip(frame.index, frame["level"], frame["parent_code"], strict=True):
        if level == 1:
            paths[code] = [ids[code]]
            continue
        if parent not in paths or len(paths[parent]) != level - 1:
            raise ValueError(f"region {code}: its parent {parent!r} is unknown or not one level above")
        paths[code] = [*paths[parent], ids[code]]
    return frame.assign(
        id=[ids[code] for code in frame.index],
        parent_id=pd.array([ids.get(p) for p in frame["parent_code"]], dtype="Int64"),
        path=[paths[code] for code in frame.index],
    )


def write_regions(connection: Connection, frame: pd.DataFrame, source: str, batch_id: int | None = None) -> Upserted:
    """Merge regions into the tree by code, with their paths and rest nodes; ids of known codes are kept.

    `frame`: code, name, level (1 city … 5 grid), parent_code (None for the city), geometry (Polygon/MultiPolygon in
    EPSG:4326, or None), and where known character, population_day, population_night. Parents stand in the frame or
    in the database already, else ValueError.
    Call `data.imports.place.rehang` afterwards when places stand in the database.
    """
    columns = [c for c in ("character", "population_day", "population_night") if c in frame]
    given = pd.DataFrame(frame)[["code", "name", "level", "parent_code", *columns]].set_index("code")
    given["geom"] = np.asarray(frame["geometry"], dtype=object)
    if given.index.has_duplicates:
        raise ValueError(f"region code {given.index[given.index.duplicated()][0]} stands twice")
    known = _known(connection)
    rows = _identify(connection, _with_rests(given), known).reset_index().drop(columns="parent_code")
    rows["source"], rows["source_key"], rows["batch_id"] = source, rows["code"], batch_id
    return upsert(connection, Region.__table__, rows, key=("code",))  # type: ignore[arg-type]


@dataclass
class RegionIndex:
    """Every region by code, and the polygons of each level, ready to place many points or names."""

    by_code: dict[str, int]
    level_of: dict[str, int]
    path_of: dict[int, list[int]]
    names: dict[str, list[str]]
    city_code: str | None
    locators: dict[int, Locator] = field(default_factory=dict)

    @classmethod
    def load(cls, connection: Connection) -> "RegionIndex":
        """Read the tree and its polygons (a city of 15,000 grids takes well under a second)."""
        rows = connection.execute(
            text("SELECT code, id, name, level, path, is_rest, ST_AsBinary(geom) AS wkb FROM region ORDER BY code")
        ).all()
        names: dict[str, list[str]] = {}
        for row in rows:
            if not row.is_rest:
                names.setdefault(row.name, []).append(row.code)
        index = cls(
            by_code={row.code: row.id for row in rows},
            level_of={row.code: row.level for row in rows},
            path_of={row.id: row.path for row in rows},
            names=names,
            city_code=next((row.code for row in rows if row.level == 1), None),
        )
        for level in range(1, LEAF_LEVEL + 1):
            at = [row for row in rows if row.level == level and row.wkb is not None]
            if at:
                shapes = shapely.from_wkb(np.array([bytes(row.wkb) for row in at], dtype=object))
                index.locators[level] = Locator(shapes, [row.code for row in at])
        return index

    def _leaf_code(self, code: str) -> str:
        return code if code.endswith("X") or self.level_of[code] == LEAF_LEVEL else f"{code}X"

    @property
    def rest_of_city(self) -> int:
        """Return the id of the city's own rest node; a ValueError where the database has no city yet."""
        if self.city_code is None:
            raise ValueError("the region tree is empty: load the regions first")
        return self.by_code[f"{self.city_code}X"]

    def leaf_at(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        """Return (n,) leaf ids for points in degrees: the grid, else the rest node of the deepest region around it.

        Points outside every region, and pairs with NaN, hang on the city's rest node.
        """
        lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
        leaf = np.full(lon.shape, self.rest_of_city, dtype=np.int64)
        open_ = np.ones(lon.shape, dtype=bool)
        for level in sorted(self.locators, reverse=True):
            at = np.flatnonzero(open_)
            found = self.locators[level].locate(lon[at], lat[at])
            hit = np.array([code is not None for code in found], dtype=bool)
            leaf[at[hit]] = [self.by_code[self._leaf_code(code)] for code in found[hit]]
            open_[at[hit]] = False
        return leaf

    def outline(self, leaf: int) -> shapely.Geometry | None:
        """Return the polygon of the deepest region with one around a leaf (or of the leaf itself); None without any."""
        return next((self._outlines[id_] for id_ in reversed(self.path_of[leaf]) if id_ in self._outlines), None)

    @cached_property
    def _outlines(self) -> dict[int, shapely.Geometry]:
        shapes = ((code, shape) for each in self.locators.values() for code, shape in each.items())
        return {self.by_code[code]: shape for code, shape in shapes}

    def leaf_of(self, name: str | None, within: str | None = None) -> int | None:
        """Return the leaf under a region named by code or by name, or None when no single region fits.

        `within` names a region above it (a district for a street), which settles names that stand more than once.
        """
        if not name:
            return None
        name = name.strip()
        codes = [name] if name in self.by_code else self.names.get(name, [])
        if within and len(codes) > 1:
            above = [self.by_code[c] for c in ([within] if within in self.by_code else self.names.get(within, []))]
            codes = [c for c in codes if set(self.path_of[self.by_code[c]]) & set(above)]
        if len(codes) > 1:  # a street and its seat of the same name: the one above contains the other
            top = min(codes, key=lambda c: self.level_of[c])
            if all(self.by_code[top] in self.path_of[self.by_code[c]] for c in codes):
                codes = [top]
        return self.by_code[self._leaf_code(codes[0])] if len(codes) == 1 else None
