"""The cluster's own part of the PostgreSQL configuration, sized to the machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

MIB = 1024 * 1024
FILE_NAME = "yizhangtu.conf"
LOCAL_FILE_NAME = "local.conf"

HBA = """\
# Written by yizhangtu: a password for everybody, this machine only.
local all all               scram-sha-256
host  all all 127.0.0.1/32  scram-sha-256
host  all all ::1/128       scram-sha-256
"""


def machine_memory() -> int:
    """Bytes of memory this process may use: the machine's, or the container's limit where that is lower."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(limit).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit():
            total = min(total, int(text))
    return total


def memory_settings(total: int) -> dict[str, str]:
    """Memory parameters for a machine of ``total`` bytes that also runs the program itself and its workers.

    At most 2 GB of shared buffers (an eighth of the machine) however large it is; on a small one everything
    together stays below half of it.
    """

    def share(part: int, least: int, most: int) -> str:
        return f"{max(least, min(most, total // part // MIB))}MB"

    return {
        "shared_buffers": share(8, 32, 2048),
        "effective_cache_size": share(2, 128, 16384),
        "work_mem": share(512, 4, 48),
        "maintenance_work_mem": share(32, 16, 512),
    }


def render(values: Mapping[str, str]) -> str:
    """``values`` as lines of postgresql.conf; every value is quoted, so none can break out of its line."""
    lines = ["# Rewritten at every start by yizhangtu; put changes of your own into local.conf beside it."]
    for name, value in values.items():
        quoted = value.replace("\\", "\\\\").replace("'", "''").replace("\n", " ")
        lines.append(f"{name} = '{quoted}'")
    return "\n".join(lines) + "\n"


def server_settings(
    listen: Mapping[str, str], log_folder: Path, extra: Mapping[str, str], lz4: bool = False
) -> dict[str, str]:
    """All parameters of the server: ``listen`` says where, ``extra`` (tests) wins.

    ``lz4``: the server can pack its journal with it; its own packing takes a seventh of a large import's time.
    """
    return {
        **listen,
        **memory_settings(machine_memory()),
        "max_connections": "100",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "lz4" if lz4 else "on",
        "random_page_cost": "1.1",
        "max_parallel_workers_per_gather": "1",
        "jit": "off",
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "log_timezone": "Asia/Shanghai",
        "lc_messages": "C",
        "logging_collector": "on",
        "log_directory": str(log_folder),
        "log_filename": "postgresql-%a.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_min_duration_statement": "2000",
        **extra,
    }
