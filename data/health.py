"""What the server serves: versions of database, migration, layers and data, for `/healthz` and the 关于 page."""

from typing import Any

from sqlalchemy import text

from data.engine import check_version, head_revision
from data.services import Services


def read_versions(services: Services) -> dict[str, Any]:
    """Return status, database, migration, layer and data versions. Names no place and no person.

    Raises SQLAlchemyError or data.engine.DatabaseError when the database does not answer.
    """
    found = check_version(services.engine, services.url)
    with services.engine.connect() as connection:
        versions = connection.execute(text("SELECT layer, version FROM layer_version ORDER BY layer"))
        layers: dict[str, int] = dict(versions.all())
        city = connection.execute(text("SELECT name, is_demo FROM city")).one_or_none()
        changed = connection.scalar(text("SELECT max(changed_at) FROM layer_version"))
    return {
        "status": "ok" if found.schema == head_revision() else "migration needed",
        "database": {"postgres": found.postgres, "postgis": ".".join(map(str, found.postgis))},
        "migration": found.schema,
        "layers": layers,
        "data": {
            "version": sum(layers.values()),
            "changed_at": changed.isoformat() if changed else None,
            "city": city.name if city else None,
            "demo": bool(city and city.is_demo),
        },
    }
