"""One process of a service: the product's own classes over connections that can be cut."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import event, insert, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.bus.apply import Applier
from shared.bus.cursors import Cursors
from shared.bus.envelope import Envelope, LogPage
from shared.bus.handlers import Delivery, Handlers
from shared.bus.lane import Lane
from shared.bus.parked import Parking
from shared.bus.source import Source
from shared.bus.unit_of_work import SqlUnitOfWork, Writing
from shared.db.database import Database
from shared.events.event import Event
from shared.events.learning import AssignmentSubmitted, Enrolled, LessonCompleted
from shared.events.payments import PaymentSucceeded, SubscriptionActivated
from tests.model.ground import LEARNING, PASSWORD, PAYMENTS, Ground, bus, effect, subject

ReadLog = Callable[[str, int], Awaitable[LogPage]]

KINDS: tuple[type[Event], ...] = (
    Enrolled,
    LessonCompleted,
    AssignmentSubmitted,
)  # the last has a handler since release 2
RELEASES = {1: KINDS[:2], 2: KINDS}
NOBODY = UUID(int=0)
KEYS = tuple(UUID(int=n) for n in (1, 2, 3))


class RolledBack(Exception):
    """A use case that changes its mind at the end."""


def stated(kind: type[Event], key: UUID, n: int, token: str) -> Event:
    """The n-th fact about `key`; `token` says which transaction stated it."""
    more: dict[str, Any] = {"course_id": NOBODY, "user_id": key}
    if kind is Enrolled:
        return Enrolled(course_title=f"{n}:{token}", **more)
    if kind is LessonCompleted:
        return LessonCompleted(lesson_id=NOBODY, lesson_title=f"{n}:{token}", **more)
    title = f"{n}:{token}"
    return AssignmentSubmitted(assignment_id=NOBODY, assignment_title=title, submission_id=NOBODY, **more)


def number(fact: Event) -> int:
    """The n of `stated`."""
    title = next(value for name, value in fact.model_dump().items() if name.endswith("_title") and ":" in value)
    return int(title.partition(":")[0])


class ModelUow(SqlUnitOfWork):
    """The unit of work of both services; each uses its own half."""

    def bind(self, session: AsyncSession) -> None:
        self._open = session

    async def next_number(self, key: str) -> int:
        """Count a fact about `key`, under the key's lock."""
        counted = upsert(subject).values(key=key, stated=1)
        counted = counted.on_conflict_do_update(index_elements=["key"], set_={"stated": subject.c.stated + 1})
        return int((await self._open.execute(counted.returning(subject.c.stated))).scalar_one())

    async def append(self, fact: Event, delivery: Delivery) -> None:
        """Write an effect."""
        row = {"event_id": delivery.id, "position": delivery.position, "type": fact.event_type, "key": fact.key}
        await self._open.execute(insert(effect).values(n=number(fact), **row))

    async def stumble(self) -> None:
        """A statement that the database refuses."""
        await self._open.execute(text("select 1 / 0"))


class Link:
    """The connections of one process at a time: a pool of the product's, cut all at once by `cut`."""

    _numbers = count(1)

    def __init__(self, ground: Ground, service: str) -> None:
        self.name = f"{service}-{next(self._numbers)}"
        self._ground = ground
        self._down = False
        self._made: list[Any] = []
        url = ground.url.set(username=ground.role(service), password=None)
        self.database = Database(
            url.render_as_string(hide_password=False), password=PASSWORD, pool_size=10, application=self.name
        )
        engine = self.database.engine.sync_engine
        event.listen(engine, "do_connect", self._refuse)
        event.listen(engine, "connect", self._remember, insert=True)  # before anything is awaited on it

    def cut(self) -> None:
        """Cut every connection, let none be made."""
        self._down = True
        for connection in self._made:
            connection.terminate()

    async def renew(self) -> None:
        """Wait until the server knows that the process is dead, then be the empty pool of the next one."""
        await self._ground.gone(self.name)
        await self.database.close()
        self._made.clear()
        self._down = False

    def _refuse(self, *_: object) -> None:
        if self._down:
            raise ConnectionRefusedError("this process is dead")

    def _remember(self, connection: Any, _record: object) -> None:
        self._made.append(connection.driver_connection)
        if self._down:
            connection.driver_connection.terminate()


class Replica:
    """A process of a service in one release: an empty memory over a link."""

    def __init__(self, service: str, link: Link, release: int = 1) -> None:
        self.service = service
        self.link = link
        self.release = release
        self.alive = True
        self.ready = False
        self.writing = Writing(sessions=link.database.sessions, tables=bus[service], wake=lambda: None)
        self.source = Source(service, link.database, bus[service])
        self.lanes: dict[str, Lane] = {}
        self.parking: Parking | None = None

    def die(self) -> None:
        """Kill -9."""
        self.alive = False
        self.link.cut()

    async def open(self, handle: Any, read_log: ReadLog) -> None:
        """What `Bus.start` opens; what it then repeats from time to time is done by the model, once each."""
        await self.source.open()
        if self.service == PAYMENTS:
            database, tables = self.link.database, bus[PAYMENTS]
            handlers = Handlers()
            handlers.on(*RELEASES[self.release])(handle)
            applier = Applier(handlers, tables, partial(ModelUow, self.writing), lambda: None)
            cursors = Cursors(PAYMENTS, database, tables)
            self.parking = Parking(database, tables, applier, cursors)
            self.lanes = {
                lane.consumer: Lane(lane, database, tables, applier, read_log) for lane in await cursors.open(handlers)
            }
        self.ready = True

    async def emit(self, key: UUID, kinds: tuple[int, ...], token: str, *, fail: bool) -> None:
        """A use case that states facts about `key` and commits, or changes its mind."""
        uow = ModelUow(self.writing, actor=None)
        async with uow:
            for kind in kinds:
                n = await uow.next_number(str(key))
                uow.emit(stated(KINDS[kind], key, n, token))
            if fail:
                raise RolledBack

    async def deliver(self, announced: dict[str, Any]) -> None:
        """An announcement as the sidecar brings it."""
        event = Envelope.model_validate(announced)
        if event.source == LEARNING and (lane := self.lanes.get(PAYMENTS)):
            await lane.deliver(event)

    async def pull(self) -> None:
        """The main lane's turn."""
        if lane := self.lanes.get(PAYMENTS):
            await lane.pull()

    async def retry(self) -> None:
        """The turn of what is parked."""
        if self.parking is not None:
            await self.parking.retry_due()

    async def catch_up(self) -> None:
        """The turn of the lanes of handlers that were added later."""
        for consumer, lane in self.lanes.items():
            if consumer != PAYMENTS:
                await lane.pull()


class Poison:
    """Keys whose events fail, how, and how often yet."""

    def __init__(self) -> None:
        self._keys: dict[str, tuple[str, int]] = {}
        self.ever: set[str] = set()

    def give(self, key: str, how: str, times: int) -> None:
        """`how` is one of before, after, refused, away."""
        self._keys[key] = (how, times)
        self.ever.add(key)

    def heal(self) -> None:
        """Every cause is mended."""
        self._keys.clear()

    @property
    def keys(self) -> frozenset[str]:
        """The keys that still fail."""
        return frozenset(self._keys)

    def strike(self, key: str) -> str | None:
        """How the event at hand is to fail, if it is."""
        how, times = self._keys.get(key, (None, 0))
        if how is not None:
            self._keys[key] = (how, times - 1)
            if times <= 1:
                del self._keys[key]
        return how

    async def handle(self, fact: Event, delivery: Delivery, uow: ModelUow) -> None:
        """The consumer's handler: an effect and a fact of its own, for some types a second one in a second block."""
        how = self.strike(fact.key)
        if how == "before":
            raise RuntimeError("poison, before the effect")
        async with uow:
            await uow.append(fact, delivery)
            uow.emit(follow_up(fact, number(fact)))
            if how == "refused":
                await uow.stumble()
        await asyncio.sleep(0)
        if isinstance(fact, LessonCompleted):
            async with uow:
                uow.emit(follow_up(fact, number(fact)))
                uow.emit(SubscriptionActivated(user_id=UUID(fact.key), subscription_id=NOBODY, plan=str(number(fact))))
        if how == "after":
            raise RuntimeError("poison, after the effect")
        if how == "away":
            raise TimeoutError("poison that looks like a database that is away")


def follow_up(fact: Event, n: int) -> Event:
    """What the consumer states because of the n-th fact about a key."""
    money = {"plan": "pro", "amount": n, "currency": "EUR"}
    return PaymentSucceeded(user_id=UUID(fact.key), payment_id=NOBODY, invoice_number=str(n), **money)
