"""Messages in PostgreSQL."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import event, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, SessionTransaction, registry

from services.notifications.domain.messages import Desk, Message, Messages, MessageSummary, Place
from shared.bus.unit_of_work import Cause, SqlUnitOfWork, Writing
from shared.db.database import Database
from shared.db.notifications import message as table

registry().map_imperatively(Message, table)

COLUMNS = tuple(column.key for column in table.columns)


class SqlMessages:
    """The rows of `message`, in one session."""

    def __init__(self, session: AsyncSession, wake: Callable[[], None]) -> None:
        self._session = session
        self._wake = wake

    async def add(self, message: Message) -> None:
        """See Messages."""
        row = {name: getattr(message, name) for name in COLUMNS}
        again = ("event_id", "template", "user_id")
        await self._session.execute(insert(table).values(row).on_conflict_do_nothing(index_elements=again))
        self._wake_after_commit()

    async def due(self, *, at: datetime, limit: int) -> list[Message]:
        """See Messages."""
        found = (
            select(Message)
            .where(
                table.c.state == "pending",
                table.c.next_try_at <= at,
                or_(table.c.leased_until.is_(None), table.c.leased_until <= at),
            )
            .order_by(table.c.next_try_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return list((await self._session.scalars(found)).all())

    async def held(self, message: UUID, *, lease: UUID) -> Message | None:
        """See Messages."""
        mine = select(Message).where(table.c.id == message, table.c.lease == lease).with_for_update()
        return (await self._session.scalars(mine)).one_or_none()

    def _wake_after_commit(self) -> None:
        # The session may be the bus's, which commits a whole page later: only the end of its outermost transaction
        # shows the row to the sender. A rollback wakes the sender for nothing, which harms nobody.
        session = self._session.sync_session
        if session.info.get("wakes_sender"):
            return
        session.info["wakes_sender"] = True

        def wake(_session: Session, transaction: SessionTransaction) -> None:
            if transaction.parent is None:
                self._wake()

        event.listen(session, "after_transaction_end", wake)


class SqlUow(SqlUnitOfWork):
    """The unit of work of this service. `wake` is called once new messages are committed; `desk` is for handlers."""

    messages: Messages

    def __init__(
        self,
        writing: Writing,
        wake: Callable[[], None],
        desk: Desk,
        *,
        actor: UUID | None = None,
        session: AsyncSession | None = None,
        cause: Cause | None = None,
    ) -> None:
        super().__init__(writing, actor=actor, session=session, cause=cause)
        self.desk = desk
        self._wake_sender = wake

    def bind(self, session: AsyncSession) -> None:
        """See SqlUnitOfWork."""
        self.messages = SqlMessages(session, self._wake_sender)


class MessageReads:
    """What screens show of messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def messages_of(self, user_id: UUID, *, after: Place | None, limit: int) -> list[MessageSummary]:
        """Up to `limit` messages to a person, newest first, those behind `after` if it is given."""
        shown = (
            select(table.c.id, table.c.template, table.c.state, table.c.created_at, table.c.sent_at)
            .where(table.c.user_id == user_id)
            .order_by(table.c.created_at.desc(), table.c.id.desc())
            .limit(limit)
        )
        if after is not None:
            shown = shown.where(tuple_(table.c.created_at, table.c.id) < tuple_(after.created_at, after.id))
        async with self._database.reading() as connection:
            return [MessageSummary(**row) for row in (await connection.execute(shown)).mappings()]
