"""The import page as the person who brings a spreadsheet has it: hand in, map a column, see, let in, take back."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import expect

from data.engine import make_engine
from tests.conftest import LiveApp, running_app
from tests.layers import tile_city
from tests.ui.test_browser_pages import SLOW_MS, opened
from tests.ui.waiting import poll

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=window.hit=1>"


@pytest.fixture(scope="module")
def app(
    template: str, new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveApp]:
    """The app on the city of the tile tests."""
    url = new_database(template)
    engine = make_engine(url)
    tile_city.build(engine)
    engine.dispose()
    with running_app(url, tmp_path_factory.mktemp("import")) as running:
        yield running


@pytest.fixture
def page(chromium: Any, app: LiveApp) -> Iterator[Any]:
    yield from opened(chromium, app, 1920, 1080)


def count(app: LiveApp, what: str = "FROM place WHERE source = '应急局'") -> int:
    with psycopg.connect(app.database_url) as connection:
        row = connection.execute(f"SELECT count(*) {what}").fetchone()  # type: ignore[call-overload]
    return int(row[0])


def test_a_sheet_is_handed_in_seen_let_in_and_taken_back(page: Any, app: LiveApp, tmp_path: Path) -> None:
    sheet = tmp_path / "台账.csv"
    rows = f"{HOSTILE},东路1号,120.1,36.1,12\n,东路2号,120.1,36.1,x\n"
    sheet.write_text(f"单位名称,地址,经度,纬度,工人\n{rows}", encoding="utf-8")
    before = count(app, "FROM drawn_place")
    page.goto("/import")
    page.locator("input[type=file]").set_input_files(str(sheet))
    expect(page.get_by_role("button", name="导入这 1 行")).to_be_visible(timeout=SLOW_MS)
    assert count(app, "FROM import_batch WHERE file_name = '台账.csv'") == 0, "a check writes nothing"
    expect(page.get_by_text("没有用到的列：工人")).to_be_visible()
    page.get_by_role("textbox", name="来源（哪个部门送来的）").fill("应急局")
    page.get_by_role("button", name="按这样重新检查").click()
    expect(page.get_by_role("button", name="导入这 1 行")).to_be_visible(timeout=SLOW_MS)
    page.wait_for_timeout(1500)  # the page is drawn anew once the worker is done
    page.get_by_role("button", name="导入这 1 行").click()
    expect(page.get_by_text("已导入：")).to_be_visible(timeout=SLOW_MS)
    assert count(app) == 1
    assert count(app, "FROM drawn_place") == before + 1
    expect(page.get_by_role("button", name="下载 1 行拒收清单")).to_be_visible()
    assert page.evaluate("window.hit") is None
    page.locator("[data-testid=stSelectbox] input").last.click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="撤销…").click()
    expect(page.get_by_text("去掉新增的 1 行（场所）")).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("button", name="确认撤销").click()
    poll(page, lambda: count(app) == 0, "the batch is gone")
    assert count(app, "FROM drawn_place") == before


def test_a_file_that_is_no_table_is_refused_in_a_sentence(page: Any, app: LiveApp, tmp_path: Path) -> None:
    pdf = tmp_path / "文件.xlsx"
    pdf.write_bytes(b"%PDF-1.4 not a table")
    page.goto("/import")
    page.locator("input[type=file]").set_input_files(str(pdf))
    expect(page.get_by_text("的内容是PDF")).to_be_visible(timeout=SLOW_MS)
