"""MapLibre style JSON, images and legends as plain data, from the catalogue and the colours. No folium, no request."""

from collections.abc import Callable
from typing import Any

from layers.catalogue import Catalogue, Entry
from layers.colours import Palette, Theme, colours
from layers.notes import notes_of
from layers.pen import GROUND, SELECT, Drawn, Pen
from layers.style_grades import grade_images, grade_layers, grade_legend
from layers.style_ground import (
    area_layers,
    area_legend,
    cover_layers,
    cover_legend,
    measure_layers,
    measure_legend,
    region_layers,
    road_layers,
)
from layers.style_marks import gap_area_layers, mark_images, mark_layers, mark_legend, station_layers

Layers = Callable[[Entry, Pen], list[Drawn]]
Legend = Callable[[Entry, Pen], list[dict[str, Any]]]


def _none(_entry: Entry, _pen: Pen) -> list[dict[str, Any]]:
    return []


LOOKS: dict[str, tuple[Layers, Legend, Legend]] = {
    # kind: (style layers, images to draw, legend rows)
    "region": (region_layers, _none, _none),
    "road": (road_layers, _none, _none),
    "measure": (measure_layers, _none, measure_legend),
    "area": (area_layers, _none, area_legend),
    "cover": (cover_layers, _none, cover_legend),
    "grade": (grade_layers, grade_images, grade_legend),
    "marker": (mark_layers, mark_images, mark_legend),
    "station": (station_layers, mark_images, mark_legend),
    "gap_area": (gap_area_layers, mark_images, mark_legend),
}


def style(
    catalogue: Catalogue,
    addresses: dict[str, str],
    theme: Theme = "light",
    palette: Palette = "customary",
    scale: float = 1.0,
) -> dict[str, Any]:
    """Return a MapLibre style (version 8) for all layers; those off by default have visibility none.

    `addresses`: tile URL template by layer id. `scale` enlarges symbols, text and lines for a wall (1 to 4).
    Each style layer carries `metadata.yzt` = its catalogue id. No glyphs and no sprite: the page draws both.
    """
    pen = Pen.of(theme, palette, scale)
    sources: dict[str, Any] = {SELECT: {"type": "geojson", "data": {"type": "FeatureCollection", "features": []}}}
    drawn: list[Drawn] = [
        (GROUND, {"id": "ground", "type": "background", "paint": {"background-color": pen.theme.sea}})
    ]
    for entry in catalogue.entries:
        low, high = entry.zoom
        sources[entry.id] = {"type": "vector", "tiles": [addresses[entry.id]], "minzoom": low, "maxzoom": high}
        for phase, layer in LOOKS[entry.look["kind"]][0](entry, pen):
            layer["metadata"] = {"yzt": entry.id}
            layer.setdefault("layout", {})["visibility"] = "visible" if entry.visible else "none"
            drawn.append((phase, layer))
    drawn += _selection(pen)
    drawn.sort(key=lambda pair: pair[0])
    return {"version": 8, "name": f"yizhangtu-{theme}", "sources": sources, "layers": [layer for _, layer in drawn]}


def images(catalogue: Catalogue, theme: Theme = "light", palette: Palette = "customary") -> list[dict[str, Any]]:
    """Return what the page draws into canvas images: id, shape, fill, stroke and, where there is one, a letter."""
    pen = Pen.of(theme, palette, 1.0)
    found = {image["id"]: image for entry in catalogue.entries for image in LOOKS[entry.look["kind"]][1](entry, pen)}
    return list(found.values())


def legend(
    catalogue: Catalogue, theme: Theme = "light", palette: Palette = "customary"
) -> dict[str, list[dict[str, Any]]]:
    """Return by layer id the rows of its legend: an image, swatch or line, and words."""
    pen = Pen.of(theme, palette, 1.0)
    return {e.id: LOOKS[e.look["kind"]][2](e, pen) for e in catalogue.entries if e.legend}


def notes(entry: Entry) -> list[str]:
    """Return the sentences a legend shows under a layer: what it means and where its numbers come from."""
    return ([entry.note] if entry.note else []) + notes_of(entry.id)


def panel(theme: Theme = "light") -> dict[str, str]:
    """Return the colours of the boxes that lie on the map."""
    chosen = colours().themes[theme]
    return {**chosen.panel.model_dump(), "select": chosen.select, "sea": chosen.sea}


def _selection(pen: Pen) -> list[Drawn]:
    point: dict[str, Any] = {
        "id": "select-ring",
        "type": "circle",
        "source": SELECT,
        "paint": {
            "circle-radius": pen.px(17),
            "circle-opacity": 0,
            "circle-stroke-width": pen.px(3.5),
            "circle-stroke-color": pen.theme.select,
        },
    }
    return [(99, point)]
