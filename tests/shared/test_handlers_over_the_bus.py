"""What a handler asked for is what the bus does: the newest version, its turn or none, and nothing that came too late."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from shared.bus.handlers import Delivery, Handlers
from shared.events.auth import EmailVerified, UserErased
from shared.events.event import Event
from tests.running import FakeLog
from tests.shared.probe import Probe, ProbeUow, started, tables, until

ADA = uuid7()

Handler = Callable[[Any, Delivery, ProbeUow], Awaitable[None]]


class Fact:
    """A fact whose second version a test declares when it comes to that."""

    def __init__(self) -> None:
        class RoomEntered(Event, type="auth.room-entered.v1", key="user_id"):
            user_id: UUID
            room: int

        self.first = RoomEntered

    def grow(self) -> type[Event]:
        """The next release's version."""

        class RoomEnteredV2(Event, type="auth.room-entered.v2", key="user_id", replaces=self.first):
            user_id: UUID
            door: str

            @classmethod
            def upcast(cls, old: Any) -> Self:
                return cls(user_id=old.user_id, door=f"door of {old.room}")

        return RoomEnteredV2

    def forget(self) -> None:
        """Take it out of the catalogue."""
        for version in (1, 2):
            Event.catalogue.pop(f"auth.room-entered.v{version}", None)


@pytest.fixture
def fact() -> Iterator[Fact]:
    fact = Fact()
    yield fact
    fact.forget()


async def write(event: Any, delivery: Delivery, uow: ProbeUow) -> None:
    """What came, as it came."""
    async with uow:
        await uow.append(event.key, f"{delivery.position} {getattr(event, 'door', type(event).__name__)}")


def failing(times: int) -> Handler:
    """A handler that fails as often."""
    left = [times]

    async def handle(event: Any, delivery: Delivery, uow: ProbeUow) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise RuntimeError("the test says no")
        await write(event, delivery, uow)

    return handle


def knowing(event: type[Event], handler: Handler = write, **options: Any) -> Handlers:
    """A release that handles this event."""
    handlers = Handlers()
    handlers.on(event, **options)(handler)
    return handlers


async def texts(probe: Probe) -> list[str]:
    return [text for _, text in await probe.effects()]


async def test_what_is_stored_of_either_version_comes_as_the_newest(probe: Probe, log: FakeLog, fact: Fact) -> None:
    log.append(fact.first.receive({"user_id": ADA, "room": 7}), actor=None)
    newest = fact.grow()
    last = log.append(newest.receive({"user_id": ADA, "door": "front"}), actor=None)
    async with started(probe, knowing(newest)):
        await probe.bus.deliver(last)
    assert await texts(probe) == ["1 door of 7", "2 front"]


async def test_a_release_that_knows_a_second_version_goes_on_where_the_first_stood(
    probe: Probe, log: FakeLog, fact: Fact
) -> None:
    stored = log.append(fact.first.receive({"user_id": ADA, "room": 7}), actor=None)
    async with started(probe, knowing(fact.first)):
        await probe.bus.deliver(stored)
    newest = fact.grow()
    async with started(probe, knowing(newest)):
        await probe.bus.deliver(log.append(newest.receive({"user_id": ADA, "door": "front"}), actor=None))
        assert [row.consumer for row in await probe.rows(tables.cursor)] == ["probe"]
    assert await texts(probe) == ["1 RoomEntered", "2 front"]


async def test_a_version_of_a_newer_release_waits_for_it_and_its_key_with_it(
    probe: Probe, log: FakeLog, fact: Fact
) -> None:
    brian = uuid7()
    newer = log.append(fact.first.receive({"user_id": ADA, "room": 0}), actor=None)
    data = {"user_id": str(ADA), "door": "front"}
    log.events[0] = newer.model_copy(update={"type": "auth.room-entered.v2", "data": data})
    log.append(fact.first.receive({"user_id": ADA, "room": 7}), actor=None)
    last = log.append(fact.first.receive({"user_id": brian, "room": 8}), actor=None)
    async with started(probe, knowing(fact.first)):
        await probe.bus.deliver(last)
        assert await texts(probe) == ["3 RoomEntered"]
        states = {row.position: row.state for row in await probe.rows(tables.parked)}
        assert states == {1: "waiting", 2: "retrying"}
    async with started(probe, knowing(fact.grow())):
        await until(lambda: _parked(probe, 0), "the newer release to apply what waited for it")
    assert await texts(probe) == ["3 RoomEntered", "1 front", "2 door of 7"]


async def test_a_version_that_was_replaced_is_not_emitted_any_more(probe: Probe, fact: Fact) -> None:
    fact.grow()
    with pytest.raises(TypeError, match="RoomEntered is replaced"):
        await probe.emit(fact.first.receive({"user_id": ADA, "room": 7}))
    assert await probe.rows(tables.outbox) == []


async def test_only_an_event_that_is_ordered_waits_behind_its_key(probe: Probe, log: FakeLog) -> None:
    log.append(EmailVerified(user_id=ADA), actor=None)
    log.append(UserErased(user_id=ADA), actor=None)
    last = log.append(EmailVerified(user_id=ADA), actor=None)
    handlers = Handlers()
    handlers.on(EmailVerified)(failing(1000))
    handlers.on(UserErased, ordered=False)(write)
    async with started(probe, handlers):
        await probe.bus.deliver(last)
        assert await texts(probe) == ["2 UserErased"]
        assert {row.position for row in await probe.rows(tables.parked)} == {1, 3}


async def test_what_is_older_than_a_handler_wants_is_passed_over(
    probe: Probe, log: FakeLog, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    now = datetime.now(UTC)
    log.append(EmailVerified(user_id=ADA), actor=None, at=now - timedelta(hours=2))
    last = log.append(EmailVerified(user_id=ADA), actor=None, at=now - timedelta(minutes=5))
    async with started(probe, knowing(EmailVerified, max_age=timedelta(hours=1))):
        await probe.bus.deliver(last)
        [cursor] = await probe.rows(tables.cursor)
    assert await texts(probe) == ["2 EmailVerified"]
    assert cursor.position == 2
    assert await probe.rows(tables.parked) == []
    assert "auth.email-verified.v1 at auth/1 is older than 1:00:00" in caplog.text


async def test_a_handler_is_told_the_version_that_its_commit_carries(probe: Probe, log: FakeLog) -> None:
    fails_first = failing(2)  # in its page, and alone: it succeeds when it is tried again

    async def stamp(event: Any, delivery: Delivery, uow: ProbeUow) -> None:
        await fails_first(event, delivery, uow)
        async with uow:
            await uow.append(event.key, f"version {delivery.version}")

    async with started(probe, knowing(EmailVerified, stamp)):
        await probe.bus.deliver(log.append(EmailVerified(user_id=ADA), actor=None))
        await until(lambda: _parked(probe, 0), "tried again")
        [retried] = await probe.rows(tables.cursor)
        assert (await texts(probe))[-1] == f"version {retried.version}"
        await probe.bus.deliver(log.append(EmailVerified(user_id=uuid7()), actor=None))
        [applied] = await probe.rows(tables.cursor)
    assert (await texts(probe))[-1] == f"version {applied.version}"
    assert applied.version > retried.version


async def _parked(probe: Probe, count: int) -> bool:
    return len(await probe.rows(tables.parked)) == count
