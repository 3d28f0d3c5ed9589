"""Routes of the map: tiles, the page configuration, tips and assets. Each asks data.access itself who is calling."""

import gzip
import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any, get_args

import orjson
import psycopg
from psycopg_pool import PoolClosed, PoolTimeout
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from data.access import Viewer, request_viewer
from data.services import Services, current
from data.settings import TIME_ZONE, Settings
from layers import assets, config, tips
from layers.catalogue import DEEPEST_ZOOM, Catalogue, catalogue
from layers.colours import Palette, Theme
from layers.queries import Address, Moment
from layers.scope import token
from layers.tiles import Overloaded, Tile, Tiles
from layers.versions import ASKED_S, FRESH_S, Versions

MVT = "application/vnd.mapbox-vector-tile"
FOR_EVER = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"
LONGEST_NUMBER = 19


class Refused(Exception):
    """A request that is not answered; `status` and one Chinese sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class House:
    """What the routes keep between requests, for the services that are running now."""

    def __init__(self, services: Services, layers: Catalogue) -> None:
        self.services = services
        self.catalogue = layers
        self.tiles = Tiles(services.pool, services.settings.tile_concurrency)
        self.versions = Versions(layers)

    async def current_versions(self, age_s: float = FRESH_S) -> dict[str, int]:
        """Return the versions of all layers that have one, at most `age_s` seconds old."""
        return await self.versions.current(self.services.pool, age_s)

    def moment(self) -> Moment:
        """Return today as the settings have it, and the instant: now, or the end of that day if it is past."""
        return moment(self.services.settings, datetime.now(UTC))


def moment(settings: Settings, now: datetime) -> Moment:
    """Return the time that live layers judge by: `now`, held back to the end of the settings' today."""
    today = settings.today()
    end = datetime.combine(today, time.min, TIME_ZONE) + timedelta(days=1)
    return Moment(today, min(now, end))


class Houses:
    """The house of the running services: made at the first request, made anew when other services run."""

    def __init__(self, layers: Catalogue) -> None:
        self.layers = layers
        self._house: House | None = None

    def get(self) -> House:
        """Return the house of `data.services.current()`."""
        services = current()
        if self._house is None or self._house.services is not services:
            self._house = House(services, self.layers)
        return self._house


Handler = Callable[[House, Request, Viewer], Awaitable[Response]]


def routes(layers: Catalogue | None = None) -> list[Route]:
    """Return the routes: /tiles/{layer}/{version}/{z}/{x}/{y}.mvt, /api/layers.json, /api/tips/…, /assets/…."""
    houses = Houses(layers or catalogue())
    return [
        Route("/tiles/{layer}/{version}/{z}/{x}/{y}.mvt", _guarded(houses, _tile)),
        Route("/api/layers.json", _guarded(houses, _layers)),
        Route("/api/tips/{kind}.json", _guarded(houses, _tips)),
        Route("/assets/{path:path}", _asset),
    ]


def _json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    every = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **(headers or {})}
    return Response(orjson.dumps(content), status, every, "application/json")


def _guarded(houses: Houses, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Turn refusals, overload and a database that is away into JSON with the right status."""

    async def answer(request: Request) -> Response:
        try:
            house = houses.get()
            viewer = await request_viewer(request)
            if not (may := viewer.may("view")):
                raise Refused(401 if viewer.role == "nobody" else 403, may.reason)
            return await handler(house, request, viewer)
        except Refused as refused:
            return _json({"error": refused.sentence}, refused.status)
        except (Overloaded, PoolTimeout, PoolClosed, psycopg.OperationalError, SQLAlchemyError):
            return _json({"error": "服务器忙或数据库暂时连不上，请稍后再试"}, 503, {"Retry-After": "2"})

    return answer


def _number(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise Refused(400, f"{what}应为非负整数")
    return int(text)


def _address(request: Request) -> Address:
    z, x, y = (_number(request.path_params[name], name) for name in ("z", "x", "y"))
    if z > DEEPEST_ZOOM or x >= 2**z or y >= 2**z:
        raise Refused(400, "没有这个瓦片：缩放级或行列号超出范围")
    return Address(z, x, y)


async def _tile(house: House, request: Request, viewer: Viewer) -> Response:
    entry = house.catalogue.get(request.path_params["layer"])
    if entry is None:
        raise Refused(404, "没有这个图层")
    version, at = _number(request.path_params["version"], "version"), _address(request)
    if not entry.at(at.z):
        raise Refused(404, f"图层“{entry.title}”在 {at.z} 级没有瓦片")
    now = 0 if entry.live else (await house.current_versions()).get(entry.id, 0)
    tile = await house.tiles.get(entry, now, viewer, at, house.moment)
    asked = request.query_params.get("s") == token(viewer, house.catalogue.mark) and version == now
    return _tile_response(request, tile, FOR_EVER if asked and not entry.live else ASK_AGAIN)


def _tile_response(request: Request, tile: Tile, caching: str) -> Response:
    """Answer with the current content whatever version was asked for; only the right address may be kept for ever."""
    headers = {"Cache-Control": caching, "ETag": tile.etag, "Vary": "Accept-Encoding, Cookie"}
    if caching == FOR_EVER:
        headers["Vary"] = "Accept-Encoding"
    if request.headers.get("if-none-match") == tile.etag:
        return Response(None, 304, headers)
    if not tile.body:
        return Response(None, 204, headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(gzip.decompress(tile.body), 200, headers, MVT)
    return Response(tile.body, 200, {**headers, "Content-Encoding": "gzip"}, MVT)


def _look(request: Request) -> config.Look:
    theme, palette = (request.query_params.get(name, known[0]) for name, known in _CHOICES.items())
    if theme not in _CHOICES["theme"] or palette not in _CHOICES["palette"]:
        raise Refused(400, "theme 应为 light 或 dark，palette 应为 customary 或 jis")
    try:
        scale = float(request.query_params.get("scale", "1"))
    except ValueError:
        raise Refused(400, "scale 应为 1 到 4 的数") from None
    if not 1 <= scale <= 4:
        raise Refused(400, "scale 应为 1 到 4 的数")
    return config.Look(theme, palette, scale)  # type: ignore[arg-type]


_CHOICES: dict[str, tuple[str, ...]] = {"theme": get_args(Theme), "palette": get_args(Palette)}


async def _layers(house: House, request: Request, viewer: Viewer) -> Response:
    versions = await house.current_versions(ASKED_S)
    if request.query_params.get("only") == "tiles":
        return _json({"tiles": config.addresses(house.catalogue, versions, viewer)})
    look = _look(request)
    async with house.services.pool.connection() as connection:
        city = await config.read_city(connection, viewer)
    body = orjson.dumps(config.page_config(house.catalogue, versions, viewer, city, look))
    etag = f'"{hashlib.blake2b(body, digest_size=9).hexdigest()}"'
    headers = {"Cache-Control": ASK_AGAIN, "ETag": etag, "Vary": "Cookie", "X-Content-Type-Options": "nosniff"}
    if request.headers.get("if-none-match") == etag:
        return Response(None, 304, headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = gzip.compress(body, 5, mtime=0), "gzip"
    return Response(body, 200, headers, "application/json")


async def _tips(house: House, request: Request, viewer: Viewer) -> Response:
    kind = request.path_params["kind"]
    if kind not in tips.KINDS:
        raise Refused(404, "没有这类对象")
    asked = request.query_params.get("ids", "").split(",")
    if len(asked) > tips.MOST_IDS:
        raise Refused(400, f"一次最多 {tips.MOST_IDS} 个")
    ids = [_number(text, "ids") for text in asked]
    if max(ids) >= 2**63:
        raise Refused(400, "ids 超出范围")
    async with house.services.pool.connection() as connection:
        found = await tips.read(connection, house.catalogue, viewer, kind, ids)
    return _json([{"id": t.id, "title": t.title, "lines": t.lines, "grades": t.grades} for t in found])


async def _asset(request: Request) -> Response:
    found = assets.find(request.path_params["path"])
    if found is None:
        return _json({"error": "没有这个文件"}, 404)
    kept = request.query_params.get("v") == found.digest
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if kept else "no-cache",
        "ETag": f'"{found.digest}"',
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(None, 304, headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.packed, 200, {**headers, "Content-Encoding": "gzip"}, found.media_type)
    return Response(found.body, 200, headers, found.media_type)
