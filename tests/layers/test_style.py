"""Harm: a red under another colour, a colour without a second cue, unknown that looks safe, a foreign address."""

import json
from typing import Any

import pytest

from data.standards import coverage
from layers import style
from layers.catalogue import catalogue
from layers.colours import colours
from layers.notes import notes_of

ADDRESSES = {layer: f"/tiles/{layer}/1/{{z}}/{{x}}/{{y}}.mvt" for layer in catalogue().ids}


def made(**how: Any) -> dict[str, Any]:
    return style.style(catalogue(), ADDRESSES, **how)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("palette", ["customary", "jis"])
def test_a_style_stands_by_itself_and_names_no_other_host(theme: Any, palette: Any) -> None:
    text = json.dumps(made(theme=theme, palette=palette))
    assert "://" not in text
    assert not {"glyphs", "sprite"} & set(made(theme=theme))


def test_every_layer_of_the_style_reads_a_layer_that_the_tiles_have() -> None:
    names = {entry.id: {source.name or entry.id for source in entry.sources} for entry in catalogue().entries}
    for layer in made()["layers"]:
        if "source-layer" in layer:
            assert layer["source-layer"] in names[layer["source"]]
            assert layer["metadata"]["yzt"] == layer["source"]
    ids = [layer["id"] for layer in made()["layers"]]
    assert len(ids) == len(set(ids))


def test_every_image_a_style_asks_for_can_be_drawn() -> None:
    known = {image["id"] for image in style.images(catalogue())}
    for layer in made()["layers"]:
        for asked in _images(layer):
            assert asked in known, (layer["id"], asked)
    for rows in style.legend(catalogue()).values():
        assert {row["image"] for row in rows if "image" in row} <= known


def _images(layer: dict[str, Any]) -> set[str]:
    asked = [layer.get("layout", {}).get("icon-image"), layer.get("paint", {}).get("fill-pattern")]
    found: set[str] = set()

    def walk(part: Any) -> None:
        if isinstance(part, str) and part[:2] in ("g-", "m-", "h-"):
            found.add(part)
        for each in part if isinstance(part, list) else []:
            walk(each)

    walk(asked)
    return found


def test_red_of_any_layer_is_drawn_over_everything_less() -> None:
    order = [layer["id"] for layer in made()["layers"]]
    graded = [entry.id for entry in catalogue().entries if entry.look["kind"] == "grade"]
    for kind in ("cell", "point"):
        reds = [order.index(f"{layer}:{kind}-red") for layer in graded]
        oranges = [order.index(f"{layer}:{kind}-orange") for layer in graded]
        assert max(oranges) < min(reds)
    lesser = [order.index(f"{layer}:dot") for layer in graded] + [order.index(f"{layer}:halo") for layer in graded]
    assert max(lesser) < min(order.index(f"{layer}:cell-orange") for layer in graded)
    assert max(order.index(f"{layer}:point-low") for layer in graded) < min(
        order.index(f"{layer}:point-orange") for layer in graded
    )


def test_no_place_is_dropped_by_collision() -> None:
    for layer in made()["layers"]:
        layout = layer.get("layout", {})
        if "icon-image" in layout:
            assert layout["icon-allow-overlap"] is True
            assert layout["icon-ignore-placement"] is True


def test_each_result_has_its_own_shape_and_unknown_is_hatched_not_coloured() -> None:
    shapes = [grade.shape for grade in colours().grades]
    assert len(set(shapes)) == len(shapes) == 6
    assert (colours().grade(0).shape, colours().grade(-1).shape) == ("hatch", "hollow")
    for theme in ("light", "dark"):
        found = colours().of_grades(theme)  # type: ignore[arg-type]
        assert len(set(found.values())) == 6
        for key in ("unknown", "na"):
            red, green, blue = (int(found[key][at : at + 2], 16) for at in (1, 3, 5))
            assert max(red, green, blue) - min(red, green, blue) < 60


def test_an_unknown_that_is_proven_orange_wears_an_orange_ring() -> None:
    for theme in ("light", "dark"):
        images = {image["id"]: image for image in style.images(catalogue(), theme)}  # type: ignore[arg-type]
        assert images["g-unknown-ring"]["ring"] == colours().of_grades(theme)["orange"]  # type: ignore[arg-type]
        assert "ring" not in images["g-unknown"]


def test_the_legend_says_scheme_all_results_and_the_source_of_numbers() -> None:
    rows = style.legend(catalogue())
    for entry in catalogue().entries:
        if entry.look["kind"] == "grade":
            assert entry.scheme
            said = {row.get("grade") for row in rows[entry.id]}
            assert {"red", "orange", "yellow", "blue", "unknown", "na", "unknown_severe"} <= said
    cover = notes_of("station_cover")
    near, far = coverage().station_cover.reach_m
    assert f"{near:,.0f}–{far:,.0f} m" in cover[0]
    entry = catalogue().get("station_cover")
    assert entry is not None
    assert "估算" in entry.title


def test_a_wall_gets_larger_symbols_and_text() -> None:
    def sizes(scale: float) -> list[float]:
        return [layer["layout"]["text-size"] for layer in made(scale=scale)["layers"]
                if layer["id"] in ("district:label", "street:label")]  # fmt: skip

    assert sizes(2.0) == [2 * size for size in sizes(1.0)]
    assert sizes(99.0) == sizes(4.0)
