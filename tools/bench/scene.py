"""What the benchmarks without sidecars run on: the real bus over a durable PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from uuid import UUID

from sqlalchemy import insert, make_url, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.schema import CreateSchema
from uuid_utils.compat import uuid7

from shared.bus.apply import Applier
from shared.bus.cursors import Cursors
from shared.bus.envelope import LogPage
from shared.bus.handlers import Delivery, Handlers
from shared.bus.lane import Lane
from shared.bus.source import Source
from shared.bus.unit_of_work import SqlUnitOfWork, Writing
from shared.db.database import Database, write_later
from shared.events.learning import LessonCompleted
from shared.telemetry import span
from tools.bench.schema import CONSUMER, SOURCE, effect, metadata, source_metadata, source_tables, tables

# As durable as PostgreSQL is by itself: a commit is on the disk. Without fsync whoever commits often would be flattered.
DURABLE = {"shared_buffers": "64MB", "max_connections": "100", "jit": "off"}
COURSE = UUID("01890000-0000-7000-8000-000000000001")
PEOPLE = 1000
SHOWN = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
MOST = 500  # events a transaction or a page


APPEND = insert(effect)


class BenchUow(SqlUnitOfWork):
    """Its one repository appends effects, as a service's would."""

    def bind(self, session: AsyncSession) -> None:
        """Keep the session to write with."""
        self._open = session

    def append(self, event: LessonCompleted, event_id: UUID) -> None:
        """Write the effect of one event."""
        params = {"course_id": str(event.course_id), "lesson_title": event.lesson_title}
        row = {"event_id": event_id, "user_id": event.user_id, "verb": "lesson-completed", "params": params}
        write_later(self._open, APPEND, row)


async def complete(event: LessonCompleted, delivery: Delivery, uow: BenchUow) -> None:
    """Handle the fact."""
    async with uow:
        uow.append(event, delivery.id)


class Scene:
    """One database with a source and a consumer in it."""

    def __init__(self, url: str) -> None:
        address = make_url(url)
        bare = address.set(password=None).render_as_string(hide_password=False)
        self.database = Database(bare, password=str(address.password), pool_size=5)
        self.source = Source(SOURCE, self.database, source_tables)
        self._handlers = Handlers()
        self._handlers.on(LessonCompleted, keeps=())(complete)

    async def emit(self, count: int) -> None:
        """State `count` facts in one transaction, as one request does (T1)."""
        writing = Writing(sessions=self.database.sessions, tables=source_tables, wake=lambda: None)
        with span("POST"):
            async with (uow := BenchUow(writing, actor=None)):
                for number in range(count):
                    uow.emit(_fact(number))

    async def log(self, count: int) -> None:
        """Put `count` events into the log by the way every event takes: T1, then T2."""
        for _ in range(count // MOST):
            await self.emit(MOST)
        while await self.source.assign():
            pass

    async def messages(self) -> list[str]:
        """The whole log, an event as JSON each."""
        events: list[str] = []
        while (page := await self.source.read(after=len(events))).events:
            events += [event.model_dump_json() for event in page.events]
        return events

    async def lane(self, *, rows: int, until: int) -> Lane:
        """A lane that reads the log up to position `until` in pages of `rows`, each as JSON as over HTTP."""
        writing = Writing(sessions=self.database.sessions, tables=tables, wake=lambda: None)
        applier = Applier(self._handlers, tables, partial(BenchUow, writing), lambda: None)
        (lane_id,) = await Cursors(CONSUMER, self.database, tables).open(self._handlers)

        async def read_log(_source: str, after: int) -> LogPage:
            page = await self.source.read(after=after, limit=min(rows, until - after) if after < until else 1)
            if after >= until:
                page = page.model_copy(update={"events": []})
            return LogPage.model_validate_json(page.model_dump_json())

        return Lane(lane_id, self.database, tables, applier, read_log)

    async def forget_effects(self) -> None:
        """The consumer is as on its first day; the log stays."""
        await self._run("truncate bench.effect, bench.inbox, bench.cursor, bench.parked", "checkpoint")

    async def forget_all(self) -> None:
        """Source and consumer are as on their first day."""
        await self.forget_effects()
        await self._run("truncate learning.outbox, learning.log, learning.head")
        await self.source.open()

    async def effects(self) -> tuple[int, int, float]:
        """How many effects there are, of how many events, and the seconds from the first to the last."""
        spread = text(
            "select count(*), count(distinct event_id), "
            "coalesce(extract(epoch from max(done_at) - min(done_at)), 0)::float8 from bench.effect"
        )
        async with self.database.reading() as connection:
            rows, events, seconds = (await connection.execute(spread)).one()
        return rows, events, seconds

    async def settings(self) -> str:
        """The server and how durable it is, one line."""
        async with self.database.reading() as connection:
            found = {name: (await connection.execute(text(f"show {name}"))).scalar_one() for name in SHOWN}
        return "PostgreSQL " + ", ".join(" ".join(pair) for pair in found.items())

    async def _run(self, *statements: str) -> None:
        async with self.database.reading() as connection:
            for statement in statements:
                await connection.execute(text(statement))


@asynccontextmanager
async def staged(url: str) -> AsyncIterator[Scene]:
    """Make the schemas in the database at `url` (an administrator's) for the length of the block."""
    scene = Scene(url)
    try:
        async with scene.database.engine.begin() as connection:
            for each in (source_metadata, metadata):
                await connection.execute(CreateSchema(str(each.schema)))
                await connection.run_sync(each.create_all)
        await scene.source.open()
        yield scene
    finally:
        await scene.database.close()


def _fact(number: int) -> LessonCompleted:
    return LessonCompleted(
        user_id=UUID(int=number % PEOPLE + 1), course_id=COURSE, lesson_id=uuid7(), lesson_title=f"Lesson {number}"
    )
