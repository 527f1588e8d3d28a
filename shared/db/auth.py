"""The auth service's tables: people, their sessions, and the links and failed sign-ins that are remembered for a while."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from shared.db.schema import bus_tables, service_metadata

metadata = service_metadata("auth")
bus = bus_tables(metadata)

SHA256_BYTES = 32
EMAIL = "email ~ '^[!-~]+@[!-~]+$' and length(email) <= 254"  # ASCII: what `lower` makes of it is the same everywhere


def _time(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _digest(name: str) -> Column[object]:
    check = CheckConstraint(f"octet_length({name}) = {SHA256_BYTES}", name=name)
    return Column(name, LargeBinary, check, primary_key=True)


# "user" is a reserved word of SQL.
user_account = Table(
    "user_account",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text, CheckConstraint(EMAIL, name="email"), nullable=False),
    Column(
        "password_hash", Text, CheckConstraint("password_hash like '$argon2id$%'", name="password_hash"), nullable=False
    ),
    Column("name", Text, CheckConstraint("length(name) between 1 and 100", name="name"), nullable=False),
    Column("locale", Text, CheckConstraint("length(locale) between 2 and 35", name="locale"), nullable=False),
    Column("timezone", Text, CheckConstraint("length(timezone) between 1 and 64", name="timezone"), nullable=False),
    Column(
        "roles",
        ARRAY(Text),
        CheckConstraint("roles <@ array['author', 'admin']", name="roles"),
        nullable=False,
        server_default=text("'{}'"),
    ),
    _time("email_verified_at", nullable=True),
    _time("registration_repeated_at", nullable=True),
    _time("created_at"),
)

# One address, one account, however it is written.
Index("uq_user_account_lower_email", func.lower(user_account.c.email), unique=True)

# A session is a family of refresh tokens. `generation` is that of its newest token; no token is stored.
session_family = Table(
    "session_family",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey(user_account.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("client", Text, CheckConstraint("client in ('api', 'browser')", name="client"), nullable=False),
    Column("generation", Integer, CheckConstraint("generation >= 1", name="generation"), nullable=False),
    _time("created_at"),
    _time("last_used_at"),
    _time("rotated_at", nullable=True),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    _time("ended_at", nullable=True),
    Column("ended_reason", Text, CheckConstraint("ended_reason in ('signed-out', 'reused')", name="ended_reason")),
    CheckConstraint("(generation = 1) = (rotated_at is null)", name="rotated_at"),
    CheckConstraint("(ended_at is null) = (ended_reason is null)", name="ended_at"),
    CheckConstraint("expires_at > created_at", name="expires_at"),
)

# A link that works once. Its token can be derived again; kept is only the SHA-256 by which it is known.
one_time_token = Table(
    "one_time_token",
    metadata,
    _digest("hash"),
    Column("user_id", Uuid, ForeignKey(user_account.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("purpose", Text, CheckConstraint("purpose in ('verify-email')", name="purpose"), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    _time("used_at", nullable=True),
)

# Failed sign-ins of an address, known here or not; `address` is a keyed digest, so strangers' addresses are not stored.
sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    _digest("address"),
    Column("failed_at", ARRAY(DateTime(timezone=True)), nullable=False, server_default=text("'{}'")),
    Column("last_at", DateTime(timezone=True), nullable=False, index=True),
)
