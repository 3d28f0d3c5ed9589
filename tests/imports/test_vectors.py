"""GeoJSON, GeoPackage and Shapefile: read by what they are, moved to WGS-84, one bad shape spoils one row."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine

from tests.imports.conftest import Import, rows_of, scalar

SQUARE = shapely.box(120.31, 36.01, 120.33, 36.03)


def frame(crs: int = 4326, **columns: Any) -> gpd.GeoDataFrame:
    shapes = columns.pop("shapes", [SQUARE])
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4326).to_crs(crs)


def feature(shape: Any, **properties: Any) -> dict[str, Any]:
    geometry = shape if isinstance(shape, dict) or shape is None else shapely.geometry.mapping(shape)
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def collection(*features: Any, **more: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features, **more}, ensure_ascii=False).encode()


def test_a_geojson_point_is_a_place_and_other_shapes_do_not_take_it_along(load: Import, city: Engine) -> None:
    summary = load(
        collection(
            feature(shapely.Point(120.32, 36.05), 单位名称="甲厂"),
            feature({"type": "Point", "coordinates": ["x"]}, 单位名称="坏图形"),
            "nothing",
            feature(None, 单位名称="没图形", 所属街道="镇江路街道"),
        ),
        name="a.geojson",
    )
    assert (summary.read, summary.accepted, summary.rejected) == (4, 2, 2)
    got = rows_of(
        city, "SELECT p.name, ST_X(p.geom) AS x, code FROM place p JOIN region r ON r.id = region_id ORDER BY p.name"
    )
    assert [(row["name"], row["x"], row["code"]) for row in got] == [
        ("没图形", None, "370202002X"),
        ("甲厂", 120.32, "370202001001001"),
    ]


def test_an_area_is_the_site_and_its_point_lies_on_it(load: Import, city: Engine) -> None:
    load(collection(feature(SQUARE, 单位名称="甲厂")), name="a.json")
    assert scalar(city, "SELECT ST_Covers(site, geom) FROM place")


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".zip", ".geojson"])
@pytest.mark.parametrize("crs", [4326, 4490, 4549])
def test_zones_come_in_from_every_format_and_crs(
    load: Import, city: Engine, tmp_path: Path, suffix: str, crs: int
) -> None:
    made = frame(crs, name=["化工园"], kind=["化工园区"])
    path = tmp_path / f"园区{suffix}"
    if suffix == ".zip":
        made.to_file(tmp_path / "z.shp", encoding="gb18030")
        with zipfile.ZipFile(path, "w") as archive:
            for part in tmp_path.glob("z.*"):
                if part.suffix != ".cpg":
                    archive.write(part, f"文件夹/{part.name}")
    else:
        made.to_file(path)
    summary = load(path, "zone")
    assert summary.exit_code == 0, summary
    got = rows_of(city, "SELECT name, kind, ST_XMin(geom) AS x, ST_YMax(geom) AS y FROM zone")[0]
    assert (got["name"], got["kind"]) == ("化工园", "chemical_park")
    assert (got["x"], got["y"]) == pytest.approx((120.31, 36.03), abs=1e-6)


def test_a_gcj_outline_is_moved_back_as_a_whole(load: Import, city: Engine) -> None:
    load(collection(feature(SQUARE, 名称="园", 类型="工业园")), "zone", name="a.geojson", datum="gcj02")
    shift = scalar(
        city, "SELECT ST_Distance(ST_Centroid(geom)::geography, ST_Point(120.32, 36.02, 4326)::geography) FROM zone"
    )
    assert 300 < shift < 800


def test_a_geojson_in_an_unknown_crs_is_asked_about(load: Import) -> None:
    data = collection(feature(SQUARE, 名称="园", 类型="工业园"), crs={"type": "name", "properties": {"name": "西安80"}})
    assert "--crs" in str(load(data, "zone", name="a.geojson").error)


def test_a_shapefile_without_its_parts_says_which_are_missing(load: Import, tmp_path: Path) -> None:
    frame(name=["园"], kind=["工业园"]).to_file(tmp_path / "z.shp")
    (tmp_path / "z.dbf").unlink()
    assert ".dbf" in str(load(tmp_path / "z.shp", "zone").error)


def test_shapefiles_and_geopackages_cut_off_are_told(load: Import, tmp_path: Path) -> None:
    made = frame(name=["园"] * 50, kind=["工业园"] * 50, shapes=[SQUARE] * 50)
    made.to_file(tmp_path / "z.shp")
    whole = (tmp_path / "z.shp").read_bytes()
    (tmp_path / "z.shp").write_bytes(whole[: len(whole) // 2])
    assert "截断" in str(load(tmp_path / "z.shp", "zone").error)
    made.to_file(tmp_path / "z.gpkg")
    whole = (tmp_path / "z.gpkg").read_bytes()
    assert "截断" in str(load(whole[: len(whole) // 2], "zone", name="z.gpkg").error)


def test_several_layers_are_not_chosen_from_by_chance(load: Import, tmp_path: Path) -> None:
    for layer in ("甲", "乙"):
        frame(name=[layer], kind=["工业园"]).to_file(tmp_path / "z.gpkg", layer=layer)
    assert "--layer" in str(load(tmp_path / "z.gpkg", "zone").error)
    assert load(tmp_path / "z.gpkg", "zone", layer="乙").accepted == 1


def test_a_geopackage_with_a_virtual_table_is_refused(load: Import, tmp_path: Path) -> None:
    path = tmp_path / "z.gpkg"
    frame(name=["园"], kind=["工业园"]).to_file(path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute(
            "INSERT INTO sqlite_master VALUES ('table', 'leak', 'leak', 0, "
            "'CREATE VIRTUAL TABLE leak USING VirtualOGR(''/etc/passwd'')')"
        )
    assert "虚拟表" in str(load(path, "zone").error)


def test_only_the_shapefile_of_a_zip_is_unpacked(load: Import, city: Engine, tmp_path: Path) -> None:
    frame(name=["园"], kind=["工业园"]).to_file(tmp_path / "z.shp")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../escape.txt", "x")
        archive.writestr("z.vrt", "<OGRVRTDataSource/>")
        for part in tmp_path.glob("z.*"):
            archive.write(part, part.name)
    assert load(buffer.getvalue(), "zone", name="园.zip").accepted == 1


def test_crossing_rings_are_mended_and_said_and_flat_ones_refused(load: Import, city: Engine) -> None:
    bow = shapely.Polygon([(120.31, 36.01), (120.33, 36.03), (120.33, 36.01), (120.31, 36.03)])
    flat = shapely.Polygon([(120.31, 36.01), (120.33, 36.01), (120.31, 36.01)])
    summary = load(
        collection(feature(bow, 名称="结", 类型="工业园"), feature(flat, 名称="平", 类型="工业园")),
        "zone",
        name="a.json",
    )
    assert (summary.accepted, summary.rejected) == (1, 1)
    assert summary.warnings == {"图形有错，已修复": 1}
    assert scalar(city, "SELECT ST_IsValid(geom) FROM zone")


def test_roads_are_lines_cut_into_parts_with_their_length(load: Import, city: Engine) -> None:
    line = shapely.LineString([(120.31, 36.01), (120.32, 36.01)])
    two = shapely.MultiLineString([[(120.31, 36.02), (120.32, 36.02)], [(120.33, 36.02), (120.34, 36.02)]])
    data = collection(
        feature(line, id="1", 名称="香港中路", highway="primary", oneway="yes"),
        feature(two, id="2", 名称="断头路", highway="residential"),
        feature(shapely.Point(120.3, 36.0), id="3", highway="x"),
    )
    summary = load(data, "road", name="a.geojson")
    assert (summary.read, summary.accepted, summary.rejected) == (3, 2, 1)
    roads = rows_of(city, "SELECT source_key, oneway, length_m FROM road ORDER BY 1")
    assert [(row["source_key"], row["oneway"]) for row in roads] == [("1", True), ("2#1", False), ("2#2", False)]
    assert all(row["length_m"] == pytest.approx(901, abs=2) for row in roads)
    assert load(data, "road", name="a.geojson").unchanged == 3
