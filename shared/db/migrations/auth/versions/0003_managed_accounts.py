"""Accounts can be managed: suspended, edited, given new passwords; what is done to them by others is on record."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False, cache=1), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "details",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.CheckConstraint("reason ~ '\\S'", name=op.f("ck_audit_entry_reason")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entry")),
        schema="auth",
    )
    op.create_index(op.f("ix_audit_entry_user_id"), "audit_entry", ["user_id"], unique=False, schema="auth")
    op.execute("revoke update, delete on auth.audit_entry from auth")
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signs_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_key")),
        schema="auth",
    )
    op.create_table(
        "known_device",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_known_device_hash")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["auth.user_account.id"], name=op.f("fk_known_device_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_known_device")),
        schema="auth",
    )
    op.create_index(op.f("ix_known_device_last_used_at"), "known_device", ["last_used_at"], unique=False, schema="auth")
    op.create_index(op.f("ix_known_device_user_id"), "known_device", ["user_id"], unique=False, schema="auth")
    op.add_column("session_family", sa.Column("device", sa.Text(), nullable=True), schema="auth")
    version = sa.Column("version", sa.Integer(), server_default="1", nullable=False)
    op.add_column("user_account", version, schema="auth")
    for name in ("verification_sent_at", "reset_requested_at", "password_changed_at", "suspended_at"):
        op.add_column("user_account", sa.Column(name, sa.DateTime(timezone=True), nullable=True), schema="auth")
    _check("session_family", "device", "length(device) <= 200")
    _check("user_account", "version", "version >= 1")
    reasons = "'signed-out', 'reused', 'revoked', 'password-changed', 'suspended'"
    _uncheck("session_family", "ended_reason")  # wider at once
    _check("session_family", "ended_reason", f"ended_reason in ({reasons})")
    _uncheck("one_time_token", "purpose")
    _check("one_time_token", "purpose", "purpose in ('verify-email', 'reset-password')")


def _uncheck(table: str, name: str) -> None:
    op.execute(f"-- squawk-ignore ban-drop-constraint\nalter table auth.{table} drop constraint ck_{table}_{name}")


def _check(table: str, name: str, condition: str) -> None:
    # Looking at every row would lock the table: the next migration does, in a transaction of its own.
    op.execute(f"alter table auth.{table} add constraint ck_{table}_{name} check ({condition}) not valid")


def downgrade() -> None:
    # The constraints stay as wide as they are: rows may need it.
    for name in ("suspended_at", "password_changed_at", "reset_requested_at", "verification_sent_at", "version"):
        op.drop_column("user_account", name, schema="auth")
    op.drop_column("session_family", "device", schema="auth")
    for table in ("known_device", "signing_key", "audit_entry"):
        op.drop_table(table, schema="auth")
