"""Who is it: original records of merged places, pairs that were looked at, and merges that can be taken apart."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('place_source',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('place_id', sa.BigInteger(), nullable=False),
    sa.Column('origin_id', sa.BigInteger(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('source_key', sa.Text(), nullable=False),
    sa.Column('batch_id', sa.BigInteger(), nullable=True),
    sa.Column('record', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['batch_id'], ['import_batch.id'], name=op.f('fk_place_source_batch_id_import_batch')),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_place_source_place_id_place')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_place_source')),
    sa.UniqueConstraint('origin_id', name=op.f('uq_place_source_origin_id')),
    sa.UniqueConstraint('source', 'source_key', name=op.f('uq_place_source_source_source_key'))
    )
    op.create_index(op.f('ix_place_source_place_id'), 'place_source', ['place_id'], unique=False)
    op.create_table('place_pair',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('a_id', sa.BigInteger(), nullable=False),
    sa.Column('b_id', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Text(), server_default='open', nullable=False),
    sa.Column('rule', sa.Text(), nullable=False),
    sa.Column('score', sa.Float(), nullable=False),
    sa.Column('distance_m', sa.Float(), nullable=True),
    sa.Column('evidence', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('postponed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Text(), nullable=True),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('a_id < b_id', name=op.f('ck_place_pair_smaller_first')),
    sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f('ck_place_pair_decided_has_time')),
    sa.CheckConstraint("state IN ('open', 'same', 'different')", name=op.f('ck_place_pair_state_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_place_pair')),
    sa.UniqueConstraint('a_id', 'b_id', name=op.f('uq_place_pair_a_id_b_id'))
    )
    op.create_index(op.f('ix_place_pair_b_id'), 'place_pair', ['b_id'], unique=False)
    op.create_index('ix_place_pair_open', 'place_pair', ['score'], unique=False, postgresql_where="state = 'open'")
    op.create_table('place_merge',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('kept_id', sa.BigInteger(), nullable=False),
    sa.Column('absorbed_ids', postgresql.ARRAY(sa.BigInteger()), nullable=False),
    sa.Column('how', sa.Text(), nullable=False),
    sa.Column('evidence', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False),
    sa.Column('conflicts', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False),
    sa.Column('grades', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('made_by', sa.Text(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_by', sa.Text(), nullable=True),
    sa.CheckConstraint("how IN ('rule', 'person')", name=op.f('ck_place_merge_how_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_place_merge'))
    )
    op.create_index(op.f('ix_place_merge_kept_id'), 'place_merge', ['kept_id'], unique=False)
    op.create_table('place_merge_row',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('merge_id', sa.BigInteger(), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('table_name', sa.Text(), nullable=False),
    sa.Column('row_id', sa.BigInteger(), nullable=False),
    sa.Column('column_name', sa.Text(), nullable=True),
    sa.Column('before', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('after', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.CheckConstraint("what IN ('moved', 'removed', 'changed', 'added')", name=op.f('ck_place_merge_row_what_known')),
    sa.ForeignKeyConstraint(['merge_id'], ['place_merge.id'], name=op.f('fk_place_merge_row_merge_id_place_merge'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_place_merge_row'))
    )
    op.create_index(op.f('ix_place_merge_row_merge_id'), 'place_merge_row', ['merge_id'], unique=False)


def downgrade() -> None:
    raise NotImplementedError("migrations only go forward: restore a backup instead")
