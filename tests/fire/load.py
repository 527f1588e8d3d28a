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
        self._town = town
        self._course = course
        self._settled_in = 0
        self._at_work = 0

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Count somebody in while the block runs."""
        self._at_work += 1
        yield
        self._at_work -= 1

    async def learn(self, person: Person, *, buys: bool) -> None:
        """Come, join, then hand in solutions, and finish a lesson now and then, until it is over."""
        async with self.at_work():
            await self._learn(person, buys=buys)

    async def _learn(self, person: Person, *, buys: bool) -> None:
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
                await self._pause(PAUSE)
            if lesson := next(lessons, None):
                await person.finish(lesson)

    async def come(self) -> None:
        """Newcomers, one after the other, who register and verify and go."""
        async with self.at_work():
            while not self.over.is_set():
                person = Person(self._town)
                await person.register()
                await person.verify()
                await self._pause(NEWCOMER_EVERY)

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
        self.over.set()

        async def all_gone() -> bool:
            return self._at_work == 0

        await eventually(all_gone, within=WITHIN)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.over.wait()


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
        load.over.set()
