"""A shop's name must never become markup: not in HTML, not in a Markdown label, not in a component's data."""

import re
from pathlib import Path

import pytest

from ui.components.html import Markup, join, plain, tag
from ui.words import share, t, word, words

UI = Path(__file__).parents[2] / "ui"
HOSTILE = "<img src=x onerror=alert(1)>"


def test_children_and_attributes_are_escaped() -> None:
    made = str(tag("div", HOSTILE, [HOSTILE, tag("b", '"&')], title='"><script>'))
    assert "<img" not in made
    assert "<script" not in made
    assert made.count("&lt;img") == 2
    assert "&#34;&gt;&lt;script&gt;" in made


def test_only_what_was_built_here_passes_as_it_is() -> None:
    assert join([tag("i", "x"), "<i>"]) == Markup("<i>x</i>&lt;i&gt;")


RUNS_OR_LEAVES: tuple[dict[str, str], ...] = (
    {"onclick": "x"}, {"onError": "x"}, {"href": "javascript:alert(1)"}, {"href": "https://elsewhere"},
    {"src": "data:text/html,x"}, {"a b": "x"},
)  # fmt: skip


@pytest.mark.parametrize("attributes", RUNS_OR_LEAVES)
def test_nothing_that_runs_or_leads_away_can_be_built(attributes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"built here|this site"):
        tag("a", "x", **attributes)


LABELS = (
    HOSTILE, "**粗**", ":red[红]", "[去](http://x)", "$x$", ":smile:", ":material/home:", "`x`", "# 一", "~~x~~",
    "| a |", "a\nb",
)  # fmt: skip


@pytest.mark.parametrize("text", LABELS)
def test_labels_show_markdown_as_it_stands(text: str) -> None:
    shown = plain(text)
    assert "\n" not in shown
    assert re.sub(r"\\([!-/:-@\[-`{-~])|[\u2060 ]", r"\1", shown) == text.replace("\n", "").replace(" ", "")
    assert not re.search(r"(?<!\\)[<>*:$`\[\]#~|]", shown)


def test_pages_never_ask_streamlit_to_trust_text() -> None:
    for file in UI.rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        assert "unsafe_allow_html" not in source, file
        if "st.html(" in source:
            allowed = {"html.py", "theme.py", "map.py", "main.py"}
            assert file.name in allowed, f"{file} writes HTML past the choke point"
    for script in (UI / "assets").glob("rows.js"):
        assert "innerHTML" not in script.read_text(encoding="utf-8")


def test_every_sentence_that_pages_use_is_in_the_words_file() -> None:
    for file in [*UI.glob("*.py"), *UI.glob("components/*.py"), *UI.glob("desk/*.py")]:
        source = file.read_text(encoding="utf-8")
        for key in re.findall(r"""\bt\(\s*["'](\w+)["']""", source):
            assert key in words()["text"], f"{file.name}: {key}"
        for subject in re.findall(r"""\bword\(\s*["'](\w+)["']""", source):
            assert subject in words(), f"{file.name}: {subject}"


def test_no_sentence_is_a_yaml_truth_value() -> None:
    assert all(isinstance(key, str) and isinstance(value, str) for key, value in words()["text"].items())


def test_shares_never_round_something_to_nothing_or_a_part_to_all() -> None:
    assert share(1, 1_000_000) == "<0.1%"
    assert share(999_999, 1_000_000) == ">99.9%"
    assert share(0, 10) == "0.0%"
    assert share(10, 10) == "100%"
    assert share(1, 0) == "—"
    assert word("roles", "no_such_role") == "no_such_role"
    assert word("roles", None) == t("untold")
