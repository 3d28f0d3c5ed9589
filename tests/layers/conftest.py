"""One city for all tests of the tiles, and ways to ask for tiles: by the module, and over HTTP without a network."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import mapbox_vector_tile
import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette

from data import services
from data.access import LOCAL, Viewer, recent
from data.engine import make_engine
from data.services import Services
from data.settings import Settings, load_settings
from layers.catalogue import catalogue
from layers.queries import Address, Moment
from layers.serve import routes
from layers.tiles import Tiles
from tests.layers import tile_city

MOMENT = Moment(tile_city.TODAY, datetime(2026, 5, 20, 4, tzinfo=UTC))
BOUNDS = (119.99, 35.99, 120.41, 36.11)
OUTSIDE = (121.49, 36.49, 121.51, 36.51)


@pytest.fixture(scope="package")
def city_url(template: str, new_database: Callable[[str], str]) -> str:
    """Address of a database with the tile city; tests read it and change nothing."""
    url = new_database(template)
    engine = make_engine(url)
    tile_city.build(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="module")
def city(city_url: str) -> Iterator[Engine]:
    """An engine on the tile city."""
    engine = make_engine(city_url)
    yield engine
    engine.dispose()


def everywhere(z: int) -> list[Address]:
    """Return the tiles of a zoom that hold any place of the tile city."""
    return list(dict.fromkeys([*covering(z), *covering(z, OUTSIDE)]))


def covering(z: int, bounds: tuple[float, float, float, float] = BOUNDS) -> list[Address]:
    """Return the tiles of a zoom that cover bounds in degrees (w, s, e, n)."""
    west, south, east, north = bounds

    def column(lon: float) -> int:
        return int((lon + 180) / 360 * 2**z)

    def row(lat: float) -> int:
        return int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)

    columns, rows = range(column(west), column(east) + 1), range(row(north), row(south) + 1)
    return [Address(z, x, y) for x in columns for y in rows]


Features = dict[str, list[dict[str, Any]]]


def decoded(mvt: bytes) -> Features:
    """Return the features of a tile by MVT layer: {id, properties, geometry}."""
    return {name: layer["features"] for name, layer in mapbox_vector_tile.decode(mvt).items()} if mvt else {}


def read_tiles(url: str, layer: str, addresses: list[Address], viewer: Viewer = LOCAL) -> list[Features]:
    """Make tiles with the module itself; returns the features of each address."""
    import gzip

    async def make() -> list[Features]:
        opened = services.services_of(url, load_settings(database_url=url))
        await opened.pool.open()
        try:
            tiles = Tiles(opened.pool, 4)
            entry = catalogue().get(layer)
            assert entry is not None
            made = [await tiles.get(entry, 1, viewer, at, lambda: MOMENT) for at in addresses]
            return [decoded(gzip.decompress(tile.body)) if tile.body else {} for tile in made]
        finally:
            await opened.pool.close()
            opened.engine.dispose()

    return asyncio.run(make())


def at_zooms(url: str, layer: str, zooms: Iterable[int], viewer: Viewer = LOCAL) -> dict[int, list[dict[str, Any]]]:
    """Return all features of a layer at each zoom."""
    asked = {z: everywhere(z) for z in zooms}
    made = read_tiles(url, layer, [at for tiles in asked.values() for at in tiles], viewer)
    found: dict[int, list[dict[str, Any]]] = {}
    for z, tiles in asked.items():
        found[z] = features_of(made[: len(tiles)], layer)
        made = made[len(tiles) :]
    return found


def features_of(tiles: list[Features], name: str) -> list[dict[str, Any]]:
    """Return all features of one MVT layer."""
    return [feature for tile in tiles for feature in tile.get(name, [])]


def run_app(
    url: str, talk: Callable[[httpx.AsyncClient, Services], Awaitable[None]], settings: Settings | None = None
) -> None:
    """Serve the routes on a database for one conversation, without a network."""

    async def run() -> None:
        opened = services.services_of(url, settings or load_settings(database_url=url))
        services.use(opened)
        recent.forget()
        await opened.pool.open()
        transport = httpx.ASGITransport(app=Starlette(routes=routes()))
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                await talk(client, opened)
        finally:
            services.use(None)
            await opened.pool.close()
            opened.engine.dispose()

    asyncio.run(run())
