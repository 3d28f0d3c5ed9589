"""The same map on a plain page of our own, without Streamlit: for a wall, a frame in another system, a test."""

from typing import Any

from jinja2 import Environment

from layers.assets import asset_url
from ui.components.map import SCRIPTS, STYLES

PAGE = """<!doctype html>
<html lang="zh-CN" class="yzt-fill">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
{% for href in styles %}<link rel="stylesheet" href="{{ href }}">
{% endfor %}</head>
<body>
<div id="map_div" data-options="{{ options|tojson|forceescape }}"></div>
{% for src in scripts %}<script src="{{ src }}"></script>
{% endfor %}<script src="{{ begin }}"></script>
</body>
</html>
"""


def standalone_html(options: dict[str, Any], title: str = "一张图") -> str:
    """Return a whole page that fills the window with the map; `options` as in ui/assets/map/start.js.

    Scripts and styles are files of ours, so a strict content policy (no inline script or style) lets it work.
    """
    template = Environment(autoescape=True).from_string(PAGE)
    return template.render(
        title=title,
        options=options,
        scripts=[asset_url(name) for name in SCRIPTS],
        styles=[asset_url(name) for name in STYLES],
        begin=asset_url("map_page.js"),
    )
