"""Where the program keeps its state, and as whom its database runs.

PostgreSQL refuses to run as root. When root starts the program, the private cluster therefore runs as the owner
of the state folder (so that ``sudo make run`` and ``make run`` of one checkout share one city), or, when that is
root too, as a system user. That user must be able to pass through every folder above the cluster.
"""

from __future__ import annotations

import os
import pwd
import secrets
from dataclasses import dataclass
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]
ROOT_STATE_PARENT = Path("/var/lib/yizhangtu")
SYSTEM_USERS = ("yizhangtu", "postgres", "nobody")
"""Accounts that may run the cluster for root, best first; ``nobody`` exists everywhere."""


@dataclass(frozen=True)
class ServiceUser:
    """The account that owns the cluster's files and runs its server."""

    name: str
    uid: int
    gid: int

    @property
    def is_us(self) -> bool:
        """Whether this process already runs as that account."""
        return self.uid == os.geteuid()


def _account(uid: int) -> ServiceUser:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return ServiceUser(str(uid), uid, os.getegid())
    return ServiceUser(entry.pw_name, uid, entry.pw_gid)


def service_user(folder: Path) -> ServiceUser:
    """Who runs the cluster kept in ``folder``: ourselves, or for root its owner or a system user.

    The owner of the nearest folder that exists counts, so the answer is the same before and after creation.
    Raises :class:`LookupError` on a machine without any account of :data:`SYSTEM_USERS`.
    """
    if os.geteuid() != 0:
        return _account(os.geteuid())
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    for owned in (folder / "cluster", existing):
        if owned.exists() and owned.stat().st_uid != 0:
            return _account(owned.stat().st_uid)
    for name in SYSTEM_USERS:
        try:
            return _account(pwd.getpwnam(name).pw_uid)
        except KeyError:
            continue
    raise LookupError("no account to run PostgreSQL")


def can_enter(folder: Path, user: ServiceUser) -> bool:
    """Whether ``user`` may pass through ``folder`` and everything above it (folders that do not exist count as yes)."""
    for path in (folder, *folder.parents):
        if not path.exists():
            continue
        facts = path.stat()
        if facts.st_uid == user.uid:
            bit = 0o100
        elif facts.st_gid == user.gid:
            bit = 0o010
        else:
            bit = 0o001
        if not facts.st_mode & bit:
            return False
    return True


def default_state_dir(project_root: Path = PROJECT_ROOT) -> Path:
    """Where this checkout's cluster, leases and kept raw files live when ``YZT_STATE_DIR`` is not set.

    ``<project>/.state`` wherever the server's user can reach it. A checkout below a private home such as
    ``/root`` gets a folder of its own below ``/var/lib/yizhangtu``, noted in ``.state/elsewhere``: the note
    belongs to the checkout, so a new clone in the same place starts a new city instead of finding an old one.
    """
    local = project_root / ".state"
    if os.geteuid() != 0 or can_enter(project_root, service_user(local)):
        return local
    note = local / "elsewhere"
    if note.is_file():
        return Path(note.read_text(encoding="utf-8").strip())
    chosen = ROOT_STATE_PARENT / f"{project_root.name}-{secrets.token_hex(5)}"
    local.mkdir(exist_ok=True)
    draft = local / f"elsewhere.{os.getpid()}"
    draft.write_text(f"{chosen}\n", encoding="utf-8")
    try:
        os.link(draft, note)  # fails when another process was quicker: then its choice counts
    except FileExistsError:
        return Path(note.read_text(encoding="utf-8").strip())
    finally:
        draft.unlink()
    return chosen
