"""Steady load: a few learners who do one thing after the other, some who buy, and people who come newly all the time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.fire.ledger import Ledger
from tests.fire.people import Course, Person, Town
from tests.local.platforms import eventually

PAUSE = 0.15  # seconds between two things a learner does
NEWCOMER_EVERY = 2.0
WITHIN = 60.0


class Load:
    """The people at work; `over` sends them home."""

    def __init__(self, town: Town, course: Course, *, learners: int) -> None:
        self.learners = [Person(town) for _ in range(learners)]
        self.over = asyncio.Event()
        self._closed = asyncio.Event()
        self._newcomer_gone = asyncio.Event()
        self._town = town
        self._course = course
        self._settled_in = 0
        self._at_work = 0

    async def learn(self, person: Person, *, buys: bool) -> None:
        """Come, join, then hand in solutions, and finish a lesson now and then, until it is over."""
        self._at_work += 1
        await person.register()
        await person.verify()
        await person.sign_in()
        await person.enrol(self._course)
        self._settled_in += 1
        if buys:
            await person.buy()
        lessons = iter(self._course.lessons)
        while not self.over.is_set():
            for _ in range(3):
                await person.hand_in(self._course.assignment)
                await _pause(self.over, PAUSE)
            if lesson := next(lessons, None):
                await person.finish(lesson)
        self._at_work -= 1

    async def come(self) -> None:
        """Newcomers, one after the other, who register and verify and go."""
        while not self._closed.is_set():
            person = Person(self._town)
            await person.register()
            await person.verify()
            await _pause(self._closed, NEWCOMER_EVERY)
        self._newcomer_gone.set()

    async def nobody_new(self) -> None:
        """No newcomer from now on; returns when the last one is done."""
        self._closed.set()
        async with asyncio.timeout(WITHIN):
            await self._newcomer_gone.wait()

    async def everybody_learns(self) -> None:
        """Wait until every learner has joined the course."""

        async def all_in() -> bool:
            return self._settled_in == len(self.learners)

        await eventually(all_in, within=WITHIN)

    async def more(self, intents: int) -> None:
        """Wait until so many more intents were accepted."""
        ledger: Ledger = self._town.ledger
        goal = ledger.accepted + intents

        async def enough() -> bool:
            return ledger.accepted >= goal

        await eventually(enough, within=WITHIN)

    async def end(self) -> None:
        """Send everybody home, and wait until they have their last answers."""
        await self.nobody_new()
        self.over.set()

        async def all_gone() -> bool:
            return self._at_work == 0

        await eventually(all_gone, within=WITHIN)


async def _pause(until: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await until.wait()


@asynccontextmanager
async def load_on(town: Town, course: Course, *, learners: int, buyers: int = 0) -> AsyncIterator[Load]:
    """The load while the block runs; the first `buyers` of the learners buy Pro. Ends when everybody has got their answers."""
    load = Load(town, course, learners=learners)
    async with asyncio.TaskGroup() as people:
        for number, person in enumerate(load.learners):
            people.create_task(load.learn(person, buys=number < buyers))
        people.create_task(load.come())
        await load.everybody_learns()
        yield load
        await load.end()
