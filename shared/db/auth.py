"""The auth service's tables: people, their sessions, and the links and failed sign-ins that are remembered for a while."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.db.schema import bus_tables, service_metadata

metadata = service_metadata("auth")
bus = bus_tables(metadata)

SHA256_BYTES = 32
EMAIL = "email ~ '^[!-~]+@[!-~]+$' and length(email) <= 254"  # ASCII: what `lower` makes of it is the same everywhere

ENDED_REASON = "ended_reason in ('signed-out', 'reused', 'revoked', 'password-changed', 'suspended')"
PURPOSE = "purpose in ('verify-email', 'reset-password')"


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
    # Of what people see and edit of themselves: an edit names the version it is meant for.
    Column("version", Integer, CheckConstraint("version >= 1", name="version"), nullable=False, server_default="1"),
    _time("email_verified_at", nullable=True),
    _time("registration_repeated_at", nullable=True),
    _time("verification_sent_at", nullable=True),  # again, on request
    _time("reset_requested_at", nullable=True),
    _time("password_changed_at", nullable=True),
    _time("suspended_at", nullable=True),
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
    Column("device", Text, CheckConstraint("length(device) <= 200", name="device")),  # what it says of itself
    Column("generation", Integer, CheckConstraint("generation >= 1", name="generation"), nullable=False),
    _time("created_at"),
    _time("last_used_at"),
    _time("rotated_at", nullable=True),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    _time("ended_at", nullable=True),
    Column("ended_reason", Text, CheckConstraint(ENDED_REASON, name="ended_reason")),
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
    Column("purpose", Text, CheckConstraint(PURPOSE, name="purpose"), nullable=False),
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

# A device somebody has signed in from: a stranger's failures do not keep its owner out. Kept is the digest of its token.
known_device = Table(
    "known_device",
    metadata,
    _digest("hash"),
    Column("user_id", Uuid, ForeignKey(user_account.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column(
        "client",
        Text,
        CheckConstraint("client in ('api', 'browser')", name="client"),
        nullable=False,
        server_default="browser",
    ),
    Column("last_used_at", DateTime(timezone=True), nullable=False, index=True),
)

# What access tokens are signed with, sealed by a key that only the secret store has.
signing_key = Table(
    "signing_key",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    _time("created_at"),
    _time("signs_from"),
    _time("retires_at", nullable=True),
)

# Who did what to whom, and why. Append only: no role but the owner's may change or remove a row.
audit_entry = Table(
    "audit_entry",
    metadata,
    Column("seq", BigInteger, Identity(cache=1), primary_key=True),
    _time("at"),
    Column("actor", Uuid),  # nobody for what was done by command
    Column("action", Text, nullable=False),
    Column("user_id", Uuid, nullable=False, index=True),
    Column("reason", Text, CheckConstraint("reason ~ '\\S'", name="reason")),
    Column("details", JSONB, nullable=False, server_default=text("'{}'")),
)
