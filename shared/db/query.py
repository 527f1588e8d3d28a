"""Statements that are put together once and given to the driver itself: at half the price, for what happens all the time."""

from typing import Any

import asyncpg
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

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
        return await database.fetch(self._sql, values)
