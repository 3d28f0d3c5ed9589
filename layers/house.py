"""What the map's routes share: the house of the running services, who may come in, and how a refusal is said."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeVar

import orjson
import psycopg
from psycopg_pool import PoolClosed, PoolTimeout
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import HTTPConnection
from starlette.responses import Response

from data.access import Viewer, admitted
from data.services import Services, current
from data.settings import TIME_ZONE, Settings
from layers.catalogue import Catalogue
from layers.queries import Moment
from layers.tiles import Overloaded, Tiles
from layers.versions import FRESH_S, Versions

LONGEST_NUMBER = 19
Answer = TypeVar("Answer")


class Refused(Exception):
    """A request that is not answered; `status` and one Chinese sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class House:
    """What the routes keep between requests, for the services that are running now."""

    def __init__(self, services: Services, layers: Catalogue) -> None:
        self.services = services
        self.catalogue = layers
        self.tiles = Tiles(services.pool, services.settings.tile_concurrency)
        self.versions = Versions(layers)

    async def current_versions(self, age_s: float = FRESH_S) -> dict[str, int]:
        """Return the versions of all layers that have one, at most `age_s` seconds old."""
        return await self.versions.current(self.services.pool, age_s)

    def moment(self) -> Moment:
        """Return today as the settings have it, and the instant: now, or the end of that day if it is past."""
        return moment(self.services.settings, datetime.now(UTC))


def moment(settings: Settings, now: datetime) -> Moment:
    """Return the time that live layers judge by: `now`, held back to the end of the settings' today."""
    today = settings.today()
    end = datetime.combine(today, time.min, TIME_ZONE) + timedelta(days=1)
    return Moment(today, min(now, end))


class Houses:
    """The house of the running services: made at the first request, made anew when other services run."""

    def __init__(self, layers: Catalogue) -> None:
        self.layers = layers
        self._house: House | None = None

    def get(self) -> House:
        """Return the house of `data.services.current()`."""
        services = current()
        if self._house is None or self._house.services is not services:
            self._house = House(services, self.layers)
        return self._house


async def answered(
    houses: Houses, connection: HTTPConnection, handler: Callable[[House, Viewer], Awaitable[Answer]]
) -> Answer | Response:
    """Return what `handler` answers whoever may view; for others, or when it cannot, JSON with the right status."""
    try:
        house = houses.get()
        viewer = await admitted(connection)
        if not (may := viewer.may("view")):
            raise Refused(401 if viewer.role == "nobody" else 403, may.reason)
        return await handler(house, viewer)
    except Refused as refused:
        return say({"error": refused.sentence}, refused.status)
    except (Overloaded, PoolTimeout, PoolClosed, psycopg.OperationalError, SQLAlchemyError):
        return say({"error": "服务器忙或数据库暂时连不上，请稍后再试"}, 503, {"Retry-After": "2"})


def say(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return JSON that is not kept anywhere."""
    every = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **(headers or {})}
    return Response(orjson.dumps(content), status, every, "application/json")


def number(text: str, what: str) -> int:
    """Return a number out of an address. Raises Refused (400)."""
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise Refused(400, f"{what}应为非负整数")
    return int(text)
