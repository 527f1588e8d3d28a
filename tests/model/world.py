"""The whole of it: replicas of two services, the broker that forgets, and a person who mends what is broken."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from shared.bus.envelope import Envelope, LogPage
from shared.bus.lane import SourceLost
from shared.dapr import SidecarError
from tests.model import oracle
from tests.model.flight import Flight, land
from tests.model.ground import LEARNING, PAYMENTS, SERVICES, Ground
from tests.model.operations import Operation
from tests.model.oracle import Ledger
from tests.model.replica import KEYS, Link, Poison, Replica
from tests.model.seen import LATE_TYPE, LOOK, MAIN, Seen

REPLICAS = 2
QUIET_ROUNDS = 80
DEATHS = 3  # an event at which so many processes died is taken for their killer
PAGE_ROWS = 3  # small pages, so that a few events are many


class Outside:
    """What is not a replica and does not die."""

    alive = True

    def die(self) -> None:
        """It does not."""


class World:
    """Made once for many examples: `begin` clears it. Every method runs on one event loop."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._spare: dict[str, list[Link]] = {service: [] for service in SERVICES}
        self._dead: list[Replica] = []
        self._reads: set[asyncio.Task[LogPage]] = set()
        self.replicas: dict[str, list[Replica]] = {}

    async def begin(self) -> None:
        """The first day: nothing was ever stated; two replicas each, in release 1."""
        await self.ground.clear()
        self.broker: list[dict[str, Any]] = []
        self.poison = Poison()
        self.ledger = Ledger()
        self.deaf = 0
        self.backup: set[str] | None = None
        self.alarms = 0
        self.joined_at: int | None = None
        self.deaths = 0
        self._handed_over: dict[str, set[str]] = defaultdict(set)
        self._before: Seen | None = None
        self._tokens = 0
        self.replicas = {service: [] for service in SERVICES}
        for service in SERVICES:
            for _ in range(REPLICAS):
                await self._start(service, 1)

    async def end(self) -> None:
        """Forget the replicas, keep their connections for the next example."""
        await self._bury()
        for service, replicas in self.replicas.items():
            self._spare[service] += [replica.link for replica in replicas]
        self.replicas = {}

    async def close(self) -> None:
        """Close every connection."""
        for links in self._spare.values():
            for link in links:
                await link.database.close()

    async def _start(self, service: str, release: int) -> None:
        replica = self._new(service, release)
        self.replicas[service].append(replica)
        await replica.open(self.poison.handle, self.read_log)

    def _new(self, service: str, release: int) -> Replica:
        spare = self._spare[service]
        return Replica(service, spare.pop() if spare else Link(self.ground, service), release)

    async def run(self, *planned: tuple[Operation, int | None], turns: Sequence[tuple[int, int]] = ()) -> None:
        """Let the operations fly together; then replace who died, and look at everything."""
        flights = []
        for operation, dies_at in planned:
            process, work = operation.begin(self)
            flights.append(Flight(work, process or Outside(), dies_at=dies_at, alone=len(planned) == 1))
        await land(flights, turns)
        await self._bury()
        await self.check()

    async def _bury(self) -> None:
        """Wait for what the dead have left behind, then start a new process for each."""
        if self._reads:
            await asyncio.wait(self._reads)
        for replicas in self.replicas.values():
            for dead in [one for one in replicas if not one.alive]:
                replicas.remove(dead)
                self._dead.append(dead)
        for dead in self._dead:
            self.deaths += dead.service == PAYMENTS
            await dead.link.renew()
            self._spare[dead.service].append(dead.link)
        while self._dead:
            dead = self._dead.pop()
            if len(self.replicas[dead.service]) < REPLICAS:
                await self._start(dead.service, dead.release)

    def deploy(self, service: str, who: int, release: int) -> Replica:
        """Put a process with an empty memory, not yet open, into the place of another."""
        replicas = self.replicas[service]
        place = who % len(replicas)
        replicas[place].die()
        self._dead.append(replicas[place])
        replicas[place] = self._new(service, release)
        return replicas[place]

    async def read_log(self, source: str, after: int) -> LogPage:
        """GET /bus/log of some replica of the source: another process, which answers even if the caller dies meanwhile."""
        if self.deaf:
            self.deaf -= 1
            raise SidecarError("the way to the source is down")
        living = [replica for replica in self.replicas[source] if replica.alive and replica.ready]
        if not living:
            raise SidecarError("the source is down")
        task = asyncio.create_task(living[0].source.read(after=after, limit=PAGE_ROWS))
        self._reads.add(task)
        task.add_done_callback(self._reads.discard)
        try:
            page = await asyncio.shield(task)
        except Exception as error:
            if living[0].alive:
                raise
            raise SidecarError("the source died while it answered") from error
        self._hand_over(page.events)
        positions = [event.position for event in page.events]
        assert positions == list(range(after + 1, after + 1 + len(positions))), "a reader sees a gap"
        return page

    def token(self, facts: int) -> str:
        """A name for a transaction that is about to state so many facts."""
        self._tokens += 1
        self.ledger.unknown[token := f"t{self._tokens}"] = facts
        return token

    async def restore(self, services: Sequence[str]) -> None:
        """Put services back to the backup: their processes die with the old database, new ones open the other one."""
        dead = [replica for service in services for replica in self.replicas[service]]
        for replica in dead:
            replica.die()
        for replica in dead:
            await self.ground.gone(replica.link.name)
        for service in services:
            await self.ground.restore(service)
        if LEARNING in services and self.backup is not None:
            self.ledger.forget(self.backup)
        if PAYMENTS in services:
            self.broker.clear()  # as the handbook says: restore, then empty Redis
        self._before = None
        for service in services:
            for place, replica in enumerate(self.replicas[service]):
                await self.deploy(service, place, replica.release).open(self.poison.handle, self.read_log)

    async def back_up(self) -> None:
        """Keep this moment."""
        await self.ground.back_up()
        self.backup = set(self.ledger.committed)

    @property
    def may_have_given_up(self) -> frozenset[str]:
        """The keys of which an event may be dead: poisoned ones, and all, if enough processes died to blame an event."""
        return frozenset(map(str, KEYS)) if self.deaths >= DEATHS else frozenset(self.poison.ever)

    @property
    def lost(self) -> bool:
        """Whether, when last looked at, a consumer had seen what its source has lost."""
        return self._before is not None and self._before.lost

    async def see(self) -> Seen:
        """Everything there is."""
        return Seen.parse(await self.ground.look(LOOK))

    async def check(self) -> Seen:
        """What holds at every moment."""
        seen = await self.see()
        self._learn(seen)
        oracle.check_source(seen, self.ledger)
        oracle.check_logs(seen, self._before)
        if self._before is not None:
            oracle.check_cursors(seen, self._before)
        oracle.check_follow_ups(seen)
        if seen.lost:
            oracle.check_lost(seen, self._before, self._handed_over)
        else:
            oracle.check_consumer(seen)
            if self.joined_at is not None:
                oracle.check_joined_order(seen, self.joined_at)
        self._before = seen
        return seen

    def _learn(self, seen: Seen) -> None:
        """The tables decide what became of a commit whose answer nobody heard."""
        there = oracle.tokens(seen)
        for token, facts in self.ledger.unknown.items():
            if token in there:
                self.ledger.committed[token] = facts
        self.ledger.unknown.clear()
        main = seen.cursors.get(MAIN)
        if main is None or LATE_TYPE not in main.types:
            self.joined_at = None
        elif self.joined_at is None:
            self.joined_at = main.position

    async def settle(self) -> Seen:
        """No more faults: run everything until nothing changes. AssertionError if that does not come."""
        self.deaf = 0
        before, idle = None, 0
        for number in range(QUIET_ROUNDS):
            seen = await self.check()
            idle = idle + 1 if seen.at_rest == before else 0
            if idle == REPLICAS:  # each had its turn, and none could do anything
                return seen
            before = seen.at_rest
            if await self._round(seen, number):
                before = None
        raise AssertionError(f"not quiet after {QUIET_ROUNDS} rounds: {before}")

    async def _round(self, seen: Seen, number: int) -> bool:
        """A turn of everything that has something to do, in one replica. True if it wants to be tried again."""
        for service in (one for one in SERVICES if seen.outbox[one]):
            while moved := await self.replicas[service][0].source.assign():
                self.announce(moved)
        consumer = self.replicas[PAYMENTS][number % REPLICAS]
        again = False
        if seen.behind:
            again |= await self.endure(consumer.pull())
            again |= await self.endure(consumer.catch_up())
        if seen.parked:
            await self.ground.let_time_pass()  # a replica that has no handler for it puts an event off
            again |= await self.endure(consumer.retry())
        return again

    def announce(self, moved: Sequence[Envelope]) -> None:
        """Hand what was assigned to the broker; whether and when it brings it is the model's choice."""
        self._hand_over(moved)
        self.broker += [event.as_cloudevent() for event in moved]

    def _hand_over(self, events: Sequence[Envelope]) -> None:
        for event in events:
            self._handed_over[str(event.id)].add(event.epoch)

    async def endure(self, work: Any) -> bool:
        """Let a background task do its turn; True if it would be tried again."""
        try:
            await work
        except (SidecarError, TimeoutError):
            return True
        except SourceLost:
            seen = await self.see()
            assert seen.lost, "an alarm, but the source has everything this consumer saw"
            self.alarms += 1
        return False
