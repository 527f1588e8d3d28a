"""The constraints of 0002 are validated, in a transaction of its own so that nobody waits for it."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("fk_checkout_same_as", "ck_checkout_same_as"):
        op.execute(f"alter table payments.checkout validate constraint {name}")


def downgrade() -> None:
    """A validated constraint is one that 0002 can drop: there is nothing to take back."""
