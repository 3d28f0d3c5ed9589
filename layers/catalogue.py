"""The catalogue of what can be drawn: typed, checked at load, and nothing outside it is served."""

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from data.gaps import GAPS
from data.standards import coverage

FOLDER = Path(__file__).parent
SQL_FOLDER = FOLDER / "sql"
DEEPEST_ZOOM = 22
CELLS_TO = 13
"""Zoom to which data.drawn keeps cells; from the next one on places are single points."""

DETAIL = re.compile(r"[a-z][a-z0-9_.:]{0,99}")
"""What may stand behind the name of a layer with a parameter: `finding:no_point`."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Scope(_Strict):
    """How a viewer's regions limit a source; exactly one of three, each naming an alias or a column of the file.

    path: a region path column, rows below the viewer's regions.
    tree: alias of `region`, rows below the viewer's regions and the regions above them.
    within: a 3857 geometry column, rows that touch the viewer's regions.
    """

    path: str | None = Field(default=None, pattern=r"^[a-z_][a-z0-9_.]*$")
    tree: str | None = Field(default=None, pattern=r"^[a-z_][a-z0-9_]*$")
    within: str | None = Field(default=None, pattern=r"^[a-z_][a-z0-9_.]*$")

    @model_validator(mode="after")
    def _one(self) -> "Scope":
        if sum(v is not None for v in (self.path, self.tree, self.within)) != 1:
            raise ValueError("a scope has exactly one of path, tree, within")
        return self


class Source(_Strict):
    """Where the features of a range of zooms come from."""

    zoom: tuple[int, int]
    scope: Scope
    drawn: Literal["enterprise", "gas_shop", "small_place", "crowded_place"] | None = None
    gap: str | None = None
    sql: str | None = Field(default=None, pattern=r"^[a-z0-9_]+\.sql$")
    shape: Literal["points", "areas", "lines", "labels"] = "points"
    name: Name | None = None
    columns: tuple[Name, ...] = ()
    sums: tuple[Name, ...] = ()
    single_from: int = 0
    values: dict[Name, int | str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits(self) -> "Source":
        if (self.drawn is None) == (self.sql is None):
            raise ValueError("a source has either drawn or sql")
        if self.gap is not None and self.gap not in GAPS:
            raise ValueError(f"{self.gap!r} is no gap of data.gaps")
        if not 0 <= self.zoom[0] <= self.zoom[1] <= DEEPEST_ZOOM:
            raise ValueError(f"zoom {list(self.zoom)} is not a range within 0–{DEEPEST_ZOOM}")
        if not set(self.sums) <= set(self.columns):
            raise ValueError("sums names columns that are not carried")
        if self.sql is not None and not (SQL_FOLDER / self.sql).is_file():
            raise ValueError(f"there is no sql/{self.sql}")
        return self


class Entry(_Strict):
    """One layer: its words, where it comes from, how it looks, what a click on it opens.

    `parameter` is a value of its SQL that an address gives (`/tiles/finding:no_point/…`); such a layer is live.
    `listed` false: the switch on the map shows it only while a page has put it on.
    """

    id: Name
    title: str = Field(min_length=1, max_length=30)
    group: str = Field(min_length=1, max_length=10)
    sources: tuple[Source, ...] = Field(min_length=1)
    look: dict[str, Any]
    visible: bool
    click: Literal["place", "region", "station", "none"]
    scheme: str | None = None
    note: str | None = None
    legend: bool = True
    live: bool = False
    listed: bool = True
    parameter: Name | None = None
    depends: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _known_age(self) -> "Entry":
        if self.live == bool(self.depends):
            raise ValueError(f"layer {self.id}: give `depends` (what raises its version) or `live: true`, not both")
        if self.parameter is not None and not self.live:
            raise ValueError(f"layer {self.id}: what an address chooses has no version, so give `live: true`")
        if "kind" not in self.look:
            raise ValueError(f"layer {self.id}: look has no kind")
        return self

    @property
    def zoom(self) -> tuple[int, int]:
        """Return the first and last zoom with tiles; deeper ones are drawn from the last."""
        return min(s.zoom[0] for s in self.sources), max(s.zoom[1] for s in self.sources)

    def at(self, z: int) -> list[Source]:
        """Return the sources that feed a tile of zoom `z`."""
        return [source for source in self.sources if source.zoom[0] <= z <= source.zoom[1]]

    def of(self, value: str) -> "Entry":
        """Return this layer with its parameter set; its features keep the layer's own name."""
        sources = tuple(
            source.model_copy(
                update={"name": source.name or self.id, "values": {**source.values, str(self.parameter): value}}
            )
            for source in self.sources
        )
        return self.model_copy(update={"id": f"{self.id}:{value}", "sources": sources})


class Catalogue:
    """All layers in drawing order (the last is on top) and a mark that changes with their definition."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        ids = [entry.id for entry in entries]
        if twice := {i for i in ids if ids.count(i) > 1}:
            raise ValueError(f"layer {sorted(twice)[0]} stands twice in the catalogue")
        self.entries = entries
        self._by_id = {entry.id: entry for entry in entries}
        self.mark = _mark(entries)

    def get(self, layer: str) -> Entry | None:
        """Return the layer with this id (`layer:value` for one with a parameter), or None."""
        name, colon, value = layer.partition(":")
        entry = self._by_id.get(name)
        if entry is None or not colon:
            return entry
        return entry.of(value) if entry.parameter is not None and DETAIL.fullmatch(value) else None

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids in drawing order."""
        return tuple(self._by_id)


def load(file: Path = FOLDER / "catalogue.yaml") -> Catalogue:
    """Read and check a catalogue. Raises pydantic.ValidationError (ValueError) naming the entry and the key."""
    rows = yaml.safe_load(file.read_text(encoding="utf-8"))
    return Catalogue(TypeAdapter(tuple[Entry, ...]).validate_python(rows))


@cache
def read_sql(name: str) -> str:
    """Return a file of sql/ without its comment lines."""
    lines = (SQL_FOLDER / name).read_text(encoding="utf-8").strip().splitlines()
    return "\n".join(line for line in lines if not line.startswith("--"))


@cache
def catalogue() -> Catalogue:
    """Return the catalogue of the program, read once."""
    return load()


def _mark(entries: tuple[Entry, ...]) -> str:
    """Digest of entries, all SQL and the standards: part of tile addresses, for caches outlive a program."""
    parts = [repr(entry) for entry in entries]
    parts += [read_sql(file.name) for file in sorted(SQL_FOLDER.glob("*.sql"))]
    parts.append(repr(coverage()))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
