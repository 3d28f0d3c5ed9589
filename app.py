"""The wiring diagram: pages, tiles, events, wall and sign-in on one origin, one port, one log."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from streamlit.starlette import App

import layers.events
import layers.serve
import ui.health
import ui.signin
import ui.wall
from data.access import check_bind
from data.jobs import worker_process
from data.services import serving
from data.settings import load_settings
from ui.middleware import middleware


@asynccontextmanager
async def lifespan(app: App) -> AsyncIterator[dict[str, Any]]:
    """Open the database, refuse an open address without an administrator, keep one worker, fan events out."""
    settings = load_settings()
    async with serving(settings) as services:
        check_bind(settings, services.engine)
        with worker_process(settings):
            async with layers.events.listening(services):
                yield {}


routes = [*ui.health.routes(), *layers.serve.routes(), *layers.events.routes(), *ui.wall.routes(), *ui.signin.routes()]
app = App("ui/main.py", routes=routes, middleware=middleware(), lifespan=lifespan)
