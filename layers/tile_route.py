"""The route of the tiles, as lean as it can be: a map asks for them by the dozen, and most are made already."""

import gzip

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from data.access import Viewer
from layers.catalogue import DEEPEST_ZOOM
from layers.house import ASK_AGAIN, House, Houses, Refused, answered, number, say
from layers.queries import Address
from layers.scope import token
from layers.tiles import Tile

MVT = "application/vnd.mapbox-vector-tile"
FOLDER = "/tiles/"
FOR_EVER = "private, max-age=31536000, immutable"


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
            response = say({"error": "只能读取"}, 405, {"Allow": "GET, HEAD"})
        else:
            response = await answered(
                self._houses, HTTPConnection(scope), lambda house, viewer: _tile(house, viewer, scope)
            )
        await response(scope, receive, send)


async def _tile(house: House, viewer: Viewer, scope: Scope) -> Response:
    """Answer with the current content whatever version was asked for; only the right address may be kept for ever."""
    layer, asked, at = _named(scope["path"])
    entry = house.catalogue.get(layer)
    if entry is None:
        raise Refused(404, "没有这个图层")
    if not entry.at(at.z):
        raise Refused(404, f"图层“{entry.title}”在 {at.z} 级没有瓦片")
    now = 0 if entry.live else (await house.current_versions()).get(entry.id, 0)
    tile = await house.tiles.get(entry, now, viewer, at, house.moment)
    exact = asked == now and not entry.live and scope["query_string"] == _scope_query(house, viewer)
    return _response(scope, tile, exact)


def _scope_query(house: House, viewer: Viewer) -> bytes:
    return b"s=" + token(viewer, house.catalogue.mark).encode()


def _named(path: str) -> tuple[str, int, Address]:
    parts = path[len(FOLDER) :].split("/")
    if len(parts) != 5 or not parts[4].endswith(".mvt"):
        raise Refused(404, "没有这个瓦片：地址应为 /tiles/图层/版本/z/x/y.mvt")
    version, z, x, y = (
        number(text, name) for text, name in zip((*parts[1:4], parts[4][:-4]), ("version", "z", "x", "y"), strict=True)
    )
    if z > DEEPEST_ZOOM or x >= 2**z or y >= 2**z:
        raise Refused(400, "没有这个瓦片：缩放级或行列号超出范围")
    return parts[0], version, Address(z, x, y)


def _response(scope: Scope, tile: Tile, exact: bool) -> Response:
    asked = dict(scope["headers"])
    headers = {
        "Cache-Control": FOR_EVER if exact else ASK_AGAIN,
        "ETag": tile.etag,
        "Vary": "Accept-Encoding" if exact else "Accept-Encoding, Cookie",
    }
    if asked.get(b"if-none-match", b"").decode("latin-1") == tile.etag:
        return Response(None, 304, headers)
    if not tile.body:
        return Response(None, 204, headers)
    if b"gzip" not in asked.get(b"accept-encoding", b""):
        return Response(gzip.decompress(tile.body), 200, headers, MVT)
    return Response(tile.body, 200, {**headers, "Content-Encoding": "gzip"}, MVT)
