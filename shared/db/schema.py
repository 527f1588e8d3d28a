"""What every service's schema has in common: names, and the six tables of the event path (docs/architecture.md, "Events")."""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def service_metadata(service: str) -> MetaData:
    """The metadata for one service's tables: its own schema, one naming rule for every constraint."""
    return MetaData(schema=service, naming_convention=NAMING)


@dataclass(frozen=True, kw_only=True)
class BusTables:
    """The event path's tables in one schema.

    `outbox` is what was emitted and has no position yet, `log` what was published (append only), `head` one row with the
    last position; `cursor` how far a consumer has come in a source's log, `parked` events that wait or failed, `skipped`
    those that a person took out of `parked` unapplied, for ever.
    """

    outbox: Table
    log: Table
    head: Table
    cursor: Table
    parked: Table
    skipped: Table


def _fact_columns() -> list[Column[object]]:
    return [
        Column("id", Uuid, nullable=False, unique=True),
        Column("type", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("actor", Uuid),
        Column("data", JSONB, nullable=False),
        Column("cause", Uuid),
        Column("traceparent", Text),
        Column("at", DateTime(timezone=True), nullable=False),
    ]


def bus_tables(metadata: MetaData) -> BusTables:
    """Declare the event path's tables in `metadata`'s schema."""
    return BusTables(
        outbox=Table(
            "outbox", metadata, Column("seq", BigInteger, Identity(cache=1), primary_key=True), *_fact_columns()
        ),
        log=Table(
            "log", metadata, Column("position", BigInteger, primary_key=True, autoincrement=False), *_fact_columns()
        ),
        head=Table(
            "head",
            metadata,
            Column("one", Boolean, primary_key=True),
            Column("position", BigInteger, nullable=False),
            Column("epoch", Text, nullable=False),
            Column("epoch_start", BigInteger, nullable=False),
            CheckConstraint("one", name="single"),
        ),
        cursor=Table(
            "cursor",
            metadata,
            Column("consumer", Text, primary_key=True),
            Column("source", Text, primary_key=True),
            Column("position", BigInteger, nullable=False),
            Column("version", BigInteger, nullable=False),
            Column("epoch", Text),
            Column("types", ARRAY(Text), nullable=False),
            Column("tries", SmallInteger, nullable=False),
        ),
        parked=_parked(metadata),
        skipped=_skipped(metadata),
    )


def _parked(metadata: MetaData) -> Table:
    table = Table(
        "parked",
        metadata,
        Column("consumer", Text, primary_key=True),
        Column("source", Text, primary_key=True),
        Column("position", BigInteger, primary_key=True, autoincrement=False),
        Column("key", Text, nullable=False),
        Column("event", JSONB, nullable=False),
        Column("state", Text, nullable=False),
        Column("tries", SmallInteger, nullable=False),
        Column("next_try_at", DateTime(timezone=True), nullable=False),
        Column("reason", Text, nullable=False),
        CheckConstraint("state in ('retrying', 'waiting', 'dead')", name="state"),
    )
    # A backfill's lane keeps one order with its service's: who looks for what is before a row looks across consumers.
    Index(None, table.c.source, table.c.key, table.c.position)
    return table


def _skipped(metadata: MetaData) -> Table:
    return Table(
        "skipped",
        metadata,
        # Not (consumer, source, position): a log that is read again from the start can be skipped in again.
        Column("seq", BigInteger, Identity(cache=1), primary_key=True),
        Column("consumer", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("key", Text, nullable=False),
        Column("event", JSONB, nullable=False),
        Column("state", Text, nullable=False),
        Column("tries", SmallInteger, nullable=False),
        Column("reason", Text, nullable=False),
        Column("skipped_by", Uuid, nullable=False),
        Column("why", Text, nullable=False),
        Column("skipped_at", DateTime(timezone=True), nullable=False),
        CheckConstraint("why ~ '\\S'", name="why"),
    )
