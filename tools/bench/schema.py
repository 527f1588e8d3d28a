"""The two schemas of the benchmarks without sidecars: a source's log, and a consumer whose effect is a row."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.schema import bus_tables, service_metadata

SOURCE, CONSUMER = "learning", "bench"

source_metadata = service_metadata(SOURCE)
source_tables = bus_tables(source_metadata)

metadata = service_metadata(CONSUMER)
tables = bus_tables(metadata)
effect = Table(
    "effect",
    metadata,
    Column("seq", BigInteger, Identity(), primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("verb", Text, nullable=False),
    Column("params", JSONB, nullable=False),
    Column("done_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
)
# What the others need to be idempotent; a lane has its cursor.
inbox = Table("inbox", metadata, Column("id", Uuid, primary_key=True))
