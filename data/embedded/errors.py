"""What can go wrong with the private cluster, each as one sentence a user can act on."""

from __future__ import annotations

import errno
from pathlib import Path

THREE_WAYS = (
    "请安装系统软件包（apt-get install postgresql postgis postgresql-postgis），或用 DATABASE_URL 指向已有的 PostGIS，"
    "或运行 docker compose -f deploy/compose.yaml up"
)


class EmbeddedError(RuntimeError):
    """The private cluster cannot be used; the text is one Chinese sentence saying why and what to do."""


def disk_full(folder: Path) -> EmbeddedError:
    """No room left under ``folder``."""
    return EmbeddedError(f"磁盘已满：{folder} 所在的磁盘没有空间了，请腾出至少 500 MB 后再试（已有的数据没有丢）。")


def from_os_error(error: OSError, folder: Path) -> EmbeddedError:
    """The sentence for a failed file operation below ``folder``."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(folder)
    place = error.filename or folder
    if error.errno in (errno.EACCES, errno.EPERM):
        return EmbeddedError(
            f"没有权限读写 {place}：它属于另一个用户，请用当初的用户（或 root）运行，"
            "或用 YZT_STATE_DIR 另选一个文件夹。"
        )
    if error.errno == errno.EROFS:
        return EmbeddedError(f"{place} 在只读的磁盘上，请用 YZT_STATE_DIR 另选一个能写的文件夹。")
    return EmbeddedError(f"读写 {place} 失败：{error.strerror or error}。")
