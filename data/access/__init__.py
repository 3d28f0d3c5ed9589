"""Accounts, roles, region scope and the audit log."""

from data.access.viewer import ACTIONS, LOCAL, NOBODY, Answer, Viewer, scope_sql

__all__ = ["ACTIONS", "LOCAL", "NOBODY", "Answer", "Viewer", "scope_sql"]
