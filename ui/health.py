"""`/healthz`: is the server fit, and which database, migration, layer and data versions does it serve."""

import asyncio
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from data.engine import Version, check_version, head_revision
from data.services import current


def _versions() -> dict[str, Any]:
    services = current()
    found: Version = check_version(services.engine, services.url)
    with services.engine.connect() as connection:
        layers = dict(connection.execute(text("SELECT layer, version FROM layer_version ORDER BY layer")).tuples())
        city = connection.execute(text("SELECT name, is_demo, as_of FROM city")).one_or_none()
        changed = connection.scalar(text("SELECT max(changed_at) FROM layer_version"))
    return {
        "status": "ok" if found.schema == head_revision() else "migration needed",
        "database": {"postgres": found.postgres, "postgis": ".".join(map(str, found.postgis))},
        "migration": found.schema,
        "layers": layers,
        "data": {
            "version": sum(layers.values()),
            "changed_at": changed.isoformat() if changed else None,
            "city": city.name if city else None,
            "demo": bool(city and city.is_demo),
        },
    }


async def health(request: Request) -> JSONResponse:
    """Answer 200 with the versions, or 503 when the database does not answer. Names no place and no person."""
    try:
        return JSONResponse(await asyncio.to_thread(_versions), headers={"Cache-Control": "no-store"})
    except (SQLAlchemyError, RuntimeError):
        return JSONResponse({"status": "database unavailable"}, 503, headers={"Cache-Control": "no-store"})


def routes() -> list[Route]:
    """Return the route of the health check."""
    return [Route("/healthz", health)]
