"""The data doctor: what it found last, and how the counts went from day to day."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('doctor_run',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seconds', sa.Float(), nullable=False),
    sa.Column('unknown', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('labels', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_doctor_run'))
    )
    op.create_geospatial_table('doctor_finding',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('check_id', sa.Text(), nullable=False),
    sa.Column('record_id', sa.BigInteger(), nullable=False),
    sa.Column('place_id', sa.BigInteger(), nullable=True),
    sa.Column('region_id', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=True),
    sa.Column('unknown', sa.Boolean(), nullable=False),
    sa.Column('at_least', sa.SmallInteger(), nullable=False),
    sa.Column('geom_3857', Geometry(geometry_type='POINT', srid=3857, dimension=2, spatial_index=False, from_text='ST_GeomFromEWKT', name='geometry'), nullable=True),
    sa.Column('shape_3857', Geometry(geometry_type='GEOMETRY', srid=3857, dimension=2, spatial_index=False, from_text='ST_GeomFromEWKT', name='geometry'), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_doctor_finding'))
    )
    op.create_index('ix_doctor_finding_check_id_region_id', 'doctor_finding', ['check_id', 'region_id'], unique=False)
    op.create_table('doctor_trend',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('check_id', sa.Text(), nullable=False),
    sa.Column('region_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('population', sa.Integer(), nullable=False),
    sa.Column('unmapped', sa.Integer(), nullable=False),
    sa.Column('unknown', sa.Integer(), nullable=False),
    sa.Column('unknown_severe', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'check_id', 'region_id', 'source', name=op.f('pk_doctor_trend'))
    )
    op.create_index('ix_doctor_trend_region_id', 'doctor_trend', ['region_id', 'check_id', 'day'], unique=False)


def downgrade() -> None:
    raise NotImplementedError("migrations only go forward: restore a backup instead")
