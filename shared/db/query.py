"""Statements that are put together once and given to the driver itself: at half the price, for what happens all the time."""

from typing import Any

import asyncpg
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate
from sqlalchemy.util import await_only, greenlet_spawn

from shared.db.database import Database

Statement = Select[*tuple[Any, ...]] | ReturningInsert[*tuple[Any, ...]] | ReturningUpdate[*tuple[Any, ...]]

_DIALECT = dialect()  # type: ignore[no-untyped-call]  # the library left its annotation out


class Query:
    """One statement. Its `bindparam("name")`s are given when it is asked; the types of its columns are the driver's own."""

    def __init__(self, statement: Statement) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        self._sql = str(compiled)
        self._values = [(name, compiled.params[name]) for name in compiled.positiontup or ()]

    async def rows(self, database: Database, **given: Any) -> list[asyncpg.Record]:
        """All rows; what it writes is a transaction by itself. Raises what the driver raises: `is_infrastructure` knows it."""
        values = [given.get(name, value) for name, value in self._values]
        rows: list[asyncpg.Record] = await greenlet_spawn(self._fetch, database, values)
        return rows

    def _fetch(self, database: Database, values: list[Any]) -> Any:
        connection = database.engine.sync_engine.raw_connection()
        try:
            return await_only(connection.driver_connection.fetch(self._sql, *values))  # type: ignore[union-attr]  # it is open
        except BaseException:
            connection.invalidate()  # nobody looked whether it survived
            raise
        finally:
            connection.close()
