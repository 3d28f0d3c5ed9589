"""Hang rows on leaves of the region tree: by their point, else by the street or community they name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from data.imports import by_address, evidence
from data.imports.fields import Fields
from data.imports.model import Ledger
from data.imports.points import Bounds, Points, no_points
from data.regions import RegionIndex

NAMED = ("grid", "community", "street", "district")
"""Fields that name a region, the deepest first; each holds a name or a code."""

_ENDINGS = {
    "street": ("街道", "镇", "乡", "街道办事处", "街道办"),
    "community": ("社区", "村", "居委会", "社区居委会", "村委会"),
    "district": ("区", "市", "县"),
    "grid": ("网格",),
}


@dataclass(frozen=True)
class Named:
    """The regions rows name, each array (n,): the leaf under it (-1: none known), what to remember, what was missed.

    `remembered` is a text that `RegionIndex.leaf_of` finds again: the name where it is unique, else the code; of an
    unknown region the name as it stands. `missed`: the deeper name a row writes that the tree does not know.
    """

    leaves: NDArray[np.int64]
    remembered: NDArray[np.object_]
    missed: NDArray[np.object_]


@dataclass
class Regions:
    """The tree, and what asking it again and again needs: which nodes have a polygon, and the city's bounds."""

    index: RegionIndex
    drawn: frozenset[int]
    rests: frozenset[int]
    bounds: Bounds | None

    @classmethod
    def load(cls, connection: Connection) -> Regions:
        """Read the tree of this database."""
        index = RegionIndex.load(connection)
        rows = connection.execute(text("SELECT id FROM region WHERE geom IS NOT NULL")).scalars()
        box = connection.execute(
            text(
                "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT ST_Extent(geom) AS e FROM region) s"
            )
        ).one()
        rests = frozenset(id_ for code, id_ in index.by_code.items() if code.endswith("X"))
        return cls(index, frozenset(rows), rests, None if box[0] is None else (box[0], box[1], box[2], box[3]))

    def named(self, fields: Fields) -> Named:
        """Return which region each row names: the deepest one it writes that the tree knows."""
        columns = [fields.words.get(name) or [""] * fields.size for name in NAMED]
        known: dict[tuple[str, ...], tuple[int, str | None, str]] = {}
        out = Named(
            np.full(fields.size, -1, dtype=np.int64),
            np.full(fields.size, None, dtype=object),
            np.full(fields.size, "", dtype=object),
        )
        for i, row in enumerate(zip(*columns, strict=True)):
            if row not in known:
                known[row] = self._find(row)
            out.leaves[i], out.remembered[i], out.missed[i] = known[row]
        return out

    def _find(self, row: tuple[str, ...]) -> tuple[int, str | None, str]:
        filled = [(level, word) for level, word in zip(NAMED, row, strict=True) if word]
        for at, (level, word) in enumerate(filled):
            above = [name for name in (self.spelling(*outer) for outer in filled[at + 1 :]) if name]
            for within in [*above, None]:
                name = self.spelling(level, word, within)
                leaf = None if name is None else self.index.leaf_of(name, within)
                if name is not None and leaf is not None:
                    unique = self.index.leaf_of(name) == leaf
                    return leaf, name if unique else self._code_of(leaf), filled[0][1] if at else ""
        return -1, filled[0][1] if filled else None, ""

    def spelling(self, level: str, word: str, within: str | None = None) -> str | None:
        """Return the spelling of a region the tree knows ("香港中路" for 香港中路街道), or None."""
        stem = word
        for ending in ("街道办事处", "街道办", "社区居委会", "居委会", "村委会"):
            stem = stem.removesuffix(ending)
        for name in (word, stem, *(stem + ending for ending in _ENDINGS[level])):
            if name and self.index.leaf_of(name, within) is not None:
                return name
        return None

    def _code_of(self, leaf: int) -> str:
        return next(code for code, id_ in self.index.by_code.items() if id_ == leaf).removesuffix("X")

    def as_exported(self, fields: Fields, found: Named) -> NDArray[np.object_]:
        """Return what to remember; what an export says was remembered, where its region's names were not changed."""
        codes, said = fields.words.get("yzt_region"), fields.words.get("yzt_named")
        if codes is None or said is None:
            return found.remembered
        out = found.remembered.copy()
        for i, (code, word, leaf) in enumerate(zip(codes, said, found.leaves.tolist(), strict=True)):
            due = self.index.by_code.get(code, -1)
            if leaf == due or (leaf < 0 and due == self.index.rest_of_city):
                out[i] = word or None
        return out

    def leaves(self, points: Points, named: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return (n,) leaf ids: where the point lies; without a point under the named region, else the city's rest.

        Where the named region lies below the deepest polygon around the point and has no polygon itself (communities
        of which only the names are published), it decides: point and name agree as far as polygons go.
        """
        found = self.index.leaf_at(points.lon, points.lat)
        by_name = ~points.known & (named >= 0)
        found[by_name] = named[by_name]
        both = np.flatnonzero(points.known & (named >= 0) & (found != named))
        pairs = {
            pair: self._refined(*pair) for pair in set(zip(found[both].tolist(), named[both].tolist(), strict=True))
        }
        found[both] = [pairs[pair] for pair in zip(found[both].tolist(), named[both].tolist(), strict=True)]
        return found

    def _refined(self, leaf: int, named: int) -> int:
        if leaf not in self.rests:
            return leaf
        above, deeper = self.index.path_of[leaf][:-1], self.index.path_of[named]
        below = deeper[len(above) : -1] if deeper[: len(above)] == above else []
        return named if below and not set(below) & self.drawn else leaf

    def contradicts(
        self, leaves: NDArray[np.int64], named: NDArray[np.int64], known: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Return which points lie outside the region with a polygon that their own row names."""
        out = np.zeros(len(leaves), dtype=bool)
        answers: dict[tuple[int, int], bool] = {}
        for i in np.flatnonzero(known & (named >= 0)).tolist():
            pair = (int(leaves[i]), int(named[i]))
            if pair not in answers:
                path = set(self.index.path_of[pair[0]])
                answers[pair] = any(n in self.drawn and n not in path for n in self.index.path_of[pair[1]])
            out[i] = answers[pair]
        return out

    def node_of(self, leaf: int) -> int:
        """Return the region a leaf stands for: the grid itself, or the region whose rest node it is."""
        path = self.index.path_of[leaf]
        return path[-2] if leaf in self.rests else leaf

    def path(self, leaf: int) -> list[int]:
        """Return the ids from the city down to a leaf."""
        return self.index.path_of[leaf]


def hang(
    regions: Regions, fields: Fields, points: Points, ledger: Ledger
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Return each row's leaf and the named region to remember; rows nobody can place are told."""
    found = regions.named(fields)
    by_address.prove(regions.index, fields, points, found, ledger)
    named, remembered = found.leaves, regions.as_exported(fields, found)
    leaves = regions.leaves(points, named)
    outside = regions.contradicts(leaves, named, points.known)
    if _settle_datum(regions, fields, points, named, outside, ledger):
        leaves = regions.leaves(points, named)
        outside = regions.contradicts(leaves, named, points.known)
    heading = "、".join(fields.heading(name) for name in reversed(NAMED) if name in fields.words) or "所属街道"
    shown = np.array(["" if word is None else word for word in remembered], dtype=object)
    lost = ~points.known & (named < 0)
    if lost.any():
        unknown = lost & np.array([bool(word) for word in shown], dtype=bool)
        ledger.warn(unknown, heading, shown, "没有可用的坐标，所属区域在区划里也找不到：归入全市未落格")
        ledger.warn(lost & ~unknown, heading, "", "没有可用的坐标，也没写所属街道或社区：归入全市未落格")
    shallow = ~points.known & (found.missed != "")
    if shallow.any():
        ledger.warn(shallow, heading, found.missed, "所写的社区或网格在区划里找不到：按它的上一级落格")
    outside &= ~points.doubted
    if outside.any():
        ledger.warn(outside, heading, shown, "坐标不在所写的区域内（常见原因：坐标基准不对），按坐标落格")
    return leaves, remembered


def _settle_datum(
    regions: Regions, fields: Fields, points: Points, named: NDArray[np.int64], outside: NDArray[np.bool_],
    ledger: Ledger,
) -> bool:  # fmt: skip
    """Ask the regions that rows name about the datum of undeclared and contradicted pairs; whether any point moved."""
    if not {"lon", "pair"} & set(fields.words):
        return False  # shapes of a vector file say their CRS themselves
    asked = np.flatnonzero(points.known & (named >= 0) & (outside | points.undeclared))
    outlines = {leaf: regions.index.outline(leaf) for leaf in dict.fromkeys(named[asked].tolist())}
    notes = evidence.settle(points, named, asked, outlines, fields, ledger)
    fields.notes.extend(notes)
    return bool(notes)


def rehang(connection: Connection, regions: Regions) -> int:
    """Hang every stored place, station, incident and population cell on its leaf again; return how many moved.

    The rule is that of `Regions.leaves`: the point, and the region a place names where that goes deeper.
    """
    moved = 0
    for table, point, name in (
        ("place", "geom", "named_region"), ("station", "geom", "NULL::text"), ("incident", "geom", "NULL::text"),
        ("population_cell", "ST_PointOnSurface(geom)", "NULL::text"),
    ):  # fmt: skip
        rows = connection.execute(
            text(f"SELECT id, region_id, ST_X({point}), ST_Y({point}), {name} FROM {table}")  # noqa: S608 - our own names
        ).all()
        if not rows:
            continue
        ids, old, x, y, names = (list(column) for column in zip(*rows, strict=True))
        points = no_points(len(rows))
        points.lon, points.lat = np.array(x, dtype=float), np.array(y, dtype=float)
        known = {word: regions.index.leaf_of(word) or -1 for word in set(names) if word}
        named = np.array([known.get(word, -1) for word in names], dtype=np.int64)
        leaves = regions.leaves(points, named)
        if table != "place":  # what is not mapped there names its region nowhere: it stays
            leaves = np.where(points.known, leaves, old)
        at = np.flatnonzero(leaves != np.array(old))
        moved += len(at)
        if len(at):
            connection.execute(
                text(f"UPDATE {table} SET region_id = m.leaf FROM unnest(CAST(:ids AS bigint[]), "  # noqa: S608
                     f"CAST(:leaves AS integer[])) AS m(id, leaf) WHERE {table}.id = m.id"),
                {"ids": [ids[i] for i in at.tolist()], "leaves": leaves[at].tolist()},
            )  # fmt: skip
    return moved
