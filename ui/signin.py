"""Signing in and out: plain pages rendered here, without a script, so that they work everywhere and offline."""

import re
from pathlib import Path

from anyio import CapacityLimiter, to_thread
from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from data.access import COOKIE, LOCAL, SignedIn, SignInRefused, Viewer, recent, request_viewer, sign_in, sign_out
from data.services import current
from ui.middleware import OWN_PAGE_POLICY

MOST_BYTES = 8192
SAME_SITE_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\\\x7f]*")
PAGES = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)
HEADERS = {"cache-control": "no-store", "content-security-policy": OWN_PAGE_POLICY}

_at_once: CapacityLimiter | None = None


def routes() -> list[Route]:
    """Return the routes `/signin`, `/signout` and `/api/session.json`."""
    return [
        Route("/signin", show, methods=["GET"], name="signin"),
        Route("/signin", enter, methods=["POST"]),
        Route("/signout", ask, methods=["GET"], name="signout"),
        Route("/signout", leave, methods=["POST"]),
        Route("/api/session.json", session, methods=["GET"]),
    ]


def safe_next(wanted: str | None, otherwise: str = "/") -> str:
    """Return `wanted` if it is a path on this site that is no part of signing in, else `otherwise`.

    An address of another site, also one dressed up as a path (`//evil`, `/\\evil`, with blanks or a scheme), would
    send a freshly signed-in user to a stranger's page.
    """
    if not wanted or len(wanted) > 2000 or not SAME_SITE_PATH.fullmatch(wanted):
        return otherwise
    return otherwise if wanted.startswith(("/signin", "/signout")) else wanted


def _onward(wanted: str, viewer: Viewer) -> str:
    """Return where to go after signing in: a wall that asked for no page in particular belongs on the wall."""
    home = "/wall" if viewer.role == "wall" else "/"
    return home if wanted in ("", "/") else wanted


async def show(request: Request) -> Response:
    """Show the form; who is signed in already goes straight on."""
    wanted = safe_next(request.query_params.get("next"))
    viewer = await request_viewer(request)
    if viewer.role != "nobody" and viewer is not LOCAL:
        return RedirectResponse(_onward(wanted, viewer), 303, HEADERS)
    return _form(wanted, local=viewer is LOCAL)


async def enter(request: Request) -> Response:
    """Check the form, open a session and go to where the user wanted to go."""
    if not _small_form(request):
        return _form("/", status=400, said="表单不对，请重新填写。")
    form = await request.form(max_files=0, max_fields=5)
    login, password, wanted = (str(form.get(name, "")) for name in ("login", "password", "next"))
    wanted = safe_next(wanted, "")
    try:
        opened = await _in_thread(login, password)
    except SignInRefused as refused:
        return _form(wanted, status=401, said=str(refused), login=login[:40])
    if before := request.cookies.get(COOKIE):
        await to_thread.run_sync(sign_out, current().engine, before)
        recent.forget(before)
    answer = RedirectResponse(_onward(wanted, opened.viewer), 303, HEADERS)
    answer.set_cookie(
        COOKIE,
        opened.token,
        max_age=int(opened.lifetime.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


async def session(request: Request) -> Response:
    """Tell a page whose session it has; the door answers 401 before this where there is none."""
    viewer = await request_viewer(request)
    if viewer.role == "nobody":
        return JSONResponse({"error": viewer.refusal}, 401, HEADERS)
    return JSONResponse({"name": viewer.name, "role": viewer.role}, 200, HEADERS)


async def ask(request: Request) -> Response:
    """Show who is signed in, with the button to sign out: a link alone changes nothing."""
    viewer = await request_viewer(request)
    return _page("signout.html", 200, name=viewer.name, local=viewer is LOCAL)


async def leave(request: Request) -> Response:
    """End the session here and in the database."""
    token = request.cookies.get(COOKIE)
    if token:
        await to_thread.run_sync(sign_out, current().engine, token)
        recent.forget(token)
    answer = RedirectResponse("/signin", 303, HEADERS)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=request.url.scheme == "https")
    return answer


async def _in_thread(login: str, password: str) -> SignedIn:
    """Hash in threads of their own, so that a flood of sign-ins leaves the tiles' threads alone."""
    global _at_once  # noqa: PLW0603  (a limiter belongs to the event loop, which does not run at import)
    _at_once = _at_once or CapacityLimiter(4)
    return await to_thread.run_sync(sign_in, current().engine, login, password, limiter=_at_once)


def _small_form(request: Request) -> bool:
    length = request.headers.get("content-length", "")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return length.isdecimal() and int(length) <= MOST_BYTES and kind == "application/x-www-form-urlencoded"


def _form(wanted: str, *, status: int = 200, said: str = "", login: str = "", local: bool = False) -> Response:
    return _page("signin.html", status, next=wanted, said=said, login=login, local=local)


def _page(template: str, status: int, **values: object) -> Response:
    city = current().settings.city_title
    return HTMLResponse(PAGES.get_template(template).render(city=city, **values), status, HEADERS)
