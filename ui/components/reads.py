"""What pages ask of `data/`: one call, remembered while the data, the viewer's scope and the minute stay the same."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import streamlit as st
from sqlalchemy import Connection

from data.access import Viewer, session_viewer
from data.city import CityCard, read_city, read_versions
from data.drill import LAYERS, read_top
from data.services import current
from data.settings import TIME_ZONE
from layers.house import moment

P = ParamSpec("P")
T = TypeVar("T")
TTL_S = 30
SLOW_TTL_S = 300
KEYED = frozenset((*LAYERS, "region"))
"""What changes the map's counts. Work changes every few seconds in a living city: it may be TTL_S old on a desk."""


@dataclass(frozen=True)
class Clock:
    """The day that pages show and judge by, and the instant (to the minute, so that answers can be remembered)."""

    today: date
    now: datetime


@dataclass(frozen=True)
class Kept(Generic[T]):
    """An answer that may be minutes old, and when it was read."""

    value: T
    at: datetime

    @property
    def time(self) -> str:
        """Return the time of day it was read at, in the city."""
        return self.at.astimezone(TIME_ZONE).strftime("%H:%M")


def viewer() -> Viewer:
    """Return who looks at this page."""
    return session_viewer(dict(st.context.cookies), st.context.ip_address)


def clock() -> Clock:
    """Return the one clock of the pages, the same that tiles judge by."""
    at = moment(current().settings, datetime.now(UTC))
    return Clock(at.today, at.now.replace(second=0, microsecond=0))


def city() -> CityCard | None:
    """Return the city, or None while the database holds none."""
    with current().engine.connect() as conn:
        return read_city(conn)


def ask(read: Callable[Concatenate[Connection, Viewer, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return `read(connection, viewer, *args)`, remembered for the scope and rights while the map's data is the same.

    Work (hazards, visits, alarms) may be TTL_S old; older, the next one to ask gets it and a fresh one is read behind.
    Arguments must have a `repr` that says all of them (dates, texts, numbers, dataclasses of such).
    """
    return _remembered(_key(read, args, kwargs), read, viewer(), args, kwargs)


def slowly(read: Callable[Concatenate[Connection, Viewer, P], T], *args: P.args, **kwargs: P.kwargs) -> Kept[T]:
    """Return `read(connection, viewer, *args)` as :func:`ask` does, but kept for minutes: for what takes a second.

    After SLOW_TTL_S the next one to ask still gets it while a fresh one is read, so it says when it was read: the page
    must say so too. The instant among the arguments may be any: only its day belongs to the key.
    """
    keyed = tuple(arg.date() if isinstance(arg, datetime) else arg for arg in args)
    return _kept_long(_key(read, keyed, kwargs), read, viewer(), args, kwargs)


def fresh(read: Callable[Concatenate[Connection, Viewer, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return `read(connection, viewer, *args)` as the database has it now: for one place, not for a city."""
    with current().engine.connect() as conn:
        return read(conn, viewer(), *args, **kwargs)


def top() -> str | None:
    """Return the code of the highest region the viewer may stand on, or None when there is none."""
    return ask(read_top)


def _key(read: Callable[..., Any], args: Any, kwargs: Any) -> str:
    who = viewer()
    engine = current().engine
    with engine.connect() as conn:
        versions = [row for row in read_versions(conn) if row[0] in KEYED]
    rights = (who.role, who.scope_key, bool(who.may("view")), bool(who.may("see_person")))
    return repr((str(engine.url), read.__module__, read.__qualname__, rights, versions, args, sorted(kwargs.items())))


@st.cache_data(ttl=TTL_S, max_entries=500, show_spinner=False, refresh_mode="background")
def _remembered(key: str, _read: Callable[..., Any], _who: Viewer, _args: Any, _kwargs: Any) -> Any:
    with current().engine.connect() as conn:
        return _read(conn, _who, *_args, **_kwargs)


@st.cache_data(ttl=SLOW_TTL_S, max_entries=100, show_spinner=False, refresh_mode="background")
def _kept_long(key: str, _read: Callable[..., Any], _who: Viewer, _args: Any, _kwargs: Any) -> Kept[Any]:
    with current().engine.connect() as conn:
        return Kept(_read(conn, _who, *_args, **_kwargs), datetime.now(UTC))
