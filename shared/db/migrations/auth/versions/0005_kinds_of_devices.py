"""Known devices are of a kind, so that programs push no browser out."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    client = sa.Column("client", sa.Text(), server_default="browser", nullable=False)
    op.add_column("known_device", client, schema="auth")
    # Looking at every row would lock the table: the next migration does, in a transaction of its own.
    op.execute(
        "alter table auth.known_device add constraint ck_known_device_client check (client in ('api', 'browser')) not valid"
    )


def downgrade() -> None:
    op.drop_column("known_device", "client", schema="auth")
