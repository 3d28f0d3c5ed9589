"""Waiting in a browser for what a test expects: never a fixed time, never code made of text in the page.

Playwright's `wait_for_function` makes code of text, which the policy of our own pages forbids; `until` asks with
`evaluate`, which is no part of the page.
"""

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Error

SLOW_S = 90.0
"""Software drawing on a busy machine; what is broken fails as surely, only later."""
STEP_MS = 50
GONE = ("navigation", "Execution context was destroyed", "Frame was detached", "Cannot find context")


def until(page: Any, condition: str, given: Any = None, seconds: float = SLOW_S) -> Any:
    """Return what the JavaScript expression or function `condition` gives in a page or frame, once it is true."""
    return poll(page, lambda: _ask(page, condition, given), condition, seconds)


def poll(page: Any, ask: Callable[[], Any], what: str, seconds: float = SLOW_S) -> Any:
    """Return what `ask` gives once it is true; the page of a page or frame goes on with its work meanwhile."""
    waiting = getattr(page, "page", page)
    deadline = time.monotonic() + seconds
    while True:
        if found := ask():
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not in {seconds:.0f} s: {what}")
        waiting.wait_for_timeout(STEP_MS)


def _ask(page: Any, condition: str, given: Any) -> Any:
    try:
        return page.evaluate(condition, given)
    except Error as error:
        if not any(word in str(error) for word in GONE):
            raise
        return None  # the page is loading itself anew
