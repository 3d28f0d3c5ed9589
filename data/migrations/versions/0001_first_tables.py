"""First tables: regions, places, work, sensors, assessments, accounts, imports, and the job queue."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = """
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log can be added to, never changed';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
"""

# Raises layer_version of a table whose rows change, so that every tile address of the layers drawn from it changes.
VERSIONS = """
CREATE FUNCTION raise_table_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM changed) THEN
        INSERT INTO layer_version (layer, version) VALUES (TG_TABLE_NAME, 1)
        ON CONFLICT (layer) DO UPDATE SET version = layer_version.version + 1, changed_at = now();
    END IF;
    RETURN NULL;
END $$;
DO $$
DECLARE
    watched text;
BEGIN
    FOREACH watched IN ARRAY ARRAY['region', 'zone', 'road', 'station', 'population_cell', 'duty', 'inspection', 'hazard',
                                   'sensor', 'alarm', 'incident']
    LOOP
        EXECUTE format('CREATE TRIGGER version_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS changed '
                       'FOR EACH STATEMENT EXECUTE FUNCTION raise_table_version()', watched);
        EXECUTE format('CREATE TRIGGER version_update AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed '
                       'FOR EACH STATEMENT EXECUTE FUNCTION raise_table_version()', watched);
        EXECUTE format('CREATE TRIGGER version_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS changed '
                       'FOR EACH STATEMENT EXECUTE FUNCTION raise_table_version()', watched);
    END LOOP;
END $$;
"""

# Tells the web process (LISTEN yzt) what changed: a layer's version, an alarm with its region path, or many alarms.
EVENTS = """
CREATE FUNCTION tell_layer_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('yzt', json_build_object('kind', 'layers', 'layer', NEW.layer, 'version', NEW.version)::text);
    RETURN NULL;
END $$;
CREATE TRIGGER tell_layer_version AFTER INSERT OR UPDATE ON layer_version
    FOR EACH ROW EXECUTE FUNCTION tell_layer_version();
CREATE FUNCTION tell_alarms() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    many bigint;
BEGIN
    SELECT count(*) INTO many FROM changed;
    IF many > 100 THEN
        PERFORM pg_notify('yzt', json_build_object('kind', 'alarms', 'n', many)::text);
    ELSE
        PERFORM pg_notify('yzt', json_build_object(
            'kind', 'alarm', 'id', c.id, 'place_id', c.place_id, 'level', c.level,
            'state', CASE TG_OP WHEN 'DELETE' THEN 'deleted' ELSE c.state END, 'path', coalesce(r.path, '{}'))::text)
        FROM changed c LEFT JOIN place p ON p.id = c.place_id LEFT JOIN region r ON r.id = p.region_id ORDER BY c.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_insert AFTER INSERT ON alarm REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_alarms();
CREATE TRIGGER tell_update AFTER UPDATE ON alarm REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_alarms();
CREATE TRIGGER tell_delete AFTER DELETE ON alarm REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_alarms();
"""


def raw(statements: str) -> None:
    """Send SQL to the server as it is, percent signs and colons included."""
    op.get_bind().connection.driver_connection.execute(statements)  # type: ignore[union-attr]


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("failed_signins", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(login) <> ''", name=op.f("ck_account_login_not_blank")),
        sa.CheckConstraint("left(password_hash, 10) = '$argon2id$'", name=op.f("ck_account_argon2")),
        sa.CheckConstraint(
            "role IN ('admin', 'leader', 'supervisor', 'planner', 'steward', 'wall')",
            name=op.f("ck_account_role_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    op.create_table(
        "city",
        sa.Column("id", sa.Integer(), server_default="1", autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("attribution", sa.Text(), nullable=True),
        sa.Column("notes", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_city_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_city")),
    )
    op.create_table(
        "drawn_cell",
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("z", sa.SmallInteger(), nullable=False),
        sa.Column("cx", sa.Integer(), nullable=False),
        sa.Column("cy", sa.Integer(), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("x", sa.Float(), nullable=False),
        sa.Column("y", sa.Float(), nullable=False),
        sa.Column("red", sa.Integer(), nullable=False),
        sa.Column("orange", sa.Integer(), nullable=False),
        sa.Column("yellow", sa.Integer(), nullable=False),
        sa.Column("blue", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("unknown_severe", sa.Integer(), nullable=False),
        sa.Column("na", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("layer", "z", "cx", "cy", "node_id", name=op.f("pk_drawn_cell")),
    )
    op.create_geospatial_table(
        "drawn_place",
        sa.Column("place_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("at_least", sa.SmallInteger(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("path", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="POINT",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "layer IN ('enterprise', 'gas_shop', 'small_place', 'crowded_place')",
            name=op.f("ck_drawn_place_layer_known"),
        ),
        sa.PrimaryKeyConstraint("place_id", "layer", name=op.f("pk_drawn_place")),
    )
    op.create_geospatial_index(
        "ix_drawn_place_geom_crowded_place",
        "drawn_place",
        ["geom_3857"],
        unique=False,
        postgresql_using="gist",
        postgresql_where="layer = 'crowded_place'",
        postgresql_ops={},
    )
    op.create_geospatial_index(
        "ix_drawn_place_geom_enterprise",
        "drawn_place",
        ["geom_3857"],
        unique=False,
        postgresql_using="gist",
        postgresql_where="layer = 'enterprise'",
        postgresql_ops={},
    )
    op.create_geospatial_index(
        "ix_drawn_place_geom_gas_shop",
        "drawn_place",
        ["geom_3857"],
        unique=False,
        postgresql_using="gist",
        postgresql_where="layer = 'gas_shop'",
        postgresql_ops={},
    )
    op.create_geospatial_index(
        "ix_drawn_place_geom_small_place",
        "drawn_place",
        ["geom_3857"],
        unique=False,
        postgresql_using="gist",
        postgresql_where="layer = 'small_place'",
        postgresql_ops={},
    )
    op.create_table(
        "layer_version",
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("layer", name=op.f("pk_layer_version")),
    )
    op.create_table(
        "raw_file",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_raw_file")),
    )
    op.create_table(
        "region_count",
        sa.Column("region_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("at_least", sa.SmallInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("mapped", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("region_id", "layer", "severity", "at_least", name=op.f("pk_region_count")),
    )
    op.create_table(
        "risk_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_run")),
    )
    op.create_table(
        "import_batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("datum", sa.Text(), nullable=True),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), server_default="done", nullable=False),
        sa.CheckConstraint("state IN ('done', 'failed', 'undone')", name=op.f("ck_import_batch_state_known")),
        sa.ForeignKeyConstraint(["sha256"], ["raw_file.sha256"], name=op.f("fk_import_batch_sha256_raw_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    op.create_table(
        "sign_in",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sign_in_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in")),
    )
    op.create_index(op.f("ix_sign_in_account_id"), "sign_in", ["account_id"], unique=False)
    op.create_table(
        "officer",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_officer_batch_id_import_batch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_officer_source_source_key")),
    )
    op.create_geospatial_table(
        "region",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("is_rest", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("path", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("character", sa.Text(), nullable=True),
        sa.Column("population_day", sa.Integer(), nullable=True),
        sa.Column("population_night", sa.Integer(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("ST_Transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.Column(
            "label_3857",
            Geometry(
                geometry_type="POINT",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("ST_Transform(ST_PointOnSurface(geom), 3857)", persisted=True),
            nullable=True,
        ),
        sa.Column("area_m2", sa.Float(), sa.Computed("ST_Area(geom::geography)", persisted=True), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("code ~ '^[0-9]{6}([0-9]{3}){0,3}X?$'", name=op.f("ck_region_code_form")),
        sa.CheckConstraint("is_rest = (right(code, 1) = 'X')", name=op.f("ck_region_rest_code")),
        sa.CheckConstraint("(level = 1) = (parent_id IS NULL)", name=op.f("ck_region_only_city_is_root")),
        sa.CheckConstraint("NOT is_rest OR geom IS NULL", name=op.f("ck_region_rest_has_no_geometry")),
        sa.CheckConstraint("cardinality(path) = level AND path[level] = id", name=op.f("ck_region_path_ends_here")),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_region_level_range")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_region_batch_id_import_batch")),
        sa.ForeignKeyConstraint(["parent_id"], ["region.id"], name=op.f("fk_region_parent_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region")),
        sa.UniqueConstraint("code", name=op.f("uq_region_code")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_region_source_source_key")),
    )
    op.create_geospatial_index(
        "idx_region_geom", "region", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_index(
        "idx_region_geom_3857", "region", ["geom_3857"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_index(
        "idx_region_label_3857", "region", ["label_3857"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index(op.f("ix_region_parent_id"), "region", ["parent_id"], unique=False)
    op.create_index("ix_region_path", "region", ["path"], unique=False, postgresql_using="gin")
    op.create_index("uq_region_one_rest", "region", ["parent_id"], unique=True, postgresql_where="is_rest")
    op.create_index("uq_region_one_root", "region", ["level"], unique=True, postgresql_where="level = 1")
    op.create_table(
        "rejected_row",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("column_name", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_rejected_row_batch_id_import_batch"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejected_row")),
    )
    op.create_index("ix_rejected_row_batch_id", "rejected_row", ["batch_id"], unique=False)
    op.create_geospatial_table(
        "road",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("road_class", sa.Text(), nullable=False),
        sa.Column("oneway", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("speed_kmh", sa.Float(), nullable=True),
        sa.Column("length_m", sa.Float(), nullable=True),
        sa.Column("u", sa.BigInteger(), nullable=True),
        sa.Column("v", sa.BigInteger(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="LINESTRING",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="LINESTRING",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("ST_Transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("length_m >= 0", name=op.f("ck_road_length_not_negative")),
        sa.CheckConstraint("speed_kmh > 0", name=op.f("ck_road_speed_positive")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_road_batch_id_import_batch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_road")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_road_source_source_key")),
    )
    op.create_geospatial_index(
        "idx_road_geom", "road", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_index(
        "idx_road_geom_3857", "road", ["geom_3857"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "zone",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            Geometry(srid=4326, dimension=2, spatial_index=False, from_text="ST_GeomFromEWKT", name="geometry"),
            nullable=True,
        ),
        sa.Column(
            "geom_3857",
            Geometry(srid=3857, dimension=2, spatial_index=False, from_text="ST_GeomFromEWKT", name="geometry"),
            sa.Computed("ST_Transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('police_station', 'squadron', 'fire_district', 'industrial_park', 'chemical_park', 'development_zone', 'port', 'forest', 'river')",
            name=op.f("ck_zone_kind_known"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_zone_batch_id_import_batch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zone")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_zone_source_source_key")),
    )
    op.create_geospatial_index(
        "idx_zone_geom", "zone", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_index(
        "idx_zone_geom_3857", "zone", ["geom_3857"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_table(
        "account_region",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_region_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["region_id"], ["region.id"], name=op.f("fk_account_region_region_id_region"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "region_id", name=op.f("pk_account_region")),
    )
    op.create_table(
        "order_sheet",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("receiver", sa.Text(), nullable=True),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("hazard_ids", postgresql.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_order_sheet_batch_id_import_batch")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_order_sheet_region_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_sheet")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_order_sheet_source_source_key")),
    )
    op.create_geospatial_table(
        "place",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("uscc", sa.Text(), nullable=True),
        sa.Column("licence_no", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("chains", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("scale", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("employees", sa.Integer(), nullable=True),
        sa.Column("floor_area_m2", sa.Float(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("contact_phone", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("named_region", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="POINT",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("ST_Transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.Column(
            "site",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("orig_x", sa.Float(), nullable=True),
        sa.Column("orig_y", sa.Float(), nullable=True),
        sa.Column("orig_crs", sa.Text(), nullable=True),
        sa.Column("datum", sa.Text(), nullable=True),
        sa.Column("datum_evidence", sa.Text(), nullable=True),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_place_name_not_blank")),
        sa.CheckConstraint(
            "cardinality(kinds) > 0 AND kinds <@ ARRAY['enterprise', 'gas_shop', 'small_place', 'crowded_place', 'school', 'hospital', 'petrol_station', 'mine', 'hazchem', 'explosive_precursor', 'highly_toxic', 'drug_precursor', 'fireworks', 'hazmat_parking']::text[]",
            name=op.f("ck_place_kinds_known"),
        ),
        sa.CheckConstraint("datum IN ('wgs84', 'gcj02', 'bd09', 'cgcs2000')", name=op.f("ck_place_datum_known")),
        sa.CheckConstraint(
            "datum_evidence IN ('declared', 'column', 'confirmed', 'unverified', 'demo')",
            name=op.f("ck_place_datum_evidence_known"),
        ),
        sa.CheckConstraint("scale IN ('high_hazard', 'above_scale', 'small')", name=op.f("ck_place_scale_known")),
        sa.CheckConstraint("state IN ('open', 'suspended', 'closed')", name=op.f("ck_place_state_known")),
        sa.CheckConstraint("employees >= 0", name=op.f("ck_place_employees_not_negative")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_place_batch_id_import_batch")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_place_region_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_place_source_source_key")),
    )
    op.create_geospatial_index(
        "idx_place_geom", "place", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_index(
        "idx_place_site", "place", ["site"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index(op.f("ix_place_region_id"), "place", ["region_id"], unique=False)
    op.create_index(op.f("ix_place_uscc"), "place", ["uscc"], unique=False)
    op.create_geospatial_table(
        "population_cell",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Float(), nullable=True),
        sa.Column("night", sa.Float(), nullable=True),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("day >= 0 AND night >= 0", name=op.f("ck_population_cell_not_negative")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_population_cell_batch_id_import_batch")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_population_cell_region_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_population_cell")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_population_cell_source_source_key")),
    )
    op.create_geospatial_index(
        "idx_population_cell_geom",
        "population_cell",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(op.f("ix_population_cell_region_id"), "population_cell", ["region_id"], unique=False)
    op.create_table(
        "region_total",
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("mapped", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region_id"], ["region.id"], name=op.f("fk_region_total_region_id_region"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("region_id", name=op.f("pk_region_total")),
    )
    op.create_geospatial_table(
        "station",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("station_class", sa.Text(), nullable=True),
        sa.Column("engines", sa.Integer(), nullable=True),
        sa.Column("crew", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="POINT",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("ST_Transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("orig_x", sa.Float(), nullable=True),
        sa.Column("orig_y", sa.Float(), nullable=True),
        sa.Column("orig_crs", sa.Text(), nullable=True),
        sa.Column("datum", sa.Text(), nullable=True),
        sa.Column("datum_evidence", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "station_class IN ('special', 'class1', 'class2', 'small', 'volunteer')",
            name=op.f("ck_station_station_class_known"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_station_batch_id_import_batch")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_station_region_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_station_source_source_key")),
    )
    op.create_geospatial_index(
        "idx_station_geom", "station", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_index(
        "idx_station_geom_3857", "station", ["geom_3857"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index(op.f("ix_station_region_id"), "station", ["region_id"], unique=False)
    op.create_table(
        "duty",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("zone_id", sa.Integer(), nullable=True),
        sa.Column("place_id", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "role IN ('police_officer', 'grid_officer', 'guarantor', 'leader', 'safety_officer', 'patrol')",
            name=op.f("ck_duty_role_known"),
        ),
        sa.CheckConstraint("num_nonnulls(region_id, zone_id, place_id) = 1", name=op.f("ck_duty_one_subject")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_duty_batch_id_import_batch")),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officer.id"], name=op.f("fk_duty_officer_id_officer"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_duty_place_id_place"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_duty_region_id_region")),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_duty_zone_id_zone")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_duty_source_source_key")),
    )
    op.create_index(op.f("ix_duty_officer_id"), "duty", ["officer_id"], unique=False)
    op.create_index(op.f("ix_duty_place_id"), "duty", ["place_id"], unique=False)
    op.create_index(op.f("ix_duty_region_id"), "duty", ["region_id"], unique=False)
    op.create_index(op.f("ix_duty_zone_id"), "duty", ["zone_id"], unique=False)
    op.create_table(
        "gas_installation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("supply", sa.Text(), nullable=True),
        sa.Column("supplier", sa.Text(), nullable=True),
        sa.Column("has_room", sa.Boolean(), nullable=True),
        sa.Column("room_underground", sa.Boolean(), nullable=True),
        sa.Column("in_basement", sa.Boolean(), nullable=True),
        sa.Column("floor_no", sa.SmallInteger(), nullable=True),
        sa.Column("cylinder_in_dining", sa.Boolean(), nullable=True),
        sa.Column("hose_m", sa.Float(), nullable=True),
        sa.Column("hose_material", sa.Text(), nullable=True),
        sa.Column("hose_installed_on", sa.Date(), nullable=True),
        sa.Column("hose_joint", sa.Boolean(), nullable=True),
        sa.Column("hose_through_wall", sa.Boolean(), nullable=True),
        sa.Column("regulator_installed_on", sa.Date(), nullable=True),
        sa.Column("regulator_adjustable", sa.Boolean(), nullable=True),
        sa.Column("flame_failure_device", sa.Boolean(), nullable=True),
        sa.Column("alarm_installed", sa.Boolean(), nullable=True),
        sa.Column("alarm_working", sa.Boolean(), nullable=True),
        sa.Column("cutoff_installed", sa.Boolean(), nullable=True),
        sa.Column("cutoff_working", sa.Boolean(), nullable=True),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("last_visit_on", sa.Date(), nullable=True),
        sa.Column("cylinder_total_kg", sa.Float(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("supply IN ('cylinder', 'piped', 'none')", name=op.f("ck_gas_installation_supply_known")),
        sa.CheckConstraint("hose_m >= 0 AND cylinder_total_kg >= 0", name=op.f("ck_gas_installation_not_negative")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_gas_installation_batch_id_import_batch")
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_gas_installation_place_id_place"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gas_installation")),
        sa.UniqueConstraint("place_id", name=op.f("uq_gas_installation_place_id")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_gas_installation_source_source_key")),
    )
    op.create_geospatial_table(
        "incident",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("deaths", sa.Integer(), nullable=True),
        sa.Column("injured", sa.Integer(), nullable=True),
        sa.Column("place_id", sa.BigInteger(), nullable=True),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="POINT",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("ST_Transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("orig_x", sa.Float(), nullable=True),
        sa.Column("orig_y", sa.Float(), nullable=True),
        sa.Column("orig_crs", sa.Text(), nullable=True),
        sa.Column("datum", sa.Text(), nullable=True),
        sa.Column("datum_evidence", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_incident_batch_id_import_batch")),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_incident_place_id_place"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_incident_region_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_incident_source_source_key")),
    )
    op.create_geospatial_index(
        "idx_incident_geom", "incident", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_index(
        "idx_incident_geom_3857", "incident", ["geom_3857"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index(op.f("ix_incident_place_id"), "incident", ["place_id"], unique=False)
    op.create_index(op.f("ix_incident_region_id"), "incident", ["region_id"], unique=False)
    op.create_table(
        "inspection",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("inspected_on", sa.Date(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("checklist", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "result IN ('passed', 'hazards', 'refused', 'closed_door')", name=op.f("ck_inspection_result_known")
        ),
        sa.CheckConstraint(
            "type IN ('routine', 'special', 'joint', 'reinspection', 'supplier_visit', 'complaint', 'self_check')",
            name=op.f("ck_inspection_type_known"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_inspection_batch_id_import_batch")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_inspection_officer_id_officer")),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_inspection_place_id_place"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_inspection_source_source_key")),
    )
    op.create_index("ix_inspection_place_id_inspected_on", "inspection", ["place_id", "inspected_on"], unique=False)
    op.create_table(
        "sensor",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("installed_on", sa.Date(), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_value", sa.Float(), nullable=True),
        sa.Column("fault", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('gas', 'smoke', 'temperature', 'pressure', 'cutoff', 'level')", name=op.f("ck_sensor_kind_known")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_sensor_batch_id_import_batch")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_sensor_place_id_place"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sensor")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_sensor_source_source_key")),
    )
    op.create_index(op.f("ix_sensor_place_id"), "sensor", ["place_id"], unique=False)
    op.create_geospatial_table(
        "unit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("exposed_people", sa.Integer(), nullable=True),
        sa.Column(
            "boundary",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('production', 'storage')", name=op.f("ck_unit_kind_known")),
        sa.CheckConstraint("exposed_people >= 0", name=op.f("ck_unit_people_not_negative")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_unit_batch_id_import_batch")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_unit_place_id_place"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_unit_source_source_key")),
    )
    op.create_geospatial_index(
        "idx_unit_boundary", "unit", ["boundary"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index(op.f("ix_unit_place_id"), "unit", ["place_id"], unique=False)
    op.create_table(
        "alarm",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("sensor_id", sa.BigInteger(), nullable=True),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state <> 'closed' OR closed_at IS NOT NULL", name=op.f("ck_alarm_closed_has_time")),
        sa.CheckConstraint(
            "state IN ('open', 'acknowledged', 'escalated', 'closed')", name=op.f("ck_alarm_state_known")
        ),
        sa.CheckConstraint("level BETWEEN 1 AND 2", name=op.f("ck_alarm_level_range")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_alarm_batch_id_import_batch")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_alarm_place_id_place"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensor.id"], name=op.f("fk_alarm_sensor_id_sensor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_alarm_source_source_key")),
    )
    op.create_index("ix_alarm_open", "alarm", ["raised_at"], unique=False, postgresql_where="state <> 'closed'")
    op.create_index(op.f("ix_alarm_place_id"), "alarm", ["place_id"], unique=False)
    op.create_index(op.f("ix_alarm_sensor_id"), "alarm", ["sensor_id"], unique=False)
    op.create_table(
        "assessment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("value_low", sa.Float(), nullable=True),
        sa.Column("value_high", sa.Float(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("at_least", sa.SmallInteger(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("contributions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("missing", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("data_from", sa.Date(), nullable=True),
        sa.Column("digest", sa.BigInteger(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("severity = 0 OR at_least = severity", name=op.f("ck_assessment_proven_equals_grade")),
        sa.CheckConstraint(
            "severity BETWEEN -1 AND 4 AND at_least BETWEEN -1 AND 4", name=op.f("ck_assessment_severity_range")
        ),
        sa.CheckConstraint("value_low <= value_high", name=op.f("ck_assessment_interval_order")),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_assessment_place_id_place"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["risk_run.id"], name=op.f("fk_assessment_run_id_risk_run")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_assessment_unit_id_unit"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
    )
    op.create_index(op.f("ix_assessment_place_id"), "assessment", ["place_id"], unique=False)
    op.create_index(
        "uq_assessment_current",
        "assessment",
        ["scheme", "place_id", sa.literal_column("coalesce(unit_id, 0)")],
        unique=True,
        postgresql_where="superseded_at IS NULL",
    )
    op.create_table(
        "cylinder",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("installation_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("mass_kg", sa.Float(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("two_phase", sa.Boolean(), nullable=True),
        sa.Column("spot", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "spot IN ('room', 'kitchen', 'dining', 'outside', 'other')", name=op.f("ck_cylinder_spot_known")
        ),
        sa.CheckConstraint("mass_kg > 0", name=op.f("ck_cylinder_mass_positive")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_cylinder_batch_id_import_batch")),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["gas_installation.id"],
            name=op.f("fk_cylinder_installation_id_gas_installation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cylinder")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_cylinder_source_source_key")),
    )
    op.create_index(op.f("ix_cylinder_installation_id"), "cylinder", ["installation_id"], unique=False)
    op.create_table(
        "hazard",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("inspection_id", sa.BigInteger(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("rectified_on", sa.Date(), nullable=True),
        sa.Column("reinspected_on", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("level IN ('general', 'major')", name=op.f("ck_hazard_level_known")),
        sa.CheckConstraint(
            "state <> 'closed' OR reinspected_on IS NOT NULL", name=op.f("ck_hazard_only_reinspection_closes")
        ),
        sa.CheckConstraint(
            "state IN ('found', 'assigned', 'rectified', 'closed', 'refused')", name=op.f("ck_hazard_state_known")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_hazard_batch_id_import_batch")),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["inspection.id"], name=op.f("fk_hazard_inspection_id_inspection"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_hazard_place_id_place"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hazard")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_hazard_source_source_key")),
    )
    op.create_index(
        "ix_hazard_open", "hazard", ["place_id", "deadline"], unique=False, postgresql_where="state <> 'closed'"
    )
    op.create_index(op.f("ix_hazard_place_id"), "hazard", ["place_id"], unique=False)
    op.create_table(
        "holding",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("substance", sa.Text(), nullable=False),
        sa.Column("cas", sa.Text(), nullable=True),
        sa.Column("hazard_class", sa.Text(), nullable=True),
        sa.Column("design_max_t", sa.Float(), nullable=True),
        sa.Column("filed_t", sa.Float(), nullable=True),
        sa.Column("bought_t", sa.Float(), nullable=True),
        sa.Column("used_t", sa.Float(), nullable=True),
        sa.Column("stock_t", sa.Float(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "design_max_t >= 0 AND filed_t >= 0 AND bought_t >= 0 AND used_t >= 0 AND stock_t >= 0",
            name=op.f("ck_holding_not_negative"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_holding_batch_id_import_batch")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_holding_place_id_place"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_holding_unit_id_unit"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holding")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_holding_source_source_key")),
    )
    op.create_index(op.f("ix_holding_place_id"), "holding", ["place_id"], unique=False)
    op.create_index(op.f("ix_holding_unit_id"), "holding", ["unit_id"], unique=False)
    op.create_table(
        "reading",
        sa.Column("sensor_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensor.id"], name=op.f("fk_reading_sensor_id_sensor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sensor_id", "at", name=op.f("pk_reading")),
    )
    op.create_table(
        "act",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("hazard_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("amount_yuan", sa.Integer(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('penalty', 'suspension', 'interview', 'blacklist', 'closure')", name=op.f("ck_act_kind_known")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_act_batch_id_import_batch")),
        sa.ForeignKeyConstraint(
            ["hazard_id"], ["hazard.id"], name=op.f("fk_act_hazard_id_hazard"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_act_place_id_place"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_act_source_source_key")),
    )
    op.create_index(op.f("ix_act_place_id"), "act", ["place_id"], unique=False)
    raw(APPEND_ONLY)
    raw(EVENTS)
    raw(VERSIONS)
    raw(SchemaManager.get_schema())


def downgrade() -> None:
    raise NotImplementedError("migrations only go forward: restore a backup instead")
