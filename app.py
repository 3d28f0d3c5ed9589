"""The wiring diagram: pages, tiles, events, wall and sign-in on one origin, one port, one log."""

import gc
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.concurrency import run_in_threadpool
from streamlit.starlette import App

import layers.events
import layers.serve
import ui.exporting
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
            await run_in_threadpool(_warm_up)
            async with layers.events.listening(services):
                yield {}


def _warm_up() -> None:
    """Load what the first page would, and keep the garbage collector from walking it all again and again.

    Not the pages themselves: streamlit_folium registers its component with the running Streamlit when it is loaded.
    """
    for module in ("folium", "pandas", "data.drill", "data.dossier", "data.gaps", "data.search"):
        importlib.import_module(module)
    gc.collect()
    gc.freeze()


routes = [*ui.health.routes(), *layers.serve.routes(), *layers.events.routes(), *ui.wall.routes(),
          *ui.exporting.routes(), *ui.signin.routes()]
app = App("ui/main.py", middleware=middleware(routes), lifespan=lifespan)
