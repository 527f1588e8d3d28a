"""The rules: what people, processes, the broker and misfortune may do, in any order."""

import asyncio

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.model import oracle
from tests.model.ground import LEARNING, PAYMENTS, SERVICES
from tests.model.operations import Assign, Deliver, Emit, Operation, Restore, Start, Turn
from tests.model.replica import KEYS
from tests.model.world import World

FOR_EVER = 1_000_000

who = st.integers(0, 1)
keys = st.integers(0, len(KEYS) - 1)
# Behind which of its suspensions an operation dies; a short one may have landed before.
deaths = st.none() | st.integers(1, 12) | st.integers(1, 60)
emits = st.builds(
    Emit,
    who=who,
    key=keys,
    kinds=st.lists(st.integers(0, 2), min_size=1, max_size=4).map(tuple),
    fail=st.integers(0, 4).map(lambda n: n == 4),
)
assigns = st.builds(Assign, service=st.sampled_from((LEARNING, LEARNING, PAYMENTS)), who=who, unsaid=st.integers(0, 2))
delivers = st.builds(Deliver, who=who, ago=st.integers(0, 9), many=st.integers(1, 5), backwards=st.booleans())
tasks = st.builds(Turn, what=st.sampled_from(("pull", "pull", "catch_up", "retry")), who=who)
starts = st.builds(Start, service=st.sampled_from(SERVICES), who=who, release=st.integers(1, 2))
consumes = delivers | tasks
anything = st.one_of(emits, assigns, consumes, consumes, starts)
turns = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 10)), max_size=12)
poisons = st.sampled_from(("before", "after", "refused", "away"))


class EventPath(RuleBasedStateMachine):
    """Converges to: each key's events applied once, in order."""

    world: World
    runner: "asyncio.Runner"

    def __init__(self) -> None:
        super().__init__()
        self.runner.run(self.world.begin())

    @initialize(release=st.integers(1, 2))
    def open_to_the_public(self, release: int) -> None:
        """The newer release may be there from the start, beside the older."""
        self.runner.run(self.world.run((Start(PAYMENTS, 1, release), None)))

    @rule(emitted=emits, assigned=assigns, consumed=consumes)
    def in_peace(self, emitted: Operation, assigned: Operation, consumed: Operation) -> None:
        """Somebody does something, and it takes its way; nothing goes wrong."""
        for operation in (emitted, assigned, consumed):
            self.runner.run(self.world.run((operation, None)))

    @rule(operation=anything, dies_at=deaths)
    def one(self, operation: Operation, dies_at: int | None) -> None:
        """One operation; its process may die in the middle."""
        self.runner.run(self.world.run((operation, dies_at)))

    @rule(planned=st.lists(st.tuples(anything, deaths), min_size=2, max_size=3), turns=turns)
    def together(self, planned: list[tuple[Operation, int | None]], turns: list[tuple[int, int]]) -> None:
        """Several operations in turns."""
        self.runner.run(self.world.run(*planned, turns=turns))

    @rule(before=emits, meanwhile=emits, service=st.sampled_from(SERVICES), ahead=st.integers(0, 15), turns=turns)
    def race(
        self, before: Operation, meanwhile: Operation, service: str, ahead: int, turns: list[tuple[int, int]]
    ) -> None:
        """Assigners race, while somebody is about to commit more."""
        self.runner.run(self.world.run((before, None)))
        racing = (Assign(service, 0, 0), Assign(service, 1, 1), meanwhile)
        self.runner.run(self.world.run(*((one, None) for one in racing), turns=[(2, ahead), *turns]))

    @rule(emitted=emits, planned=st.lists(st.tuples(consumes, deaths), min_size=2, max_size=3), turns=turns)
    def contend(
        self, emitted: Operation, planned: list[tuple[Operation, int | None]], turns: list[tuple[int, int]]
    ) -> None:
        """Replicas of the consumer are after the same events."""
        for operation in (emitted, Assign(LEARNING, 0, 0)):
            self.runner.run(self.world.run((operation, None)))
        self.runner.run(self.world.run(*planned, turns=turns))

    @rule(key=keys, how=poisons, times=st.sampled_from((1, 2, 3, 9, FOR_EVER)))
    def poison(self, key: int, how: str, times: int) -> None:
        """Events of this key fail from now on."""
        self.world.poison.give(str(KEYS[key]), how, times)

    @rule(emitted=emits, how=poisons, dies_at=st.none() | st.integers(1, 60))
    def park_and_retry(self, emitted: Emit, how: str, dies_at: int | None) -> None:
        """An event fails in its page and alone, and is tried again once that is mended."""
        self.world.poison.give(str(KEYS[emitted.key]), how, 2)
        for operation in (emitted, Assign(LEARNING, 0, 0), Turn("pull", emitted.who)):
            self.runner.run(self.world.run((operation, None)))
        self.runner.run(self.world.run((Turn("retry", emitted.who), dies_at)))

    @rule(deaf=st.booleans())
    def trouble(self, deaf: bool) -> None:  # noqa: FBT001 - drawn, and handed over by name
        """Logs cannot be read for a while; or what failed is mended and redriven."""
        if deaf:
            self.world.deaf = 3
        else:
            self.world.poison.heal()
            self.runner.run(self.world.ground.redrive())

    @precondition(lambda self: not self.world.lost)
    @rule()
    def back_up(self) -> None:
        """A backup of the whole instance."""
        self.runner.run(self.world.back_up())

    @precondition(lambda self: self.world.backup is not None)
    @rule(
        future=st.lists(emits, max_size=2),
        consumed=st.lists(consumes, max_size=2),
        services=st.sampled_from(((LEARNING,), SERVICES)),
        meanwhile=st.lists(consumes | anything, max_size=2),
        turns=turns,
    )
    def restore(
        self,
        future: list[Operation],
        consumed: list[Operation],
        services: tuple[str, ...],
        meanwhile: list[Operation],
        turns: list[tuple[int, int]],
    ) -> None:
        """The source alone, or the whole instance, goes back to the backup; what came after it was never to be."""
        for operation in (*future, Assign(LEARNING, 0, 0), *consumed):
            self.runner.run(self.world.run((operation, None)))
        self.runner.run(self.world.run((Restore(services), None), *((one, None) for one in meanwhile), turns=turns))

    def teardown(self) -> None:
        """Nothing else goes wrong: all that is not poisoned arrives; then all."""
        try:
            self.runner.run(self._arrive())
        finally:
            self.runner.run(self.world.end())

    async def _arrive(self) -> None:
        world, poisoned = self.world, self.world.poison.keys
        await world.run((Start(PAYMENTS, 0, 2), None))
        seen = await world.settle()
        if seen.lost:
            assert world.alarms, "what it saw is lost, and nobody was told"
            await world.run((Restore(SERVICES), None))
            await world.run((Start(PAYMENTS, 0, 2), None))
            seen = await world.settle()
        given_up = {one.key for one in seen.parked if one.state == "dead"}
        oracle.check_arrived(seen, but=poisoned | (given_up & world.may_have_given_up))
        world.poison.heal()
        await world.ground.redrive()
        oracle.check_arrived(await world.settle(), but=frozenset())
