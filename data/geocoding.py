"""Ask the geocoder that settings name, if any, where an address is. Answers are proposals, never written by themselves.

Nothing leaves the machine unless `YZT_GEOCODER_URL` is set. Whatever comes back is somebody else's text: bounded,
parsed strictly, and never trusted to lie in the city.
"""

from __future__ import annotations

import http.client
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import numpy as np
import orjson

from data.settings import Settings
from geo.datum import convert

Bounds = tuple[float, float, float, float]

MOST_BYTES = 256 * 1024
MOST_REDIRECTS = 2
MOST_PROPOSALS = 5
LONGEST_ADDRESS = 120
LONGEST_LABEL = 120
PIECE = 16 * 1024
NEAR_DEG = 0.02
"""A proposal may stand so far outside the city's box: the page checks the outline itself."""


class GeocoderError(RuntimeError):
    """The geocoder is not set or its answer is of no use; the text is one Chinese sentence without address and key."""


@dataclass(frozen=True)
class Proposal:
    """A spot for an address in degrees WGS-84, the pair and datum as they came, and what the service says of it."""

    lon: float
    lat: float
    orig_lon: float
    orig_lat: float
    datum: str
    label: str
    quality: str


@dataclass(frozen=True)
class Answer:
    """The proposals, the best first as the service has them, and how many were left out for lying outside the city."""

    proposals: tuple[Proposal, ...]
    outside: int = 0


TYPES = {
    "house": "门牌", "building": "建筑", "road": "道路", "residential": "道路", "primary": "道路", "secondary": "道路",
    "tertiary": "道路", "administrative": "区划", "suburb": "区划", "village": "村", "town": "镇", "city": "市",
}  # fmt: skip
"""What Nominatim matched, in Chinese; other types say nothing to a reader."""

Raw = tuple[Any, Any, Any, str]


def host_of(settings: Settings) -> str | None:
    """Return the host that would be asked, for a person to know before they ask; None where no geocoder is set."""
    return None if settings.geocoder_url is None else urlsplit(settings.geocoder_url).hostname


def geocode(settings: Settings, address: str, city: str = "", bounds: Bounds | None = None) -> Answer:
    """Return proposals for an address; `city` is put in front where it is missing, `bounds` (W, S, E, N) is the city's.

    Raises GeocoderError where none is set, nobody answers in time, or the answer is of no use.
    """
    if settings.geocoder_url is None:
        raise GeocoderError("没有设置地理编码服务（YZT_GEOCODER_URL）")
    words = _asked(address, city)
    if not words:
        raise GeocoderError("没有地址可问")
    url = settings.geocoder_url.replace("{address}", quote(words, safe=""))
    url = quote(url.replace("{key}", quote(settings.geocoder_key or "", safe="")), safe="%/:=&?~#+!$,;'@()*[]")
    try:
        data = orjson.loads(_fetch(url, settings.geocoder_timeout_s))
    except orjson.JSONDecodeError:
        raise GeocoderError("地理编码服务的答复不是 JSON") from None
    found = SHAPES[str(settings.geocoder_format)](data)
    return _proposals(found, str(settings.geocoder_datum), bounds)


def _asked(address: str, city: str) -> str:
    """Return what is asked: one line, without signs that could end a JSON text inside an address template."""
    words = "".join(sign for sign in address if sign.isprintable() and sign not in '"\\{}<>|^`')
    words = " ".join(words.split())[:LONGEST_ADDRESS]
    stem = city.removesuffix("市")
    return f"{city}{words}" if words and stem and stem not in words else words


def _fetch(url: str, seconds: float) -> bytes:
    """Return the body of an address; refuses other hosts, other schemes, other states than 200 and long answers."""
    deadline = time.monotonic() + seconds
    start = urlsplit(url)
    try:
        for _ in range(MOST_REDIRECTS + 1):
            parts = urlsplit(url)
            with _asking(parts, deadline - time.monotonic()) as response:
                if response.status in (301, 302, 303, 307, 308):
                    url = urljoin(url, response.headers.get("Location", ""))
                    if _origin(urlsplit(url)) != _origin(start):
                        raise GeocoderError("地理编码服务要转到别的地址，已拒绝")
                    continue
                if response.status != http.client.OK:
                    raise GeocoderError(f"地理编码服务没有正常答复（HTTP {response.status}）")
                body = _body(response)
            if time.monotonic() >= deadline:  # cut in the middle looks like an end
                raise TimeoutError
            return body
        raise GeocoderError("地理编码服务转来转去，已放弃")
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = time.monotonic() >= deadline
        raise GeocoderError(f"{seconds:g} 秒内没有答复" if late else "连不上地理编码服务") from error


@contextmanager
def _asking(parts: SplitResult, seconds: float) -> Iterator[http.client.HTTPResponse]:
    """Ask for one address; after `seconds` the line is cut, however slowly the other side talks."""
    if seconds <= 0:
        raise TimeoutError
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    cut = threading.Timer(seconds, _cut, (connection,))
    cut.daemon = True
    cut.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"Accept": "application/json", "User-Agent": "yizhangtu"})
        yield connection.getresponse()
    finally:
        cut.cancel()
        connection.close()


def _cut(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(2)


def _body(response: http.client.HTTPResponse) -> bytes:
    body = b""
    while piece := response.read1(PIECE):
        body += piece
        if len(body) > MOST_BYTES:
            raise GeocoderError("地理编码服务的答复太长，已拒绝")
    return body


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _tianditu(data: Any) -> list[Raw]:
    """天地图: one location with a score of 100 and a level."""
    location = data.get("location") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not (location is None or isinstance(location, dict)):
        raise GeocoderError(WRONG_SHAPE)
    if str(data.get("status", "0")) not in ("0", "101"):
        raise GeocoderError(f"地理编码服务说：{_short(data.get('msg'))}")
    if not location:
        return []
    quality = [f"得分 {_short(location['score'])}" if "score" in location else "", _short(location.get("level"))]
    return [(location.get("lon"), location.get("lat"), location.get("keyWord"), " · ".join(filter(None, quality)))]


def _nominatim(data: Any) -> list[Raw]:
    """Nominatim: a list of places with an importance between 0 and 1 (which is no probability)."""
    if not isinstance(data, list):
        raise GeocoderError(WRONG_SHAPE)
    found: list[Raw] = []
    for item in data[:MOST_PROPOSALS]:
        if not isinstance(item, dict):
            raise GeocoderError(WRONG_SHAPE)
        weight = _number(item.get("importance"))
        quality = [f"重要度 {weight:.2f}" if weight is not None else "", TYPES.get(_short(item.get("type")), "")]
        found.append((item.get("lon"), item.get("lat"), item.get("display_name"), " · ".join(filter(None, quality))))
    return found


def _amap(data: Any) -> list[Raw]:
    """高德: geocodes with "lon,lat" in one text and the level that was matched."""
    if not isinstance(data, dict):
        raise GeocoderError(WRONG_SHAPE)
    if str(data.get("status")) != "1":
        raise GeocoderError(f"地理编码服务说：{_short(data.get('info'))}")
    listed = data.get("geocodes")
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise GeocoderError(WRONG_SHAPE)
    found: list[Raw] = []
    for item in listed[:MOST_PROPOSALS]:
        lon, _, lat = str(item.get("location")).partition(",")
        level = _short(item.get("level"))
        found.append((lon, lat, item.get("formatted_address"), f"匹配到 {level}" if level else ""))
    return found


SHAPES: dict[str, Callable[[Any], list[Raw]]] = {"tianditu": _tianditu, "nominatim": _nominatim, "amap": _amap}
WRONG_SHAPE = "地理编码服务的答复不是约定的格式"


def _proposals(found: list[Raw], datum: str, bounds: Bounds | None) -> Answer:
    kept, outside = [], 0
    for raw_lon, raw_lat, label, quality in found:
        x, y = _number(raw_lon), _number(raw_lat)
        if x is None or y is None or abs(x) > 180 or abs(y) > 90:
            raise GeocoderError("地理编码服务给的坐标看不懂")
        lon, lat = convert(np.array([x]), np.array([y]), datum, "wgs84")
        spot = float(lon[0]), float(lat[0])
        if bounds is not None and not _inside(spot, bounds):
            outside += 1
            continue
        kept.append(Proposal(*spot, x, y, datum, _short(label), quality))
    return Answer(tuple(kept), outside)


def _inside(spot: tuple[float, float], box: Bounds) -> bool:
    west, south, east, north = box
    return west - NEAR_DEG <= spot[0] <= east + NEAR_DEG and south - NEAR_DEG <= spot[1] <= north + NEAR_DEG


def _number(value: Any) -> float | None:
    """Return a finite number out of JSON (as number or text), or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value) if not isinstance(value, str) else float(value[:40])
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _short(value: Any) -> str:
    """Return a text of the service on one line, cut; anything else as nothing."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in str(value)[:1000]).split())[:LONGEST_LABEL]
