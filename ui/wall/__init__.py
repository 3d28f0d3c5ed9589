"""The wall: `/wall` is one plain page that lives on `/api/wall.json` and the event stream; no Streamlit, no clicks."""

import hashlib
import logging
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from data.access import request_viewer
from data.drill import Grades, RegionRow
from data.places import PlaceRow
from data.services import Services, current
from data.wall import Alarms, Board, Pulse, Wall
from layers.assets import asset_url
from layers.colours import colours
from layers.events import BOOT
from ui.middleware import OWN_PAGE_POLICY
from ui.words import KINDS, LAYERS, LEVELS, t, word

log = logging.getLogger(__name__)

STALE_DATA_S = 24 * 3600
"""Nothing has come in for so long: the wall says in red that the data is out of date."""

STALE_STREAM_S = 40
"""Nothing was heard from the server for so long: the wall says in red that the connection is lost."""

SCRIPTS = (
    "vendor/leaflet/leaflet.js",
    "vendor/maplibre-gl/maplibre-gl.js",
    "vendor/maplibre-gl-leaflet/leaflet-maplibre-gl.js",
    "events.js",
    "map.js",
    "wall.js",
)
STYLES = ("vendor/leaflet/leaflet.css", "vendor/maplibre-gl/maplibre-gl.css", "map.css", "wall.css")
BAR_LAYERS = ("enterprise", "gas_shop")
PAGES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
NO_STORE = {"cache-control": "no-store"}


def routes() -> list[Route]:
    """Return the routes `/wall` and `/api/wall.json`."""
    keeper = Keeper()

    async def figures(request: Request) -> Response:
        """Return everything the wall shows to whoever asks, as JSON."""
        viewer = await request_viewer(request)
        if not (allowed := viewer.may("view")):
            return _json({"error": allowed.reason}, 401 if viewer.role == "nobody" else 403)
        services = current()
        try:
            pulse, board, alarms = await keeper.wall(services).get(viewer, services.today())
        except SQLAlchemyError:
            return _json({"error": "数据库暂时连不上"}, 503, {"retry-after": "2"})
        content = wall_json(pulse, board, alarms, datetime.now(UTC))
        title = services.settings.city_title
        return _json(content | {"title": board.city.name if board.city else title, "version": page_version()})

    return [Route("/wall", page), Route("/api/wall.json", figures)]


class Keeper:
    """The wall's answers for the services that are running now."""

    def __init__(self) -> None:
        self._for: Services | None = None
        self._wall: Wall | None = None

    def wall(self, services: Services) -> Wall:
        """Return the wall of these services, made anew when others run."""
        if self._wall is None or self._for is not services:
            self._for, self._wall = services, Wall(services.engine)
        return self._wall


async def page(request: Request) -> Response:
    """Return the page itself: it holds no data, so everything on it is as fresh as the last answer."""
    viewer = await request_viewer(request)
    if not (allowed := viewer.may("view")):
        return HTMLResponse(allowed.reason, 403, NO_STORE)
    rendered = PAGES.get_template("page.html").render(
        city=current().settings.city_title,
        scripts=_urls(SCRIPTS),
        styles=_urls(STYLES),
        version=page_version(),
        grades=colours().grades,
        layers=LAYERS,
        stale_data_s=STALE_DATA_S,
        stale_stream_s=STALE_STREAM_S,
    )
    return HTMLResponse(rendered, 200, NO_STORE | {"content-security-policy": WALL_POLICY})


WALL_POLICY = OWN_PAGE_POLICY
"""Scripts and styles come from our own files only; text of the data can do nothing."""


def page_version() -> str:
    """Return a digest of the page and its files: a wall that shows another one loads itself anew."""
    template = (Path(__file__).parent / "page.html").read_bytes()
    text = "|".join([*_urls(SCRIPTS), *_urls(STYLES)]).encode() + template
    return hashlib.sha256(text).hexdigest()[:12]


def wall_json(pulse: Pulse, board: Board, alarms: Alarms, now: datetime) -> dict[str, Any]:
    """Return the wall as plain data, at `now` (with zone). No person's name or number is in it."""
    figures, node = board.figures, board.node
    age = None if pulse.data_at is None else max(0, round((now - pulse.data_at).total_seconds()))
    return {
        "boot": BOOT,
        "now": now,
        "data_at": pulse.data_at,
        "age_s": age,
        "settled": board.made_from == pulse.slow,
        "assessed_on": board.assessed_on,
        "demo": t("demo") if board.city and board.city.is_demo else None,
        "attribution": board.city.attribution if board.city else None,
        "node": None
        if node is None
        else {"code": node.code, "name": node.name, "level": node.level, "bounds": node.bounds},
        "colours": colours().of_grades("dark"),
        "figures": None
        if figures is None
        else {
            "places": figures.places,
            "unmapped": figures.unmapped,
            "kinds": [[KINDS.get(kind, kind), n] for kind, n in figures.kinds.items()],
            "open_hazards": figures.open_hazards,
            "major_hazards": figures.major_hazards,
            "overdue": figures.overdue,
            "sensors": figures.sensors,
            "silent": figures.silent_sensors,
            "faulty": figures.faulty_sensors,
            "never_inspected": figures.never_inspected,
            "inspectable": figures.inspectable,
        },
        "grades": {layer: _grades(figures.grades[layer]) for layer in LAYERS} if figures else {},
        "parts": {
            "title": LEVELS.get(board.parts_of.level + 1, "") if board.parts_of else "",
            "rows": [_part(row, alarms.parts.get(row.id, 0)) for row in board.parts],
        },
        "worst": [_place(row) for row in board.worst],
        "alarms": {
            "open": alarms.open,
            "high": alarms.high,
            "newest": [
                asdict(row)
                | {
                    "kind": word("sensor_kinds", row.kind),
                    "level_word": word("alarm_levels", row.level),
                    "state_word": word("alarm_states", row.state),
                }
                for row in alarms.newest
            ],
        },
    }


def _grades(grades: Grades) -> dict[str, int]:
    return {**asdict(grades), "total": grades.total}


def _part(row: RegionRow, alarms: int) -> dict[str, Any]:
    """Return one part of the node in view. Layers stand side by side: counts of two scales are never added."""
    layers = {layer: row.grades[layer] for layer in BAR_LAYERS}
    return {
        "name": row.name,
        "rest": row.is_rest,
        "places": row.places,
        "overdue": row.overdue,
        "alarms": alarms,
        "layers": {
            layer: {
                "red": grades.red,
                "orange": grades.orange,
                "unknown_severe": grades.unknown_severe,
                "unknown": grades.unknown,
            }
            for layer, grades in layers.items()
        },
    }


def _place(row: PlaceRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "region": row.region_name or "",
        "layer": LAYERS.get(row.layer or "", ""),
        "severity": row.severity,
        "at_least": row.at_least,
        "sentence": row.sentence,
        "open": row.open_hazards,
        "overdue": row.overdue,
        "inspected": row.last_inspected,
        "mapped": row.lon is not None,
    }


def _urls(names: tuple[str, ...]) -> list[str]:
    """Return the addresses of assets; one that set-up has not fetched is left out, and the map alone misses it."""
    found = []
    for name in names:
        try:
            found.append(asset_url(name))
        except FileNotFoundError:
            log.warning("the wall lacks ui/assets/%s", name)
    return found


def _json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, NO_STORE | (headers or {}), "application/json")
