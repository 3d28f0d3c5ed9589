"""`/healthz`: is the server fit, and which database, migration, layer and data versions does it serve."""

import asyncio

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from data.engine import DatabaseError
from data.health import read_versions
from data.services import current


async def health(request: Request) -> JSONResponse:
    """Answer 200 with the versions, 503 when the database does not answer or is not migrated."""
    try:
        versions = await asyncio.to_thread(read_versions, current())
    except (SQLAlchemyError, DatabaseError, RuntimeError):
        return JSONResponse({"status": "database unavailable"}, 503, headers={"Cache-Control": "no-store"})
    return JSONResponse(versions, 200 if versions["status"] == "ok" else 503, headers={"Cache-Control": "no-store"})


def routes() -> list[Route]:
    """Return the route of the health check."""
    return [Route("/healthz", health)]
