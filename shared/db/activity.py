"""The activity service's tables: what happened, and what the people it happened to are called."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.schema import bus_tables, service_metadata

metadata = service_metadata("activity")
bus = bus_tables(metadata)

feed_entry = Table(
    "feed_entry",
    metadata,
    Column("id", Uuid, primary_key=True),  # the event's own id
    Column("user_id", Uuid),
    Column("verb", Text, nullable=False),
    Column("params", JSONB, nullable=False),
    Column("visible", Boolean, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("source", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    UniqueConstraint("source", "position"),
    # Checks stand here, not in their columns: Alembic renders only these.
    CheckConstraint("position > 0", name="position"),
    CheckConstraint("not visible or user_id is not null", name="visible_to_somebody"),
)

# The feed's one question: this person's visible entries, newest first, from a place on.
Index("ix_feed_entry_feed", feed_entry.c.user_id, feed_entry.c.at, feed_entry.c.id, postgresql_where=text("visible"))

# The only place where this service holds a name; it vanishes with the person, the entries keep ids.
person = Table(
    "person",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
)
