"""The demo city's geography inside a real city: real districts and streets, real community names, made-up polygons.

`given` reads a folder like ../shared/data/qingdao: regions.gpkg (layers city, district, street with code, name,
parent_code) and communities.csv (code, name, street_code, street_name, district_code). Community and grid polygons
exist for no mainland city, so they are cut inside the real streets; so are the roads. The data never become part of
the project: they are read where they lie.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.demo.geography import Geography, Size, assemble
from data.demo.terrain import TOWN_PEAK, TOWN_REACH, Outline, People, between, lattice, thinned, to_metres
from data.demo.terrain_frames import REGION_COLUMNS, numbers
from data.demo.terrain_plan import ORIGIN_M, District, Line, Plan, Site
from data.demo.terrain_tree import Street, Tree, cut_communities, cut_grids, kilometres
from geo.codes import child_code
from geo.crs import STORED, area_km2, measure_crs, reproject, transformer
from geo.grid import densify
from geo.locate import Locator

Array = NDArray[np.float64]

DENSE_STREET = "370203022"
"""镇江路街道: its five listed communities get 53 grids (DOMAIN §1)."""

_PEOPLE_A_COMMUNITY = 4_700.0
_GRIDS_A_COMMUNITY = 7.1
_URBAN_DENSITY = 1_500.0
_SMALL_STREETS = 6
_METRES_A_DEGREE = 111_000.0
_FIRST_INVENTED = 901  # communities that no list names are numbered from here, far from listed ones

# Character, middle (lon, lat), radius in km, what remains of the density, name. Rough places from general knowledge,
# good enough to put demo data where it looks right, and for nothing else.
_SITES = (
    ("port", 120.215, 36.01, 2.6, 0.2, "前湾港区"),
    ("port", 119.79, 35.62, 2.6, 0.1, "董家口港区"),
    ("chemical_park", 119.745, 35.655, 3.6, 0.1, "董家口化工园区"),
    ("port", 120.31, 36.095, 1.2, 0.3, "大港港区"),
    ("industrial", 120.15, 36.02, 3.0, 0.4, "黄岛工业园"),
    ("industrial", 120.37, 36.28, 3.0, 0.5, "城阳工业园"),
    ("industrial", 120.07, 36.30, 3.0, 0.4, "胶州工业园"),
    ("industrial", 120.50, 36.45, 2.8, 0.4, "即墨工业园"),
    ("industrial", 119.99, 36.82, 2.4, 0.4, "平度工业园"),
    ("industrial", 120.53, 36.90, 2.4, 0.4, "莱西工业园"),
    ("cbd", 120.385, 36.066, 1.5, 1.0, ""),
    ("cbd", 120.465, 36.09, 1.3, 1.0, ""),
    ("old_town", 120.32, 36.067, 2.0, 1.0, ""),
    ("old_town", 120.355, 36.088, 2.0, 1.0, ""),
    ("tourism", 120.35, 36.05, 1.0, 0.8, ""),
    ("tourism", 120.19, 35.90, 2.0, 0.6, ""),
    ("forest", 120.61, 36.17, 7.5, 0.15, "崂山林区"),
    ("forest", 120.05, 35.78, 5.0, 0.2, "大珠山林区"),
)


class GivenError(ValueError):
    """A folder that holds no city to build in; the message names the file and what it lacks."""


def given(folder: str | Path, seed: int, size: Size = "full") -> Geography:
    """Return the geography built inside the real districts and streets of `folder`, in the columns of `invent`.

    `small` takes the dense street and the streets nearest to it. What had to be decided stands in `notes`: streets
    without a polygon keep their communities as regions without geometry; the part of a district outside every street
    stays outside (later 未落格). Raises GivenError when a file, layer or column is missing.
    """
    source = _read(Path(folder))
    if size == "small":
        source = _nearest(source)
    zone = measure_crs(source.streets.geometry.to_numpy())
    counts = _counts(source)
    outline, tree = _lay_out(source.streets, counts, zone, np.random.default_rng([seed, 0]))
    for number, street in enumerate(tree.streets):
        cut_communities(street, int(counts[street.code]), tree.people, np.random.default_rng([seed, 2, number]))
        _name_communities(street, source.listed[source.listed["street_code"] == street.code])
    grids = round(_GRIDS_A_COMMUNITY * int(counts.sum()))
    cut_grids(grids, tree.streets, tree.people, seed)
    plan = _plan(source, _sites(zone), int(counts.sum()), grids)
    return _finish(assemble(plan, outline, tree, zone, seed, []), source, size)


@dataclass(frozen=True)
class _Source:
    """What the folder holds: districts and streets in lon/lat, and the list of communities, all ordered by code."""

    city_name: str
    districts: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    listed: pd.DataFrame


def _read(folder: Path) -> _Source:
    regions, table = folder / "regions.gpkg", folder / "communities.csv"
    for file in (regions, table):
        if not file.is_file():
            raise GivenError(f"{file} is missing: a given city needs regions.gpkg and communities.csv")
    layers = {}
    for layer in ("city", "district", "street"):
        try:
            frame = gpd.read_file(regions, layer=layer)
        except Exception as error:
            raise GivenError(f"{regions} has no readable layer {layer!r}: {error}") from error
        _need(frame, ("code", "name", "parent_code"), f"layer {layer} of {regions}")
        layers[layer] = frame.to_crs(STORED).sort_values("code").reset_index(drop=True)
    listed = pd.read_csv(table, dtype=str)
    _need(listed, ("code", "name", "street_code", "street_name", "district_code"), str(table))
    listed = listed.sort_values("code").reset_index(drop=True)
    return _Source(str(layers["city"]["name"].iloc[0]), layers["district"], layers["street"], listed)


def _need(frame: pd.DataFrame, columns: tuple[str, ...], where: str) -> None:
    missing = [c for c in columns if c not in frame.columns]
    if missing or not len(frame):
        raise GivenError(f"{where} lacks {', '.join(missing) or 'any row'}")


def _nearest(source: _Source) -> _Source:
    """Return the dense street (else the first) and the streets of its district nearest to it, with that district."""
    streets = source.streets
    start = int(np.argmax(streets["code"].to_numpy() == DENSE_STREET))
    own = streets[streets["parent_code"] == streets["parent_code"].iloc[start]]
    middles = shapely.centroid(own.geometry.to_numpy())
    away = shapely.distance(middles, shapely.centroid(streets.geometry.iloc[start]))
    chosen = own.iloc[np.argsort(away, kind="stable")[:_SMALL_STREETS]].sort_values("code").reset_index(drop=True)
    district = source.districts[source.districts["code"].isin(own["parent_code"])].reset_index(drop=True)
    return replace(source, districts=district, streets=chosen)


def _counts(source: _Source) -> pd.Series:
    """Return how many communities each street gets: as many as are listed, else one for every 3 km² (1 to 20)."""
    known = source.listed.groupby("street_code").size().reindex(source.streets["code"])
    area = area_km2(source.streets.geometry.to_numpy())
    guess = pd.Series(np.clip(np.ceil(area / 3.0), 1, 20), index=known.index)
    return known.fillna(guess).astype(int)


def _lay_out(streets: gpd.GeoDataFrame, counts: pd.Series, zone: int, rng: np.random.Generator) -> tuple[Outline, Tree]:
    """Return the outline and the streets (not yet cut) with their people, in metres of the zone."""
    given_shapes = shapely.coverage_clean(streets.geometry.to_numpy())
    density = counts.to_numpy() * _PEOPLE_A_COMMUNITY / area_km2(given_shapes)
    people = _people(reproject(given_shapes, STORED, zone), density, zone)
    move = transformer(STORED, zone).transform

    def spacing(lon_lat: Array) -> Array:
        """Return the spacing in degrees: vertices are put on the edges as they are given, straight in lon/lat."""
        return people.spacing(np.column_stack(move(lon_lat[:, 0], lon_lat[:, 1]))) / _METRES_A_DEGREE

    shapes = reproject(np.array([densify(shape, spacing) for shape in given_shapes]), STORED, zone)
    made = []
    for k, (code, name) in enumerate(zip(streets["code"], streets["name"], strict=True)):
        dense = code == DENSE_STREET and int(counts.iloc[k]) == 5
        district, angle = str(streets["parent_code"].iloc[k]), float(rng.normal(0.1, 0.2))
        urban = bool(density[k] > _URBAN_DENSITY)
        made.append(Street(district, shapes[k], urban, dense, angle, code=str(code), name=str(name)))
    owner = streets["parent_code"].to_numpy()
    districts = {str(d): shapely.coverage_union_all(shapes[owner == d]) for d in np.unique(owner)}
    nothing = shapely.Polygon()
    lines = between(list(shapely.get_parts(shapes)))
    outline = Outline(districts, nothing, lines, np.zeros((0, 2)), [], {}, nothing)
    return outline, Tree(made, [], people)


def _people(shapes: NDArray[np.object_], density: Array, zone: int) -> People:
    """Return people per km²: each street's own density, its town in the middle, less in ports, parks and forests."""
    west, south, east, north = shapely.total_bounds(shapes)
    corners = [kilometres(shapely.Point(west, south)), kilometres(shapely.Point(east, north))]
    low, x, y = lattice(corners)
    grid_x, grid_y = np.meshgrid(x, y)
    at = to_metres(list(zip(grid_x.ravel(), grid_y.ravel(), strict=True)))
    street = Locator(shapes, [f"{k:06d}" for k in range(len(shapes))]).index(at[:, 0], at[:, 1])
    field = np.where(street >= 0, density[street], float(np.median(density))).reshape(grid_x.shape)
    for shape, people in zip(shapes, density, strict=True):
        if people < _URBAN_DENSITY:
            east_km, north_km = kilometres(shape.representative_point())
            field += TOWN_PEAK * np.exp(-np.hypot(grid_x - east_km, grid_y - north_km) / TOWN_REACH)
    return People(low, thinned(field, x, y, _sites(zone)))


def _sites(zone: int) -> list[Site]:
    sites = []
    for character, lon, lat, radius, people, name in _SITES:
        east, north = transformer(STORED, zone).transform(lon, lat)
        at = ((east - ORIGIN_M[0]) / 1000.0, (north - ORIGIN_M[1]) / 1000.0)
        sites.append(Site(character, at, radius, people, name))
    return sites


def _name_communities(street: Street, listed: pd.DataFrame) -> None:
    """Give the street's communities the listed codes and names, from north to south; numbers where none are listed."""
    order = np.argsort(numbers([c.polygon for c in street.communities]))
    for place, k in enumerate(order):
        community = street.communities[int(k)]
        if len(listed):
            community.code, community.name = str(listed["code"].iloc[place]), str(listed["name"].iloc[place])
        else:
            community.code = child_code(street.code, _FIRST_INVENTED + place)
            community.name = f"{street.name}第{place + 1}社区"


def _plan(source: _Source, sites: list[Site], communities: int, grids: int) -> Plan:
    """Return a plan that holds names, codes and sites only: a given city is not drawn."""
    pairs = zip(source.districts["code"], source.districts["name"], strict=True)
    named = [District(str(code), str(name), (0.0, 0.0), 0, False, 0.0) for code, name in pairs]
    nothing = Line([], 0.0)
    return Plan(
        city_code=str(source.districts["parent_code"].iloc[0]),
        city_name=source.city_name,
        coast=nothing,
        border=nothing,
        lines=[],
        districts=named,
        centres=[],
        sites=sites,
        roads=[],
        dense_street=[],
        dense_inside=(0.0, 0.0),
        communities=communities,
        grids=grids,
        rural_density=0.0,
        sea_corners=[],
    )


def _finish(made: Geography, source: _Source, size: Size) -> Geography:
    """Return the geography with the real outlines of city and districts and the streets without polygon; notes say so.

    Only the whole city has real outlines; `small` is the union of the streets it takes.
    """
    regions = made.regions
    notes = [
        f"区市、街道的界线和社区的名称取自{source.city_name}；社区与网格的界线、道路、人口都是虚构的。"
        "来自 OpenStreetMap 的界线：© OpenStreetMap contributors，ODbL 1.0。"
    ]
    if size == "full":
        regions = _real_outlines(regions, source.districts)
        without = _without_polygon(source)
        notes += _notes(regions, without)
        regions = gpd.GeoDataFrame(pd.concat([regions, without], ignore_index=True), geometry="geometry", crs=STORED)
        regions = regions.sort_values(["level", "code"], kind="stable").reset_index(drop=True)
    return replace(made, regions=regions, notes=notes)


def _real_outlines(regions: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the regions with districts as their real outlines (their streets added, by centimetres), and the city."""
    shapes = regions.geometry.to_numpy().copy()
    for code, outline in zip(districts["code"], districts.geometry, strict=True):
        row = int(np.flatnonzero(regions["code"] == code)[0])
        shapes[row] = shapely.union_all([outline, shapes[row]], grid_size=1e-7)
    level = regions["level"].to_numpy()
    shapes[level == 1] = shapely.union_all(shapes[level == 2], grid_size=1e-7)
    return regions.set_geometry(shapes, crs=STORED)


def _without_polygon(source: _Source) -> gpd.GeoDataFrame:
    """Return rows (no geometry, nobody) for streets that are listed but have no polygon, and for their communities."""
    lost = source.listed[~source.listed["street_code"].isin(source.streets["code"])]
    heads = lost.drop_duplicates("street_code")
    street = {"code": heads["street_code"], "name": heads["street_name"], "parent_code": heads["district_code"]}
    below = {"code": lost["code"], "name": lost["name"], "parent_code": lost["street_code"]}
    rows = pd.concat([pd.DataFrame({**street, "level": 3}), pd.DataFrame({**below, "level": 4})], ignore_index=True)
    rows = rows.assign(character=None, population_day=0, population_night=0)
    frame = gpd.GeoDataFrame(rows, geometry=gpd.GeoSeries([None] * len(rows)), crs=STORED)
    return frame[REGION_COLUMNS]


def _notes(regions: gpd.GeoDataFrame, without: gpd.GeoDataFrame) -> list[str]:
    area = {n: float(area_km2(regions.geometry[regions["level"] == n].to_numpy()).sum()) for n in (2, 3)}
    notes = [f"区市内有 {area[2] - area[3]:.1f} km² 不在任何街道里，那里的场所归未落格。"]
    streets = without[without["level"] == 3]
    if len(streets):
        notes.append(
            f"{len(streets)} 个街道有代码而没有界线（{'、'.join(streets['name'])}）：它们和所属的 "
            f"{int((without['level'] == 4).sum())} 个社区在区划树里，但没有图形、网格和人口。"
        )
    return notes
