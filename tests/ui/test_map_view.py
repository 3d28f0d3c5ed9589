"""Harm: a click that opens a dossier twice, a message that breaks out of its script, a map that is made anew."""

from typing import Any

import pytest
import streamlit as st
from streamlit_folium import _get_map_string

from ui.components import map as component
from ui.components.map import CityLayer, CityMap, MapEvent, MapView, Message, Selected, take_event

CLICK: dict[str, Any] = {
    "yzt": {"kind": "place", "id": 7, "lon": 120.5, "lat": 36.1, "layer": "enterprise", "serial": 1001}
}


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    state: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)
    return state


def test_a_click_is_an_event_once() -> None:
    assert take_event(CLICK, "map") == MapEvent("place", 7, 120.5, 36.1, "enterprise", 1001)
    assert take_event(CLICK, "map") is None
    assert take_event({}, "map") is None
    assert take_event(None, "map") is None
    again = {"yzt": CLICK["yzt"] | {"serial": 1002}}
    assert take_event(again, "map") is not None


def test_two_maps_do_not_swallow_each_others_clicks() -> None:
    assert take_event(CLICK, "one") is not None
    assert take_event(CLICK, "two") is not None


def script() -> str:
    city = CityMap()
    CityLayer().add_to(city)
    city.get_root().render()
    return str(_get_map_string(city))


def test_the_map_is_the_same_text_at_every_run_so_that_it_is_never_made_anew() -> None:
    assert script() == script()
    assert "://" not in script()


def test_every_address_of_the_map_is_ours_and_carries_its_digest() -> None:
    city = CityMap()
    CityLayer().add_to(city)
    for _, href in [*city.default_js, *city.default_css]:
        assert href.startswith("/assets/")
        assert "?v=" in href
    assert "://" not in city.get_root().render().replace("http://www.w3.org", "")


def test_a_message_cannot_break_out_of_its_script() -> None:
    hostile = MapView(visible=("</script><img src=x onerror=alert(1)>'\"",), selected=Selected("place", 1, 120.0, 36.0))
    text = str(Message(hostile.message())._template.module.script(Message(hostile.message())))
    assert "</script>" not in text
    assert "<img" not in text


def test_a_height_is_css_and_nothing_else() -> None:
    assert "calc(100dvh - 9rem)" in component._frame_css("calc(100dvh - 9rem)")
    for bad in ("1px;} body{display:none", "url(http://x)", "</style><script>"):
        with pytest.raises(ValueError, match="height"):
            component._frame_css(bad)
