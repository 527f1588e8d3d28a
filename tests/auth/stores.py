"""What holds auth's rows in tests that are told twice: dictionaries, and PostgreSQL."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy import select, union_all
from uuid_utils.compat import uuid7

from services.auth.api.deps import Uow
from services.auth.data.door import SqlDoor
from services.auth.data.unit_of_work import SqlUow
from services.auth.domain.door import Door, Sight
from services.auth.domain.sessions import Session
from shared.db.auth import bus
from tests.auth.fakes import NOON, FakeDoor, FakeUow, later
from tests.running import Running


@dataclass(frozen=True)
class Made:
    """Units of work over the same rows, the door to them, and what was stated of somebody: types and actors."""

    uow: Callable[[], Uow]
    door: Door
    stated: Callable[[UUID], Awaitable[list[tuple[str, UUID | None]]]]

    def __call__(self) -> Uow:
        return self.uow()


def in_postgres(auth: Running) -> Made:
    """The rows of a running service."""
    door = SqlDoor(auth.database, auth.bus.writing)
    return Made(lambda: SqlUow(auth.bus.writing), door, partial(_outbox_and_log, auth))


def in_dictionaries() -> Made:
    """Nothing but this process."""
    kept = FakeUow()

    async def stated(user_id: UUID) -> list[tuple[str, UUID | None]]:
        return [(fact.event_type, kept.actor) for fact in kept.facts if fact.key == str(user_id)]

    return Made(lambda: kept, FakeDoor(kept), stated)


async def _outbox_and_log(auth: Running, user_id: UUID) -> list[tuple[str, UUID | None]]:
    facts = (select(table.c.type, table.c.actor).where(table.c.key == str(user_id)) for table in (bus.outbox, bus.log))
    async with auth.database.reading() as connection:
        return [(row.type, row.actor) for row in await connection.execute(union_all(*facts))]


def session(user_id: object, **changes: object) -> Session:
    """An open session of somebody's since noon."""
    values = {"id": uuid7(), "user_id": user_id, "client": "api", "created_at": NOON, "last_used_at": NOON}
    return Session(**values | {"expires_at": later(days=30)} | changes)  # type: ignore[arg-type]  # a row's values


def digest() -> bytes:
    """One that nothing else has."""
    return uuid7().bytes * 2


async def knock(
    make: Made, email: str, *, device: bytes | None = None, counted: Sequence[bytes] = (), number: int = 0
) -> Sight:
    """`counted` are up to three digests: an unknown device's, a known one's, a network's; so many seconds after noon."""
    strange, known, network = (*counted, *(digest() for _ in range(3)))[:3]
    return await make.door.knock(
        email, device=device, known=known, strange=strange, network=network, at=later(seconds=number)
    )
