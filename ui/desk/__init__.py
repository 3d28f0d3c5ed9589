"""The desk pages: one file each, with a function `draw`. A new page is a file here and a line in PAGES.

The folder is not called `pages`: Streamlit would take its files for pages of its own and run them by themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ui.desk import about, bring, drill, overview, place, plan, unmapped
from ui.words import t


@dataclass(frozen=True)
class PageCard:
    """A page: its name in addresses, its title, its sign, what draws it, and whether the menu lists it."""

    path: str
    title: str
    icon: str
    draw: Callable[[], None]
    listed: bool = True


PAGES = (
    PageCard("", t("page_overview"), ":material/map:", overview.draw),
    PageCard("drill", t("page_drill"), ":material/account_tree:", drill.draw),
    PageCard("plan", t("page_plan"), ":material/radar:", plan.draw),
    PageCard("unmapped", t("page_unmapped"), ":material/wrong_location:", unmapped.draw),
    PageCard("import", t("page_import"), ":material/upload_file:", bring.draw),
    PageCard("place", t("page_place"), ":material/badge:", place.draw, listed=False),
    PageCard("about", t("page_about"), ":material/database:", about.draw),
)
