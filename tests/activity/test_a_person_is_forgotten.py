"""Who is erased leaves no name here, neither among the people nor in events that could not be applied."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import insert, select
from uuid_utils.compat import uuid7

from services.activity.data.feed import SqlUow
from shared.bus.envelope import Envelope
from shared.bus.parked import parked_row
from shared.bus.unit_of_work import Writing
from shared.db.activity import bus, person
from shared.db.database import Database
from shared.events.auth import UserCreated
from tests.running import EPOCH, RUNTIME_PASSWORD


def failed(user_id: UUID) -> Envelope:
    """A registration that a person has to look at."""
    event = UserCreated(user_id=user_id, name="Ada Lovelace", locale="en", timezone="UTC")
    fact = {"type": event.event_type, "key": event.key, "data": event.model_dump(mode="json")}
    place = {"source": "auth", "position": 1, "epoch": EPOCH, "time": datetime.now(UTC)}
    return Envelope.model_validate({"id": uuid7(), **fact, **place})


async def test_a_forgotten_name_is_gone_from_what_is_parked_too(database_url: str) -> None:
    ada = uuid7()
    database = Database(database_url.replace("://", "://activity@"), password=RUNTIME_PASSWORD, pool_size=2)
    async with database.transaction() as session:
        dead = parked_row("activity", failed(ada), state="dead", reason="a person has to look")
        await session.execute(insert(bus.parked).values(dead))
    uow = SqlUow(Writing(sessions=database.sessions, tables=bus, wake=lambda: None), actor=None)
    async with uow:
        await uow.people.remember(ada, name="Ada Lovelace")
    async with uow:
        await uow.people.forget(ada)
    async with database.reading() as connection:
        assert (await connection.execute(select(person))).all() == []
        [parked] = (await connection.execute(select(bus.parked))).all()
    await database.close()
    assert "Lovelace" not in str(parked)
    assert parked.event["data"]["user_id"] == str(ada)
