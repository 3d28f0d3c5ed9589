"""Alembic environment: the connection comes from `data.engine.upgrade`, or from `-x url=…` for a developer."""

import sqlalchemy as sa
from alembic import context
from geoalchemy2 import alembic_helpers

from data.tables import Base


def include(item: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Leave PostGIS's and the job queue's own tables alone."""
    if kind == "table" and name and (name.startswith("procrastinate") or name in ("spatial_ref_sys",)):
        return False
    return bool(alembic_helpers.include_object(item, name, kind, reflected, compare_to))


def run(connection: sa.Connection) -> None:
    """Run the migrations on an open connection, in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        compare_type=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with sa.create_engine(context.get_x_argument(as_dictionary=True)["url"]).begin() as opened:
        run(opened)
