"""Who writes which kind: a module per target with `write(work)`. A new file is a new target."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from data.imports.work import Work


def writer(target: str) -> Callable[[Work], None]:
    """Return `write` of the target's module."""
    found: Callable[[Work], None] = importlib.import_module(f"data.imports.targets.{target}").write
    return found
