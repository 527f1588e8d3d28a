"""Alembic's entry: runs one service's history against its own schema, in one transaction, with a lock time-out."""

import asyncio
import importlib
from typing import Any

from alembic import context
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine

service: str = context.config.attributes["service"]
metadata: MetaData = importlib.import_module(f"shared.db.{service}").metadata


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Compare this service's schema alone."""
    return name == service if kind == "schema" else True


# A migration that waits for a lock makes everybody else wait behind it: better that it fails and is run again.
LIMITS = ("set lock_timeout = '5s'", "set statement_timeout = '5min'")

OPTIONS: dict[str, Any] = {
    "target_metadata": metadata,
    "version_table_schema": service,
    "include_schemas": True,
    "include_name": include_name,
    "compare_server_default": True,
    "transaction_per_migration": True,
}


def run(connection: Connection) -> None:
    """Migrate over one connection."""
    context.configure(connection=connection, **OPTIONS)
    for limit in LIMITS:
        connection.execute(text(limit))
    with context.begin_transaction():
        context.run_migrations()


def write_sql() -> None:
    """Write the migrations down as SQL, for the linter."""
    context.configure(dialect_name="postgresql", literal_binds=True, **OPTIONS)
    for limit in LIMITS:
        context.execute(text(limit))
    with context.begin_transaction():
        context.run_migrations()


async def main() -> None:
    """Open the owner's connection and migrate."""
    engine = create_async_engine(context.config.attributes["url"], connect_args={"timeout": 10})
    try:
        async with engine.begin() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


if context.is_offline_mode():
    write_sql()
else:
    asyncio.run(main())
