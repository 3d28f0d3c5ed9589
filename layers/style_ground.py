"""Looks of the ground: regions, roads, areas and measures."""

from typing import Any

from layers.catalogue import Entry
from layers.pen import AREA, GROUND, LABEL, LINE, ROAD, Drawn, Pen

WIDTHS = (2.2, 1.7, 1.1, 0.8, 0.6)
LABEL_SIZES = (18, 15, 13, 12, 11)
MAIN_ROADS = ("motorway", "trunk", "primary")


def region_layers(entry: Entry, pen: Pen) -> list[Drawn]:
    """Draw one level of the region tree: a fill that can be pointed at, its outline and its names."""
    at = int(entry.look["level"]) - 1
    layer = {"source": entry.id, "source-layer": entry.id, "minzoom": entry.zoom[0]}
    # a fill of opacity 0 is never painted, yet can be pointed at; the outline shows what the pointer is on
    fill: dict[str, Any] = {"fill-color": pen.theme.land, "fill-opacity": 1 if at == 0 else 0}
    marked: Any = ["any", _state("selected"), _state("hover")] if at else ["literal", False]
    wide: Any = ["case", _state("selected"), pen.px(3.5), _state("hover"), pen.px(2.6), pen.px(WIDTHS[at])]
    line = {
        "line-color": ["case", marked, pen.theme.select, pen.theme.boundary[at]],
        "line-width": wide if at else pen.px(WIDTHS[0]),
        "line-opacity": ["case", marked, 1, 0.95 if at < 2 else 0.8],
    }
    drawn: list[Drawn] = [
        (GROUND + 1 + at, {"id": f"{entry.id}:fill", "type": "fill", **layer, "paint": fill}),
        (
            LINE + 5 - at,
            {"id": f"{entry.id}:line", "type": "line", **layer, "layout": {"line-join": "round"}, "paint": line},
        ),
    ]
    names = [source for source in entry.sources if source.shape == "labels"]
    if names:
        drawn.append((LABEL + 5 - at, _label(entry, str(names[0].name), names[0].zoom[0], at, pen)))
    return drawn


def _label(entry: Entry, source_layer: str, first_zoom: int, at: int, pen: Pen) -> dict[str, Any]:
    layout, paint = pen.text(pen.px(LABEL_SIZES[at]), pen.theme.label[at])
    layout |= {"text-field": ["get", "name"], "symbol-sort-key": at}
    if at == 1:
        layout["text-letter-spacing"] = 0.12
    label = {
        "id": f"{entry.id}:label",
        "type": "symbol",
        "source": entry.id,
        "source-layer": source_layer,
        "minzoom": first_zoom,
        "layout": layout,
        "paint": paint,
    }
    if at == 1:
        label["maxzoom"] = 14
    return label


def _state(name: str) -> list[Any]:
    return ["boolean", ["feature-state", name], False]


def road_layers(entry: Entry, pen: Pen) -> list[Drawn]:
    """Draw roads with a casing, the greater classes wider and earlier, and their names."""
    layer = {"source": entry.id, "source-layer": entry.id}
    kind = ["get", "class"]
    colour = ["match", kind, "motorway", pen.theme.road.motorway, "trunk", pen.theme.road.trunk]
    colour += ["primary", pen.theme.road.primary, pen.theme.road.other]
    main = ["in", kind, ["literal", list(MAIN_ROADS)]]
    width: list[Any] = ["interpolate", ["exponential", 1.5], ["zoom"]]
    for zoom, great, small in ((8, 0.8, 0.2), (11, 1.6, 0.5), (14, 4, 1.8), (17, 12, 7)):
        width += [zoom, ["case", main, pen.px(great), pen.px(small)]]
    casing: list[Any] = ["interpolate", ["exponential", 1.5], ["zoom"]]
    for zoom, great, small in ((12, 0, 0), (13, 4.2, 2), (14, 5.4, 2.8), (17, 14, 8.6)):
        casing += [zoom, ["case", main, pen.px(great), pen.px(small)]]
    line = {"line-cap": "round", "line-join": "round"}
    text, paint = pen.text(pen.px(11), pen.theme.road.label)
    text |= {"text-field": ["get", "name"], "symbol-placement": "line", "text-max-angle": 30}
    return [
        (
            ROAD,
            {"id": f"{entry.id}:casing", "type": "line", **layer, "minzoom": 12, "layout": dict(line),
             "paint": {"line-color": pen.theme.road.casing, "line-width": casing}},
        ),
        (
            ROAD + 1,
            {"id": f"{entry.id}:line", "type": "line", **layer, "layout": dict(line),
             "paint": {"line-color": colour, "line-width": width}},
        ),
        (
            LABEL,
            {"id": f"{entry.id}:label", "type": "symbol", **layer, "minzoom": 14, "layout": text, "paint": paint,
             "filter": ["has", "name"]},
        ),
    ]  # fmt: skip


def area_layers(entry: Entry, pen: Pen) -> list[Drawn]:
    """Draw areas with a thin fill, an outline and, where they carry one, a name."""
    colour = pen.theme.marks[entry.look["colour"]]
    layer = {"source": entry.id, "source-layer": entry.id}
    drawn: list[Drawn] = [
        (
            AREA,
            {"id": f"{entry.id}:fill", "type": "fill", **layer,
             "paint": {"fill-color": colour, "fill-opacity": 0.16 if pen.dark else 0.14}},
        ),
        (
            LINE + 6,
            {"id": f"{entry.id}:line", "type": "line", **layer,
             "paint": {"line-color": colour, "line-width": pen.px(1.6), "line-dasharray": [3, 1.5]}},
        ),
    ]  # fmt: skip
    if any("name" in source.columns for source in entry.sources):
        text, paint = pen.text(pen.px(12), colour)
        text["text-field"] = ["get", "name"]
        label = {"id": f"{entry.id}:label", "type": "symbol", **layer, "minzoom": 10, "layout": text, "paint": paint}
        drawn.append((LABEL + 6, label))
    return drawn


def area_legend(entry: Entry, pen: Pen) -> list[dict[str, Any]]:
    """Return the legend of an area."""
    return [{"swatch": pen.theme.marks[entry.look["colour"]], "dashed": True, "text": entry.title}]


def cover_layers(entry: Entry, pen: Pen) -> list[Drawn]:
    """Draw an estimate that is an interval: the least reach filled, the greatest dashed."""
    colour = pen.theme.marks[entry.look["colour"]]
    layer = {"source": entry.id, "source-layer": entry.id}
    near, far = (["==", ["get", "reach"], reach] for reach in ("near", "far"))
    fill = {"fill-color": colour, "fill-opacity": 0.22 if pen.dark else 0.2}
    edge = {"line-color": colour, "line-width": pen.px(1.4)}
    dashed = {**edge, "line-dasharray": [3, 2]}
    return [
        (AREA, {"id": f"{entry.id}:fill", "type": "fill", **layer, "filter": near, "paint": fill}),
        (LINE + 6, {"id": f"{entry.id}:near", "type": "line", **layer, "filter": near, "paint": edge}),
        (LINE + 6, {"id": f"{entry.id}:far", "type": "line", **layer, "filter": far, "paint": dashed}),
    ]


def cover_legend(entry: Entry, pen: Pen) -> list[dict[str, Any]]:
    """Return both ends of the estimate."""
    colour = pen.theme.marks[entry.look["colour"]]
    return [
        {"swatch": colour, "text": "最不利取值下能到（估算）"},
        {"swatch": colour, "dashed": True, "text": "最有利取值下能到（估算）"},
    ]


def measure_layers(entry: Entry, pen: Pen) -> list[Drawn]:
    """Draw regions filled by a named measure (never a grade)."""
    steps: list[Any] = ["step", ["coalesce", ["get", entry.look["property"]], 0], pen.theme.measure[0]]
    for stop, colour in zip(entry.look["stops"][1:], pen.theme.measure[1:], strict=True):
        steps += [stop, colour]
    layer = {
        "id": f"{entry.id}:fill",
        "type": "fill",
        "source": entry.id,
        "source-layer": entry.id,
        "paint": {"fill-color": steps, "fill-opacity": 0.8},
    }
    return [(AREA - 1, layer)]


def measure_legend(entry: Entry, pen: Pen) -> list[dict[str, Any]]:
    """Return one row per class of the measure, with its unit."""
    stops, unit = entry.look["stops"], entry.look["unit"]
    rows = []
    for at, colour in enumerate(pen.theme.measure):
        upper = f"–{stops[at + 1]}" if at + 1 < len(stops) else " 以上"
        rows.append({"swatch": colour, "text": f"{stops[at]}{upper} {unit}"})
    return rows
