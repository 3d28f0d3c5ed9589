"""Make, start and stop the server. Everything here is called under :func:`data.embedded.lease.exclusive`."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from data.embedded import conf
from data.embedded.binaries import Binaries
from data.embedded.errors import EmbeddedError, disk_full
from data.embedded.folder import SOCKET_PORT, StateFolder, free_port, socket_folder

ADMIN_ROLE = "postgres"
APP_ROLE = "yizhangtu"
ROOM_FOR_CLUSTER = 300 * conf.MIB
ROOM_TO_RUN = 16 * conf.MIB
"""With less, a failure is put down to the full disk: PostgreSQL's last words are then often about something else."""
START_SECONDS = 600
"""Crash recovery after a hard stop may replay much; it is waited for."""
STOP_SECONDS = 120
DISK_FULL = ("No space left on device", "Disk quota exceeded", "Check free disk space")
_NO_SUCH_PID = 2_147_483_647


@dataclass(frozen=True)
class PidFile:
    """What postmaster.pid says."""

    pid: int
    data: Path
    port: int
    socket_folder: str
    listen: str
    status: str


def read_pid_file(data: Path) -> PidFile | None:
    """The content of ``data``/postmaster.pid, or None when there is none or it is not complete yet."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return PidFile(int(lines[0]), Path(lines[1]), int(lines[3]), lines[4], lines[5], lines[7].strip())
    except (FileNotFoundError, NotADirectoryError, IndexError, ValueError):
        return None


def _first_lines(data: Path) -> tuple[int, str] | None:
    """Process id and data directory out of a postmaster.pid that may be cut short."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return int(lines[0]), lines[1] if len(lines) > 1 else str(data)
    except FileNotFoundError:
        return None
    except (IndexError, ValueError):
        return _NO_SUCH_PID, str(data)


def _is_postmaster(pid: int, data: str) -> bool:
    """Whether process ``pid`` is the server of ``data`` and not a stranger that got its number."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        if Path("/proc/self").exists():
            return False
        return subprocess.run(["ps", "-p", str(pid)], capture_output=True, check=False).returncode == 0
    return os.path.basename(words[0]) in (b"postgres", b"postmaster") and os.fsencode(data) in words


def running(data: Path) -> PidFile | None:
    """The server that is alive for ``data`` (perhaps still starting or stopping), else None."""
    facts = read_pid_file(data)
    if facts is None or not _is_postmaster(facts.pid, str(facts.data)):
        return None
    return facts


def _drop_stale_pid(data: Path) -> None:
    """Make a left-over postmaster.pid harmless whose number now belongs to another process.

    PostgreSQL would take that stranger for a server. Only the number is replaced: the file also names the shared
    memory of the old server, and PostgreSQL must still be able to see whether anything uses that.
    """
    found = _first_lines(data)
    if found is None or _is_postmaster(*found):
        return
    path = data / "postmaster.pid"
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) < 7:
        path.unlink()
        return
    facts = path.stat()
    lines[0] = str(_NO_SUCH_PID)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.chown(path, facts.st_uid, facts.st_gid)


def _since(log: Path, offset: int) -> str:
    """What was added to ``log`` after its first ``offset`` bytes."""
    content = log.read_bytes()
    return content[offset if offset <= len(content) else 0 :].decode(errors="replace")


class Server:
    """The server of one state folder, run by one installed PostgreSQL."""

    def __init__(
        self, folder: StateFolder, binaries: Binaries, options: Mapping[str, str], say: Callable[[str], None]
    ) -> None:
        self.folder = folder
        self.binaries = binaries
        self.options = options
        self.say = say

    def _run(self, *command: str, text: str | None = None, seconds: float = 900) -> subprocess.CompletedProcess[str]:
        """Run a PostgreSQL program as the cluster's account; both its outputs are returned together."""
        user = self.folder.user
        switch: dict[str, object] = {} if user.is_us else {"user": user.uid, "group": user.gid, "extra_groups": []}
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": str(self.folder.root)}
        return subprocess.run(  # type: ignore[call-overload]
            command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            timeout=seconds, check=False, cwd="/", env=environment, umask=0o077, **switch,
        )  # fmt: skip

    # -- making ------------------------------------------------------------------------------------------------

    def create(self) -> None:
        """Make a new cluster beside its place and move it there whole, so that a kill leaves none or a good one."""
        root = self.folder.root
        for left_over in root.glob("cluster.new-*"):
            shutil.rmtree(left_over, ignore_errors=True)
        if shutil.disk_usage(root).free < ROOM_FOR_CLUSTER:
            raise disk_full(root)
        self.say(f"正在建立自带的数据库（PostgreSQL {self.binaries.major}，{self.folder.cluster}）……")
        draft = root / f"cluster.new-{secrets.token_hex(4)}"
        self.folder.make_private(draft)
        try:
            self._fill(draft)
            draft.rename(self.folder.cluster)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        handle = os.open(root, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _fill(self, draft: Path) -> None:
        words = {role: secrets.token_urlsafe(24) for role in (ADMIN_ROLE, APP_ROLE)}
        secret = draft / "initial"
        self.folder.write_private(secret, words[ADMIN_ROLE] + "\n")
        data = draft / "data"
        unsafe = ("--no-sync",) if self.options.get("fsync") == "off" else ()
        done = self._run(
            self.binaries.tool("initdb"), "-D", str(data), "-U", ADMIN_ROLE, f"--pwfile={secret}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", *unsafe,
        )  # fmt: skip
        if done.returncode != 0:
            raise self._failure("建立数据库失败", done.stdout)
        secret.unlink()
        self.folder.write_private(draft / "passwords.json", json.dumps(words))
        self.folder.write_private(data / "pg_hba.conf", conf.HBA)
        main = (data / "postgresql.conf").read_text(encoding="utf-8")
        includes = f"\ninclude '{conf.FILE_NAME}'\ninclude_if_exists '{conf.LOCAL_FILE_NAME}'\n"
        self.folder.write_private(data / "postgresql.conf", main + includes)

    # -- starting ----------------------------------------------------------------------------------------------

    def start(self, transport: str) -> PidFile:
        """Start the server, or wait for one that is just starting; a port or shared memory in use is tried again."""
        said = ""
        deadline = time.monotonic() + 30
        while True:
            alive = self._settled()
            if alive is not None:
                return alive
            _drop_stale_pid(self.folder.data)
            self._configure(transport)
            self.say("正在启动自带的数据库……")
            said = self._launch()
            alive = running(self.folder.data)
            if alive is not None and alive.status == "ready":
                return alive
            again = "already in use" in said or "still in use" in said or "lock file" in said
            if not again or time.monotonic() > deadline:
                raise self._failure("数据库起不来", said)
            time.sleep(0.3)

    def _settled(self) -> PidFile | None:
        """The running server once it is ready; None when there is none (one that is stopping is waited for)."""
        deadline = time.monotonic() + START_SECONDS
        while (alive := running(self.folder.data)) is not None:
            if alive.status == "ready":
                return alive
            if time.monotonic() > deadline:
                raise EmbeddedError(f"数据库进程 {alive.pid} 一直没有就绪，日志在 {self.folder.log}。")
            time.sleep(0.1)
        return None

    def _configure(self, transport: str) -> None:
        place = socket_folder(self.folder) if transport == "socket" else None
        if place is not None:
            for left_over in place.glob(".s.PGSQL.*"):  # the folder is this cluster's alone, and its server is dead
                left_over.unlink()
            listen = {"listen_addresses": "", "unix_socket_directories": str(place), "port": str(SOCKET_PORT)}
        else:
            listen = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": str(free_port())}
        listen["unix_socket_permissions"] = "0700"
        lz4 = self.binaries.built_with("--with-lz4")
        text = conf.render(conf.server_settings(listen, self.folder.log, self.options, lz4))
        self.folder.write_private(self.folder.data / conf.FILE_NAME, text)
        self.folder.data.chmod(0o700)

    def _launch(self) -> str:
        """Start, wait until it is ready or gone, and return what was said on the way (nothing: it is ready)."""
        self.folder.write_private(self.folder.start_log, "")
        before = {path: path.stat().st_size for path in self._logs()}
        done = self._run(
            self.binaries.tool("pg_ctl"), "start", "-D", str(self.folder.data), "-l", str(self.folder.start_log), "-s",
            "-w", "-t", str(START_SECONDS), seconds=START_SECONDS + 30,
        )  # fmt: skip
        if done.returncode == 0:
            return ""
        said = done.stdout
        for _ in range(10):  # the log is written by a process of its own, which may be the last to leave
            said = "\n".join([done.stdout, *(_since(path, before.get(path, 0)) for path in self._logs())])
            if "FATAL" in said:
                break
            time.sleep(0.1)
        return said

    def _logs(self) -> list[Path]:
        return sorted(self.folder.log.glob("*.log"))

    # -- stopping ----------------------------------------------------------------------------------------------

    def stop(self) -> bool:
        """Stop the server cleanly; whether none is running afterwards."""
        alive = running(self.folder.data)
        if alive is None:
            return True
        self._run(
            self.binaries.tool("pg_ctl"), "stop", "-D", str(self.folder.data), "-s", "-m", "fast",
            "-w", "-t", str(STOP_SECONDS), seconds=STOP_SECONDS + 30,
        )  # fmt: skip
        if running(self.folder.data) is not None:
            return False
        place = Path(alive.socket_folder)
        if alive.socket_folder and place.parent != self.folder.root:
            with contextlib.suppress(OSError):
                place.rmdir()
        return True

    def _failure(self, what: str, said: str) -> EmbeddedError:
        """One sentence for what PostgreSQL said."""
        room = shutil.disk_usage(self.folder.root).free
        if any(words in said for words in DISK_FULL) or room < ROOM_TO_RUN:
            return disk_full(self.folder.root)
        if "Cannot allocate memory" in said or "could not map anonymous shared memory" in said:
            return EmbeddedError(f"{what}：内存不够，请关掉别的程序再试。")
        if "Permission denied" in said or "wrong ownership" in said:
            return EmbeddedError(
                f"{what}：用户 {self.folder.user.name} 没有权限读写 {self.folder.root}，"
                "请把它交还给当初的用户，或用 YZT_STATE_DIR 另选一个文件夹。"
            )
        if "still in use" in said or "lock file" in said:
            return EmbeddedError(
                f"{what}：还有进程在用 {self.folder.data}（可能是上次没有退干净的 PostgreSQL），结束它后再试。"
            )
        faults = re.findall(r"((?:invalid value for|unrecognized configuration) parameter .+)", said)
        faults += re.findall(r"(?:FATAL|PANIC|error):\s+(.+)", said)
        faults += [line for line in said.splitlines() if line.strip()][-1:] or ["没有说明原因"]
        reason = faults[0].strip()
        return EmbeddedError(f"{what}：{reason}（日志在 {self.folder.log}；数据没有动过）。")
