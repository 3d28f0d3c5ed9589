"""The links below a list that take its rows away as a file; only for who may export."""

from ui.components import reads
from ui.components.html import show, tag
from ui.navigation import DEFAULT_LAYER
from ui.words import LAYERS, t

KIND_OF_LAYER = {"enterprise": "enterprise", "gas_shop": "shop", "small_place": "venue", "crowded_place": "venue"}
NAMES = {"geojson": "GeoJSON", "gpkg": "GeoPackage"}
SHOWN = ("xlsx", "csv", "geojson", "gpkg")


def draw(region: str, layer: str | None) -> None:
    """Draw a link per format for the kind of spreadsheet that the layer's places come in."""
    kind = KIND_OF_LAYER.get(layer or DEFAULT_LAYER)
    if kind is None or not reads.viewer().may("export"):
        return
    links = [
        tag(
            "a", NAMES.get(form, form.upper()), href=f"/export/{kind}.{form}?region={region}", download="", cls="export"
        )
        for form in SHOWN
    ]
    spaced = [part for link in links for part in (" · ", link)][1:]
    show(tag("div", t("export_list", layer=LAYERS[layer or DEFAULT_LAYER]), " ", *spaced, cls="soft small"))
