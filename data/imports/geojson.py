"""GeoJSON into a Sheet without GDAL: JSON, then shapes one by one, so that one bad shape spoils one row only.

GDAL would go by the content and some of its drivers answer to JSON too (pipelines that open other files); here a file
is a FeatureCollection, a Feature or it is nothing.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import orjson
import shapely

from data.imports.model import Fault, Limits, Sheet, Unusable
from data.imports.values import objects

_EPSG = re.compile(r"EPSG:{1,2}(\d{4,6})$", re.IGNORECASE)


def read(content: bytes, limits: Limits) -> Sheet:
    """Return the features as rows (numbered from 1), their properties as columns. Raises Unusable with a sentence."""
    try:
        data = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        line = content.count(b"\n", 0, error.pos) + 1
        what = "文件在中途断开，可能被截断" if error.pos >= len(content) - 2 else f"第 {line} 行附近写错了"
        raise Unusable(f"不是完整的 JSON：{what}") from None
    features = _features(data)
    if not features:
        raise Unusable("GeoJSON 里没有要素 (features)")
    if len(features) > limits.rows:
        raise Unusable(f"有 {len(features)} 个要素，上限 {limits.rows} 个：请拆成几份分别导入")
    return _sheet(features, _crs(data), limits)


def _features(data: Any) -> list[Any]:
    kind = data.get("type") if isinstance(data, dict) else None
    if kind == "FeatureCollection" and isinstance(data.get("features"), list):
        return list(data["features"])
    if kind == "Feature":
        return [data]
    raise Unusable("JSON 不是 GeoJSON 的 FeatureCollection：请从 GIS 软件导出 GeoJSON")


def _crs(data: dict[str, Any]) -> str | None:
    """Return the CRS an old-style GeoJSON names as EPSG text; None is WGS-84. Nothing is looked up."""
    named = data.get("crs")
    if not isinstance(named, dict):
        return None
    name = str((named.get("properties") or {}).get("name", "")) if isinstance(named.get("properties"), dict) else ""
    if name.endswith("CRS84"):
        return None
    found = _EPSG.search(name)
    if not found:
        raise Unusable(f"GeoJSON 里写的坐标系“{name[:80]}”认不得：请用 --crs EPSG:编号 说明，或转成 WGS84 再导出")
    return f"EPSG:{found[1]}"


def _sheet(features: list[Any], crs: str | None, limits: Limits) -> Sheet:
    columns: dict[str, None] = {}
    kept: list[dict[str, Any]] = []
    rows: list[int] = []
    shapes: list[Any] = []
    broken: list[Fault] = []
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            broken.append(Fault(number, "", str(feature)[:200], "这一项不是 GeoJSON 的 Feature"))
            continue
        try:
            shapes.append(_shape(feature.get("geometry")))
        except (shapely.errors.GEOSException, TypeError, ValueError):
            text = orjson.dumps(feature.get("geometry")).decode()[:200]
            broken.append(Fault(number, "geometry", text, "图形写错了，读不出来"))
            continue
        properties = feature.get("properties")
        kept.append(properties if isinstance(properties, dict) else {})
        rows.append(number)
        columns.update(dict.fromkeys(map(str, kept[-1])))
    if len(columns) > limits.columns:
        raise Unusable(f"有 {len(columns)} 种属性，上限 {limits.columns} 种")
    cells = [objects([_cell(row.get(name)) for row in kept]) for name in columns]
    return Sheet(list(columns), cells, np.array(rows, dtype=np.int64), objects(shapes), crs, broken)


def _shape(geometry: Any) -> shapely.Geometry | None:
    if geometry is None:
        return None
    return shapely.from_geojson(orjson.dumps(geometry))


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return value
