"""The viewer's regions inside the SQL of a tile, and the short token that stands for them in an address."""

import hashlib
from functools import lru_cache

from data.access import Viewer
from layers.catalogue import Scope

PATH = "{path} && %(scope)s::integer[]"
TREE = (
    "({tree}.path && %(scope)s::integer[] OR {tree}.id IN "
    "(SELECT unnest(above.path) FROM region above WHERE above.id = ANY (%(scope)s::integer[])))"
)
WITHIN = (
    "EXISTS (SELECT FROM region own WHERE own.id = ANY (%(scope)s::integer[]) "
    "AND own.geom_3857 && {within} AND ST_Intersects(own.geom_3857, {within}))"
)


def condition(scope: Scope, viewer: Viewer) -> str:
    """Return the SQL condition of a source for this viewer; `%(scope)s` is bound to the viewer's region ids.

    Nobody, and an account without regions, get `false`. Column names come from the checked catalogue only.
    """
    if not viewer.may("view"):
        return "false"
    if viewer.regions is None:
        return "true"
    if scope.path is not None:
        return PATH.format(path=scope.path)
    if scope.tree is not None:
        return TREE.format(tree=scope.tree)
    return WITHIN.format(within=scope.within)


def token(viewer: Viewer, mark: str) -> str:
    """Return what an address carries so that two scopes, or two definitions of a layer, never share a cached tile."""
    return _digest(viewer.scope_key, mark)


@lru_cache(maxsize=1024)
def _digest(scope_key: str, mark: str) -> str:
    return hashlib.sha256(f"{scope_key}|{mark}".encode()).hexdigest()[:10]
