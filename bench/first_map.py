"""The first map in a browser against plain folium with the same points.

Counted for everybody: reading the points from the database, Python's part, and the page from the first request until
the points are drawn (two frames after the page says so, or after the marker layer is in the document). The peers'
assets come from this machine: Leaflet as we ship it, the cluster plugin from npm, the rest empty in their favour.
"""

import functools
import http.server
import shutil
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import folium
import geopandas as gpd
import pandas as pd
from folium.plugins import FastMarkerCluster
from playwright.sync_api import Browser, Route, sync_playwright
from sqlalchemy import Engine, text

from bench.common import ROOT, our_app, spread, table
from tests.conftest import CHROMIUM_FLAGS, CHROMIUM_NAMES

POINTS = 150_000
ROUNDS = 3
LIMIT_MS = 200_000
CLUSTER = ROOT / "node_modules" / "leaflet.markercluster" / "dist"
LEAFLET = ROOT / "ui" / "assets" / "vendor" / "leaflet"
LOCAL = {
    "leaflet.js": LEAFLET / "leaflet.js",
    "leaflet.css": LEAFLET / "leaflet.css",
    "leaflet.markercluster.js": CLUSTER / "leaflet.markercluster.js",
    "MarkerCluster.css": CLUSTER / "MarkerCluster.css",
    "MarkerCluster.Default.css": CLUSTER / "MarkerCluster.Default.css",
}
DRAWN_OURS = """() => {
    const drawn = w => { try { return Boolean(w.YZT && w.YZT.drawn) || [...Array(w.length).keys()].some(i => drawn(w[i])) }
                         catch { return false } }
    return drawn(window)
}"""
DRAWN_PEER = "() => document.querySelectorAll('.leaflet-marker-icon, .marker-cluster, path.leaflet-interactive').length > 0"


@dataclass(frozen=True)
class Shown:
    """Seconds in Python, seconds in the page, bytes over the wire."""

    python_s: float
    page_s: float
    size: int

    @property
    def total_s(self) -> float:
        """Return all seconds together."""
        return self.python_s + self.page_s


def points(engine: Engine) -> pd.DataFrame:
    """Return up to POINTS drawn points: lat, lon, severity."""
    sql = text(
        "SELECT ST_Y(g) AS lat, ST_X(g) AS lon, severity FROM (SELECT ST_Transform(geom_3857, 4326) AS g, severity "
        "FROM drawn_place WHERE geom_3857 IS NOT NULL ORDER BY place_id, layer LIMIT :n) s"
    )
    with engine.connect() as connection:
        return pd.read_sql(sql, connection, params={"n": POINTS})


def _cluster(frame: pd.DataFrame, to: Path) -> None:
    shown = folium.Map([frame["lat"].mean(), frame["lon"].mean()], zoom_start=10, tiles=None, maxZoom=18)
    plain = "function (row) { return L.marker(new L.LatLng(row[0], row[1])); }"  # without the icons of a third plugin
    FastMarkerCluster(frame[["lat", "lon"]].to_numpy().tolist(), callback=plain).add_to(shown)
    shown.save(str(to))


def _geojson(frame: pd.DataFrame, to: Path) -> None:
    shown = folium.Map([frame["lat"].mean(), frame["lon"].mean()], zoom_start=10, tiles=None, maxZoom=18)
    shapes = gpd.GeoDataFrame(frame[["severity"]], geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs=4326)
    folium.GeoJson(shapes, marker=folium.CircleMarker(radius=3)).add_to(shown)
    shown.save(str(to))


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def served(folder: str) -> Iterator[int]:
    """Serve a folder on loopback."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()


def _local(route: Route) -> None:
    name = route.request.url.rsplit("/", 1)[-1]
    if "127.0.0.1" in route.request.url:
        route.continue_()
    elif name in LOCAL:
        route.fulfill(path=LOCAL[name])
    else:
        route.fulfill(status=200, body="", content_type="text/css" if name.endswith("css") else "text/javascript")


def page_time(browser: Browser, address: str, drawn: str, local: bool) -> tuple[float, int]:
    """Open an address in a fresh context; returns (seconds until drawn, bytes received)."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    if local:
        page.route("**/*", _local)
    received: list[int] = []
    cdp = context.new_cdp_session(page)
    cdp.send("Network.enable")
    cdp.on("Network.loadingFinished", lambda event: received.append(int(event["encodedDataLength"])))
    started = time.perf_counter()
    page.goto(address, wait_until="commit", timeout=LIMIT_MS)
    while not page.evaluate(drawn):  # wait_for_function needs eval, which the wall forbids
        if errors or time.perf_counter() - started > LIMIT_MS / 1000:
            raise TimeoutError(f"{address} was not drawn in {LIMIT_MS / 1000:.0f} s: {errors[:3]}")
        page.wait_for_timeout(50)
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    seconds = time.perf_counter() - started
    context.close()
    return seconds, sum(received)


def _peer(browser: Browser, engine: Engine, build: Callable[[pd.DataFrame, Path], None]) -> Shown:
    with TemporaryDirectory() as folder, served(folder) as port:
        started = time.perf_counter()
        build(points(engine), Path(folder) / "map.html")
        python_s = time.perf_counter() - started
        page_s, size = page_time(browser, f"http://127.0.0.1:{port}/map.html", DRAWN_PEER, local=True)
        return Shown(python_s, page_s, max(size, (Path(folder) / "map.html").stat().st_size))


def measure(engine: Engine, url: str) -> tuple[str, dict[str, Any]]:
    """Run the rounds; returns Markdown and the figures of merit."""
    found: dict[str, list[Shown]] = {"desk": [], "wall": [], "cluster": [], "geojson": []}
    path = next(there for name in CHROMIUM_NAMES if (there := shutil.which(name)))
    with our_app(url) as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        for i in range(ROUNDS):
            found["desk"].append(Shown(0.0, *page_time(browser, f"http://127.0.0.1:{port}/", DRAWN_OURS, False)))
            found["wall"].append(Shown(0.0, *page_time(browser, f"http://127.0.0.1:{port}/wall", DRAWN_OURS, False)))
            found["cluster"].append(_peer(browser, engine, _cluster))
            if i == 0:  # a minute and more a time
                found["geojson"].append(_peer(browser, engine, _geojson))
        browser.close()
    total = {name: [s.total_s for s in shown] for name, shown in found.items()}
    size = {name: statistics.median(s.size for s in shown) for name, shown in found.items()}
    names = {"desk": "ours: the desk page, Streamlit included", "wall": "ours: the wall, a page of our own",
             "cluster": "FastMarkerCluster", "geojson": "GeoJson"}  # fmt: skip
    rows = [
        [names[n], spread([s.python_s for s in shown]), spread([s.page_s for s in shown]), spread(total[n]),
         f"{size[n] / 1e6:.2f}"]
        for n, shown in found.items()
    ]  # fmt: skip
    figures: dict[str, Any] = {}
    for name in ("wall", "desk"):
        ours = statistics.median(total[name])
        figures[f"{name}_cluster"] = statistics.median(total["cluster"]) / ours
        figures[f"{name}_geojson"] = total["geojson"][0] / ours
        figures[f"{name}_bytes"] = min(size["cluster"], size["geojson"]) / size[name]
    text_ = f"""## First map in the browser

{POINTS:,} points for the peers; ours shows its default layers of the same city. Software WebGL, {ROUNDS} rounds (GeoJson once).
A peer's page is the map and nothing else. The wall is our map with its boards; the desk page also loads Streamlit, whose
own files are most of its bytes. Python's part of ours is inside its page time: the tiles are made while the page waits.

{table(["", "Python s", "page s", "together s", "MB"], rows)}
"""
    return text_, figures
