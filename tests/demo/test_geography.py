"""A demo city with gaps, overlaps or torn roads would make every screen that stands on it lie."""

import hashlib

import geopandas as gpd
import numpy as np
import pytest
import shapely

from data.demo.geography import CHARACTERS, Geography, invent
from data.demo.terrain import People, draw
from data.demo.terrain_plan import FULL
from data.demo.terrain_tree import apportion
from data.tables.regions import ZONE_KINDS
from geo.codes import level_of, number_grids, parent_code
from geo.crs import area_km2, length_m
from geo.grid import mass


@pytest.fixture(scope="module")
def city() -> Geography:
    return invent(seed=7, size="small")


def fingerprint(city: Geography) -> str:
    """A hash of every frame in order, geometry as WKB."""
    digest = hashlib.sha256()
    for frame in (city.regions, city.built, city.roads, city.areas, city.water):
        digest.update(frame.drop(columns="geometry").to_csv(index=False).encode())
        digest.update(b"".join(shapely.to_wkb(frame.geometry.to_numpy())))
    return digest.hexdigest()


def test_counts_and_columns(city):
    assert [len(city.level(n)) for n in (1, 2, 3, 4, 5)] == [1, 1, 6, 40, 300]
    assert city.regions.crs.to_epsg() == 4326
    assert city.regions["code"].is_unique
    assert set(city.regions["character"]) <= set(CHARACTERS)
    assert set(city.areas["kind"]) <= set(ZONE_KINDS)
    assert {"sea", "river", "reservoir"} == set(city.water["kind"])


@pytest.mark.parametrize("level", [2, 3, 4, 5])
def test_children_tile_their_parent_exactly(city, level):
    children, parents = city.level(level), city.level(level - 1).set_index("code")
    assert children.is_valid.all()
    assert shapely.coverage_is_valid(children.geometry.to_numpy())
    for code, own in children.groupby("parent_code"):
        parent = parents.geometry[code]
        assert shapely.area(own.geometry.to_numpy()).sum() == pytest.approx(parent.area, rel=1e-9)
        assert shapely.coverage_union_all(own.geometry.to_numpy()).equals(parent)


def test_people_add_up_and_live_where_it_is_built(city):
    for column in ("population_day", "population_night"):
        sums = [int(city.level(n)[column].sum()) for n in (1, 2, 3, 4, 5)]
        assert len(set(sums)) == 1
        assert (city.level(5)[column] > 0).all()
    grids = city.level(5).set_index("code").geometry
    built = city.built.set_index("code").geometry
    assert list(built.index) == list(grids.index)
    assert built.is_valid.all()
    assert not built.is_empty.any()
    assert set(built.geom_type) <= {"Polygon", "MultiPolygon"}
    assert shapely.within(built.to_numpy(), shapely.buffer(grids.to_numpy(), 1e-7)).all()


def test_codes_are_well_formed_and_names_unique_in_their_parent(city):
    below = city.regions[city.regions["level"] > 1]
    assert [level_of(c) for c in city.regions["code"]] == city.regions["level"].tolist()
    assert [parent_code(c) for c in below["code"]] == below["parent_code"].tolist()
    assert city.regions["code"].str.startswith("9901").all()
    assert not below.duplicated(["parent_code", "name"]).any()


def test_grids_are_numbered_west_to_east_then_southward(city):
    for _, own in city.level(5).groupby("parent_code"):
        middles = own.geometry.to_crs(4550).centroid
        given = own["code"].str[-3:].astype(int).to_numpy()
        assert sorted(given) == list(range(1, len(own) + 1))
        assert (given == number_grids(middles.x, middles.y)).mean() > 0.8  # centres move a little with the coordinates


def test_dense_old_town_street_has_its_published_numbers(city):
    street = city.level(3).set_index("code").loc[city.dense_street]
    grids = city.level(5)[city.level(5)["code"].str.startswith(city.dense_street)]
    assert 0.7 < area_km2(street.geometry) < 1.0
    assert (city.level(4)["parent_code"] == city.dense_street).sum() == 5
    assert len(grids) == 53
    assert 40_000 <= street["population_night"] < 45_000
    assert set(grids["character"]) == {"old_town"}


def test_roads_hang_together_and_meet_at_their_nodes(city):
    roads = city.roads
    ends: dict[int, set[tuple[float, float]]] = {}
    for u, v, line in zip(roads["u"], roads["v"], roads.geometry, strict=True):
        ends.setdefault(u, set()).add(line.coords[0])
        ends.setdefault(v, set()).add(line.coords[-1])
    assert {len(places) for places in ends.values()} == {1}
    assert len({next(iter(p)) for p in ends.values()}) == len(ends)
    group = {node: node for node in ends}

    def root(node: int) -> int:
        while group[node] != node:
            node = group[node]
        return node

    for u, v in zip(roads["u"], roads["v"], strict=True):
        group[root(u)] = root(v)
    lengths: dict[int, float] = {}
    for u, metres in zip(roads["u"], roads["length_m"], strict=True):
        lengths[root(u)] = lengths.get(root(u), 0.0) + metres
    assert max(lengths.values()) >= 0.99 * sum(lengths.values())
    assert (roads["speed_kmh"] > 0).all()
    assert np.allclose(length_m(roads.geometry.to_numpy()), roads["length_m"], rtol=2e-3, atol=0.03)


def test_areas_lie_on_land_and_some_cross_streets(city):
    land = city.level(1).geometry.iloc[0].buffer(1e-6)
    zones = city.areas[~city.areas["kind"].isin(["river"])]
    assert zones.within(land).all()
    assert zones.is_valid.all()
    streets = city.level(3)
    police = city.areas[city.areas["kind"] == "police_station"]
    crossing = gpd.sjoin(
        streets,
        police.set_geometry(shapely.buffer(police.geometry.to_numpy(), -1e-4), crs=4326),
        predicate="intersects",
    )
    assert crossing.groupby("index_right").size().max() > 1


def test_the_full_city_has_ten_districts_of_qingdaos_size():
    people = People.of_plan(FULL)
    outline = draw(FULL, people, np.random.default_rng([7, 0]))
    land = np.array([*outline.districts.values(), outline.dense_street])
    assert len(outline.districts) == 10
    assert shapely.coverage_is_valid(land)
    assert 10_500 < shapely.area(land).sum() / 1e6 < 12_000
    assert 8e6 < mass(land, people.potential).sum() < 11e6  # country towns come on top
    assert sum(d.streets for d in FULL.districts) == 140


def test_shares_are_whole_numbers_that_add_up():
    counts = apportion(np.array([5.0, 3.0, 0.01]), 11, fewest=2)
    assert counts.tolist() == [5, 4, 2]
    assert apportion(np.array([1.0, 1.0]), 1, fewest=2).tolist() == [2, 2]


def test_same_seed_gives_the_same_city_and_another_seed_another(city):
    assert fingerprint(invent(seed=7, size="small")) == fingerprint(city)
    assert fingerprint(invent(seed=8, size="small")) != fingerprint(city)
