"""Uploads as rows: taken in, changed, started, read. A person sees their own; whoever manages accounts sees all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, text

from data.access.viewer import Viewer
from data.imports.kinds import kind_names
from data.imports.model import MB, Limits

OPTIONS = ("datum", "crs", "layer", "encoding", "maps")
"""What a person may wish of how a file is read."""
COLUMNS = (
    "id, sha256, file_name, kind, source, options, state, found, actor, account_id, batch_id, created_at, changed_at, "
    "rejected IS NOT NULL AS has_rejected"
)


class UploadError(ValueError):
    """An upload cannot be taken in or started; the text is one Chinese sentence."""


@dataclass(frozen=True)
class Uploaded:
    """One upload as it stands; `found` is what the last check or import said."""

    id: int
    sha256: str
    file_name: str
    kind: str | None
    source: str | None
    options: dict[str, Any]
    state: str
    found: dict[str, Any]
    actor: str
    account_id: int | None
    batch_id: int | None
    created_at: datetime
    changed_at: datetime
    has_rejected: bool

    @property
    def busy(self) -> bool:
        """Return whether a job has it, or will."""
        return self.state in ("checking", "importing")


def receive(connection: Connection, viewer: Viewer, name: str, content: bytes, limits: Limits | None = None) -> int:
    """Keep a file and queue its check (the caller defers the job); returns the upload's id. Raises UploadError."""
    _may(viewer)
    most = (limits or Limits()).file_bytes
    if len(content) > most:
        raise UploadError(f"文件有 {len(content) / MB:.0f} MB，超过上限 {most / MB:.0f} MB：请拆成几份")
    if not content:
        raise UploadError("文件是空的")
    sha = hashlib.sha256(content).hexdigest()
    connection.execute(
        text("INSERT INTO raw_file (sha256, size, content) VALUES (:sha, :size, :content) ON CONFLICT DO NOTHING"),
        {"sha": sha, "size": len(content), "content": content},
    )
    return int(
        connection.execute(
            text("INSERT INTO upload (sha256, file_name, account_id, actor) VALUES (:sha, :name, :account, :actor) "
                 "RETURNING id"),
            {"sha": sha, "name": name[:200], "account": viewer.account_id, "actor": viewer.name},
        ).scalar_one()
    )  # fmt: skip


def change(
    connection: Connection, viewer: Viewer, upload_id: int, kind: str, source: str, options: Mapping[str, Any]
) -> None:
    """Set how a file is to be read, and have it checked again. Raises UploadError while a job has it, or it is in."""
    if kind not in kind_names():
        raise UploadError("没有这种表")
    kept = {name: options[name] for name in OPTIONS if options.get(name)}
    _move(
        connection, viewer, upload_id, ("checked", "failed"),
        "kind = :kind, source = :source, options = CAST(:options AS jsonb), state = 'checking'",
        {"kind": kind, "source": source.strip()[:80] or kind, "options": orjson.dumps(kept).decode()},
    )  # fmt: skip


def start(connection: Connection, viewer: Viewer, upload_id: int) -> None:
    """Have a checked upload imported. Of two who press at once, the second gets an UploadError."""
    _move(connection, viewer, upload_id, ("checked",), "state = 'importing'", {})


def _move(
    connection: Connection, viewer: Viewer, upload_id: int, before: tuple[str, ...], changes: str,
    values: dict[str, Any],
) -> None:  # fmt: skip
    _may(viewer)
    upload = read_upload(connection, viewer, upload_id)
    if upload is None:
        raise UploadError("没有这份文件")
    moved = connection.execute(
        text(f"UPDATE upload SET {changes}, changed_at = now() WHERE id = :id AND state = ANY(:before)"),  # noqa: S608
        {"id": upload_id, "before": list(before), **values},
    ).rowcount
    if not moved:
        raise UploadError("这份文件正在处理，或已经导入过了")


def read_upload(connection: Connection, viewer: Viewer, upload_id: int) -> Uploaded | None:
    """Return an upload of the viewer's own (an administrator's: any), or None."""
    row = connection.execute(
        text(f"SELECT {COLUMNS} FROM upload WHERE id = :id AND {_OWN}"),  # noqa: S608
        {"id": upload_id, **_owner(viewer)},
    ).one_or_none()
    return None if row is None else Uploaded(*row)


def list_uploads(connection: Connection, viewer: Viewer, limit: int = 20) -> list[Uploaded]:
    """Return the viewer's newest uploads."""
    rows = connection.execute(
        text(f"SELECT {COLUMNS} FROM upload WHERE {_OWN} ORDER BY id DESC LIMIT :limit"),  # noqa: S608
        {"limit": limit, **_owner(viewer)},
    )
    return [Uploaded(*row) for row in rows]


def rejected_file(connection: Connection, viewer: Viewer, upload_id: int) -> bytes | None:
    """Return the CSV of rejected rows of one's own upload."""
    found: bytes | None = connection.execute(
        text(f"SELECT rejected FROM upload WHERE id = :id AND {_OWN}"),  # noqa: S608
        {"id": upload_id, **_owner(viewer)},
    ).scalar()
    return None if found is None else bytes(found)


_OWN = "(:every OR account_id IS NOT DISTINCT FROM CAST(:account AS integer))"


def _owner(viewer: Viewer) -> dict[str, Any]:
    return {"every": bool(viewer.may("manage_accounts")), "account": viewer.account_id}


def _may(viewer: Viewer) -> None:
    allowed = viewer.may("import")
    if not allowed:
        raise UploadError(f"不能导入：{allowed.reason}")
