"""The first tables: the event path, who may buy, what was bought and opens what, and what was heard of Stripe."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checkout",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("success_url", sa.Text(), nullable=False),
        sa.Column("cancel_url", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("price_id", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_checkout_currency")),
        sa.CheckConstraint("plan in ('pro_monthly', 'pro_yearly')", name=op.f("ck_checkout_plan")),
        sa.CheckConstraint("(lease is null) = (leased_until is null)", name=op.f("ck_checkout_lease")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_checkout_amount")),
        sa.CheckConstraint(
            "session_id is null or num_nulls(customer_id, price_id, amount, currency, url, expires_at) = 0",
            name=op.f("ck_checkout_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkout")),
        sa.UniqueConstraint("session_id", name=op.f("uq_checkout_session_id")),
        sa.UniqueConstraint("user_id", "idempotency_key", name="uq_checkout_user_id_idempotency_key"),
        schema="payments",
    )
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
        schema="payments",
    )
    op.create_table(
        "customer",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer")),
        sa.UniqueConstraint("user_id", name=op.f("uq_customer_user_id")),
        schema="payments",
    )
    op.create_table(
        "entitlement",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("tier in ('free', 'pro')", name=op.f("ck_entitlement_tier")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_entitlement")),
        schema="payments",
    )
    op.create_table(
        "head",
        sa.Column("one", sa.Boolean(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("epoch_start", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_head_single")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_head")),
        schema="payments",
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
        schema="payments",
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
        schema="payments",
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
        schema="payments",
    )
    op.create_index(
        op.f("ix_parked_consumer_source_key_position"),
        "parked",
        ["consumer", "source", "key", "position"],
        unique=False,
        schema="payments",
    )
    op.create_table(
        "stripe_dirty",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_stripe_dirty")),
        schema="payments",
    )
    op.create_index(op.f("ix_stripe_dirty_due_at"), "stripe_dirty", ["due_at"], unique=False, schema="payments")
    op.create_table(
        "stripe_event",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_stripe_event")),
        schema="payments",
    )
    op.create_index(op.f("ix_stripe_event_noted_at"), "stripe_event", ["noted_at"], unique=False, schema="payments")
    op.create_table(
        "stripe_sweep",
        sa.Column("one", sa.Boolean(), nullable=False),
        sa.Column("swept_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_stripe_sweep_single")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_stripe_sweep")),
        schema="payments",
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("current_period_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_at_period_end", sa.Boolean(), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("plan in ('pro_monthly', 'pro_yearly')", name=op.f("ck_subscription_plan")),
        sa.CheckConstraint(
            "status in ('incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled')",
            name=op.f("ck_subscription_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("subscription_id", name=op.f("uq_subscription_subscription_id")),
        schema="payments",
    )
    op.create_index(
        op.f("ix_subscription_customer_id"), "subscription", ["customer_id"], unique=False, schema="payments"
    )
    op.create_index(
        op.f("ix_subscription_user_id_started_at"),
        "subscription",
        ["user_id", "started_at"],
        unique=False,
        schema="payments",
    )
    op.create_table(
        "verified_person",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_verified_person")),
        schema="payments",
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("invoice_number", sa.Text(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("subscription", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_payment_currency")),
        sa.CheckConstraint("plan in ('pro_monthly', 'pro_yearly')", name=op.f("ck_payment_plan")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_amount")),
        sa.CheckConstraint("attempt >= 0", name=op.f("ck_payment_attempt")),
        sa.ForeignKeyConstraint(["subscription"], ["payments.subscription.id"], name=op.f("fk_payment_subscription")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("invoice_id", name=op.f("uq_payment_invoice_id")),
        schema="payments",
    )
    op.create_index(op.f("ix_payment_subscription"), "payment", ["subscription"], unique=False, schema="payments")
    op.create_index(op.f("ix_payment_user_id"), "payment", ["user_id"], unique=False, schema="payments")


def downgrade() -> None:
    op.drop_index(op.f("ix_payment_user_id"), table_name="payment", schema="payments")
    op.drop_index(op.f("ix_payment_subscription"), table_name="payment", schema="payments")
    op.drop_table("payment", schema="payments")
    op.drop_table("verified_person", schema="payments")
    op.drop_index(op.f("ix_subscription_user_id_started_at"), table_name="subscription", schema="payments")
    op.drop_index(op.f("ix_subscription_customer_id"), table_name="subscription", schema="payments")
    op.drop_table("subscription", schema="payments")
    op.drop_table("stripe_sweep", schema="payments")
    op.drop_index(op.f("ix_stripe_event_noted_at"), table_name="stripe_event", schema="payments")
    op.drop_table("stripe_event", schema="payments")
    op.drop_index(op.f("ix_stripe_dirty_due_at"), table_name="stripe_dirty", schema="payments")
    op.drop_table("stripe_dirty", schema="payments")
    op.drop_index(op.f("ix_parked_consumer_source_key_position"), table_name="parked", schema="payments")
    op.drop_table("parked", schema="payments")
    op.drop_table("outbox", schema="payments")
    op.drop_table("log", schema="payments")
    op.drop_table("head", schema="payments")
    op.drop_table("entitlement", schema="payments")
    op.drop_table("customer", schema="payments")
    op.drop_table("cursor", schema="payments")
    op.drop_table("checkout", schema="payments")
