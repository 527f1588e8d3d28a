"""Events that a person skips are kept, with who did it and why; the parked are looked up by key across consumers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "skipped",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False, cache=1), nullable=False),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("event", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("skipped_by", sa.Uuid(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("skipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("why ~ '\\S'", name=op.f("ck_skipped_why")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_skipped")),
        schema="notifications",
    )
    # `parked` is nearly empty, so its new index takes a moment and may be made within the transaction.
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "create index ix_parked_source_key_position on notifications.parked (source, key, position)"
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-deletion\n"
        "drop index notifications.ix_parked_consumer_source_key_position"
    )


def downgrade() -> None:
    op.create_index(
        op.f("ix_parked_consumer_source_key_position"),
        "parked",
        ["consumer", "source", "key", "position"],
        unique=False,
        schema="notifications",
    )
    op.drop_index(op.f("ix_parked_source_key_position"), table_name="parked", schema="notifications")
    op.drop_table("skipped", schema="notifications")
