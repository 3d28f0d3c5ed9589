"""Zip files under suspicion: the directory is read first, then every part is unpacked under one budget.

The sizes a zip's directory claims may be lies, so what is counted is what really comes out.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from data.imports.model import MB, Limits, Unusable

_CHUNK = 1 << 20


def names(content: bytes) -> list[str]:
    """Return the names in the zip's directory; Unusable when it has none that can be read."""
    return [member.filename for member in _directory(content).infolist()]


def check(content: bytes, limits: Limits) -> None:
    """Refuse a zip whose directory already claims too much: encrypted, too many parts, too large, shrunk too far."""
    members = _directory(content).infolist()
    if any(member.flag_bits & 1 for member in members):
        raise Unusable("文件加了密码：请去掉密码再导入")
    if len(members) > 10_000:
        raise Unusable(f"压缩包里有 {len(members)} 个部件，不像正常的表格，拒绝打开")
    refuse_bomb(len(content), sum(member.file_size for member in members), limits)


def refuse_bomb(packed: int, unpacked: int, limits: Limits) -> None:
    """Raise Unusable when `unpacked` bytes out of `packed` are beyond the limits."""
    ratio = unpacked / max(packed, 1)
    if unpacked > limits.unpacked_bytes:
        raise Unusable(
            f"文件 {packed / MB:.2f} MB，解开有 {unpacked / MB:.0f} MB，超过上限 {limits.unpacked_bytes / MB:.0f} MB："
            "疑似压缩炸弹，拒绝打开；确实这么大请拆成几份"
        )
    if unpacked > limits.ratio_free_bytes and ratio > limits.unpacked_ratio:
        raise Unusable(
            f"文件 {packed / MB:.2f} MB，解开有 {unpacked / MB:.0f} MB"
            f"（{ratio:.0f} 倍，上限 {limits.unpacked_ratio} 倍）："
            "疑似压缩炸弹，拒绝打开；若是误加了大片空白格式，请把数据复制到新表另存"
        )


def unpack(content: bytes, limits: Limits) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield every part of the zip as (name, chunks), counting what really comes out of all of them together.

    Each part's chunks must be used up before the next part is asked for.
    """
    out = 0
    for member in _directory(content).infolist():

        def chunks(member: zipfile.ZipInfo = member) -> Iterator[bytes]:
            nonlocal out
            for chunk in _inflate(content, member):
                out += len(chunk)
                refuse_bomb(len(content), out, limits)
                yield chunk

        yield member.filename, chunks()


def shapefile(content: bytes, suffixes: tuple[str, ...], limits: Limits) -> dict[str, bytes]:
    """Return the pieces of the one shapefile in the zip by suffix; Unusable when there are several."""
    shapes = [n for n in names(content) if n.lower().endswith(".shp")]
    if len(shapes) > 1:
        raise Unusable(f"压缩包里有 {len(shapes)} 个 .shp（{'、'.join(shapes[:5])}）：一次只导入一个")
    stem = shapes[0][: -len(".shp")]
    found: dict[str, bytes] = {}
    for name, chunks in unpack(content, limits):
        data = b"".join(chunks)
        suffix = name[len(stem) :].lower()
        if name.startswith(stem) and suffix in suffixes:
            found[suffix] = data
    return found


def pack(files: dict[str, bytes]) -> bytes:
    """Return a fresh zip of files by name, equal for equal files (no times in it)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as made:
        for name, data in files.items():
            made.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def _directory(content: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError):
        raise Unusable("文件不完整：压缩目录读不出来，可能下载或复制时被截断，请重新取一份") from None


def _inflate(content: bytes, member: zipfile.ZipInfo) -> Iterator[bytes]:
    start = member.header_offset
    name, extra = (int.from_bytes(content[start + at : start + at + 2], "little") for at in (26, 28))
    begin = start + 30 + name + extra
    packed = memoryview(content)[begin : begin + member.compress_size]
    if len(packed) < member.compress_size:
        raise Unusable(f"文件不完整：部件 {member.filename} 被截断，请重新取一份")
    if member.compress_type == zipfile.ZIP_STORED:
        yield bytes(packed)
        return
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise Unusable(f"部件 {member.filename} 的压缩方式不常见，拒绝打开：请在 Excel 里另存一次")
    stream = zlib.decompressobj(-15)
    rest: bytes | memoryview = packed
    try:
        while not stream.eof and (chunk := stream.decompress(rest, _CHUNK)):
            rest = stream.unconsumed_tail
            yield chunk
    except zlib.error:
        raise Unusable(f"文件已损坏：部件 {member.filename} 解不开，请重新取一份") from None
    if not stream.eof:
        raise Unusable(f"文件不完整：部件 {member.filename} 被截断，请重新取一份")
