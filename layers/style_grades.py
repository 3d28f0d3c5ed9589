"""The look of counted layers: cells to zoom 13, single places from 14, coloured by grade, the worst on top.

A second cue goes with every colour. At every zoom red is a diamond and orange a triangle; single yellow is a square,
blue a disc, unknown a hatched disc, not applicable a hollow one. An unknown that is proven orange has an orange ring.
"""

from typing import Any

from layers.catalogue import CELLS_TO, Entry
from layers.colours import colours
from layers.pen import CELL, POINT, Drawn, Pen

GET_WORST = ["get", "worst"]
SINGLE_FROM = CELLS_TO + 1
LETTER_FROM = 15.5
"""Zoom from which symbols are large enough for the letter of their kind."""
RINGED = "unknown-ring"


def _count(key: str) -> list[Any]:
    return ["coalesce", ["get", key], 0]


def _severity(single: bool) -> list[Any]:
    return ["get", "severity"] if single else GET_WORST


def _ringed(single: bool) -> list[Any]:
    if single:
        return ["all", ["==", ["get", "severity"], 0], [">=", ["get", "at_least"], 3]]
    return ["all", ["==", GET_WORST, 0], [">", _count("unknown_severe"), 0]]


def _colour(pen: Pen) -> list[Any]:
    by = [part for g in colours().grades[:-1] for part in (g.severity, pen.grades[g.key])]
    return ["match", GET_WORST, *by, pen.grades["na"]]


def _worst_count() -> list[Any]:
    by = [part for g in colours().grades[:-1] for part in (g.severity, _count(g.key))]
    return ["match", GET_WORST, *by, _count("na")]


def _rank(single: bool) -> list[Any]:
    """Order inside a style layer, the worst last and so on top: yellow over unknown over blue over n/a."""
    return ["match", _severity(single), 4, 9, 3, 8, 2, 5, 0, 4, 1, 3, 0]


def _image(single: bool, letter: str = "") -> list[Any]:
    end = f"-{letter}" if letter else ""
    by = [part for g in colours().grades[:-1] for part in (g.severity, f"g-{g.key}{end}")]
    return ["case", _ringed(single), f"g-{RINGED}{end}", ["match", _severity(single), *by, f"g-na{end}"]]


def _tiers(single: bool) -> list[tuple[int, str, list[Any]]]:
    severity, ringed = _severity(single), _ringed(single)
    return [
        (0, "low", ["all", ["<", severity, 3], ["!", ringed]]),
        (1, "orange", ["any", ["==", severity, 3], ringed]),
        (2, "red", ["==", severity, 4]),
    ]


def grade_layers(entry: Entry, pen: Pen) -> list[Drawn]:
    """Draw a counted layer: tiers across layers, so that no blue of one layer lies on a red of another."""
    layer = {"source": entry.id, "source-layer": entry.id}
    is_cell = ["has", "worst"]
    drawn: list[Drawn] = [(CELL, _halo(entry, layer, is_cell, pen)), (CELL + 1, _dots(entry, layer, is_cell, pen))]
    for tier, name, condition in _tiers(single=False):
        if tier:
            found = ["all", is_cell, condition]
            drawn.append((CELL + 1 + tier, _cell_symbols(entry, layer, f"{entry.id}:cell-{name}", found, pen)))
    drawn.append((CELL + 5, _numbers(entry, layer, is_cell, pen)))
    for tier, name, condition in _tiers(single=True):
        found = ["all", ["!", is_cell], condition]
        drawn.append((POINT + tier, _single_symbols(entry, layer, f"{entry.id}:point-{name}", found, pen)))
    return drawn


def _halo(entry: Entry, layer: dict[str, Any], found: list[Any], pen: Pen) -> dict[str, Any]:
    return {
        "id": f"{entry.id}:halo", "type": "circle", **layer, "filter": found,
        "layout": {"circle-sort-key": _rank(single=False)},
        "paint": {
            "circle-color": pen.theme.label[2],
            "circle-opacity": 0.2 if pen.dark else 0.14,
            "circle-radius": _radius(pen, ["get", "n"], (2.6, 6.5, 13)),
        },
    }  # fmt: skip


def _dots(entry: Entry, layer: dict[str, Any], found: list[Any], pen: Pen) -> dict[str, Any]:
    """Cells whose worst is yellow, blue, unknown or not applicable: discs, the last two hollow."""
    hollow = ["in", GET_WORST, ["literal", [0, -1]]]
    return {
        "id": f"{entry.id}:dot", "type": "circle", **layer,
        "filter": ["all", found, _tiers(single=False)[0][2]],
        "layout": {"circle-sort-key": _rank(single=False)},
        "paint": {
            "circle-color": _colour(pen),
            "circle-opacity": ["case", hollow, 0.25, 0.95],
            "circle-radius": _radius(pen, _worst_count(), (1.8, 3.6, 7)),
            "circle-stroke-width": ["case", hollow, pen.px(1.3), pen.px(0.6)],
            "circle-stroke-color": ["case", hollow, _colour(pen), pen.theme.outline],
            "circle-stroke-opacity": ["case", hollow, 0.95, 0.55],
        },
    }  # fmt: skip


def _radius(pen: Pen, count: list[Any], sizes: tuple[float, float, float]) -> list[Any]:
    """Radius by count (1, 30, 1,000 places), growing a little with zoom; cells are 8 to 16 px apart."""
    small, middle, large = sizes
    stops: list[Any] = ["interpolate", ["linear"], ["zoom"]]
    for zoom, grow in ((7, 0.8), (10, 1.0), (13, 1.15), (16, 1.5)):
        sized = [part for n, px in ((1, small), (30, middle), (1000, large)) for part in (n, pen.px(px * grow))]
        stops += [zoom, ["interpolate", ["exponential", 0.995], count, *sized]]
    return stops


def _cell_symbols(entry: Entry, layer: dict[str, Any], name: str, found: list[Any], pen: Pen) -> dict[str, Any]:
    count = ["case", _ringed(single=False), _count("unknown_severe"), _worst_count()]
    size: list[Any] = ["interpolate", ["linear"], ["zoom"]]
    for zoom, grow in ((7, 0.7), (10, 0.9), (13, 1.1), (16, 1.6)):
        size += [zoom, ["interpolate", ["linear"], count, 1, pen.px(0.26 * grow), 10, pen.px(0.42 * grow),
                        200, pen.px(0.8 * grow)]]  # fmt: skip
    return {
        "id": name, "type": "symbol", **layer, "filter": found,
        "layout": {
            "icon-image": _image(single=False), "icon-size": size, "icon-allow-overlap": True,
            "icon-ignore-placement": True, "symbol-sort-key": _rank(single=False),
        },
    }  # fmt: skip


def _numbers(entry: Entry, layer: dict[str, Any], found: list[Any], pen: Pen) -> dict[str, Any]:
    """The number of places, where a cell is wide enough to carry it: on-the-fly cells of crowded tiles."""
    text, paint = pen.text(pen.px(11), pen.theme.label[0])
    text |= {"text-field": ["to-string", ["get", "n"]], "text-offset": [0, 1.1], "text-optional": True}
    return {
        "id": f"{entry.id}:number", "type": "symbol", **layer, "minzoom": SINGLE_FROM, "layout": text, "paint": paint,
        "filter": ["all", found, [">", ["get", "n"], 1]],
    }  # fmt: skip


def _single_symbols(entry: Entry, layer: dict[str, Any], name: str, found: list[Any], pen: Pen) -> dict[str, Any]:
    letter = str(entry.look["letter"])
    return {
        "id": name, "type": "symbol", **layer, "filter": found,
        "layout": {
            "icon-image": ["step", ["zoom"], _image(single=True), LETTER_FROM, _image(single=True, letter=letter)],
            "icon-size": pen.by_zoom(13, 0.42, 15, 0.56, 17, 0.95, 19, 1.1),
            "icon-allow-overlap": True,
            "icon-ignore-placement": True,
            "symbol-sort-key": _rank(single=True),
        },
    }  # fmt: skip


def grade_images(entry: Entry, pen: Pen) -> list[dict[str, Any]]:
    """Return the symbols of the grades, without and with the letter of this kind of place."""
    letter = str(entry.look["letter"])
    found = []
    for end, text in (("", None), (f"-{letter}", letter)):
        for grade in colours().grades:
            found.append(_drawing(f"g-{grade.key}{end}", grade.shape, pen.grades[grade.key], text, pen))
        ringed = _drawing(f"g-{RINGED}{end}", "hatch", pen.grades["unknown"], text, pen)
        found.append(ringed | {"ring": pen.grades["orange"]})
    return found


def _drawing(name: str, shape: str, fill: str, letter: str | None, pen: Pen) -> dict[str, Any]:
    dark_letter = fill in (pen.grades["yellow"], pen.grades["orange"])
    return {
        "id": name,
        "shape": shape,
        "fill": fill,
        "stroke": pen.theme.outline if shape not in ("hollow", "hatch") else fill,
        "ground": pen.theme.land,
        "letter": letter,
        "ink": "#1b1b1b" if dark_letter else pen.theme.symbol_letter,
    }


def grade_legend(entry: Entry, _pen: Pen) -> list[dict[str, Any]]:
    """Return the six results and the ring, each with its symbol and words."""
    letter = str(entry.look["letter"])
    every = colours()
    rows: list[dict[str, Any]] = [
        {"image": f"g-{grade.key}", "text": f"{grade.word} {grade.long}" if grade.severity > 0 else grade.long,
         "grade": grade.key}
        for grade in every.grades
    ]  # fmt: skip
    rows.insert(-1, {"image": f"g-{RINGED}", "text": every.ring.word, "grade": every.ring.key})
    return [
        *rows,
        {"letter": f"{letter} {entry.title}"},
        {"text": "小图上每点为一小块的合计：颜色取其中最重的等级，大小表示该等级的家数，底晕表示总数"},
    ]
