"""One open page per person: pages can be closed, and a second key leads to the page that is open."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("checkout", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True), schema="payments")
    op.add_column("checkout", sa.Column("same_as", sa.Uuid(), nullable=True), schema="payments")
    op.create_foreign_key(
        op.f("fk_checkout_same_as"),
        "checkout",
        "checkout",
        ["same_as"],
        ["id"],
        source_schema="payments",
        referent_schema="payments",
        postgresql_not_valid=True,
    )
    op.create_check_constraint(
        op.f("ck_checkout_same_as"),
        "checkout",
        "same_as is null or num_nonnulls(lease, session_id, completed_at, closed_at) = 0",
        schema="payments",
        postgresql_not_valid=True,
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_checkout_same_as"), "checkout", schema="payments", type_="check")
    op.drop_constraint(op.f("fk_checkout_same_as"), "checkout", schema="payments", type_="foreignkey")
    op.drop_column("checkout", "same_as", schema="payments")
    op.drop_column("checkout", "closed_at", schema="payments")
