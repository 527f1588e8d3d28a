"""The constraint of 0002 is validated, in a transaction of its own so that nobody waits for it."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table learning.submission validate constraint ck_submission_idempotency_key")


def downgrade() -> None:
    """A validated constraint is one that 0002 can drop: there is nothing to take back."""
