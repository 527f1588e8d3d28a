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


def run(connection: Connection) -> None:
    """Migrate over one connection."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema=service,
        include_schemas=True,
        include_name=include_name,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        connection.execute(text("set local lock_timeout = '5s'"))
        context.run_migrations()


async def main() -> None:
    """Open the owner's connection and migrate."""
    engine = create_async_engine(context.config.attributes["url"], connect_args={"timeout": 10})
    try:
        async with engine.begin() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


asyncio.run(main())
