"""GeoPackage and Shapefile into a Sheet by pyogrio, after their signature was checked.

GDAL chooses its driver by content, so only content that was sniffed as GeoPackage or Shapefile comes here; both begin
with a zero byte within their first sixteen, which no text-sniffing driver (VRT and friends) reads past. GDAL's network
access is switched off besides.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.imports.model import Limits, Sheet, Unusable
from data.imports.open import Raw
from data.imports.values import objects

_NO_NETWORK = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "OGR_SQLITE_LOAD_EXTENSIONS": "NO",
    "SHAPE_RESTORE_SHX": "NO",
}


def read(raw: Raw, layer: str | None, limits: Limits) -> Sheet:
    """Return one layer's features as rows numbered from 1. Raises Unusable with a sentence."""
    import pyogrio

    pyogrio.set_gdal_config_options(_NO_NETWORK)
    os.environ.setdefault("PROJ_NETWORK", "OFF")
    notes: list[str] = []
    with tempfile.TemporaryDirectory(prefix="yzt-import-") as folder:
        source = _written(raw, Path(folder))
        try:
            chosen = _layer([str(name) for name in pyogrio.list_layers(source)[:, 0]], layer, notes)
            count = pyogrio.read_info(source, layer=chosen)["features"]
            if count > limits.rows:
                raise Unusable(f"图层“{chosen}”有 {count} 个要素，上限 {limits.rows} 个：请拆成几份")
            frame = pyogrio.read_dataframe(
                source, layer=chosen, force_2d=True, on_invalid="ignore", encoding=_shape_encoding(raw)
            )
        except pyogrio.errors.DataSourceError as error:
            raise Unusable(f"{raw.name} 读不出来，可能已损坏：{_first_line(error, folder)}") from None
        except (pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError, UnicodeDecodeError, RuntimeError) as error:
            raise Unusable(f"{raw.name} 的内容读不出来：{_first_line(error, folder)}") from None
    return _sheet(frame, notes)


def _written(raw: Raw, folder: Path) -> Path:
    """Write the checked bytes into an empty folder of our own and return the path to open."""
    if raw.format == "gpkg":
        path = folder / "layer.gpkg"
        path.write_bytes(raw.content)
        _refuse_odd_tables(path)
        return path
    for suffix, data in raw.parts.items():
        (folder / f"layer{suffix}").write_bytes(data)
    return folder / "layer.shp"


def _first_line(error: Exception, folder: str) -> str:
    return (str(error).splitlines() or [""])[0].replace(f"{folder}/", "")[:160]


def _layer(names: list[str], wanted: str | None, notes: list[str]) -> str:
    if not names:
        raise Unusable("文件里没有图层")
    if wanted is not None:
        if wanted not in names:
            raise Unusable(f"没有名为“{wanted}”的图层，有：{'、'.join(names)}")
        return wanted
    if len(names) > 1:
        raise Unusable(f"文件里有几个图层：{'、'.join(names)}，用 --layer 指定一个")
    return names[0]


def _shape_encoding(raw: Raw) -> str | None:
    """Return the encoding of a shapefile's texts: its own .cpg decides, else strict UTF-8, else GB18030."""
    if raw.format != "shapefile" or ".cpg" in raw.parts:
        return None
    table = raw.parts[".dbf"]
    body = table[int.from_bytes(table[8:10], "little") :]
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _refuse_odd_tables(path: Path) -> None:
    """Refuse a GeoPackage with virtual tables other than the R-tree: they could reach outside the file."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
            made = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql LIKE '%VIRTUAL%'").fetchall()
    except sqlite3.DatabaseError as error:
        raise Unusable(f"GeoPackage 已损坏，读不出来：{error}") from None
    odd = [str(name) for name, sql in made if "using rtree" not in " ".join(str(sql).lower().split())]
    if odd:
        raise Unusable(f"GeoPackage 里有虚拟表（{'、'.join(odd[:3])}），可能指向文件以外：拒绝打开")


def _sheet(frame: Any, notes: list[str]) -> Sheet:
    if not len(frame):
        raise Unusable("图层里没有要素")
    shapes = None
    crs = None
    if "geometry" in frame.columns and hasattr(frame, "crs"):
        shapes = objects(list(frame.geometry))
        crs = None if frame.crs is None else str(frame.crs.to_string())
        frame = pd.DataFrame(frame.drop(columns="geometry"))
    columns = [str(name) for name in frame.columns]
    cells = [objects([None if _missing(v) else _plain(v) for v in frame[name].tolist()]) for name in frame.columns]
    return Sheet(columns, cells, np.arange(1, len(frame) + 1), shapes, crs, notes=notes)


def _missing(value: Any) -> bool:
    return value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value))


def _plain(value: Any) -> Any:
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
