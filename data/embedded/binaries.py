"""Find a PostgreSQL with PostGIS on this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from data.embedded.errors import THREE_WAYS, EmbeddedError

MINIMUM_MAJOR = 15
USUAL_FOLDERS = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "usr/local/pgsql/bin")
"""Where Debian, Red Hat and a build from source put the server's programs."""
_NEEDED = ("initdb", "pg_ctl", "postgres")


@dataclass(frozen=True)
class Binaries:
    """One installed PostgreSQL: its ``bin`` folder, major version, and whether it has PostGIS."""

    folder: Path
    major: int
    has_postgis: bool

    def tool(self, name: str) -> str:
        """Path of one of its programs."""
        return str(self.folder / name)

    def built_with(self, option: str) -> bool:
        """Whether it says that it was built with an option, such as ``--with-lz4``; no answer counts as no."""
        return f"'{option}'" in _output(self.tool("pg_config"), "--configure")


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _candidate_folders() -> Iterator[Path]:
    for pattern in USUAL_FOLDERS:
        yield from sorted(Path("/").glob(pattern))
    if config := shutil.which("pg_config"):
        yield Path(_output(config, "--bindir") or os.devnull)
    for name in ("postgres", "initdb"):
        if found := shutil.which(name):
            yield Path(os.path.realpath(found)).parent


def _share_folders(folder: Path, major: int) -> Iterator[Path]:
    """Places where this PostgreSQL keeps its extensions."""
    if told := _output(str(folder / "pg_config"), "--sharedir"):
        yield Path(told)
    yield Path(f"/usr/share/postgresql/{major}")
    yield folder.parent / "share"
    yield folder.parent / "share" / "postgresql"


def inspect(folder: Path) -> Binaries | None:
    """The PostgreSQL in ``folder``, or None when its server programs are not there or do not run."""
    if not all(os.access(folder / name, os.X_OK) for name in _NEEDED):
        return None
    match = re.search(r"\(PostgreSQL\)\s+(\d+)", _output(str(folder / "postgres"), "--version"))
    if match is None:
        return None
    major = int(match.group(1))
    shares = _share_folders(folder, major)
    return Binaries(folder, major, any((share / "extension" / "postgis.control").is_file() for share in shares))


def installed(override: Path | None = None) -> list[Binaries]:
    """Every PostgreSQL found, newest first; with ``override`` (``YZT_PG_BIN``) only that one."""
    folders = [override] if override is not None else list(dict.fromkeys(_candidate_folders()))
    found = [binaries for folder in folders if (binaries := inspect(folder)) is not None]
    return sorted(found, key=lambda binaries: binaries.major, reverse=True)


def for_new_cluster(override: Path | None = None) -> Binaries:
    """The newest PostgreSQL ≥ 15 that has PostGIS. Raises :class:`EmbeddedError` saying what is missing."""
    found = installed(override)
    usable = [one for one in found if one.major >= MINIMUM_MAJOR and one.has_postgis]
    if usable:
        return usable[0]
    if override is not None and not found:
        raise EmbeddedError(f"YZT_PG_BIN 指的 {override} 里没有 PostgreSQL 的服务器程序（initdb、pg_ctl、postgres）。")
    if not found:
        raise EmbeddedError(f"这台机器上没有 PostgreSQL：{THREE_WAYS}。")
    if recent := [one for one in found if one.major >= MINIMUM_MAJOR]:
        name = f"PostgreSQL {recent[0].major}（{recent[0].folder}）"
        raise EmbeddedError(f"找到了 {name}，但它没有 PostGIS：{THREE_WAYS}。")
    raise EmbeddedError(
        f"找到的 PostgreSQL {found[0].major}（{found[0].folder}）太旧，至少要 {MINIMUM_MAJOR}：{THREE_WAYS}。"
    )


def for_existing_cluster(major: int, folder: Path, override: Path | None = None) -> Binaries:
    """The PostgreSQL that may open a cluster written by ``major``; another major is refused, the data untouched."""
    found = installed(override)
    same = [one for one in found if one.major == major]
    usable = [one for one in same if one.has_postgis]
    if usable:
        return usable[0]
    if same:
        package = f"postgresql-{major}-postgis-3"
        raise EmbeddedError(f"PostgreSQL {major} 的 PostGIS 不见了，请装回来：apt-get install {package}。")
    have = "、".join(str(one.major) for one in found) or "没有"
    raise EmbeddedError(
        f"{folder} 里的数据是 PostgreSQL {major} 写的，这台机器现在装的是 {have}：数据原样未动，"
        f"请装回 postgresql-{major} 和 postgresql-{major}-postgis-3，或按 docs/operations.md 搬到新版本，"
        "或用 YZT_STATE_DIR 另选一个文件夹重新开始。"
    )
