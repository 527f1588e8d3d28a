"""The notifications service's tables: one row per message that somebody is to get."""

from sqlalchemy import CheckConstraint, Column, DateTime, Index, Integer, Table, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.schema import bus_tables, service_metadata

metadata = service_metadata("notifications")
bus = bus_tables(metadata)

message = Table(
    "message",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("template", Text, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("category", Text, nullable=False),
    Column("params", JSONB, nullable=False),
    Column("message_id", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", DateTime(timezone=True), nullable=False),
    Column("leased_until", DateTime(timezone=True)),
    Column("lease", Uuid),
    Column("traceparent", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Column("last_error", Text),
    # One intent, one message: an event applied again finds its row.
    UniqueConstraint("event_id", "template", "user_id"),
    # Checks stand here, not in their columns: Alembic renders only these.
    CheckConstraint("category in ('required', 'optional')", name="category"),
    CheckConstraint("state in ('pending', 'sent', 'skipped', 'failed')", name="state"),
    CheckConstraint("attempts >= 0", name="attempts"),
    CheckConstraint("(state = 'sent') = (sent_at is not null)", name="sent_at"),
    CheckConstraint("(lease is null) = (leased_until is null)", name="lease_whole"),
    CheckConstraint("lease is null or state = 'pending'", name="lease_pending"),
    CheckConstraint("state <> 'failed' or last_error is not null", name="failed_says_why"),
)

Index("ix_message_due", message.c.next_try_at, postgresql_where=text("state = 'pending'"))
Index("ix_message_user", message.c.user_id, message.c.created_at, message.c.id)
