"""Harm: a download that shows another region, that anybody may take, or that nobody wrote down."""

import csv
import io
import json
import urllib.error
import urllib.request

import pytest
import sqlalchemy as sa

from data.engine import make_engine
from tests.conftest import LiveApp
from ui.exporting import routes


def get(address: str) -> tuple[int, bytes, str]:
    try:
        with urllib.request.urlopen(address, timeout=120) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read(), answer.headers["content-disposition"] or ""
    except urllib.error.HTTPError as error:
        return error.code, error.read(), ""


def test_the_rows_of_a_region_come_as_a_file_and_it_is_written_down(live_app: LiveApp) -> None:
    engine = make_engine(live_app.database_url)
    with engine.connect() as connection:
        query = (
            "SELECT s.code, count(*) AS n FROM place p JOIN region r ON r.id = p.region_id "
            "JOIN region s ON s.id = r.path[3] WHERE 'gas_shop' = ANY(p.kinds) AND NOT s.is_rest "
            "GROUP BY 1 ORDER BY 2 DESC LIMIT 1"
        )
        code, shops = connection.execute(sa.text(query)).one()
    status, body, named = get(f"{live_app.url}/export/shop.csv?region={code}")
    assert status == 200
    assert f"-{code}.csv" in named
    assert len(list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))) == shops > 0
    with engine.connect() as connection:
        lines = connection.execute(sa.text("SELECT detail FROM audit WHERE action = 'export'")).scalars().all()
    assert [(line["kind"], line["region"], line["rows"]) for line in lines] == [("shop", code, shops)]
    status, body, _ = get(f"{live_app.url}/export/shop.xlsx?region={code}")
    assert (status, body[:2]) == (200, b"PK")


@pytest.mark.parametrize(
    ("address", "status"),
    [("/export/nothing.csv", 404), ("/export/shop.exe", 404), ("/export/shop.csv?region=99", 400)],
)
def test_what_cannot_be_exported_is_a_sentence(live_app: LiveApp, address: str, status: int) -> None:
    answered, body, _ = get(live_app.url + address)
    assert answered == status
    assert json.loads(body)["error"]


def test_who_may_not_export_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    import ui.exporting
    from data.access import NOBODY, Viewer

    for viewer, status in ((NOBODY, 401), (Viewer("监管", "supervisor", regions=None), 403)):

        async def asked(_: object, viewer: Viewer = viewer) -> Viewer:
            return viewer

        monkeypatch.setattr(ui.exporting, "request_viewer", asked)
        answer = TestClient(Starlette(routes=[*routes()])).get("/export/shop.csv")
        assert answer.status_code == status
        assert answer.json()["error"]
