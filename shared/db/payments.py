"""The payments schema: who may buy, what was bought, what it opens, and what Stripe has told us that we have yet to look at.

Stripe's ids are `*_id` of type text, ours are UUIDs. Amounts are in the currency's minor unit, currencies ISO 4217.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from shared.db.schema import bus_tables, service_metadata

metadata = service_metadata("payments")
bus = bus_tables(metadata)

TIME = DateTime(timezone=True)
PAID_PLANS = "plan in ('pro_monthly', 'pro_yearly')"
TIERS = "tier in ('free', 'pro')"
ISO_CURRENCY = "currency ~ '^[A-Z]{3}$'"

# Projection of auth's EmailVerified: only these people may buy.
verified_person = Table(
    "verified_person",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("verified_at", TIME, nullable=False),
)

customer = Table(
    "customer",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False, unique=True),
    Column("created_at", TIME, nullable=False),
)

# A row is also the memory of its Idempotency-Key: it is leased by the one request that talks to Stripe for it,
# and is the answer to every repetition once it has its session. A key that was answered with a checkout opened under
# another key has a row that says so (`same_as`) and nothing else.
checkout = Table(
    "checkout",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("idempotency_key", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("success_url", Text, nullable=False),
    Column("cancel_url", Text, nullable=False),
    Column("created_at", TIME, nullable=False),
    Column("lease", Uuid),
    Column("leased_until", TIME),
    Column("customer_id", Text),
    Column("price_id", Text),
    Column("amount", BigInteger),
    Column("currency", Text),
    Column("session_id", Text, unique=True),
    Column("url", Text),
    Column("expires_at", TIME),
    Column("completed_at", TIME),
    Column("closed_at", TIME),
    Column("same_as", Uuid, ForeignKey("payments.checkout.id")),
    UniqueConstraint("user_id", "idempotency_key", name="uq_checkout_user_id_idempotency_key"),
    CheckConstraint("(lease is null) = (leased_until is null)", name="lease"),
    CheckConstraint(
        "session_id is null or num_nulls(customer_id, price_id, amount, currency, url, expires_at) = 0", name="session"
    ),
    CheckConstraint("same_as is null or num_nonnulls(lease, session_id, completed_at, closed_at) = 0", name="same_as"),
    CheckConstraint(PAID_PLANS, name="plan"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint(ISO_CURRENCY, name="currency"),
)

subscription = Table(
    "subscription",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subscription_id", Text, nullable=False, unique=True),
    Column("customer_id", Text, nullable=False, index=True),
    Column("user_id", Uuid, nullable=False),
    Column("plan", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("started_at", TIME, nullable=False),
    Column("current_period_end", TIME),
    Column("cancel_at_period_end", Boolean, nullable=False),
    Column("activated_at", TIME),
    Column("ended_at", TIME),
    CheckConstraint(
        "status in ('incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled')",
        name="status",
    ),
    CheckConstraint(PAID_PLANS, name="plan"),
)

Index(None, subscription.c.user_id, subscription.c.started_at)

payment = Table(
    "payment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("invoice_id", Text, nullable=False, unique=True),
    Column("invoice_number", Text, nullable=False),
    Column("attempt", SmallInteger, nullable=False),
    Column("subscription", Uuid, ForeignKey(subscription.c.id), nullable=False, index=True),
    Column("user_id", Uuid, nullable=False, index=True),
    Column("plan", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("paid_at", TIME, nullable=False),
    CheckConstraint("attempt >= 0", name="attempt"),
    CheckConstraint(PAID_PLANS, name="plan"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint(ISO_CURRENCY, name="currency"),
)

# What each person may open now. No row is the free tier since ever.
entitlement = Table(
    "entitlement",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("tier", Text, nullable=False),
    Column("since", TIME),
    CheckConstraint(TIERS, name="tier"),
)

# Every event of Stripe's that was taken note of, so that a repetition changes nothing.
stripe_event = Table(
    "stripe_event",
    metadata,
    Column("event_id", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("customer_id", Text),
    Column("created_at", TIME, nullable=False),
    Column("noted_at", TIME, nullable=False, index=True),
)

# Customers whose state at Stripe is newer than ours. `generation` counts what was heard since the row was made:
# a refresh ends the row only if nothing was heard meanwhile.
stripe_dirty = Table(
    "stripe_dirty",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("generation", BigInteger, nullable=False),
    Column("due_at", TIME, nullable=False, index=True),
    Column("tries", SmallInteger, nullable=False),
    Column("lease", Uuid),
    Column("traceparent", Text),
)

# How far the sweep over Stripe's list of events has come; one row.
stripe_sweep = Table(
    "stripe_sweep",
    metadata,
    Column("one", Boolean, primary_key=True),
    Column("swept_to", TIME, nullable=False),
    Column("due_at", TIME, nullable=False),
    CheckConstraint("one", name="single"),
)
