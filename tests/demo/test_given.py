"""Inside a real city: nothing that is listed may get lost, and nothing real may be moved."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from data.demo.given import DENSE_STREET, GivenError, given
from geo.crs import area_km2

QINGDAO = Path(__file__).parents[3] / "shared" / "data" / "qingdao"

STREETS = {
    "370299001": shapely.box(120.30, 36.00, 120.32, 36.02),
    "370299002": shapely.MultiPolygon(
        [shapely.box(120.32, 36.00, 120.35, 36.02), shapely.box(120.36, 36.005, 120.361, 36.006)]
    ),
}
DISTRICT = shapely.box(120.30, 35.99, 120.37, 36.02)


def write_city(folder: Path) -> Path:
    """A city of one district: a street with listed communities, one with none, and one that has no polygon."""
    regions = folder / "regions.gpkg"
    for layer, rows in {
        "city": [("370200", "某市", "370000", DISTRICT)],
        "district": [("370299", "某区", "370200", DISTRICT)],
        "street": [(code, f"{code[-1]}号街道", "370299", shape) for code, shape in STREETS.items()],
    }.items():
        frame = pd.DataFrame(rows, columns=["code", "name", "parent_code", "geometry"])
        gpd.GeoDataFrame(frame, geometry="geometry", crs=4326).to_file(regions, layer=layer)
    listed = [(f"37029900100{k}", f"甲{k}社区居委会", "370299001", "1号街道", "370299") for k in (1, 2, 7)]
    listed += [("370299400001", "乙村村委会", "370299400", "某开发区", "370299")]
    columns = ["code", "name", "street_code", "street_name", "district_code"]
    pd.DataFrame(listed, columns=columns).to_csv(folder / "communities.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return given(write_city(tmp_path_factory.mktemp("city")), seed=3)


def test_listed_communities_keep_their_code_name_and_street(city):
    own = city.level(4)[city.level(4)["parent_code"] == "370299001"]
    assert own["code"].tolist() == ["370299001001", "370299001002", "370299001007"]
    assert own["name"].tolist() == ["甲1社区居委会", "甲2社区居委会", "甲7社区居委会"]
    assert city.level(5)["name"].str.startswith("甲1社区第").sum() > 1


def test_a_street_that_no_list_names_gets_numbered_communities(city):
    own = city.level(4)[city.level(4)["parent_code"] == "370299002"]
    assert own["code"].tolist()[0] == "370299002901"
    assert own["name"].tolist()[0] == "2号街道第1社区"


def test_a_street_without_polygon_stays_in_the_tree_and_is_noted(city):
    lost = city.regions[city.regions["code"].isin(["370299400", "370299400001"])]
    assert lost["level"].tolist() == [3, 4]
    assert lost.geometry.isna().all()
    assert any("某开发区" in note for note in city.notes)


def test_streets_stay_where_they_are_and_are_tiled_by_their_grids(city):
    streets = city.level(3).set_index("code").geometry
    for code, shape in STREETS.items():
        assert streets[code].symmetric_difference(shape).area < 1e-9
        grids = city.level(5)[city.level(5)["code"].str.startswith(code)].geometry.to_numpy()
        assert shapely.coverage_is_valid(grids)
        assert shapely.coverage_union_all(grids).equals(streets[code])


def test_what_lies_in_no_street_stays_in_the_district_and_is_noted(city):
    district, streets = city.level(2).geometry.iloc[0], city.level(3).geometry.dropna()
    assert district.symmetric_difference(DISTRICT).area < 1e-9
    assert any(f"{area_km2(DISTRICT) - area_km2(streets.to_numpy()).sum():.1f} km²" in note for note in city.notes)


def test_nobody_is_lost_or_counted_twice(city):
    assert len({int(city.level(n)["population_night"].sum()) for n in (1, 2, 3, 4, 5)}) == 1


@pytest.mark.parametrize(
    ("missing", "word"), [("regions.gpkg", "regions.gpkg"), ("communities.csv", "communities.csv")]
)
def test_a_missing_file_is_named(tmp_path, missing, word):
    (write_city(tmp_path) / missing).unlink()
    with pytest.raises(GivenError, match=word):
        given(tmp_path, seed=1)


def test_a_missing_column_is_named(tmp_path):
    table = write_city(tmp_path) / "communities.csv"
    pd.read_csv(table, dtype=str).drop(columns="street_code").to_csv(table, index=False)
    with pytest.raises(GivenError, match="street_code"):
        given(tmp_path, seed=1)


@pytest.mark.shared_data
@pytest.mark.skipif(not QINGDAO.is_dir(), reason="the real data folder is not on this machine")
def test_qingdao_small_is_made_of_its_real_streets():
    city = given(QINGDAO, seed=1, size="small")
    real = gpd.read_file(QINGDAO / "regions.gpkg", layer="street").set_index("code").geometry
    streets = city.level(3).set_index("code").geometry
    assert city.dense_street == DENSE_STREET
    assert len(streets) == 6
    for code, shape in streets.items():
        assert shape.symmetric_difference(real[code]).area < 1e-8
    assert (city.level(4)["parent_code"] == DENSE_STREET).sum() == 5
    assert city.level(5)["code"].str.startswith(DENSE_STREET).sum() == 53
    assert shapely.coverage_is_valid(city.level(5).geometry.to_numpy())
