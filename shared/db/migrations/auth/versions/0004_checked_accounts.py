"""The rows of before obey the constraints of managed accounts, too."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CHECKED = {
    "session_family": ("device", "ended_reason"),
    "user_account": ("version",),
    "one_time_token": ("purpose",),
}


def upgrade() -> None:
    for table, names in CHECKED.items():
        for name in names:
            op.execute(f"alter table auth.{table} validate constraint ck_{table}_{name}")


def downgrade() -> None:
    """What is valid stays valid."""
