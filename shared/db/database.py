"""The connections of one process to its schema."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg
from sqlalchemy import ExceptionContext, PoolProxiedConnection, QueuePool, UpdateBase, event, make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.util import greenlet_spawn

from shared.transaction import transaction_open

ANSWER_SECONDS = 0.5

# SQLSTATE classes of failures that are not the statement's fault: connection, authorisation and database when connecting,
# transaction rollback (serialisation, deadlock), resources, lock not available, operator intervention. PostgreSQL manual,
# appendix A.
INFRASTRUCTURE_SQLSTATES = ("08", "28", "3D", "40", "53", "55", "57")


# Failures of the way to the database, by SQLAlchemy's and by the driver's own names.
OF_THE_WAY = (
    ConnectionError,
    socket.gaierror,
    TimeoutError,
    PoolTimeoutError,
    InterfaceError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)

LATER = "rows that wait to be written"


def write_later(session: AsyncSession, statement: UpdateBase, row: dict[str, Any]) -> None:
    """Put a write off: rows for one statement go out in one round trip, before anything else the session does.

    For writes whose answer nobody reads. `statement` must be the same object each time: declare it once. The rows of one
    table keep their order; those of different tables may be written in another one.
    """
    waiting: list[tuple[UpdateBase, list[dict[str, Any]]]] = session.info.setdefault(LATER, [])
    for before, rows in reversed(waiting):
        if before is statement:
            rows.append(row)
            return
        if before.table is statement.table:
            break
    waiting.append((statement, [row]))


class _LaterSession(Session):
    """Writes what was put off before the next statement, and before the commit."""


def _write_now(session: Session) -> None:
    for statement, rows in session.info.pop(LATER, ()):
        session.connection().execute(statement, rows)


event.listen(_LaterSession, "do_orm_execute", lambda state: _write_now(state.session))
event.listen(_LaterSession, "before_flush", lambda session, *_: _write_now(session))
event.listen(_LaterSession, "before_commit", _write_now)
event.listen(_LaterSession, "after_soft_rollback", lambda session, _: session.info.pop(LATER, None))


class Database:
    """One service's pool: sessions for writing, autocommit connections for reading.

    `url` is `postgresql://<role>@<host>:<port>/<database>`; the password comes apart so that no URL ever holds one.
    """

    def __init__(self, url: str, *, password: str, pool_size: int = 10, application: str = "codezest") -> None:
        self.engine: AsyncEngine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg", password=password),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=5,
            pool_use_lifo=True,  # what one connection has in its caches serves the next caller too
            hide_parameters=True,  # an error would quote them, and with them addresses and names
            connect_args={"timeout": 5, "command_timeout": 15, "server_settings": {"application_name": application}},
        )
        event.listen(self.engine.sync_engine, "handle_error", _connection_is_gone)
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False, sync_session_class=_LaterSession)
        # Out of the pool for `fetch`: to take one out and put it back each time costs a third of asking the driver.
        self._kept: list[PoolProxiedConnection] = []
        self._keeps = pool_size // 4

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for one or a few SELECTs outside any transaction."""
        async with self._reading.connect() as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose transaction commits at the end of the block, or rolls back if it raises."""
        with transaction_open():
            async with self.sessions() as session, session.begin():
                yield session

    async def fetch(self, statement: str, values: Sequence[Any]) -> list[asyncpg.Record]:
        """The rows of one statement, a transaction by itself, asked of the driver. What it raises, `is_infrastructure` knows."""
        connection = self._one_kept()
        if connection is None:
            connection = await greenlet_spawn(self.engine.sync_engine.raw_connection)
        try:
            rows: list[asyncpg.Record] = await connection.driver_connection.fetch(statement, *values)  # type: ignore[union-attr]  # it is open
        except BaseException:
            # Nobody looked whether it survived. Closed in SQLAlchemy's way, so that the server hears to stop the query.
            await greenlet_spawn(connection.invalidate)
            raise
        pool = cast("QueuePool", self.engine.sync_engine.pool)
        # With none left in the pool, somebody may wait there: what is kept would never reach them.
        if len(self._kept) < self._keeps and pool.checkedout() < pool.size():
            self._kept.append(connection)
        else:
            await greenlet_spawn(connection.close)
        return rows

    def _one_kept(self) -> PoolProxiedConnection | None:
        while self._kept:
            connection = self._kept.pop()
            if not connection.driver_connection.is_closed():  # type: ignore[union-attr]  # the driver's own is there
                return connection
            connection.invalidate()
        return None

    async def answers(self) -> bool:
        """Whether the database answers within half a second; a gateway that asks for readiness waits no longer."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self.reading() as connection:
                await connection.execute(text("select 1"))
        except (DBAPIError, OSError, TimeoutError, PoolTimeoutError):
            return False
        return True

    async def close(self) -> None:
        """Give every connection back."""
        while self._kept:
            await greenlet_spawn(self._kept.pop().close)
        await self.engine.dispose()


def _connection_is_gone(context: ExceptionContext) -> None:
    # A connection whose server said goodbye, used before its end was seen: asyncpg only says that its state is odd.
    if isinstance(context.original_exception.__cause__, asyncpg.InternalClientError):
        context.is_disconnect = True


def is_infrastructure(error: BaseException) -> bool:
    """Whether `error` says that the database, the way to it or the pool failed, not the statement: trying again may help."""
    if isinstance(error, OF_THE_WAY):
        return True
    if isinstance(error, asyncpg.PostgresError):  # of a shared.db.query
        return _is_state_of_infrastructure(error)
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _is_state_of_infrastructure(error.orig)
    return False


def _is_state_of_infrastructure(error: BaseException | None) -> bool:
    return str(getattr(error, "sqlstate", None) or "").startswith(INFRASTRUCTURE_SQLSTATES)
