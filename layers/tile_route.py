"""The route of the tiles, as lean as it can be: a map asks for them by the dozen, and most are made already."""

import gzip
from functools import lru_cache

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from data.access import Viewer
from layers.cache import RawHeaders
from layers.catalogue import DEEPEST_ZOOM
from layers.house import House, Houses, Refused, answered, number, say
from layers.queries import Address
from layers.scope import token
from layers.tiles import Tile

Answer = tuple[int, RawHeaders, bytes]

FOLDER = "/tiles/"
LENGTHS = (b"content-encoding", b"content-length")


class TileRoute(BaseRoute):
    """`/tiles/{layer}/{version}/{z}/{x}/{y}.mvt?s={scope}`."""

    def __init__(self, houses: Houses) -> None:
        self._houses = houses

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match everything under `/tiles/`."""
        mine = scope["type"] == "http" and scope["path"].startswith(FOLDER)
        return (Match.FULL if mine else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] not in ("GET", "HEAD"):
            await say({"error": "只能读取"}, 405, {"Allow": "GET, HEAD"})(scope, receive, send)
            return
        answer = await answered(
            self._houses, HTTPConnection(scope), lambda house, viewer: _answer(house, viewer, scope)
        )
        if isinstance(answer, Response):
            await answer(scope, receive, send)
            return
        status, headers, body = answer
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def _answer(house: House, viewer: Viewer, scope: Scope) -> Answer:
    """Answer with the current content whatever version was asked for; only the right address may be kept for ever."""
    layer, asked, at = _named(scope["path"])
    entry = house.catalogue.get(layer)
    if entry is None:
        raise Refused(404, "没有这个图层")
    if not entry.at(at.z):
        raise Refused(404, f"图层“{entry.title}”在 {at.z} 级没有瓦片")
    now = 0 if entry.live else (house.versions.fresh() or await house.current_versions()).get(entry.id, 0)
    tile = house.tiles.kept(entry, now, viewer, at) or await house.tiles.get(entry, now, viewer, at, house.moment)
    exact = asked == now and not entry.live and scope["query_string"] == _scope_query(house, viewer)
    return _response(scope, tile, exact)


def _scope_query(house: House, viewer: Viewer) -> bytes:
    return b"s=" + token(viewer, house.catalogue.mark).encode()


@lru_cache(maxsize=65_536)
def _named(path: str) -> tuple[str, int, Address]:
    """Return layer, version and tile of an address; the same few thousand are asked for again and again."""
    parts = path[len(FOLDER) :].split("/")
    if len(parts) != 5 or not parts[4].endswith(".mvt"):
        raise Refused(404, "没有这个瓦片：地址应为 /tiles/图层/版本/z/x/y.mvt")
    version, z, x, y = (
        number(text, name) for text, name in zip((*parts[1:4], parts[4][:-4]), ("version", "z", "x", "y"), strict=True)
    )
    if z > DEEPEST_ZOOM or x >= 2**z or y >= 2**z:
        raise Refused(400, "没有这个瓦片：缩放级或行列号超出范围")
    return parts[0], version, Address(z, x, y)


def _response(scope: Scope, tile: Tile, exact: bool) -> Answer:
    """Return the kept bytes, or that the caller has them already; unpacked for the rare caller without gzip."""
    headers, packed = tile.heads(exact), False
    for name, value in scope["headers"]:
        if name == b"if-none-match" and value == tile.etag.encode():
            return 304, [pair for pair in headers if pair[0] not in LENGTHS], b""
        if name == b"accept-encoding":
            packed = b"gzip" in value
    if not tile.body:
        return 204, headers, b""
    if packed:
        return 200, headers, tile.body
    body = gzip.decompress(tile.body)
    return 200, [pair for pair in headers if pair[0] not in LENGTHS] + [(b"content-length", b"%d" % len(body))], body
