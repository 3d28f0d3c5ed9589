"""The ground the city's contents stand on: grids with their people, special streets, and doorways to be taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.demo import spots
from data.demo.dice import Bools, Floats, Ints, Objects, dice, where_known
from data.demo.spots import Spots

APPEAL = {"tertiary": 0.75, "secondary": 0.7, "residential": 0.45, "primary": 0.5}
"""How much shops like a class of road."""
NO_DOORS = ("motorway", "trunk")
"""Classes of road that nobody's door opens to."""


class Geography(Protocol):
    """What the contents need of a geography (`data.demo.geography`): frames in EPSG:4326."""

    @property
    def regions(self) -> gpd.GeoDataFrame:
        """Return code, name, level, parent_code, character, population_day, population_night, geometry."""

    @property
    def built(self) -> gpd.GeoDataFrame:
        """Return code of a grid, geometry: where premises of the grid can be."""

    @property
    def roads(self) -> gpd.GeoDataFrame:
        """Return u, v, road_class, name, length_m, speed_kmh, geometry."""

    @property
    def areas(self) -> gpd.GeoDataFrame:
        """Return kind (as table zone), name, geometry."""

    @property
    def dense_street(self) -> str | None:
        """Return the code of the old-town street with 5 communities and 53 grids on less than a square kilometre."""


@dataclass
class Ground:
    """Grids (one row each, with the regions above, character, people, area) and what can be put on them.

    `doors` are points along roads, `yards` points inside grids; both are made by `open_doors`, once it is known how
    many places each grid must hold.
    """

    seed: int
    geography: Geography
    grids: pd.DataFrame
    polygons: Objects
    dense_street: str | None
    business_street: str | None
    doors: Spots = field(init=False)
    yards: Spots = field(init=False)
    road_names: Objects = field(init=False)

    @property
    def city(self) -> pd.Series:
        """Return the region of the city itself."""
        regions = self.geography.regions
        return pd.Series(regions[regions["level"] == 1].iloc[0])

    @property
    def people(self) -> Floats:
        """Return (grids,) the people by day and by night together, halved."""
        return self.grids[["population_day", "population_night"]].mean(axis=1).to_numpy(dtype=float)

    def level(self, level: int) -> pd.DataFrame:
        """Return the regions of a level, ordered by code, without their shapes."""
        regions = self.geography.regions
        return pd.DataFrame(regions[regions["level"] == level].drop(columns="geometry")).sort_values("code")

    def of(self, column: str, grids: Ints) -> Objects:
        """Return a column of the grids for rows that lie in the grids with these indexes."""
        return np.asarray(self.grids[column].to_numpy(dtype=object)[grids], dtype=object)

    def in_street(self, code: str | None) -> Bools:
        """Return which grids lie in the street of that code."""
        return np.asarray(self.grids["street"] == code, dtype=bool)

    def weights(self, factor: dict[str, float]) -> Floats:
        """Return (grids,) people times the factor of the grid's character (0 where it is not listed).

        Where no grid has a listed character at all, every grid weighs by its people.
        """
        share = self.grids["character"].map(factor).fillna(0.0).to_numpy(dtype=float)
        return np.asarray(self.people * (share if share.any() else 1.0), dtype=float)

    def open_doors(self, doors: Ints, yards: Ints) -> None:
        """Make the points that places are put on: `doors` and `yards` (grids,) are how many each grid needs."""
        rng = dice(self.seed, "doors")
        roads = self.geography.roads
        with_doors = roads[~roads["road_class"].isin(NO_DOORS)]
        lines = with_doors.geometry.to_numpy()
        liking = with_doors["road_class"].map(APPEAL).fillna(0.35).to_numpy(dtype=float)
        liking = liking + rng.random(len(lines)) ** 2  # a few streets of every quarter are the ones with the shops
        self.road_names = with_doors["name"].to_numpy(dtype=object)
        self.doors = spots.along_roads(rng, self.polygons, lines, liking, np.ceil(doors * 1.5).astype(np.int64) + 4)
        self.yards = spots.plots(rng, self.polygons, yards + 2)

    def road_of(self, roads: Ints) -> Objects:
        """Return the names of roads by their index; None for −1 and for roads without a name."""
        if not len(self.road_names):
            return np.full(len(roads), None, dtype=object)
        name = self.road_names[roads]
        return where_known((roads >= 0) & ~pd.isna(name), name)

    def addresses(self, grids: Ints, roads: Ints, numbers: Ints) -> Objects:
        """Return addresses: district, street, then road and number; where the road has no name, the community."""
        head = self.of("district_name", grids) + self.of("street_name", grids)
        road = self.road_of(roads)
        body = np.where(pd.isna(road), self.of("community_name", grids), road)
        return np.asarray(head + body + numbers.astype(str).astype(object) + "号", dtype=object)


def survey(geography: Geography, seed: int) -> Ground:
    """Return the ground of a geography: its grids, ordered by code, joined with the regions above them."""
    grids = _grid_table(geography)
    built = pd.Series(geography.built.geometry.to_numpy(), index=geography.built["code"].to_numpy())
    return Ground(
        seed=seed, geography=geography, grids=grids, polygons=built.loc[grids["code"]].to_numpy(dtype=object),
        dense_street=geography.dense_street, business_street=_business_street(grids, geography.dense_street),
    )  # fmt: skip


def _grid_table(geography: Geography) -> pd.DataFrame:
    regions = geography.regions
    frame = pd.DataFrame(regions.drop(columns="geometry"))
    shapes = pd.Series(regions.geometry.to_numpy(), index=frame["code"].to_numpy())
    parent = frame.set_index("code")["parent_code"]
    name = frame.set_index("code")["name"]
    grids = frame[frame["level"] == 5].sort_values("code").reset_index(drop=True)
    grids["community"] = grids["parent_code"]
    grids["street"] = grids["community"].map(parent)
    grids["district"] = grids["street"].map(parent)
    for level in ("community", "street", "district"):
        grids[f"{level}_name"] = grids[level].map(name)
    own = shapes.loc[grids["code"]].to_numpy(dtype=object)
    middle = shapely.point_on_surface(own)
    grids["lon"], grids["lat"] = shapely.get_x(middle), shapely.get_y(middle)
    east, north = spots.metres(grids["lat"].to_numpy())
    grids["area_m2"] = shapely.area(own) * east * north
    return grids.drop(columns=["level", "parent_code"])


def _business_street(grids: pd.DataFrame, dense: str | None) -> str | None:
    """Return the street with much business, on little ground, whose communities are about 28 (金家岭: 28)."""
    others = grids[grids["street"] != dense]
    if others.empty:
        return None
    by = others.assign(cbd=others["character"].eq("cbd")).groupby("street")
    share, away = by["cbd"].mean(), (by["community"].nunique() - 28).abs() + by["area_m2"].sum() / 3e6
    return str(away[share >= min(0.2, float(share.max()))].idxmin())
