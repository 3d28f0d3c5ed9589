"""Take a file in: its size, its SHA-256, and what it is by its content, never by its name.

Nothing is handed to a reader before its signature is known and allowed. A VRT, whatever its name, ends here.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from data.imports import archive
from data.imports.model import MB, Limits, Unusable

Format = Literal["csv", "xlsx", "geojson", "gpkg", "shapefile"]

SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
SHP_MAGIC = b"\x00\x00\x27\x0a"
GPKG_IDS = (b"GPKG", b"GP10", b"GP11")

_TITLES: dict[Format, str] = {
    "csv": "CSV 文本", "xlsx": "Excel 工作簿 (xlsx)", "geojson": "GeoJSON", "gpkg": "GeoPackage",
    "shapefile": "Shapefile",
}  # fmt: skip
_SUFFIXES: dict[Format, tuple[str, ...]] = {
    "csv": (".csv", ".txt", ".tsv"), "xlsx": (".xlsx", ".xlsm"), "geojson": (".geojson", ".json"),
    "gpkg": (".gpkg",), "shapefile": (".shp", ".zip"),
}  # fmt: skip
_FOREIGN = (
    (b"%PDF", "PDF", "请向对方要 Excel 或 CSV，PDF 里的表读不可靠"),
    (b"\xd0\xcf\x11\xe0", "旧版 Office 文件（.xls、.doc 或加了密码的 .xlsx）",
     "请在 Excel 里打开（有密码先去掉），另存为 .xlsx"),
    (b"\x89PNG", "图片 (PNG)", "请提供表格文件"),
    (b"\xff\xd8\xff", "图片 (JPEG)", "请提供表格文件"),
    (b"\x1f\x8b", "gzip 压缩文件", "请先解压"),
    (b"7z\xbc\xaf", "7z 压缩文件", "请先解压"),
    (b"Rar!", "RAR 压缩文件", "请先解压"),
    (b"{\\rtf", "RTF 文档", "请提供表格文件"),
)  # fmt: skip


@dataclass(frozen=True)
class Raw:
    """A file as it came. `kept`: the bytes to keep, whose SHA-256 it is (of a shapefile in pieces, a zip of them);
    `parts`: of a shapefile, its pieces by suffix (".shp", ".dbf", …).
    """

    name: str
    content: bytes
    format: Format
    kept: bytes
    sha256: str
    parts: dict[str, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def open_file(source: Path | bytes, limits: Limits, name: str | None = None) -> Raw:
    """Read a file within the limits and say what it is. Raises Unusable with a sentence for everything else."""
    path = source if isinstance(source, Path) else None
    content = source if isinstance(source, bytes) else _read(source, limits)
    shown = name or (path.name if path else "未命名")
    if len(content) > limits.file_bytes:
        raise Unusable(_too_big(len(content), limits))
    if not content.strip(b"\x00 \r\n\t\xef\xbb\xbf"):
        raise Unusable("文件是空的，里面什么也没有")
    kind = sniff(content, shown)
    if content.startswith(b"PK"):
        archive.check(content, limits)
    parts = _shapefile_parts(path, content, limits) if kind == "shapefile" else {}
    whole = not parts or content.startswith(b"PK")
    kept = content if whole else archive.pack({f"{Path(shown).stem}{end}": data for end, data in parts.items()})
    return Raw(
        shown,
        content,
        kind,
        kept,
        hashlib.sha256(kept).hexdigest(),
        parts,
        _name_note(kind, path.name if path else shown),
    )


def _read(path: Path, limits: Limits) -> bytes:
    try:
        size = os.stat(path).st_size
        if path.is_dir():
            raise Unusable(f"“{path.name}”是文件夹，要给一个文件（整座城市用 python -m data city）")
        if size > limits.file_bytes:
            raise Unusable(_too_big(size, limits))
        with path.open("rb") as file:
            return file.read(limits.file_bytes + 1)
    except FileNotFoundError:
        raise Unusable(f"找不到文件 {path}") from None
    except PermissionError:
        raise Unusable(f"没有权限读文件 {path}") from None
    except OSError as error:
        raise Unusable(f"文件 {path} 读不出来：{error.strerror}") from None


def _too_big(size: int, limits: Limits) -> str:
    return f"文件有 {size / MB:.0f} MB，超过上限 {limits.file_bytes / MB:.0f} MB：请拆成几份分别导入"


def sniff(content: bytes, name: str = "") -> Format:
    """Return the format by the first bytes. Raises Unusable, naming what it is, for every other content."""
    for magic, what, mend in _FOREIGN:
        if content.startswith(magic):
            raise Unusable(f"“{name}”的内容是{what}，不是表格或地图文件：{mend}")
    if content.startswith(b"PK"):
        return _sniff_zip(content, name)
    if content.startswith(b"SQLite format 3\x00"):
        return _sniff_sqlite(content, name)
    if content.startswith(SHP_MAGIC):
        return "shapefile"
    head = _head_text(content)
    if head.startswith(("{", "[")):
        return "geojson"
    if head.startswith("<"):
        raise Unusable(_markup_sentence(head, name))
    if "\x00" in head:
        raise Unusable(f"“{name}”是二进制文件，认不出是什么：请提供 CSV、XLSX、GeoJSON、GeoPackage 或 Shapefile")
    return "csv"


def _head_text(content: bytes) -> str:
    head = content[:4096]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head.decode("utf-16", errors="replace").lstrip()
    return head.removeprefix(b"\xef\xbb\xbf").decode("latin-1").lstrip()


def _markup_sentence(head: str, name: str) -> str:
    if "VRTDataset" in head or "OGRVRT" in head:
        return f"“{name}”的内容是 GDAL 虚拟数据源 (VRT)，它会去读别的文件或网址：不接受，请提供数据文件本身"
    if "<html" in head.lower() or "<table" in head.lower():
        return f"“{name}”的内容是网页，不是表格：请在 Excel 里打开后另存为 .xlsx"
    return f"“{name}”的内容是 XML，不在可导入的格式里：请转成 CSV、XLSX、GeoJSON、GeoPackage 或 Shapefile"


def _sniff_zip(content: bytes, name: str) -> Format:
    names = archive.names(content)
    if "[Content_Types].xml" in names:
        if any(n.startswith("xl/") for n in names):
            if "xl/workbook.bin" in names:
                raise Unusable(f"“{name}”是 .xlsb：请在 Excel 里另存为 .xlsx")
            return "xlsx"
        raise Unusable(f"“{name}”的内容是 Word 或 PowerPoint，不是表格：请提供 .xlsx 或 .csv")
    if any(n.lower().endswith(".shp") for n in names):
        return "shapefile"
    if "content.xml" in names:
        raise Unusable(f"“{name}”是 .ods：请另存为 .xlsx")
    raise Unusable(f"压缩包“{name}”里没有 .shp，也不是 .xlsx：请先解压，把里面的表格文件给本程序")


def _sniff_sqlite(content: bytes, name: str) -> Format:
    if content[68:72] not in GPKG_IDS and b"gpkg_contents" not in content[:200_000]:
        raise Unusable(f"“{name}”是 SQLite 数据库，但不是 GeoPackage")
    page = int.from_bytes(content[16:18], "big")
    due = (65536 if page == 1 else page) * int.from_bytes(content[28:32], "big")
    if due > len(content):
        raise Unusable(f"GeoPackage 被截断：应有 {due} 字节，只有 {len(content)} 字节，请重新复制一份")
    return "gpkg"


def _shapefile_parts(path: Path | None, content: bytes, limits: Limits) -> dict[str, bytes]:
    if content.startswith(b"PK"):
        parts = archive.shapefile(content, SHAPEFILE_PARTS, limits)
    else:
        parts = {".shp": content} | _siblings(path, limits)
    for suffix in (".shx", ".dbf"):
        if suffix not in parts:
            raise Unusable(f"Shapefile 缺少 {suffix}：.shp、.shx、.dbf（最好还有 .prj）要一起给，或打成一个 .zip")
    due = int.from_bytes(parts[".shp"][24:28], "big") * 2
    if parts[".shp"][:4] != SHP_MAGIC or due > len(parts[".shp"]):
        raise Unusable(f"Shapefile 的 .shp 被截断：应有 {due} 字节，只有 {len(parts['.shp'])} 字节")
    return parts


def _siblings(path: Path | None, limits: Limits) -> dict[str, bytes]:
    if path is None:
        return {}
    beside = {p.suffix.lower(): p for p in path.parent.glob("*") if p.stem == path.stem and p != path and p.is_file()}
    return {suffix: _read(beside[suffix], limits) for suffix in SHAPEFILE_PARTS if suffix in beside}


def _name_note(kind: Format, name: str) -> list[str]:
    suffix = Path(name).suffix.lower()
    if not suffix.removeprefix(".").isalnum() or suffix in _SUFFIXES[kind]:
        return []
    return [f"文件名以 {suffix} 结尾，内容却是{_TITLES[kind]}：按内容读"]
