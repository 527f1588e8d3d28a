"""The tables of the auth service."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cursor",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=True),
        sa.Column("types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "source", name=op.f("pk_cursor")),
        schema="auth",
    )
    op.create_table(
        "head",
        sa.Column("one", sa.Boolean(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("epoch_start", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_head_single")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_head")),
        schema="auth",
    )
    op.create_table(
        "log",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cause", sa.Uuid(), nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_log")),
        sa.UniqueConstraint("id", name=op.f("uq_log_id")),
        schema="auth",
    )
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False, cache=1), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cause", sa.Uuid(), nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
        sa.UniqueConstraint("id", name=op.f("uq_outbox_id")),
        schema="auth",
    )
    op.create_table(
        "parked",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("event", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("state in ('retrying', 'waiting', 'dead')", name=op.f("ck_parked_state")),
        sa.PrimaryKeyConstraint("consumer", "source", "position", name=op.f("pk_parked")),
        schema="auth",
    )
    op.create_index(
        op.f("ix_parked_consumer_source_key_position"),
        "parked",
        ["consumer", "source", "key", "position"],
        unique=False,
        schema="auth",
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column(
            "failed_at", postgresql.ARRAY(sa.DateTime(timezone=True)), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(address) = 32", name=op.f("ck_sign_in_failures_address")),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_sign_in_failures")),
        schema="auth",
    )
    op.create_index(op.f("ix_sign_in_failures_last_at"), "sign_in_failures", ["last_at"], unique=False, schema="auth")
    op.create_table(
        "user_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("registration_repeated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("email ~ '^[!-~]+@[!-~]+$' and length(email) <= 254", name=op.f("ck_user_account_email")),
        sa.CheckConstraint("password_hash like '$argon2id$%'", name=op.f("ck_user_account_password_hash")),
        sa.CheckConstraint("length(name) between 1 and 100", name=op.f("ck_user_account_name")),
        sa.CheckConstraint("length(locale) between 2 and 35", name=op.f("ck_user_account_locale")),
        sa.CheckConstraint("length(timezone) between 1 and 64", name=op.f("ck_user_account_timezone")),
        sa.CheckConstraint("roles <@ array['author', 'admin']", name=op.f("ck_user_account_roles")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        schema="auth",
    )
    op.create_index(
        "uq_user_account_lower_email", "user_account", [sa.literal_column("lower(email)")], unique=True, schema="auth"
    )
    op.create_table(
        "one_time_token",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_one_time_token_hash")),
        sa.CheckConstraint("purpose in ('verify-email')", name=op.f("ck_one_time_token_purpose")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["auth.user_account.id"], name=op.f("fk_one_time_token_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_one_time_token")),
        schema="auth",
    )
    op.create_index(op.f("ix_one_time_token_expires_at"), "one_time_token", ["expires_at"], unique=False, schema="auth")
    op.create_index(op.f("ix_one_time_token_user_id"), "one_time_token", ["user_id"], unique=False, schema="auth")
    op.create_table(
        "session_family",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("client in ('api', 'browser')", name=op.f("ck_session_family_client")),
        sa.CheckConstraint("generation >= 1", name=op.f("ck_session_family_generation")),
        sa.CheckConstraint("ended_reason in ('signed-out', 'reused')", name=op.f("ck_session_family_ended_reason")),
        sa.CheckConstraint("(ended_at is null) = (ended_reason is null)", name=op.f("ck_session_family_ended_at")),
        sa.CheckConstraint("(generation = 1) = (rotated_at is null)", name=op.f("ck_session_family_rotated_at")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_session_family_expires_at")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["auth.user_account.id"], name=op.f("fk_session_family_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_family")),
        schema="auth",
    )
    op.create_index(op.f("ix_session_family_expires_at"), "session_family", ["expires_at"], unique=False, schema="auth")
    op.create_index(op.f("ix_session_family_user_id"), "session_family", ["user_id"], unique=False, schema="auth")


def downgrade() -> None:
    op.drop_index(op.f("ix_session_family_user_id"), table_name="session_family", schema="auth")
    op.drop_index(op.f("ix_session_family_expires_at"), table_name="session_family", schema="auth")
    op.drop_table("session_family", schema="auth")
    op.drop_index(op.f("ix_one_time_token_user_id"), table_name="one_time_token", schema="auth")
    op.drop_index(op.f("ix_one_time_token_expires_at"), table_name="one_time_token", schema="auth")
    op.drop_table("one_time_token", schema="auth")
    op.drop_index("uq_user_account_lower_email", table_name="user_account", schema="auth")
    op.drop_table("user_account", schema="auth")
    op.drop_index(op.f("ix_sign_in_failures_last_at"), table_name="sign_in_failures", schema="auth")
    op.drop_table("sign_in_failures", schema="auth")
    op.drop_index(op.f("ix_parked_consumer_source_key_position"), table_name="parked", schema="auth")
    op.drop_table("parked", schema="auth")
    op.drop_table("outbox", schema="auth")
    op.drop_table("log", schema="auth")
    op.drop_table("head", schema="auth")
    op.drop_table("cursor", schema="auth")
