"""`/export/{kind}.{form}`: the rows of a region as a file, made by a process of its own, sent from disk and deleted."""

import asyncio
import json
import logging
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.exc import SQLAlchemyError
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from data.access import Viewer, request_viewer
from data.exports import FORMATS, exported_kinds
from data.imports.kinds import load_kind
from data.state_folder import PROJECT_ROOT
from ui.words import t

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Exports that may run at the same time; whoever comes then is told to come again."""
MOST_S = 600


def routes() -> list[Route]:
    """Return the route of the exports."""
    free = asyncio.Semaphore(AT_ONCE)

    async def export(request: Request) -> Response:
        """Answer with the file, or with a sentence as JSON."""
        kind, form = request.path_params["kind"], request.path_params["form"]
        if kind not in exported_kinds() or form not in FORMATS:
            return _say(t("export_unknown"), 404)
        try:
            viewer = await request_viewer(request)
        except SQLAlchemyError:
            return _say(t("export_busy"), 503)
        if not (allowed := viewer.may("export")):
            return _say(allowed.reason, 401 if viewer.role == "nobody" else 403)
        if free.locked():
            return _say(t("export_busy"), 503)
        async with free:
            return await _made(viewer, kind, form, request.query_params.get("region"))

    return [Route("/export/{kind}.{form}", export, methods=["GET"])]


async def _made(viewer: Viewer, kind: str, form: str, region: str | None) -> Response:
    folder = Path(tempfile.mkdtemp(prefix="yzt-export-"))
    path = folder / f"export.{form}"
    asked = {"viewer": asdict(viewer), "kind": kind, "form": form, "file": str(path), "region": region}
    try:
        said = await _run(json.dumps(asked).encode())
    except (TimeoutError, ValueError, OSError):
        log.exception("export of %s as %s", kind, form)
        said = {"error": t("export_failed")}
    if "error" in said or not path.exists():
        shutil.rmtree(folder, ignore_errors=True)
        return _say(str(said.get("error", t("export_failed"))), 400)
    name = quote(f"{load_kind(kind).title}{f'-{region}' if region else ''}.{form}")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
    task = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    return FileResponse(path, headers=headers, media_type="application/octet-stream", background=task)


async def _run(asked: bytes) -> dict[str, object]:
    """Ask a process of its own; raises ValueError when it gave no answer, TimeoutError when it took too long."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "data.exports", cwd=PROJECT_ROOT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, _ = await asyncio.wait_for(process.communicate(asked), MOST_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    found: dict[str, object] = json.loads(out)
    return found


def _say(sentence: str, status: int) -> Response:
    return JSONResponse({"error": sentence}, status, headers={"Cache-Control": "no-store"})
