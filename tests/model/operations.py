"""What the processes do, each a coroutine that may die at any of its suspensions."""

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tests.model.flight import Process
from tests.model.ground import LEARNING, PAYMENTS
from tests.model.replica import KEYS, Replica, RolledBack

if TYPE_CHECKING:
    from tests.model.world import World

Begun = tuple[Process | None, Coroutine[Any, Any, None]]


class Operation(Protocol):
    """`begin` chooses the process and makes the coroutine that it runs."""

    def begin(self, world: "World") -> Begun: ...


def _one_of(world: "World", service: str, who: int) -> Replica:
    replicas = world.replicas[service]
    return replicas[who % len(replicas)]


@dataclass(frozen=True)
class Emit:
    """State facts of these kinds about a key, and commit or roll back."""

    who: int
    key: int
    kinds: tuple[int, ...]
    fail: bool

    def begin(self, world: "World") -> Begun:
        replica = _one_of(world, LEARNING, self.who)
        return replica, self._run(world, replica)

    async def _run(self, world: "World", replica: Replica) -> None:
        token = world.token(len(self.kinds))
        try:
            await replica.emit(KEYS[self.key], self.kinds, token, fail=self.fail)
        except RolledBack:
            del world.ledger.unknown[token]
        else:
            world.ledger.committed[token] = world.ledger.unknown.pop(token)


@dataclass(frozen=True)
class Assign:
    """T2 in one replica; of what was moved all but the first `unsaid` are announced."""

    service: str
    who: int
    unsaid: int

    def begin(self, world: "World") -> Begun:
        replica = _one_of(world, self.service, self.who)
        return replica, self._run(world, replica)

    async def _run(self, world: "World", replica: Replica) -> None:
        moved = await replica.source.assign()
        world.announce(moved[self.unsaid :])


@dataclass(frozen=True)
class Deliver:
    """The broker brings what it has, the `ago`-th newest first, then what came after it or, `backwards`, before it."""

    who: int
    ago: int
    many: int
    backwards: bool

    def begin(self, world: "World") -> Begun:
        replica = _one_of(world, PAYMENTS, self.who)
        return replica, self._run(world, replica)

    async def _run(self, world: "World", replica: Replica) -> None:
        newest = len(world.broker) - 1 - self.ago
        places = [newest + (-n if self.backwards else n) for n in range(self.many)]
        for announced in [world.broker[place] for place in places if 0 <= place < len(world.broker)]:
            await world.endure(replica.deliver(announced))


@dataclass(frozen=True)
class Turn:
    """One turn of a consumer's background task: `pull`, `catch_up`, or `retry` when its time has come."""

    what: str
    who: int

    def begin(self, world: "World") -> Begun:
        replica = _one_of(world, PAYMENTS, self.who)
        return replica, self._run(world, replica)

    async def _run(self, world: "World", replica: Replica) -> None:
        if self.what == "retry":
            await world.ground.let_time_pass()
        turns = {"pull": replica.pull, "catch_up": replica.catch_up, "retry": replica.retry}
        await world.endure(turns[self.what]())


@dataclass(frozen=True)
class Start:
    """A process with an empty memory takes the place of another, in this release or that."""

    service: str
    who: int
    release: int

    def begin(self, world: "World") -> Begun:
        replica = world.deploy(self.service, self.who, self.release)
        return replica, replica.open(world.poison.handle, world.read_log)


@dataclass(frozen=True)
class Restore:
    """A database goes back to the backup, whatever is under way."""

    services: tuple[str, ...]

    def begin(self, world: "World") -> Begun:
        return None, world.restore(self.services)
