"""Idempotency keys of up to 255 characters, as everywhere on the platform."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NAME = "ck_submission_idempotency_key"


def upgrade() -> None:
    _allow(255)


def downgrade() -> None:
    _allow(200)


def _allow(longest: int) -> None:
    # The guarantee is dropped for the length of this transaction alone.
    op.execute(f"-- squawk-ignore ban-drop-constraint\nalter table learning.submission drop constraint {NAME}")
    op.execute(
        f"alter table learning.submission add constraint {NAME} "
        f"check (length(idempotency_key) between 1 and {longest}) not valid"
    )
