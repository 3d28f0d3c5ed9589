"""Looks of work and gaps: plates with a letter (hazards, alarms, stations, gaps), summed to numbered bubbles."""

from typing import Any

from layers.catalogue import Entry
from layers.pen import AREA, LINE, MARK, Drawn, Pen


def _colour(entry: Entry, pen: Pen) -> str:
    return pen.theme.marks[str(entry.look["colour"])]


def _summed() -> list[Any]:
    return ["all", ["has", "n"], [">", ["get", "n"], 1]]


def _alerting(entry: Entry) -> list[Any]:
    alert = entry.look.get("alert")
    return [">", ["coalesce", ["get", alert], 0], 0] if alert else ["literal", False]


def mark_layers(entry: Entry, pen: Pen) -> list[Drawn]:
    """Draw single plates, and bubbles with the number of what they sum."""
    layer = {"source": entry.id, "source-layer": entry.id}
    colour, count = _colour(entry, pen), str(entry.look.get("count", "n"))
    number = ["coalesce", ["get", count], ["get", "n"], 1]
    radius = ["interpolate", ["linear"], ["log10", number], 0, pen.px(9), 1, pen.px(12), 2, pen.px(15), 4, pen.px(22)]
    text: dict[str, Any] = {
        "text-field": ["to-string", number],
        "text-size": pen.px(12),
        "text-font": ["sans-serif"],
        "text-allow-overlap": True,
        "text-ignore-placement": True,
    }
    plain = f"m-{entry.id}"
    image: Any = ["case", _alerting(entry), f"{plain}-alert", plain] if entry.look.get("alert") else plain
    return [
        (
            MARK,
            {
                "id": f"{entry.id}:bubble", "type": "circle", **layer, "filter": _summed(),
                "paint": {
                    "circle-color": colour, "circle-opacity": 0.88, "circle-radius": radius,
                    "circle-stroke-width": ["case", _alerting(entry), pen.px(3), pen.px(1.5)],
                    "circle-stroke-color": ["case", _alerting(entry), pen.grades["red"], pen.theme.halo],
                },
            },
        ),
        (
            MARK + 1,
            {"id": f"{entry.id}:number", "type": "symbol", **layer, "filter": _summed(), "layout": text,
             "paint": {"text-color": "#10151a" if pen.dark else "#ffffff"}},
        ),
        (
            MARK + 2,
            {
                "id": f"{entry.id}:point", "type": "symbol", **layer, "filter": ["!", _summed()],
                "layout": {
                    "icon-image": image, "icon-size": pen.by_zoom(8, 0.5, 13, 0.65, 17, 1.0),
                    "icon-allow-overlap": True, "icon-ignore-placement": True,
                },
            },
        ),
    ]  # fmt: skip


def station_layers(entry: Entry, pen: Pen) -> list[Drawn]:
    """Draw stations as plates with their names."""
    drawn = mark_layers(entry, pen)
    text, paint = pen.text(pen.px(12), _colour(entry, pen))
    text |= {"text-field": ["get", "name"], "text-anchor": "top", "text-offset": [0, 1.1]}
    label = {
        "id": f"{entry.id}:label", "type": "symbol", "source": entry.id, "source-layer": entry.id, "minzoom": 11,
        "filter": ["has", "name"], "layout": text, "paint": paint,
    }  # fmt: skip
    return [*drawn, (MARK + 3, label)]


def gap_area_layers(entry: Entry, pen: Pen) -> list[Drawn]:
    """Draw areas where something is missing: bubbles at low zooms, hatched areas where they can be seen."""
    colour = _colour(entry, pen)
    layer = {"source": entry.id, "source-layer": entry.id}
    area = ["==", ["geometry-type"], "Polygon"]
    drawn: list[Drawn] = []
    for phase, style_layer in mark_layers(entry, pen):
        is_point = ["==", ["geometry-type"], "Point"]
        drawn.append((phase, {**style_layer, "filter": ["all", is_point, style_layer["filter"]]}))
    fill = {
        "id": f"{entry.id}:fill", "type": "fill", **layer, "filter": area,
        "paint": {"fill-pattern": f"h-{entry.id}", "fill-opacity": 0.85},
    }  # fmt: skip
    line = {
        "id": f"{entry.id}:line", "type": "line", **layer, "filter": area,
        "paint": {"line-color": colour, "line-width": pen.px(2)},
    }  # fmt: skip
    return [*drawn, (AREA + 5, fill), (LINE + 7, line)]


def mark_images(entry: Entry, pen: Pen) -> list[dict[str, Any]]:
    """Return the plates of a layer: plain, alerting, and the hatch of its areas."""
    plate: dict[str, Any] = {
        "shape": "plate",
        "fill": pen.theme.land,
        "stroke": _colour(entry, pen),
        "ink": _colour(entry, pen),
        "letter": str(entry.look["letter"]),
        "ground": pen.theme.land,
    }
    found = [{**plate, "id": f"m-{entry.id}"}]
    if entry.look.get("alert"):
        found.append({**plate, "id": f"m-{entry.id}-alert", "ring": pen.grades["red"]})
    if entry.look["kind"] == "gap_area":
        found.append({**plate, "id": f"h-{entry.id}", "shape": "pattern", "letter": None})
    return found


def mark_legend(entry: Entry, pen: Pen) -> list[dict[str, Any]]:
    """Return the plate, its alert and what a bubble means."""
    rows: list[dict[str, Any]] = [{"image": f"m-{entry.id}", "text": entry.title}]
    if entry.look["kind"] == "gap_area":
        rows.insert(0, {"image": f"h-{entry.id}", "text": entry.title})
    if entry.look.get("alert"):
        rows.append({"image": f"m-{entry.id}-alert", "text": str(entry.look["alert_words"])})
    if any(source.single_from > source.zoom[0] for source in entry.sources):
        rows.append({"bubble": _colour(entry, pen), "text": "附近合计，点击放大"})
    return rows
