"""A file handed in is tried without a trace, imported once, and nothing of it is half in."""

import io

import pytest
import xlsxwriter
from sqlalchemy import Engine, text

from data.access import LOCAL, Viewer
from data.access.accounts import add_account, has_administrator, set_disabled
from data.imports.tables import read_sheet
from data.settings import load_settings
from data.uploads import UploadError, change, list_uploads, read_upload, receive, start
from data.uploads.check import work
from data.uploads.store import rejected_file

SHEET = (
    "单位名称,统一社会信用代码,地址,经度,纬度,从业人数,谁知道\n"
    "甲厂,,东路1号,120.32,36.05,12,x\n,,东路2号,120.33,36.05,3,y\n"
)
TABLES = ("place", "import_batch", "rejected_row", "drawn_place", "audit")


@pytest.fixture
def engine(db: Engine, city: dict[str, int]) -> Engine:
    return db


def hand_in(engine: Engine, content: str | bytes = SHEET, name: str = "表.csv", viewer: Viewer = LOCAL) -> int:
    with engine.begin() as connection:
        return receive(connection, viewer, name, content.encode() if isinstance(content, str) else content)


def done(engine: Engine, upload: int) -> str | None:
    return work(engine, load_settings(), upload)


def person(engine: Engine, login: str) -> Viewer:
    with engine.begin() as connection:
        if not has_administrator(connection):
            add_account(connection, LOCAL, "root", name="管", role="admin", password="long enough 1")
        district = connection.execute(text("SELECT id, code FROM region WHERE level = 2 AND NOT is_rest LIMIT 1")).one()
        add_account(
            connection, LOCAL, login, name=login, role="steward", password="long enough 1", codes=[district.code]
        )
        number = connection.execute(text("SELECT id FROM account WHERE login = :l"), {"l": login}).scalar()
    return Viewer(login, "steward", number, (district.id,))


def counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {t: connection.execute(text(f"SELECT count(*) FROM {t}")).scalar_one() for t in TABLES}


def read(engine: Engine, upload: int, viewer: Viewer = LOCAL):  # type: ignore[no-untyped-def]
    with engine.connect() as connection:
        return read_upload(connection, viewer, upload)


def test_a_check_proposes_the_kind_shows_what_it_would_do_and_writes_nothing(engine: Engine) -> None:
    before = counts(engine)
    upload = hand_in(engine)
    assert done(engine, upload) == "checked"
    found = read(engine, upload).found
    assert counts(engine) == before
    assert found["kinds"][0]["kind"] == "enterprise"
    assert (found["summary"]["read"], found["summary"]["accepted"], found["summary"]["rejected"]) == (2, 1, 1)
    fields = {column["heading"]: column["field"] for column in found["columns"]}
    assert (fields["单位名称"], fields["从业人数"], fields["谁知道"]) == ("name", "employees", None)
    assert found["points"] == [[120.32, 36.05, "甲厂", "unverified"]]
    assert found["faults"][0][0] == 3


@pytest.mark.parametrize(("head", "kind"), [
    ("店名,地址,气瓶数量,气瓶规格,软管长度(米),报警器\n", "shop"),
    ("单位名称,检查日期,检查人\n", "inspection"),
    ("单位名称,隐患描述,隐患级别,发现日期\n", "hazard"),
    ("消防站名称,站点等级,消防车数,经度,纬度\n", "station"),
])  # fmt: skip
def test_the_kind_is_proposed_by_its_headings(engine: Engine, head: str, kind: str) -> None:
    upload = hand_in(engine, head + ",".join("x" for _ in head.split(",")) + "\n")
    done(engine, upload)
    found = read(engine, upload).found
    assert found["kinds"][0]["kind"] == kind, found["kinds"]


def test_what_was_checked_is_imported_once_however_often_it_is_pressed(engine: Engine) -> None:
    upload = hand_in(engine)
    done(engine, upload)
    with engine.begin() as connection:
        start(connection, LOCAL, upload)
    with engine.begin() as connection, pytest.raises(UploadError, match="正在处理"):
        start(connection, LOCAL, upload)
    assert done(engine, upload) == "done"
    assert done(engine, upload) is None, "the job again does nothing"
    one = read(engine, upload)
    assert (one.state, one.found["summary"]["inserted"], one.has_rejected) == ("done", 1, True)
    assert counts(engine)["place"] == 1
    with engine.connect() as connection:
        back = rejected_file(connection, LOCAL, upload) or b""
    assert "东路2号" in back.decode("utf-8-sig")
    mended = hand_in(engine, back.decode("utf-8-sig").replace(",,,东路2号", ",乙厂,,东路2号"), "改好.csv")
    done(engine, mended)
    assert read(engine, mended).found["summary"]["accepted"] == 1, read(engine, mended).found["summary"]


def test_a_changed_reading_is_checked_again_and_remembered_for_the_sender(engine: Engine) -> None:
    sheet = "名儿,经度,纬度\n甲厂,120.32,36.05\n"
    upload = hand_in(engine, sheet)
    assert done(engine, upload) in ("checked", "failed")
    with engine.begin() as connection:
        change(connection, LOCAL, upload, "enterprise", "应急局", {"datum": "gcj02", "maps": {"名儿": "name"}})
    assert done(engine, upload) == "checked"
    assert read(engine, upload).found["summary"]["accepted"] == 1
    with engine.begin() as connection:
        start(connection, LOCAL, upload)
    assert done(engine, upload) == "done"
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT source, options FROM import_profile")).one()
        datum = connection.execute(text("SELECT datum FROM place")).scalar()
    assert kept.source == "应急局"
    assert kept.options["maps"] == {"名儿": "name"}
    assert datum == "gcj02"


def test_the_next_sheet_with_the_same_headings_is_read_as_its_sender_was_read_before(engine: Engine) -> None:
    first = hand_in(engine)
    done(engine, first)
    with engine.begin() as connection:
        change(connection, LOCAL, first, "enterprise", "应急局", {"datum": "gcj02", "maps": {"谁知道": "industry"}})
    done(engine, first)
    with engine.begin() as connection:
        start(connection, LOCAL, first)
    done(engine, first)
    second = hand_in(engine, SHEET.replace("甲厂", "丙厂"))
    assert done(engine, second) == "checked"
    one = read(engine, second)
    assert (one.source, one.options) == ("应急局", {"datum": "gcj02", "maps": {"谁知道": "industry"}})
    assert one.found["remembered"]


def test_a_check_reads_the_file_twice_at_most(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[object] = []
    for module in ("data.uploads.check", "data.imports.run"):
        monkeypatch.setattr(f"{module}.read_sheet", lambda *a: (reads.append(a[1]), read_sheet(*a))[1])
    done(engine, hand_in(engine))
    assert len(reads) == 2


@pytest.mark.parametrize(("content", "said"), [
    (b"%PDF-1.4 hello", "PDF"), (b"\x00\x00\x00\x00", "空"), ("啊,呢\n1,2\n".encode(), "认不出"),
    ("单位名称,经度,纬度\n".encode(), "认不出|没有数据行|只有表头"),
])  # fmt: skip
def test_what_cannot_be_used_is_said_in_one_sentence(engine: Engine, content: bytes, said: str) -> None:
    upload = hand_in(engine, content, "x.xlsx")
    state = done(engine, upload)
    found = read(engine, upload).found
    text_ = found.get("error") or found["summary"]["error"] or ""
    assert state in ("failed", "checked")
    assert any(part in text_ for part in said.split("|")), found
    assert counts(engine)["place"] == 0


def test_hostile_text_stays_text_and_nul_bytes_do_no_harm(engine: Engine) -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet()
    for at, row in enumerate([["单位名称", "经度", "纬度"], ["<img src=x onerror=alert(1)>", 120.32, 36.05]]):
        sheet.write_row(at, 0, row)
    book.close()
    upload = hand_in(engine, buffer.getvalue(), "<b>.xlsx")
    assert done(engine, upload) == "checked"
    assert read(engine, upload).found["rows"][0][0] == "<img src=x onerror=alert(1)>"


def test_uploads_are_seen_by_their_owner_and_refused_to_who_may_not_import(engine: Engine) -> None:
    mine, other = person(engine, "u5"), person(engine, "u6")
    upload = hand_in(engine, viewer=mine)
    assert read(engine, upload, other) is None
    with engine.connect() as connection:
        assert [each.id for each in list_uploads(connection, mine)] == [upload]
        assert list_uploads(connection, other) == []
        assert rejected_file(connection, other, upload) is None
    with engine.begin() as connection, pytest.raises(UploadError, match="没有这份文件"):
        start(connection, other, upload)
    with pytest.raises(UploadError, match="不能导入"):
        hand_in(engine, viewer=Viewer("z", "leader", other.account_id, None))


def test_a_disabled_account_imports_nothing_any_more(engine: Engine) -> None:
    viewer = person(engine, "u5")
    upload = hand_in(engine, viewer=viewer)
    with engine.begin() as connection:
        set_disabled(connection, LOCAL, "u5")
    assert done(engine, upload) in ("checked", "failed")
    found = read(engine, upload, viewer).found
    assert "不能导入" in str(found)
    assert counts(engine)["place"] == 0
