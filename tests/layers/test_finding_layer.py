"""The doctor's layer must draw exactly what a check found, of one check at a time, inside the viewer's regions."""

from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import Engine, text

from data.access import NOBODY, Viewer
from data.doctor import examine, save
from data.engine import make_engine
from data.services import Services
from layers.catalogue import catalogue
from tests.data.desk_city import NOW, TODAY, build
from tests.layers.conftest import covering, everywhere, features_of, read_tiles, run_app


@pytest.fixture(scope="module")
def url(template: str, new_database: Callable[[str], str]) -> str:
    """Address of an examined city."""
    address = new_database(template)
    engine = make_engine(address)
    build(engine)
    with engine.begin() as conn:
        save(conn, examine(conn, TODAY, NOW))
    engine.dispose()
    return address


@pytest.fixture
def db(url: str) -> Engine:
    return make_engine(url)


def found(db: Engine, check: str) -> set[int]:
    sql = "SELECT place_id FROM doctor_finding WHERE check_id = :check AND geom_3857 IS NOT NULL"
    with db.connect() as conn:
        return set(conn.execute(text(sql), {"check": check}).scalars())


def test_every_zoom_shows_what_the_check_found(db: Engine, url: str) -> None:
    for check in ("no_installation", "place_no_duty", "input:place.visit"):
        truth = found(db, check)
        for z in (5, 9, 12):
            features = features_of(read_tiles(url, f"finding:{check}", everywhere(z)), "finding")
            assert all("n" in f["properties"] for f in features)
            assert sum(f["properties"]["n"] for f in features) == len(truth), (check, z)


def test_single_places_keep_their_ids_and_the_layer_its_name(db: Engine, url: str) -> None:
    tiles = read_tiles(url, "finding:no_installation", covering(15))
    assert {name for tile in tiles for name in tile} == {"finding"}
    assert {f["id"] for f in features_of(tiles, "finding")} == found(db, "no_installation")


def test_a_place_with_two_findings_is_one_point(db: Engine, url: str) -> None:
    with db.begin() as conn:
        conn.execute(
            text(
                "INSERT INTO doctor_finding"
                " (check_id, record_id, place_id, region_id, source, unknown, at_least, geom_3857)"
                " SELECT 'twice', n, place_id, region_id, source, false, 0, geom_3857"
                " FROM doctor_finding, generate_series(1, 2) n WHERE check_id = 'sensor_silent'"
            )
        )
    points = features_of(read_tiles(url, "finding:twice", covering(9)), "finding")
    assert sum(f["properties"]["n"] for f in points) == len(found(db, "twice")) == 1


def test_a_district_gets_its_own_and_nobody_nothing(db: Engine, url: str) -> None:
    with db.connect() as conn:
        (west,) = conn.execute(text("SELECT id FROM region WHERE code = '990102'")).one()
    viewer = Viewer("西区", "leader", 1, (west,))
    assert features_of(read_tiles(url, "finding:no_installation", covering(9), viewer), "finding") == []
    own = features_of(read_tiles(url, "finding:place_no_duty", covering(9), viewer), "finding")
    assert sum(f["properties"]["n"] for f in own) == 1
    assert features_of(read_tiles(url, "finding:place_no_duty", covering(9), NOBODY), "finding") == []


def test_regions_are_drawn_as_the_part_that_is_wrong(db: Engine, url: str) -> None:
    points = features_of(read_tiles(url, "finding_area:region_gap", covering(9)), "finding_area")
    areas = features_of(read_tiles(url, "finding_area:region_gap", covering(12)), "finding_area")
    assert sum(f["properties"]["n"] for f in points) == len(found(db, "region_gap")) > 0
    assert {f["geometry"]["type"] for f in areas} <= {"Polygon", "MultiPolygon"}
    assert areas


def test_without_a_check_nothing_is_drawn_and_other_layers_take_no_parameter(url: str) -> None:
    assert features_of(read_tiles(url, "finding", covering(9)), "finding") == []
    assert catalogue().get("enterprise:x") is None
    for odd in ("finding:", "finding:X", "finding:a'; --", "finding:" + "a" * 200):
        assert catalogue().get(odd) is None, odd


def test_the_route_answers_for_a_check_and_refuses_what_is_none(url: str) -> None:
    tile = covering(9)[0]

    async def talk(client: httpx.AsyncClient, _services: Services) -> None:
        good = await client.get(f"/tiles/finding:place_no_duty/0/9/{tile.x}/{tile.y}.mvt")
        assert good.status_code in (200, 204)
        assert good.headers["cache-control"] == "private, no-cache", "it may change with the next examination"
        odd = await client.get(f"/tiles/finding:%27/0/9/{tile.x}/{tile.y}.mvt")
        assert odd.status_code == 404
        listed = (await client.get("/api/layers.json")).json()["layers"]
        assert {layer["id"]: layer["listed"] for layer in listed}["finding"] is False

    run_app(url, talk)
