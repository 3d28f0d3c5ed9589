"""The state folder: its layout, owner and permissions, and where the server's socket may be.

::

    <state>/cluster/data/            PostgreSQL's own files (appear by one rename, whole)
    <state>/cluster/passwords.json   of the roles postgres and yizhangtu; 0600
    <state>/run/                     the unix socket, where its path is short enough
    <state>/log/                     the server's log, one file per weekday
    <state>/leases/                  one locked file per process that uses the cluster
    <state>/lock                     held while the cluster is made, started or stopped
"""

from __future__ import annotations

import hashlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from data.embedded.errors import EmbeddedError
from data.state_folder import ServiceUser, can_enter, service_user

SOCKET_PATH_LIMIT = 107
"""Bytes of a unix socket's path that Linux accepts."""
SOCKET_PORT = 5432
"""Only a part of the socket's file name: each cluster has a folder of its own."""


@dataclass(frozen=True)
class StateFolder:
    """The folder of one private cluster and the account that owns it."""

    root: Path
    user: ServiceUser

    @property
    def cluster(self) -> Path:
        """What appears whole or not at all."""
        return self.root / "cluster"

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.cluster / "data"

    @property
    def passwords(self) -> Path:
        """JSON object of role name → password."""
        return self.cluster / "passwords.json"

    @property
    def leases(self) -> Path:
        """One file per process that uses the cluster."""
        return self.root / "leases"

    @property
    def lock(self) -> Path:
        """Locked while the cluster is made, started or stopped."""
        return self.root / "lock"

    @property
    def log(self) -> Path:
        """The server's log files."""
        return self.root / "log"

    @property
    def start_log(self) -> Path:
        """What the server said before its own log was open."""
        return self.log / "start.log"

    def own(self, path: Path, mode: int) -> None:
        """Give ``path`` to the account of the cluster, with ``mode``."""
        if not self.user.is_us:
            os.chown(path, self.user.uid, self.user.gid)
        path.chmod(mode)

    def make_private(self, folder: Path) -> None:
        """Create ``folder``, for the account of the cluster only; one that exists is left as it is."""
        try:
            folder.mkdir()
        except FileExistsError:
            return
        self.own(folder, 0o700)

    def write_private(self, path: Path, text: str) -> None:
        """Write ``path`` whole or not at all, readable by the account of the cluster only."""
        draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        self.own(draft, 0o600)
        draft.replace(path)


def open_state_folder(root: Path) -> StateFolder:
    """Create what is missing of the state folder ``root`` and check that its user can work in it."""
    try:
        user = service_user(root)
    except LookupError:
        raise EmbeddedError(
            "PostgreSQL 不能以 root 运行，而这台机器上没有别的系统用户可用：请先运行 useradd --system yizhangtu。"
        ) from None
    folder = StateFolder(root, user)
    if not root.exists():
        root.parent.mkdir(parents=True, exist_ok=True)
        folder.make_private(root)
    if not root.is_dir():
        raise EmbeddedError(f"{root} 不是文件夹，请用 YZT_STATE_DIR 另选一个。")
    if not can_enter(root, user):
        raise EmbeddedError(
            f"数据库要以用户 {user.name} 运行，但它进不了 {root}（这个文件夹或它的上级不放行），"
            "请用 YZT_STATE_DIR 另选一个它能进的文件夹。"
        )
    for part in (folder.leases, folder.log):
        folder.make_private(part)
    return folder


def socket_folder(folder: StateFolder) -> Path | None:
    """A folder of this cluster's own where a unix socket works: in the state folder, else a short one in /tmp.

    None when neither does (path too long, a file system without sockets, somebody else's folder of that name).
    """
    digest = hashlib.sha256(f"{folder.user.uid}:{folder.root}".encode()).hexdigest()[:12]
    for candidate in (folder.root / "run", Path("/tmp") / f"yzt-{digest}"):  # noqa: S108  (checked below)
        path = os.fsencode(candidate / f".s.PGSQL.{SOCKET_PORT}")
        if len(path) <= SOCKET_PATH_LIMIT and _usable(folder, candidate):
            return candidate
    return None


def _usable(folder: StateFolder, candidate: Path) -> bool:
    """Whether ``candidate`` is ours alone and sockets can be made in it."""
    try:
        folder.make_private(candidate)
        facts = candidate.lstat()
        if not candidate.is_dir() or candidate.is_symlink() or facts.st_uid != folder.user.uid or facts.st_mode & 0o077:
            return False
        probe = candidate / f".p{os.getpid()}"
        with socket.socket(socket.AF_UNIX) as trial:
            trial.bind(os.fspath(probe))
        probe.unlink()
    except OSError:
        return False
    return True


def free_port() -> int:
    """A TCP port on loopback that nobody uses at this moment."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
