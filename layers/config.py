"""What a map page needs to start: layers, addresses, style, images, legend, the city and its bounds."""

from dataclasses import dataclass
from typing import Any

from data.access import Viewer
from layers import style
from layers.catalogue import Catalogue, Scope, read_sql
from layers.colours import Palette, Theme
from layers.scope import condition, token

CHINA = (73.5, 18.0, 135.1, 53.6)
DEMO_WORDS = "演示数据"


@dataclass(frozen=True)
class Look:
    """How a page wants the map: theme, palette, and the scale of symbols and text (1 desk, 2 a wall of 4K)."""

    theme: Theme = "light"
    palette: Palette = "customary"
    scale: float = 1.0


def tile_address(layer: str, version: int, viewer: Viewer, catalogue: Catalogue) -> str:
    """Return the URL template of a layer's tiles: version and scope are in it, so the tiles may be kept for ever."""
    return f"/tiles/{layer}/{version}/{{z}}/{{x}}/{{y}}.mvt?s={token(viewer, catalogue.mark)}"


def addresses(catalogue: Catalogue, versions: dict[str, int], viewer: Viewer) -> dict[str, str]:
    """Return the tile URL template of every layer (live layers have version 0)."""
    return {e.id: tile_address(e.id, versions.get(e.id, 0), viewer, catalogue) for e in catalogue.entries}


async def read_city(connection: Any, viewer: Viewer) -> dict[str, Any]:
    """Return the city's name, demo flag, attribution and bounds [w, s, e, n] in degrees within the viewer's scope."""
    limit = "r.id = ANY (%(scope)s::integer[])" if viewer.regions is not None else "true"
    scope = f"{condition(Scope(path='r.path'), viewer)} AND {limit}"
    text = read_sql("city.sql").replace("{scope}", scope)
    values = {"scope": list(viewer.regions) if viewer.regions is not None else None}
    name, is_demo, attribution, *bounds = await (await connection.execute(text, values)).fetchone()
    if bounds[0] is None and viewer.regions is not None:
        text = read_sql("city.sql").replace("{scope}", "r.level = 1")
        *_, w, s, e, n = await (await connection.execute(text, values)).fetchone()
        bounds = [w, s, e, n]
    return {
        "name": name or "",
        "demo": DEMO_WORDS if is_demo else None,
        "attribution": attribution or "",
        "bounds": list(CHINA) if bounds[0] is None else bounds,
    }


def page_config(
    catalogue: Catalogue, versions: dict[str, int], viewer: Viewer, city: dict[str, Any], look: Look
) -> dict[str, Any]:
    """Return everything ui/assets/map.js needs, as plain data."""
    urls = addresses(catalogue, versions, viewer)
    legends = style.legend(catalogue, look.theme, look.palette)
    layers = [
        {
            "id": e.id,
            "title": e.title,
            "group": e.group,
            "scheme": e.scheme,
            "notes": style.notes(e),
            "visible": e.visible,
            "base": not e.legend,
            "listed": e.listed,
            "click": e.click,
            "live": e.live,
            "zoom": list(e.zoom),
            "level": e.look.get("level"),
            "grade": e.look["kind"] == "grade",
            "legend": legends.get(e.id, []),
        }
        for e in catalogue.entries
    ]
    return {
        "city": city,
        "layers": layers,
        "tiles": urls,
        "style": style.style(catalogue, urls, look.theme, look.palette, look.scale),
        "images": style.images(catalogue, look.theme, look.palette),
        "panel": style.panel(look.theme),
        "theme": look.theme,
        "scale": look.scale,
    }
