"""The city map on a desk page: one folium element of ours, shown by st_folium, that never changes between reruns.

The page says what it wants shown (`MapView`), as a message; a click comes back once (`MapEvent`). Everything the
browser loads is ours: folium's own addresses are replaced.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import folium
import streamlit as st
from branca.element import MacroElement
from folium.template import Template
from streamlit_folium import st_folium

from layers.assets import asset_url
from layers.colours import Palette, Theme

SCRIPTS = (
    "vendor/leaflet/leaflet.js",
    "vendor/maplibre-gl/maplibre-gl.js",
    "vendor/maplibre-gl-leaflet/leaflet-maplibre-gl.js",
    "events.js",
    "map.js",
)
STYLES = ("vendor/leaflet/leaflet.css", "vendor/maplibre-gl/maplibre-gl.css", "map.css")
VALUE = "yzt"
"""Key of the component's value that our script sets; st_folium itself has none of this name and so sends nothing."""

FIRST_HEIGHT_PX = 600
NARROW_HEIGHT = "max(16rem, 58dvh)"
"""On a telephone what belongs to the map stands below it, and must be seen to be there."""

Kind = Literal["place", "region", "station", "spot"]


@dataclass(frozen=True)
class Selected:
    """What is marked: a ring round a place, station or spot (lon, lat in degrees), a bold outline round a region."""

    kind: Kind
    id: int
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True)
class MapView:
    """What the page wants shown.

    visible: layer ids (None: the catalogue's choice); regions and roads stay unless it names some of them.
    bounds: (west, south, east, north) in degrees to go to when they change (None: the city at first, then stay).
    height: CSS height; the default fills the window below the page's head on a desk and on a phone.
    details: of a layer with a parameter, what of it is drawn ({"finding": "no_point"}).
    serial: another number goes to the same bounds again.
    outline: id of a region with a bold outline, beside what is selected.
    picking: a click gives a spot of the ground (kind "spot", id 0), whatever lies under it.
    """

    theme: Theme = "light"
    visible: tuple[str, ...] | None = None
    bounds: tuple[float, float, float, float] | None = None
    selected: Selected | None = None
    height: str = "max(20rem, calc(100dvh - 11rem))"
    palette: Palette = "customary"
    details: Mapping[str, str] = field(default_factory=dict)
    serial: int = 0
    outline: int | None = None
    picking: bool = False

    def message(self) -> dict[str, Any]:
        """Return what the script in the page is told."""
        wish = asdict(self)
        del wish["height"]
        return wish


@dataclass(frozen=True)
class MapEvent:
    """A click on the map: on what, where (degrees), in which layer. `serial` rises with every click."""

    kind: Kind
    id: int
    lon: float
    lat: float
    layer: str
    serial: int


class CityMap(folium.Map):
    """A folium map whose scripts and styles are our own files."""

    def __init__(self) -> None:
        self.default_js = [(name, asset_url(name)) for name in SCRIPTS]
        self.default_css = [(name, asset_url(name)) for name in STYLES]
        super().__init__(
            location=(36.0, 120.0), zoom_start=9, tiles=None, zoom_control=False, attributionControl=False,
            zoomSnap=0.25, min_zoom=5, max_zoom=20,
        )  # fmt: skip


class CityLayer(MacroElement):
    """The MapLibre layers of the catalogue in a folium map, and our boxes on it."""

    _template = Template("""
        {% macro script(this, kwargs) %}
            YZT.folium({{ this._parent.get_name() }}, {});
        {% endmacro %}
    """)


class Message(MacroElement):
    """What the page wants shown, said to the script that runs already."""

    _template = Template("""
        {% macro script(this, kwargs) %}
            YZT.show({{ this.wish|tojson }});
        {% endmacro %}
    """)

    def __init__(self, wish: dict[str, Any]) -> None:
        super().__init__()
        self.wish = wish


def city_map(view: MapView, key: str) -> MapEvent | None:
    """Show the map and return the click that came in since the last run, once.

    `key` names the map on the page; the same key is the same map in the browser, which is not made again.
    """
    st.html(f"<style>{_frame_css(view.height)}</style>")
    city = CityMap()
    CityLayer().add_to(city)
    message = folium.FeatureGroup()
    Message(view.message()).add_to(message)
    value = st_folium(
        city, key=key, height=FIRST_HEIGHT_PX, use_container_width=True, returned_objects=[VALUE],
        feature_group_to_add=message,
    )  # fmt: skip
    return take_event(value, key)


def take_event(value: dict[str, Any] | None, key: str) -> MapEvent | None:
    """Return the event in a component's value, unless the page had it in an earlier run."""
    said = (value or {}).get(VALUE)
    seen = f"{key}:serial"
    if not said or said["serial"] == st.session_state.get(seen):
        return None
    st.session_state[seen] = said["serial"]
    return MapEvent(
        kind=said["kind"], id=int(said["id"]), lon=float(said["lon"]), lat=float(said["lat"]),
        layer=str(said["layer"]), serial=int(said["serial"]),
    )  # fmt: skip


def _frame_css(height: str) -> str:
    """Return CSS that lets the map's frame fill the height; the number st_folium sets is only the first one."""
    if not set(height) <= set("abcdefghijklmnopqrstuvwxyz0123456789.%()+-*/, "):
        raise ValueError(f"not a CSS height: {height!r}")
    frame = 'iframe[title="streamlit_folium.st_folium"]'
    return (
        f"{frame} {{ height: {height}; width: 100%; display: block; border: 0; border-radius: .5rem; }}"
        f" @media (max-width: 900px) {{ {frame} {{ height: {NARROW_HEIGHT}; }} }}"
    )
