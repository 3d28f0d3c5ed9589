"""Who is asking, which regions and fields they may see, and what they may do: one answer for every caller.

Pages, routes and the command line all ask here. An answer carries its reason, so that a screen can show it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

ACTIONS = ("view", "see_person", "import", "run_risk", "export", "publish_rules", "manage_accounts", "see_audit")

# role → actions it may do inside its regions
ROLE_ACTIONS: dict[str, frozenset[str]] = {
    "admin": frozenset(ACTIONS),
    "leader": frozenset({"view", "see_person", "export"}),
    "supervisor": frozenset({"view", "see_person"}),
    "planner": frozenset({"view", "export"}),
    "steward": frozenset({"view", "import", "run_risk", "export"}),
    "wall": frozenset({"view"}),
    "local": frozenset(ACTIONS),
    "nobody": frozenset(),
}


@dataclass(frozen=True)
class Answer:
    """Yes or no, and why (a Chinese sentence a screen can show)."""

    allowed: bool
    reason: str

    def __bool__(self) -> bool:
        return self.allowed


@dataclass(frozen=True)
class Viewer:
    """Who is asking. `regions`: ids of region nodes they may see with everything below; None is the whole city.

    `refusal` is the reason that a viewer with the role `nobody` is given.
    """

    name: str
    role: str
    account_id: int | None = None
    regions: tuple[int, ...] | None = ()
    refusal: str = "请先登录"

    @property
    def everywhere(self) -> bool:
        """Whether the whole city is in scope."""
        return self.regions is None

    @property
    def scope_key(self) -> str:
        """Return a short text that is equal for equal region scopes: part of the key of every shared cache."""
        return "all" if self.regions is None else ",".join(str(r) for r in sorted(self.regions))

    def may(self, action: str) -> Answer:
        """Answer whether this viewer may do `action` (one of ACTIONS) at all, inside their regions."""
        if action not in ACTIONS:
            raise ValueError(f"unknown action {action!r}")
        if self.role == "nobody":
            return Answer(False, self.refusal)
        if self.regions == ():
            return Answer(False, f"账号“{self.name}”没有分配任何区域, 请管理员设置")
        if action in ROLE_ACTIONS.get(self.role, frozenset()):
            return Answer(True, "允许")
        return Answer(False, f"角色“{self.role}”没有此项权限")

    def sees(self, path: Sequence[int]) -> Answer:
        """Answer whether a row whose region path is `path` (ids from the city down) is in scope."""
        if not self.may("view"):
            return self.may("view")
        if self.regions is None or set(self.regions) & set(path):
            return Answer(True, "允许")
        return Answer(False, "不在您的管辖区域内")


LOCAL = Viewer(name="本机", role="local", regions=None)
NOBODY = Viewer(name="未登录", role="nobody", regions=())
NOTE = "未设管理员: 仅本机可用"
OUTSIDE = Viewer(name="外部访问", role="nobody", regions=(), refusal=NOTE)
"""Somebody who does not sit at this machine, while no administrator's account exists."""


def scope_sql(viewer: Viewer, path: str = "r.path") -> tuple[str, dict[str, object]]:
    """Return an SQL condition on a region path column and its bound values (named style, `:scope_ids`).

    `path` is a column of ours (never text from a request). Nobody and empty scopes give `false`.
    """
    if not viewer.may("view"):
        return "false", {}
    if viewer.regions is None:
        return "true", {}
    return f"{path} && CAST(:scope_ids AS integer[])", {"scope_ids": list(viewer.regions)}
