"""Harm: a stale tile kept for ever, one user's tile shown to another, a thousand queries for one tile, a crash."""

import asyncio
import gzip
import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from data import drawn, services
from data.access import COOKIE, LOCAL, recent, sign_in
from data.access.accounts import add_account
from data.services import Services
from data.settings import load_settings
from layers import assets, house, serve
from layers.cache import ASK_AGAIN, FOR_EVER, Tile, TileCache
from layers.tiles import BLOCK
from tests.layers.conftest import covering, decoded, run_app
from tests.layers.tile_city import HOSTILE, STACKED

PASSWORD = "correct horse 9"
SPOT = covering(12, (*STACKED, *STACKED))[0]


def path_of(template: str, at: Any = SPOT) -> str:
    return template.replace("{z}", str(at.z)).replace("{x}", str(at.x)).replace("{y}", str(at.y))


async def tiles_of(client: httpx.AsyncClient) -> dict[str, str]:
    answer = await client.get("/api/layers.json?only=tiles")
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["tiles"])


def test_the_address_the_page_is_given_may_be_kept_and_no_other(city_url: str) -> None:
    async def talk(client: httpx.AsyncClient, _: Services) -> None:
        template = (await tiles_of(client))["enterprise"]
        good = await client.get(path_of(template))
        assert good.status_code == 200
        assert good.headers["cache-control"] == FOR_EVER
        again = await client.get(path_of(template), headers={"If-None-Match": good.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        _, _, layer, _, rest = template.split("/", 4)
        for odd in (f"/tiles/{layer}/1/{rest}", template.split("?")[0], template.split("?")[0] + "?s=other"):
            answer = await client.get(path_of(odd))
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == ASK_AGAIN, odd
            assert "Cookie" in answer.headers["vary"]
            assert answer.content == good.content

    run_app(city_url, talk)


def test_a_change_of_the_data_changes_the_address_at_once(db: Engine, db_url: str) -> None:
    from tests.layers.tile_city import regions, write_regions

    async def talk(client: httpx.AsyncClient, _: Services) -> None:
        seen = []
        for step in range(3):
            if step == 1:
                _one_place(db)
            if step == 2:
                with db.begin() as conn:
                    conn.execute(text("INSERT INTO alarm (place_id, level, kind, raised_at, source, source_key)"
                                      " SELECT id, 2, 'gas', now(), 't', '1' FROM place"))  # fmt: skip
            await asyncio.sleep(0.15)
            seen.append(await tiles_of(client))
        assert seen[0]["gas_shop"] != seen[1]["gas_shop"] == seen[2]["gas_shop"]
        assert seen[1]["alarm_open"] != seen[2]["alarm_open"]
        assert seen[0]["enterprise"] == seen[2]["enterprise"]
        found = decoded((await client.get(path_of(seen[2]["alarm_open"]))).content)
        assert len(found["alarm_open"]) == 1

    with db.begin() as conn:
        write_regions(conn, regions(), "test")
    run_app(db_url, talk)


def _one_place(db: Engine) -> None:
    with db.begin() as conn:
        conn.execute(
            text("INSERT INTO place (name, kinds, region_id, geom, source, source_key) SELECT 'x', '{gas_shop}', id,"
                 " ST_SetSRID(ST_MakePoint(:x, :y), 4326), 't', '1' FROM region WHERE code = '990101001001002'"),
            {"x": STACKED[0], "y": STACKED[1]},
        )  # fmt: skip
        drawn.refresh(conn)


def test_a_hundred_requests_for_one_cold_tile_are_one_query(city_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    ours = house.Tiles
    monkeypatch.setattr(house, "Tiles", lambda *given: made.append(ours(*given)) or made[-1])

    async def talk(client: httpx.AsyncClient, _: Services) -> None:
        path = path_of((await tiles_of(client))["small_place"])
        answers = await asyncio.gather(*(client.get(path) for _ in range(100)))
        assert {a.status_code for a in answers} == {200}
        assert len({a.content for a in answers}) == 1
        assert made[0].queries == 1
        await client.get(path)
        assert made[0].queries == 1

    run_app(city_url, talk)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/tiles/nothing/1/9/1/1.mvt", 404),
        ("/tiles/place;drop/1/9/1/1.mvt", 404),
        ("/tiles/enterprise/1/9/512/1.mvt", 400),
        ("/tiles/enterprise/1/9/1/512.mvt", 400),
        ("/tiles/enterprise/1/9/-1/1.mvt", 400),
        ("/tiles/enterprise/1/40/1/1.mvt", 400),
        ("/tiles/enterprise/1/99999999999999999999999/1/1.mvt", 400),
        ("/tiles/enterprise/1/9/1e3/1.mvt", 400),
        ("/tiles/enterprise/1/９/1/1.mvt", 400),
        ("/tiles/enterprise/x'y/9/1/1.mvt", 400),
        ("/tiles/enterprise/-1/9/1/1.mvt", 400),
        ("/tiles/enterprise/1/2/1/1.mvt", 404),
        ("/tiles/grid/1/9/1/1.mvt", 404),
        ("/api/tips/person.json?ids=1", 404),
        ("/api/tips/place.json?ids=1;2", 400),
        ("/api/tips/place.json?ids=", 400),
        ("/api/tips/place.json?ids=9999999999999999999", 400),
        ("/api/tips/place.json?ids=" + ",".join(["1"] * 61), 400),
        ("/api/layers.json?theme=neon", 400),
        ("/api/layers.json?scale=nan", 400),
        ("/api/layers.json?scale=900", 400),
        ("/api/layers.json?palette=%00", 400),
    ],
)
def test_odd_requests_get_a_sentence_and_never_reach_the_database(city_url: str, path: str, status: int) -> None:
    async def talk(client: httpx.AsyncClient, _: Services) -> None:
        answer = await client.get(path)
        assert answer.status_code == status
        assert answer.json()["error"]
        assert answer.headers["cache-control"] == "no-store"

    run_app(city_url, talk)


def test_an_empty_tile_is_no_content_and_may_be_kept(city_url: str) -> None:
    async def talk(client: httpx.AsyncClient, _: Services) -> None:
        at = covering(14, (100.0, 20.0, 100.0, 20.0))[0]
        answer = await client.get(path_of((await tiles_of(client))["enterprise"], at))
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["cache-control"] == FOR_EVER

    run_app(city_url, talk)


def test_a_reader_without_gzip_gets_the_same_bytes_plain(city_url: str) -> None:
    async def talk(client: httpx.AsyncClient, _: Services) -> None:
        path = path_of((await tiles_of(client))["enterprise"])
        packed = await client.get(path)
        plain = await client.get(path, headers={"Accept-Encoding": "identity"})
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert plain.content == packed.content

    run_app(city_url, talk)


@pytest.fixture
def accounts(db_url: str) -> Iterator[dict[str, str]]:
    """The tile city with an administrator, a leader of the eastern and one of the western district; login → cookie."""
    from data.engine import make_engine
    from tests.layers import tile_city

    engine = make_engine(db_url)
    tile_city.build(engine)
    with engine.begin() as conn:
        add_account(conn, LOCAL, "root", name="管理员", role="admin", password=PASSWORD)
        add_account(conn, LOCAL, "east", name="东区", role="leader", password=PASSWORD, codes=["990101"])
        add_account(conn, LOCAL, "west", name="西区", role="leader", password=PASSWORD, codes=["990102"])
    recent.forget()
    yield {login: sign_in(engine, login, PASSWORD).token for login in ("root", "east", "west")}
    engine.dispose()


def test_one_users_tiles_are_never_anothers(db_url: str, accounts: dict[str, str]) -> None:
    async def talk(client: httpx.AsyncClient, _: Services) -> None:
        assert (await client.get("/api/layers.json?only=tiles")).status_code == 401
        found, templates = {}, {}
        for login in ("root", "east", "west", "root"):
            client.cookies.set(COOKIE, accounts[login])
            templates[login] = (await tiles_of(client))["enterprise"]
            features = decoded((await client.get(path_of(templates[login], covering(5)[0]))).content)["enterprise"]
            found[login] = sum(f["properties"]["n"] for f in features)
        assert len(set(templates.values())) == 3
        assert found["root"] > found["east"] > found["west"] > 0
        client.cookies.set(COOKIE, accounts["west"])
        borrowed = await client.get(path_of(templates["root"], covering(5)[0]))
        assert sum(f["properties"]["n"] for f in decoded(borrowed.content)["enterprise"]) == found["west"]
        assert borrowed.headers["cache-control"] == ASK_AGAIN

    run_app(db_url, talk)


def test_a_tip_is_the_name_as_text_and_only_of_ones_own_district(db_url: str, accounts: dict[str, str]) -> None:
    async def talk(client: httpx.AsyncClient, opened: Services) -> None:
        with opened.engine.connect() as conn:
            rows = conn.execute(text("SELECT id, name FROM place WHERE source_key = '0' OR region_id ="
                                     " (SELECT id FROM region WHERE code = '990102X')")).all()  # fmt: skip
        hostile = next(r.id for r in rows if r.name == HOSTILE)
        western = next(r.id for r in rows if r.name != HOSTILE)
        said = {}
        for login in ("root", "east", "west"):
            client.cookies.set(COOKIE, accounts[login])
            answer = await client.get(f"/api/tips/place.json?ids={hostile},{western}")
            said[login] = {tip["id"]: tip for tip in answer.json()}
        assert set(said["root"]) == {hostile, western}
        assert said["root"][hostile]["title"] == HOSTILE
        assert western not in said["east"]
        assert western in said["west"]
        client.cookies.set(COOKIE, accounts["east"])
        bounds = (await client.get("/api/layers.json")).json()["city"]["bounds"]
        assert bounds == pytest.approx([120.0, 36.0, 120.3, 36.1])

    run_app(db_url, talk)


def test_unknown_is_said_as_unknown_with_what_is_proven(city_url: str) -> None:
    async def talk(client: httpx.AsyncClient, opened: Services) -> None:
        with opened.engine.connect() as conn:
            place = conn.execute(text("SELECT place_id FROM drawn_place WHERE severity = 0 AND at_least = 3")).scalar()
            blank = conn.execute(text("SELECT place_id FROM drawn_place WHERE severity = 0 AND at_least <= 0")).scalar()
        tips = (await client.get(f"/api/tips/place.json?ids={place},{blank}")).json()
        first = {tip["id"]: tip["grades"][0] for tip in tips}
        proven, unknown = first[place], first[blank]
        assert proven[0].endswith("未知（至少橙）")
        assert proven[1] == "unknown_severe"
        assert unknown[0].endswith("未知")
        assert unknown[1] == "unknown"

    run_app(city_url, talk)


def test_when_all_turns_are_taken_the_caller_is_asked_to_come_back(
    city_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layers.tiles.WAIT_S", 0.2)

    async def talk(client: httpx.AsyncClient, opened: Services) -> None:
        path = path_of((await tiles_of(client))["gas_shop"])
        held = [await opened.pool.getconn() for _ in range(opened.settings.tile_pool_size)]
        busy = await client.get(path)
        for connection in held:
            await opened.pool.putconn(connection)
        assert busy.status_code == 503
        assert busy.headers["retry-after"]
        assert busy.json()["error"]
        assert (await client.get(path)).status_code == 200

    run_app(city_url, talk)


def test_a_query_that_takes_too_long_is_stopped(city_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = load_settings(database_url=city_url, tile_statement_timeout_ms=100)
    monkeypatch.setattr("layers.queries.read_sql", lambda name: "SELECT 1, ''::bytea FROM pg_sleep(3)")

    async def talk(client: httpx.AsyncClient, _: Services) -> None:
        answer = await client.get("/tiles/enterprise/1/9/427/200.mvt")
        assert answer.status_code == 503
        assert answer.headers["retry-after"]

    run_app(city_url, talk, slow)


def test_a_database_that_is_gone_is_said_as_busy(db_url: str) -> None:
    async def talk(client: httpx.AsyncClient, opened: Services) -> None:
        await client.get("/api/layers.json?only=tiles")
        await opened.pool.close()
        answer = await client.get("/tiles/enterprise/1/9/427/200.mvt")
        assert answer.status_code == 503
        assert answer.headers["cache-control"] == "no-store"

    run_app(db_url, talk)


def test_a_city_without_anything_still_gives_a_map(db_url: str) -> None:
    async def talk(client: httpx.AsyncClient, _: Services) -> None:
        config = (await client.get("/api/layers.json")).json()
        west, south, east, north = config["city"]["bounds"]
        assert west < east
        assert south < north
        assert config["city"]["demo"] is None

    run_app(db_url, talk)


def test_the_cache_is_bounded_and_drops_the_longest_unused() -> None:
    cache = TileCache(limit=3000)
    for n in range(10):
        cache.put(n, Tile(bytes(400)))
        cache.get(0)
    assert cache.held <= 3000
    assert cache.get(0) is not None
    assert cache.get(1) is None
    cache.put("live", Tile(b"x"), until=5.0)
    assert cache.get("live", now=4.0) is not None
    assert cache.get("live", now=6.0) is None


@pytest.mark.parametrize(
    "name",
    ["../map.py", "..%2f..%2fapp.py", "map/../../components/map.py", "/etc/passwd", "vendor", ".hidden.js", "map",
     "nothing.js", "a\\b.js", "map.js/", "map//start.js", ""],
)  # fmt: skip
def test_only_our_assets_are_served(city_url: str, name: str) -> None:
    assert assets.find(name) is None

    async def talk(client: httpx.AsyncClient, _: Services) -> None:
        assert (await client.get(f"/assets/{name}")).status_code in {400, 404}

    run_app(city_url, talk)


def test_a_link_out_of_the_assets_folder_is_not_followed(tmp_path: Any) -> None:
    root = tmp_path / "assets"
    root.mkdir()
    (tmp_path / "secret.js").write_text("secret")
    os.symlink(tmp_path / "secret.js", root / "link.js")
    (root / "own.js").write_text("own")
    assert assets.find("link.js", root) is None
    found = assets.find("own.js", root)
    assert found is not None
    assert gzip.decompress(found.packed) == found.body == b"own"


def test_an_asset_may_be_kept_by_its_digest_only(city_url: str) -> None:
    async def talk(client: httpx.AsyncClient, _: Services) -> None:
        kept = await client.get(assets.asset_url("map.js"))
        assert kept.headers["cache-control"].endswith("immutable")
        assert kept.headers["content-type"].startswith("text/javascript")
        old = await client.get("/assets/map.js?v=000000000000")
        assert old.headers["cache-control"] == "no-cache"
        same = await client.get("/assets/map.js", headers={"If-None-Match": kept.headers["etag"]})
        assert same.status_code == 304

    run_app(city_url, talk)


def test_services_that_are_not_open_are_no_crash_of_the_import() -> None:
    services.use(None)
    assert len(serve.routes()) == 4


def test_the_neighbours_of_a_tile_are_made_with_it(city_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    ours = house.Tiles
    monkeypatch.setattr(house, "Tiles", lambda *given: made.append(ours(*given)) or made[-1])

    async def talk(client: httpx.AsyncClient, _: Services) -> None:
        pattern = (await tiles_of(client))["small_place"]
        z, x, y = 12, 3412 // BLOCK * BLOCK, 1600 // BLOCK * BLOCK
        paths = [pattern.format(z=z, x=x + i, y=y + j) for i in range(BLOCK) for j in range(BLOCK)]
        answers = await asyncio.gather(*(client.get(path) for path in paths))
        assert {a.status_code for a in answers} <= {200, 204}
        assert made[0].queries == 1

    run_app(city_url, talk)


def test_tiles_are_only_read(city_url: str) -> None:
    async def talk(client: httpx.AsyncClient, _: Services) -> None:
        path = path_of((await tiles_of(client))["small_place"])
        assert (await client.post(path)).status_code == 405
        assert (await client.head(path)).status_code == 200
        assert (await client.get("/tiles/small_place/1/2/3.mvt")).status_code == 404
        assert (await client.get("/tiles/small_place/1/2/3/4.png")).status_code == 404

    run_app(city_url, talk)
