"""Which encoding a CSV is in, by evidence; what fits nothing is refused."""

from __future__ import annotations

import pytest

from data.imports.csvtext import cut, decode, separator
from data.imports.model import Unusable

TEXT = "单位名称,地址\n云霄路小吃店,市南区云霄路１号\n镕鑫机械厂,市北区\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_what_excel_and_wps_write_is_read_as_it_was_meant(encoding: str) -> None:
    assert decode(TEXT.encode(encoding)).text.lstrip("\ufeff") == TEXT


def test_a_rare_character_only_gb18030_has_survives() -> None:
    text = TEXT + "𠮷野家,㐂街\n"
    assert decode(text.encode("gb18030")).text == text


@pytest.mark.parametrize("encoding", ["big5", "shift_jis", "euc-kr"])
def test_another_countrys_encoding_is_refused_and_not_read_as_nonsense(encoding: str) -> None:
    with pytest.raises(Unusable, match="编码"):
        decode("名稱,住所,氏名\n東京都港区,電話番号,会社名\n".encode(encoding, errors="ignore") * 5)


def test_two_encodings_in_one_file_name_the_first_bad_line() -> None:
    mixed = TEXT.encode() + TEXT.encode("gb18030") + b"\xff\xff,x\n"
    with pytest.raises(Unusable, match="第 4 行起不是 UTF-8"):
        decode(mixed)


def test_a_declared_encoding_that_is_wrong_is_told_with_its_line() -> None:
    with pytest.raises(Unusable, match="第 1 行"):
        decode(TEXT.encode("gb18030"), "utf-8")
    with pytest.raises(Unusable, match="不认识的编码"):
        decode(TEXT.encode(), "klingon")


def test_ascii_needs_no_evidence() -> None:
    assert decode(b"name,lon\nx,1\n").encoding == "utf-8"


@pytest.mark.parametrize("sign", [",", "\t", ";", "|"])
def test_the_separator_is_the_one_that_cuts_evenly(sign: str) -> None:
    lines = ["单位名称", "地址", "备注"], ["甲", "东路, 1号" if sign != "," else "东路1号", "x"], ["乙", "西路", "y"]
    assert separator("\n".join(sign.join(line) for line in lines)) == sign


def test_rows_keep_the_line_numbers_people_see() -> None:
    lines = cut('a,b\r\n"1\r\n2",x\r\n\r\n3,y\r\n', ",")
    assert lines.records == [["a", "b"], ["1\n2", "x"], ["3", "y"]]
    assert lines.rows == [1, 2, 5]
