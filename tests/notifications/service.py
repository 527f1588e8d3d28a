"""The running service and what a test may see and change behind it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from uuid_utils.compat import uuid7

from shared.db.database import Database
from shared.db.notifications import message as table
from shared.events.auth import UserCreated
from tests.notifications.waiting import eventually
from tests.running import Running

LINK = "https://learn.example/verify?token="
ASK = ("auth", "POST", "/internal/v1/mail-recipients")

Start = Callable[..., AbstractAsyncContextManager[Running]]


async def who(question: dict[str, Any]) -> dict[str, Any]:
    """Auth's answer about anybody; the link derives from the message, as auth's does."""
    return {
        "address": f"{question['user_id']}@example.org",
        "name": "Ada",
        "locale": "en",
        "timezone": "Europe/London",
        "link": LINK + question["message_id"] if question["link"] else None,
    }


def ada() -> UserCreated:
    return UserCreated(user_id=uuid7(), name="Ada", locale="en", timezone="Europe/London")


async def rows_of(database: Database, user_id: UUID) -> list[Any]:
    async with database.reading() as connection:
        return list((await connection.execute(select(table).where(table.c.user_id == user_id))).all())


async def become(run: Running, user_id: UUID, state: str) -> Any:
    """The person's one message, once it is in `state`; `postponed` is pending with an error."""

    async def find() -> Any | None:
        for row in await rows_of(run.database, user_id):
            now = "postponed" if row.state == "pending" and row.last_error else row.state
            if now == state:
                return row
        return None

    return await eventually(find, f"the message to {user_id} to be {state}")


async def change(database: Database, user_id: UUID, *, lent_under: UUID | None = None, **values: Any) -> None:
    """Change the person's message; with `lent_under`, only while it is lent under that lease."""
    theirs = update(table).where(table.c.user_id == user_id)
    if lent_under is not None:
        theirs = theirs.where(table.c.lease == lent_under)
    async with database.transaction() as session:
        await session.execute(theirs.values(values))
