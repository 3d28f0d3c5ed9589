"""Accounts, roles, region scope and the audit log: one answer for pages, routes and the command line."""

from data.access.audit import audit
from data.access.fields import HIDDEN, PERSON_FIELDS, mask_person, masked, visible_fields
from data.access.loopback import BindRefused, check_bind, is_local, loopback_only, same_origin
from data.access.requests import COOKIE, admit, admitted, known_viewer, recent, request_viewer, session_viewer
from data.access.sessions import SignedIn, SignInRefused, command_viewer, sign_in, sign_out
from data.access.viewer import ACTIONS, LOCAL, NOBODY, NOTE, OUTSIDE, Answer, Viewer, scope_sql

__all__ = [
    "ACTIONS",
    "COOKIE",
    "HIDDEN",
    "LOCAL",
    "NOBODY",
    "NOTE",
    "OUTSIDE",
    "PERSON_FIELDS",
    "Answer",
    "BindRefused",
    "SignInRefused",
    "SignedIn",
    "Viewer",
    "admit",
    "admitted",
    "audit",
    "check_bind",
    "command_viewer",
    "is_local",
    "known_viewer",
    "loopback_only",
    "mask_person",
    "masked",
    "recent",
    "request_viewer",
    "same_origin",
    "scope_sql",
    "session_viewer",
    "sign_in",
    "sign_out",
    "visible_fields",
]
