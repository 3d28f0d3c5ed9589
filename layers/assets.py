"""Our scripts and styles and the vendored front-end packages, served from ui/assets: nothing comes from elsewhere."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1] / "ui" / "assets"
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".woff2": "font/woff2",
}
BUNDLES = {"map.js": ("map/symbols.js", "map/panel.js", "map/pick.js", "map/start.js", "map/folium.js")}
"""Files that are sent as one, in this order."""


@dataclass(frozen=True)
class Asset:
    """A file ready to send: its bytes, the same gzip'd, its type and a digest of its content."""

    body: bytes
    packed: bytes
    media_type: str
    digest: str


def find(name: str, root: Path = ROOT) -> Asset | None:
    """Return the asset at a path below the assets folder, or None: also for hidden files, other types and `..`."""
    parts = name.split("/")
    if any(part in ("", ".", "..") or part.startswith(".") or "\\" in part or "\0" in part for part in parts):
        return None
    paths = [root / part for part in BUNDLES.get(name, (name,))]
    for path in paths:
        if path.suffix not in TYPES or not path.is_file() or not path.resolve().is_relative_to(root.resolve()):
            return None
    return _load(tuple(paths), tuple(path.stat().st_mtime_ns for path in paths))


def asset_url(name: str) -> str:
    """Return the address of an asset with its digest, so that browsers may keep it until it changes.

    Raises FileNotFoundError, naming the file: a vendored one is missing until set-up has run.
    """
    found = find(name)
    if found is None:
        raise FileNotFoundError(f"ui/assets/{name} is not there; run `make setup`")
    return f"/assets/{name}?v={found.digest}"


@lru_cache(maxsize=256)
def _load(paths: tuple[Path, ...], _changed: tuple[int, ...]) -> Asset:
    body = b"\n".join(path.read_bytes() for path in paths)
    digest = hashlib.sha256(body).hexdigest()[:12]
    return Asset(body, gzip.compress(body, 9, mtime=0), TYPES[paths[0].suffix], digest)
