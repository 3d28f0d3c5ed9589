"""A geocoder is somebody else's machine: what it answers may be wrong, hostile or endless, and none is asked unset."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.geocoding import MOST_BYTES, SHAPES, GeocoderError, geocode, host_of
from data.settings import Settings, SettingsError, load_settings
from geo.datum import convert

pytestmark = pytest.mark.usefixtures("clean_environment")
CITY = (120.0, 36.0, 120.4, 36.1)
Answering = Callable[[BaseHTTPRequestHandler], None]


class Service:
    """A small server on loopback that answers as a test wants, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Answering = lambda handler: None
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                service.asked.append(self.path)
                with suppress(BrokenPipeError, ConnectionResetError):
                    service.answer(self)

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def says(self, body: bytes | Any, status: int = 200, **headers: str) -> None:
        """Answer every request with a body (bytes, or what becomes JSON)."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(sent)

        self.answer = answer


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.server.shutdown()
    made.server.server_close()


def set_to(service: Service, form: str = "nominatim", datum: str = "wgs84", **more: Any) -> Settings:
    template = service.url + "/search?q={address}&k={key}"
    return load_settings(
        **{"geocoder_url": template, "geocoder_key": "s&ecret", "geocoder_format": form, "geocoder_datum": datum,
           "geocoder_timeout_s": 2} | more
    )  # fmt: skip


def place(lon: Any, lat: Any, name: Any = "甲") -> dict[str, Any]:
    return {"lon": lon, "lat": lat, "display_name": name, "importance": 0.4, "type": "house"}


def test_unset_nobody_is_asked() -> None:
    settings = load_settings()
    assert host_of(settings) is None
    with pytest.raises(GeocoderError, match="没有设置"):
        geocode(settings, "闽江路12号")


def test_address_and_key_are_put_in_encoded_and_the_city_in_front(service: Service) -> None:
    service.says([])
    geocode(set_to(service), '闽江路12号 "&k=x\\#楼', "青岛市")
    (asked,) = service.asked
    assert parse_qs(urlsplit(asked).query) == {"q": ["青岛市闽江路12号 &k=x#楼"], "k": ["s&ecret"]}
    geocode(set_to(service), "青岛闽江路12号", "青岛市")
    assert parse_qs(urlsplit(service.asked[-1]).query)["q"] == ["青岛闽江路12号"]


def test_three_shapes_and_the_datum_they_are_declared_in(service: Service) -> None:
    service.says([place("120.25", "36.05"), place(120.26, 36.05, "乙")])
    first, second = geocode(set_to(service), "闽江路").proposals
    assert (first.lon, first.lat, first.label, first.quality) == (120.25, 36.05, "甲", "重要度 0.40 · 门牌")
    assert second.label == "乙"
    x, y = (float(v) for v in convert(120.25, 36.05, "wgs84", "gcj02"))
    service.says({"status": "1", "geocodes": [
        {"location": f"{x!r},{y!r}", "formatted_address": "青岛市闽江路12号", "level": "门牌号"}
    ]})  # fmt: skip
    (found,) = geocode(set_to(service, "amap", "gcj02"), "闽江路").proposals
    assert (found.lon, found.lat) == pytest.approx((120.25, 36.05), abs=1e-7)
    assert (found.orig_lon, found.orig_lat, found.datum, found.quality) == (x, y, "gcj02", "匹配到 门牌号")
    location = {"lon": "120.25", "lat": "36.05", "score": 93, "level": "门址", "keyWord": "闽江路12号"}
    service.says({"status": "0", "msg": "ok", "location": location})
    (found,) = geocode(set_to(service, "tianditu", "cgcs2000"), "闽江路").proposals
    assert (found.lon, found.lat, found.quality) == (120.25, 36.05, "得分 93 · 门址")


def test_proposals_outside_the_city_are_left_out_and_counted(service: Service) -> None:
    service.says([place(120.25, 36.05), place(116.4, 39.9), place(0, 0)])
    answer = geocode(set_to(service), "闽江路", "青岛市", CITY)
    assert (len(answer.proposals), answer.outside) == (1, 2)


@pytest.mark.parametrize(
    ("form", "body", "said"),
    [
        ("nominatim", b"<html>500</html>", "不是 JSON"),
        ("nominatim", b"", "不是 JSON"),
        ("nominatim", b"\xff\xfe", "不是 JSON"),
        ("nominatim", b"[" * 100_000, "不是 JSON"),
        ("nominatim", {"error": "x"}, "约定的格式"),
        ("nominatim", [[1, 2]], "约定的格式"),
        ("nominatim", [place("NaN", 36)], "看不懂"),
        ("nominatim", [place(1e400, 36)], "不是 JSON"),
        ("nominatim", [place(None, {})], "看不懂"),
        ("nominatim", [place(True, False)], "看不懂"),
        ("nominatim", [place(720, 36)], "看不懂"),
        ("amap", {"status": "0", "info": "INVALID_USER_KEY"}, "INVALID_USER_KEY"),
        ("amap", {"status": "1", "geocodes": "x"}, "约定的格式"),
        ("amap", {"status": "1", "geocodes": [{"location": []}]}, "看不懂"),
        ("tianditu", {"status": "0", "location": [1]}, "约定的格式"),
        ("tianditu", [], "约定的格式"),
    ],
)
def test_a_useless_answer_is_one_sentence(service: Service, form: str, body: Any, said: str) -> None:
    service.says(body)
    with pytest.raises(GeocoderError, match=said) as error:
        geocode(set_to(service, form), "闽江路")
    assert "secret" not in str(error.value)


def test_a_huge_answer_is_not_read_to_its_end(service: Service) -> None:
    sent = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(2000):
            handler.wfile.write(b" " * 65536)
            sent.append(1)

    service.answer = answer
    with pytest.raises(GeocoderError, match="太长"):
        geocode(set_to(service), "闽江路")
    assert len(sent) * 65536 < 200 * MOST_BYTES


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://169.254.169.254/x", "//example.org/x", "ftp://h/x",
                                    "https://127.0.0.1/x", "http://127.0.0.1:1/x", "http://[::1"])  # fmt: skip
def test_a_redirect_to_elsewhere_is_refused(service: Service, target: str) -> None:
    service.says(b"", 302, Location=target)
    with pytest.raises(GeocoderError):
        geocode(set_to(service), "闽江路")
    assert len(service.asked) == 1


def test_a_redirect_to_itself_ends(service: Service) -> None:
    service.says(b"", 302, Location="/search?q=x")
    with pytest.raises(GeocoderError, match="转来转去"):
        geocode(set_to(service), "闽江路")
    assert len(service.asked) == 3


def test_an_answer_that_drips_is_cut_off(service: Service) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(600):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)

    service.answer = answer
    with pytest.raises(GeocoderError, match="1 秒内没有答复"):
        geocode(set_to(service, geocoder_timeout_s=1), "闽江路")


def test_nobody_there_and_an_error_are_sentences(service: Service) -> None:
    service.says(b"{}", 503)
    with pytest.raises(GeocoderError, match="HTTP 503"):
        geocode(set_to(service), "闽江路")
    gone = set_to(service, geocoder_url="http://127.0.0.1:1/{address}", geocoder_key=None)
    with pytest.raises(GeocoderError, match="连不上"):
        geocode(gone, "闽江路")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["status", "location", "geocodes", "lon", "lat", "score", "level", "msg", "display_name"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from(sorted(SHAPES)))
def test_no_json_crashes_a_shape(data: Any, form: str) -> None:
    with suppress(GeocoderError):
        for raw in SHAPES[form](data):
            assert len(raw) == 4


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"geocoder_url": "file:///etc/passwd?{address}"}, "http"),
        ({"geocoder_url": "https://h/x"}, "{address}"),
        ({"geocoder_url": "https://{address}.example.org/"}, "{address}"),
        ({"geocoder_url": "https://u:p@h/{address}"}, "用户名"),
        ({"geocoder_url": "https://h/{address}"}, "YZT_GEOCODER_FORMAT"),
        ({"geocoder_url": "https://h/{address}", "geocoder_format": "amap"}, "YZT_GEOCODER_DATUM"),
        (
            {"geocoder_url": "https://h/{address}?k={key}", "geocoder_format": "amap", "geocoder_datum": "gcj02"},
            "{key}",
        ),
        ({"geocoder_key": "topsecret"}, "YZT_GEOCODER_URL"),
        ({"geocoder_url": "https://h/topsecret", "geocoder_format": "amap", "geocoder_datum": "gcj02"}, "{address}"),
    ],
)
def test_half_a_setting_is_refused_and_keys_are_never_shown(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(**wrong)
    assert said in str(error.value)
    assert "topsecret" not in str(error.value)
