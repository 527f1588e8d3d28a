"""What is done to a platform under load, each with the proof that it landed."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psutil

from tests.fire.database import Administrator, Hindrance
from tests.fire.ledger import Ledger
from tests.local.platforms import eventually, redis
from tools.local.control import Control, lives

AROUND = 2.0  # seconds before and after within which requests count as "around" a fault
WITHIN = 60.0

EMPTY = "local keys = redis.call('KEYS', '*') redis.call('FLUSHALL') return {#keys, redis.call('DBSIZE')}"
REPEAT = """
local n = 0
for _, topic in ipairs({'auth', 'learning', 'payments'}) do
  for _, entry in ipairs(redis.call('XRANGE', topic, '-', '+')) do
    redis.call('XADD', topic, '*', unpack(entry[2]))
    n = n + 1
  end
end
return n
"""

# Where each consumer's handlers write first.
HANDLED = {
    "activity": "activity.feed_entry",
    "learning": "learning.learner",
    "payments": "payments.verified_person",
    "notifications": "notifications.message",
}


@dataclass(frozen=True, kw_only=True)
class Landed:
    """A fault that landed: from when to when (seconds since 1970), and what proves it."""

    what: str
    begin: float
    end: float
    proof: str


@dataclass(frozen=True, kw_only=True)
class Poison:
    """What makes a consumer fail for one person (by user id)."""

    consumer: str
    person: str
    hindrance: Hindrance


class Faults:
    """Breaks `platform`, and keeps account of it."""

    def __init__(self, platform: Control, admin: Administrator, ledger: Ledger) -> None:
        self.landed: list[Landed] = []
        self._platform = platform
        self._admin = admin
        self._ledger = ledger

    async def kill(self, *names: str) -> None:
        """SIGKILL to processes and everything they started, all at once; returns when others are ready in their place."""
        await asyncio.gather(*map(self._kill, names))

    async def _kill(self, name: str) -> None:
        old = (await self._platform.status())[name].pid
        assert old is not None, f"{name} does not run, so it cannot be killed"
        family = [psutil.Process(old), *psutil.Process(old).children(recursive=True)]
        begin = time.time()
        await self._platform.kill(name)
        for member in family:  # PostgreSQL's have process groups of their own
            if lives(member):
                member.kill()
        await eventually(lambda: _none_lives(family))
        await self._platform.wait_ready(name, within=WITHIN)
        new = (await self._platform.status())[name].pid
        assert new not in {None, old}, f"{name} has pid {new} as before"
        self.note(f"kill -9 {name}", begin, f"{len(family)} processes gone, pid {old} -> {new}")

    async def empty_redis(self) -> None:
        """FLUSHALL: streams, consumer groups, caches."""
        begin = time.time()
        had, has = (await redis(self._platform, "EVAL", EMPTY, "0")).split()
        assert int(had) > 0, "Redis had no keys to lose"
        assert int(has) == 0, f"{has} keys survived FLUSHALL"
        self.note("FLUSHALL", begin, f"{had} keys gone")

    async def repeat_announcements(self) -> None:
        """Everything that is in the broker is delivered to everybody again."""
        begin = time.time()
        again = int(await redis(self._platform, "EVAL", REPEAT, "0"))
        assert again > 0, "the broker held nothing to deliver again"
        self.note("announcements again", begin, f"{again} deliveries to each consumer")

    @asynccontextmanager
    async def away(self, name: str) -> AsyncIterator[None]:
        """While the block runs, a process is stopped."""
        begin = time.time()
        await self._platform.stop(name)
        state = (await self._platform.status())[name].state
        assert state == "stopped", f"{name} is {state} although it was stopped"
        yield
        await self._platform.start(name)
        await self._platform.wait_ready(name, within=WITHIN)
        self.note(f"{name} away", begin, "stopped, started again")

    @asynccontextmanager
    async def deaf(self, name: str) -> AsyncIterator[None]:
        """While the block runs, a process is frozen (SIGSTOP)."""
        begin = time.time()
        pid = (await self._platform.status())[name].pid
        await self._platform.freeze(name)
        state = psutil.Process(pid).status()
        assert state == psutil.STATUS_STOPPED, f"{name} is {state} although it was frozen"
        yield
        await self._platform.thaw(name)
        self.note(f"{name} frozen", begin, f"pid {pid} was {state}")

    @asynccontextmanager
    async def failing(self, *consumers: str, share: float) -> AsyncIterator[None]:
        """While the block runs, this share of the inserts of these consumers' handlers is refused by the database."""
        ways = [Hindrance(name=f"fails_{c}", table=HANDLED[c], condition=f"random() < {share}") for c in consumers]
        async with self.hindered(f"{share:.0%} of the handlers of {', '.join(consumers)} fail", *ways):
            yield

    @asynccontextmanager
    async def hindered(self, what: str, *hindrances: Hindrance) -> AsyncIterator[None]:
        """While the block runs, these are in the way. AssertionError if they never were."""
        begin, before = time.time(), await self._admin.raised()
        for hindrance in hindrances:
            await self._admin.hinder(hindrance)
        yield
        for hindrance in hindrances:
            await self._admin.let_go(hindrance)
        times = await self._admin.raised() - before
        assert times > 0, f"{what}: it never happened"
        self.note(what, begin, f"{times} times")

    async def poison(self, consumer: str, person: str) -> Poison:
        """From now on the consumer fails for one person's events (by user id); returns once they are parked and wait."""
        begin = time.time()
        name, condition = f"poison_{person.replace('-', '')}", f"new.user_id = '{person}'"
        hindrance = Hindrance(name=name, table=HANDLED[consumer], condition=condition)
        await self._admin.hinder(hindrance)

        async def one_failed_and_others_wait() -> bool:
            parked = await self._admin.parked(consumer, person)
            return len(parked) > 1 and parked[0]["tries"] > 0 and parked[-1]["tries"] == 0

        await eventually(one_failed_and_others_wait, within=WITHIN)
        first = parked_id((await self._admin.parked(consumer, person))[0])
        self.note(f"poison for one person in {consumer}", begin, f"{first} parked, later ones of its key behind it")
        return Poison(consumer=consumer, person=person, hindrance=hindrance)

    def around(self, fault: Landed) -> tuple[int, int]:
        """How many requests left shortly before a fault, and from then until shortly after its end."""
        before = self._ledger.sent_between(fault.begin - AROUND, fault.begin)
        return before, self._ledger.sent_between(fault.begin, fault.end + AROUND)

    def __str__(self) -> str:
        lines = []
        for fault in self.landed:
            before, during = self.around(fault)
            took = fault.end - fault.begin
            at = time.strftime("%H:%M:%S", time.gmtime(fault.begin))
            lines.append(f"  {at} {fault.what}: {fault.proof}; {took:.1f} s; requests {before} before, {during} after")
        return "\n".join(["faults", *lines])

    def note(self, what: str, begin: float, proof: str) -> None:
        """Put on account what began at `begin` and is over now."""
        self.landed.append(Landed(what=what, begin=begin, end=time.time(), proof=proof))


def parked_id(row: Any) -> str:
    """How the admin API and `make parked` name a row of `parked`."""
    return f"{row['consumer']}/{row['source']}/{row['position']}"


async def _none_lives(family: list[psutil.Process]) -> bool:
    return not any(map(lives, family))
