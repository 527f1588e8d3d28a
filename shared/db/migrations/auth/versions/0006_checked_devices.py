"""The rows of before obey the constraint of known devices, too."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table auth.known_device validate constraint ck_known_device_client")


def downgrade() -> None:
    """What is valid stays valid."""
