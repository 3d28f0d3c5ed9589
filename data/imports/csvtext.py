"""CSV into cells: which encoding by evidence, which separator, and which lines cannot be cut.

Nothing is guessed quietly: a text that fits no encoding well is refused with a sentence.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass

from data.imports.model import Unusable

ENCODINGS = ("utf-8", "gb18030", "utf-16")
_SEPARATORS = (",", "\t", ";", "|")
_LEAST_COMMON = 0.75
_MOST_RESTARTS = 50
_CELL_BYTES = 1_000_000
_TITLE_LINES = 20


@dataclass(frozen=True)
class Decoded:
    """Text of a file, the encoding that was found, and what is to be said about it."""

    text: str
    encoding: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lines:
    """Records of a CSV: cells, the line each begins on (1-based), and lines whose quotation never closes."""

    records: list[list[str]]
    rows: list[int]
    unclosed: list[tuple[int, str]]


def decode(content: bytes, encoding: str | None = None) -> Decoded:
    """Return the text of a CSV by evidence: a mark at the front, strict UTF-8, else GB18030 that reads as Chinese.

    `encoding` overrides the search. Raises Unusable, naming the first line that fits nothing.
    """
    if encoding is not None:
        return _declared(content, encoding)
    if content.startswith(b"\xef\xbb\xbf"):
        return _declared(content, "utf-8-sig")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _declared(content, "utf-16")
    try:
        return Decoded(content.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(content) - 3 and _mostly_utf8(content):
            return Decoded(content[: error.start].decode("utf-8"), "utf-8", ("文件在一个汉字中间断开，可能被截断",))
        bad = error
    return _chinese(content, bad)


def _declared(content: bytes, encoding: str) -> Decoded:
    try:
        return Decoded(content.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        if error.start >= len(content) - 3:
            return Decoded(content[: error.start].decode(encoding), encoding, ("文件在一个字中间断开，可能被截断",))
        line = content.count(b"\n", 0, error.start) + 1
        raise Unusable(f"文字编码不是 {encoding}：第 {line} 行有不合规的字节。请另存为“CSV UTF-8”再导入") from None
    except LookupError:
        raise Unusable(f"不认识的编码 {encoding}，可用：{'、'.join(ENCODINGS)}") from None


def _mostly_utf8(content: bytes) -> bool:
    return any(byte >= 0xE4 for byte in content[:100_000])


def _chinese(content: bytes, bad_utf8: UnicodeDecodeError) -> Decoded:
    notes: tuple[str, ...] = ()
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError as error:
        if error.start < len(content) - 3:
            raise Unusable(_no_encoding(content, bad_utf8, error)) from None
        text, notes = content[: error.start].decode("gb18030"), ("文件在一个汉字中间断开，可能被截断",)
    common = _share_of_common(text)
    if common < _LEAST_COMMON:
        raise Unusable(
            f"看不出文字编码：不是 UTF-8，按 GB18030 读只有 {common:.0%} 的字是常用字（读出来像乱码）。"
            "请在 Excel 里另存为“CSV UTF-8”再导入，或用 --encoding 说明编码"
        )
    return Decoded(text, "gb18030", notes)


def _no_encoding(content: bytes, utf8: UnicodeDecodeError, gb: UnicodeDecodeError) -> str:
    line = content.count(b"\n", 0, gb.start) + 1
    first = content.count(b"\n", 0, utf8.start) + 1
    return (
        f"看不出文字编码：第 {first} 行起不是 UTF-8，第 {line} 行又不是 GB18030，可能几种编码混在一起或文件已损坏。"
        "请另存为“CSV UTF-8”再导入"
    )


def _share_of_common(text: str) -> float:
    """Share of the non-ASCII signs that GB 2312 lists among its common ones (level 1, punctuation, full-width)."""
    counts = Counter(sign for sign in text[:2_000_000] if ord(sign) > 127)
    total = sum(counts.values())
    return sum(n for sign, n in counts.items() if _is_common(sign)) / total if total else 1.0


def _is_common(sign: str) -> bool:
    try:
        code = sign.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and (code[0] in (0xA1, 0xA3) or 0xB0 <= code[0] <= 0xD7)


def separator(text: str) -> str:
    """Return the separator of the first lines: the one that cuts most of them into the same number (> 1) of cells."""
    lines = [line for line in text[:20_000].splitlines()[:20] if line.strip()]

    def fit(sign: str) -> tuple[int, int]:
        counts = Counter(line.count(sign) for line in lines)
        best, n = max(counts.items(), key=lambda item: (item[0] > 0, item[1], item[0]))
        return (n if best else 0, best)

    return max(_SEPARATORS, key=fit)


def cut(text: str, sign: str, most: int = 1_000_000) -> Lines:
    """Cut text into records. A quotation that never closes spoils its own line only: the rest is read again.

    Raises Unusable beyond `most` lines, before memory is spent on them.
    """
    if text.count("\n") > most + _TITLE_LINES:
        raise Unusable(f"有 {text.count(chr(10))} 行，上限 {most} 行：请拆成几份分别导入")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    csv.field_size_limit(_CELL_BYTES)
    records: list[list[str]] = []
    rows: list[int] = []
    unclosed: list[tuple[int, str]] = []
    start = 0
    for _ in range(_MOST_RESTARTS):
        broken = _cut_from(lines, start, sign, records, rows)
        if broken is None:
            return Lines(records, rows, unclosed)
        unclosed.append((broken + 1, lines[broken]))
        start = broken + 1
    raise Unusable(f"第 {start} 行之前已有 {_MOST_RESTARTS} 处引号没有闭合：请检查引号，或从 Excel 重新另存为 CSV")


def _cut_from(lines: list[str], start: int, sign: str, records: list[list[str]], rows: list[int]) -> int | None:
    """Append the records from line `start` on; return the line whose quotation swallows others, or None."""
    reader = csv.reader((line + "\n" for line in lines[start:]), delimiter=sign)
    begin = start
    try:
        for record in reader:
            end = start + reader.line_num
            if _swallows(record, end - begin, lines[end - 1], end == len(lines), records):
                return begin
            if any(record):
                records.append(record)
                rows.append(begin + 1)
            begin = end
    except csv.Error:
        return begin
    return None


def _swallows(record: list[str], spans: int, last_line: str, at_end: bool, before: list[list[str]]) -> bool:
    """Whether a record is no record but an open quotation: it ends in one, or spans lines and has the wrong width."""
    if at_end and record and record[-1].endswith("\n") and not last_line.rstrip().endswith('"'):
        return True
    if spans < 2 or not before:
        return False
    width = Counter(map(len, before[:1000])).most_common(1)[0][0]
    return len(record) != width
