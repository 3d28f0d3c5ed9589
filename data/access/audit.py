"""The audit log: who did what, when, to what. The table refuses change and deletion by a trigger."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from data.access.viewer import Viewer
from data.tables.accounts import Audit


def audit(
    conn: sa.Connection,
    viewer: Viewer,
    action: str,
    subject: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add one line to the audit log, in the transaction of `conn`: what is rolled back was not done.

    `action` is a short English word of ours (`sign_in`, `import`, `risk_run` …), `subject` names what it was done to,
    `detail` is JSON. Never put a password or a token in it.
    """
    conn.execute(
        sa.insert(Audit).values(
            account_id=viewer.account_id,
            actor=viewer.name,
            action=action,
            subject=subject,
            detail=dict(detail or {}),
        )
    )
