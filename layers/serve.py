"""Routes of the map: tiles, the page configuration, tips and assets. Each asks data.access itself who is calling."""

import gzip
import hashlib
from collections.abc import Awaitable, Callable
from typing import get_args

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from data.access import Viewer
from layers import assets, config, tips
from layers.cache import ASK_AGAIN
from layers.catalogue import Catalogue, catalogue
from layers.colours import Palette, Theme
from layers.house import House, Houses, Refused, answered, number, say
from layers.tile_route import TileRoute
from layers.versions import ASKED_S

Handler = Callable[[House, Request, Viewer], Awaitable[Response]]


def routes(layers: Catalogue | None = None) -> list[BaseRoute]:
    """Return the routes: /tiles/{layer}/{version}/{z}/{x}/{y}.mvt, /api/layers.json, /api/tips/…, /assets/…."""
    houses = Houses(layers or catalogue())
    return [
        TileRoute(houses),
        Route("/api/layers.json", _guarded(houses, _layers)),
        Route("/api/tips/{kind}.json", _guarded(houses, _tips)),
        Route("/assets/{path:path}", _asset),
    ]


def _guarded(houses: Houses, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return await answered(houses, request, lambda house, viewer: handler(house, request, viewer))

    return answer


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
        return say({"tiles": config.addresses(house.catalogue, versions, viewer)})
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
    ids = [number(text, "ids") for text in asked]
    if max(ids) >= 2**63:
        raise Refused(400, "ids 超出范围")
    async with house.services.pool.connection() as connection:
        found = await tips.read(connection, house.catalogue, viewer, kind, ids)
    return say([{"id": t.id, "title": t.title, "lines": t.lines, "grades": t.grades} for t in found])


async def _asset(request: Request) -> Response:
    found = assets.find(request.path_params["path"])
    if found is None:
        return say({"error": "没有这个文件"}, 404)
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
