"""Harm: a place that no zoom shows, a count that lies, a red under a blue, another district's data in a tile."""

from collections import Counter
from typing import Any

import pytest
import shapely
from sqlalchemy import Engine, text

from data.access import NOBODY, Viewer
from data.gaps import definition
from layers.catalogue import catalogue
from layers.queries import MOST_POINTS
from tests.layers.conftest import MOMENT, at_zooms, covering, features_of, read_tiles
from tests.layers.tile_city import CROWDED, LAYERS, ON_EDGES, STACKED

GRADES = {"red": 4, "orange": 3, "yellow": 2, "blue": 1, "unknown": 0, "na": -1}
ZOOMS = range(5, 14)


def region_ids(db: Engine, *codes: str) -> tuple[int, ...]:
    with db.connect() as conn:
        found = dict(conn.execute(text("SELECT code, id FROM region")).all())
    return tuple(found[code] for code in codes)


def viewer_of(db: Engine, *codes: str) -> Viewer:
    return Viewer("某区", "leader", 1, region_ids(db, *codes))


def counts(db: Engine, layer: str, viewer: Viewer | None = None) -> Counter[str]:
    """Return places with a point by grade, straight from places and assessments, not from what is drawn."""
    scope = "true" if viewer is None or viewer.regions is None else "path && CAST(:ids AS int[])"
    with db.connect() as conn:
        rows = conn.execute(
            text(
                f"SELECT severity, at_least FROM drawn_place WHERE layer = :layer AND geom_3857 IS NOT NULL AND {scope}"
            ),
            {"layer": layer, "ids": list(viewer.regions or ()) if viewer else []},
        ).all()
    by = {severity: key for key, severity in GRADES.items()}
    found = Counter(by[row.severity] for row in rows)
    found["unknown_severe"] = sum(row.severity == 0 and row.at_least >= 3 for row in rows)
    found["n"] = len(rows)
    return found


def summed(features: list[dict[str, Any]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for feature in features:
        properties = feature["properties"]
        if "worst" in properties:
            for key in (*GRADES, "unknown_severe", "n"):
                found[key] += properties.get(key, 0)
        else:
            severity = properties["severity"]
            found[next(key for key, value in GRADES.items() if value == severity)] += 1
            found["unknown_severe"] += severity == 0 and properties["at_least"] >= 3
            found["n"] += 1
    return found


@pytest.mark.parametrize("layer", LAYERS)
def test_every_zoom_adds_up_to_the_table(city: Engine, city_url: str, layer: str) -> None:
    truth = counts(city, layer)
    for z, features in at_zooms(city_url, layer, (*ZOOMS, 14)).items():
        assert summed(features) == truth, z


@pytest.mark.parametrize("codes", [("990101",), ("990102",), ("990101002",), ("990101001001001",), ("990100X",)])
def test_a_viewer_gets_the_sums_of_their_own_regions_at_every_zoom(
    city: Engine, city_url: str, codes: tuple[str, ...]
) -> None:
    viewer = viewer_of(city, *codes)
    truth = counts(city, "enterprise", viewer)
    assert truth["n"] > 0
    for z, features in at_zooms(city_url, "enterprise", (5, 10, 11, 13, 14), viewer).items():
        assert summed(features) == truth, z


def test_single_points_are_the_rows_of_the_table(city: Engine, city_url: str) -> None:
    with city.connect() as conn:
        shops = "SELECT place_id, severity, at_least FROM drawn_place WHERE layer = 'gas_shop'"
        rows = conn.execute(text(f"{shops} AND geom_3857 IS NOT NULL")).all()
    for z in (14, 15):
        found = features_of(read_tiles(city_url, "gas_shop", covering(z)), "gas_shop")
        assert sorted((f["id"], f["properties"]["severity"], f["properties"]["at_least"]) for f in found) == sorted(
            rows
        )


def test_a_tile_too_full_for_single_points_is_summed_not_cut(city: Engine, city_url: str) -> None:
    lon, lat = CROWDED
    tiles = read_tiles(city_url, "enterprise", covering(14, (lon - 0.02, lat - 0.02, lon + 0.02, lat + 0.02)))
    crowded = [
        tile["enterprise"] for tile in tiles if any("worst" in f["properties"] for f in tile.get("enterprise", []))
    ]
    assert crowded
    for features in crowded:
        assert len(features) <= MOST_POINTS
        assert sum(f["properties"]["n"] for f in features) > MOST_POINTS
        alone = [f["properties"] for f in features if f["properties"]["n"] == 1]
        assert all("id" in p for p in alone)


def test_forty_places_on_one_spot_are_all_there(city_url: str) -> None:
    lon, lat = STACKED
    found = features_of(read_tiles(city_url, "enterprise", covering(18, (lon, lat, lon, lat))), "enterprise")
    assert len({f["id"] for f in found}) >= 40


def test_a_point_on_the_edge_of_tiles_is_in_exactly_one(city: Engine, city_url: str) -> None:
    with city.connect() as conn:
        at = text("SELECT id FROM place WHERE ST_X(geom) = :x AND ST_Y(geom) = :y")
        ids = [conn.execute(at, {"x": lon, "y": lat}).scalar_one() for lon, lat in ON_EDGES]
    found = Counter(f["id"] for f in features_of(read_tiles(city_url, "enterprise", covering(15)), "enterprise"))
    assert [found[i] for i in ids] == [1, 1, 1]


def test_a_cell_says_red_when_one_of_its_places_is_red_and_unknown_outranks_yellow(city_url: str) -> None:
    rank = ("red", "orange", "unknown_severe", "yellow", "unknown", "blue", "na")
    severity = {**GRADES, "unknown_severe": 0}
    for features in at_zooms(city_url, "enterprise", (6, 12)).values():
        for feature in features:
            properties = feature["properties"]
            worst = next(key for key in rank if properties.get(key))
            assert properties["worst"] == severity[worst]


@pytest.mark.parametrize("code", ["990101", "990101002", "990101001001002"])
def test_a_district_user_gets_nothing_of_another_in_any_layer(city: Engine, city_url: str, code: str) -> None:
    viewer = viewer_of(city, code)
    with city.connect() as conn:
        own = set(
            conn.execute(
                text(
                    "SELECT p.id FROM place p JOIN region r ON r.id = p.region_id WHERE r.path @>"
                    " (SELECT path FROM region WHERE code = :code)"
                ),
                {"code": code},
            ).scalars()
        )
        tree = set(conn.execute(text("SELECT id FROM region WHERE path @> (SELECT path FROM region WHERE code = :code)"
                                     " OR id = ANY ((SELECT path FROM region WHERE code = :code)::int[])"),
                                {"code": code}).scalars())  # fmt: skip
    border = (120.29, 36.03, 120.31, 36.05)
    asked = [*covering(9), *covering(12), *covering(15, border)]
    for entry in catalogue().entries:
        for name, features in _by_name(read_tiles(city_url, entry.id, asked, viewer)).items():
            ids = {f.get("id") or f["properties"].get("id") for f in features} - {None, 0}
            if entry.click == "place":
                assert ids <= own, entry.id
            elif entry.click == "region" or entry.id == "city":
                assert ids <= tree, (entry.id, name)
            assert not {"西园", "西区"} & {f["properties"].get("name") for f in features}


def _by_name(tiles: list[Any]) -> dict[str, list[dict[str, Any]]]:
    return {name: features_of(tiles, name) for name in {name for tile in tiles for name in tile}}


def test_nobody_gets_empty_tiles(city_url: str) -> None:
    for entry in catalogue().entries:
        at = [tile for z in (10, 13) for tile in covering(z, (120.05, 36.03, 120.06, 36.04))]
        assert not any(read_tiles(city_url, entry.id, at, NOBODY))


def test_every_layer_answers_at_every_zoom_it_promises(city_url: str) -> None:
    lon, lat = STACKED
    for entry in catalogue().entries:
        low, high = entry.zoom
        read_tiles(city_url, entry.id, [at for z in range(low, high + 1) for at in covering(z, (lon, lat, lon, lat))])


@pytest.mark.parametrize(
    ("layer", "sql"),
    [
        ("hazard_open", "SELECT place_id FROM hazard h JOIN place p ON p.id = h.place_id WHERE h.state <> 'closed'"
                        " AND p.geom IS NOT NULL"),
        ("alarm_open", "SELECT place_id FROM alarm a JOIN place p ON p.id = a.place_id WHERE a.state <> 'closed'"
                       " AND p.geom IS NOT NULL"),
        *((gap, None) for gap in ("never_inspected", "inspection_overdue", "shop_no_sensor")),
    ],
)  # fmt: skip
def test_work_and_gaps_add_up_to_their_definition(city: Engine, city_url: str, layer: str, sql: str | None) -> None:
    values: dict[str, Any] = {}
    if sql is None:
        gap = definition(layer, MOMENT.today, MOMENT.now)
        sql, values = f"SELECT place_id FROM ({gap.sql}) g WHERE geom_3857 IS NOT NULL", dict(gap.values)
    with city.connect() as conn:
        truth = set(conn.execute(text(sql), values).scalars())
    assert truth
    for z, found in at_zooms(city_url, layer, (7, 12)).items():
        assert sum(f["properties"].get("n", 1) for f in found) == len(truth), z
        single = {f.get("id") or f["properties"].get("id") for f in found if f["properties"].get("n", 1) == 1}
        assert single - {None} <= truth


def test_grids_without_officer_are_the_same_as_points_and_as_areas(city: Engine, city_url: str) -> None:
    gap = definition("grid_no_officer", MOMENT.today, MOMENT.now)
    with city.connect() as conn:
        truth = set(conn.execute(text(f"SELECT region_id FROM ({gap.sql}) g"), dict(gap.values)).scalars())
    points = features_of(read_tiles(city_url, "grid_no_officer", covering(9)), "grid_no_officer")
    areas = features_of(read_tiles(city_url, "grid_no_officer", covering(13)), "grid_no_officer")
    assert sum(f["properties"]["n"] for f in points) == len(truth) > 0
    assert {f["id"] for f in areas} == truth


def test_neighbours_leave_no_sliver(city_url: str) -> None:
    for tile in read_tiles(city_url, "street", covering(11, (120.0, 36.0, 120.3, 36.1))):
        areas = [shapely.from_geojson(_json(f["geometry"])) for f in tile.get("street", [])]
        if len(areas) > 1:
            together = shapely.union_all(areas)
            assert together.geom_type == "Polygon"
            assert not together.interiors
            assert together.area == pytest.approx(sum(a.area for a in areas))


def _json(geometry: dict[str, Any]) -> str:
    import json

    return json.dumps(geometry)


@pytest.mark.shared_data
def test_real_outlines_stay_small_and_close(shared_data: Any, db: Engine, db_url: str) -> None:
    """Qingdao: no tile of regions over 100 kB before gzip, and no gap between neighbouring districts."""
    import geopandas as gpd
    import pandas as pd

    from data.regions import write_regions
    from tests.layers.conftest import read_tiles as tiles_of

    file = shared_data / "qingdao" / "regions.gpkg"
    parts = [gpd.read_file(file, layer=name).assign(level=level) for level, name in ((1, "city"), (2, "district"))]
    frame = pd.concat(parts)
    frame["parent_code"] = frame["parent_code"].where(frame["level"] > 1, None)
    with db.begin() as conn:
        write_regions(conn, frame[["code", "name", "level", "parent_code", "geometry"]], "test")
    for z in (7, 8, 9):
        for tile in tiles_of(db_url, "district", covering(z, (119.5, 35.5, 121.1, 37.2))):
            areas = [shapely.make_valid(shapely.from_geojson(_json(f["geometry"]))) for f in tile.get("district", [])]
            if not areas:
                continue
            together = shapely.union_all(areas)
            overlap = sum(a.area for a in areas) - together.area
            assert overlap <= 0.0005 * together.area


def test_a_block_with_too_much_in_it_is_made_tile_by_tile(
    city: Engine, city_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layers.queries.MOST_IN_BLOCK", 10)
    for z, features in at_zooms(city_url, "enterprise", (14, 15)).items():
        assert summed(features) == counts(city, "enterprise"), z
