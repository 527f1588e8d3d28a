"""What a handler's options, and its misuse of the page's transaction, come to."""

import ast
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import Counter
from sqlalchemy import insert

from shared.bus.apply import Applier
from shared.bus.cursors import Cursors
from shared.bus.handlers import Delivery, Handlers
from shared.bus.metrics import PARKED, PASSED_OVER
from shared.bus.parked import Parking, parked_row
from shared.db.database import Database, write_later
from shared.events.auth import EmailVerified, UserCreated
from shared.transaction import CallInTransaction
from tests.fakes import FakeSidecar
from tests.running import FakeLog
from tests.shared.probe import Probe, ProbeUow, effect, registered, started, tables, until

pytestmark = pytest.mark.thorough

HOUR = timedelta(hours=1)
SPEAKS_TO_OTHERS = {"httpx", "stripe", "aiosmtplib"}


def value_of(counter: Counter) -> float:
    (metric,) = counter.collect()
    return next(sample.value for sample in metric.samples if sample.name.endswith("_total"))


async def test_an_event_older_than_its_max_age_has_no_effect_and_holds_nothing_up(probe: Probe, log: FakeLog) -> None:
    handlers = Handlers()
    handlers.on(UserCreated, keeps=(), max_age=HOUR)(probe.record)
    log.append(registered(), actor=None, at=datetime.now(UTC) - 2 * HOUR)
    last = log.append(registered(), actor=None)
    async with started(probe, handlers):
        await probe.bus.deliver(last)
        assert [text for _, text in await probe.effects()] == ["auth/2"]
    assert await probe.rows(tables.parked) == []


async def test_what_a_failed_page_passed_over_is_counted_once(probe: Probe, log: FakeLog) -> None:
    handlers = Handlers()
    handlers.on(UserCreated, keeps=(), max_age=HOUR)(probe.record)
    log.append(registered(), actor=None, at=datetime.now(UTC) - 2 * HOUR)
    user = registered()
    probe.failures[user.key] = 2  # in the page, and alone
    last = log.append(user, actor=None)
    counters = [PASSED_OVER.labels("probe", "auth", "expired"), PARKED.labels("probe", "auth", "failed")]
    before = [value_of(counter) for counter in counters]
    async with started(probe, handlers):
        await probe.bus.deliver(last)
    assert [value_of(counter) for counter in counters] == [value + 1 for value in before]


async def test_an_unordered_handling_does_not_wait_behind_a_parked_event(probe: Probe, log: FakeLog) -> None:
    user = registered()
    probe.failures[user.key] = 1000
    handlers = Handlers()
    handlers.on(UserCreated, keeps=())(probe.record)

    @handlers.on(EmailVerified, ordered=False)
    async def verified(event: EmailVerified, delivery: Delivery, uow: ProbeUow) -> None:
        async with uow:
            await uow.append(event.key, "verified")

    log.append(user, actor=None)
    last = log.append(EmailVerified(user_id=user.user_id), actor=None)
    async with started(probe, handlers):
        await probe.bus.deliver(last)
        assert await probe.effects() == [(user.key, "verified")]


async def test_an_unordered_event_that_failed_is_tried_again_before_those_it_came_after(
    probe: Probe, log: FakeLog
) -> None:
    user = registered()
    probe.failures[user.key] = 1000
    handlers = Handlers()
    handlers.on(UserCreated, keeps=())(probe.record)
    calls = 0

    @handlers.on(EmailVerified, ordered=False)
    async def fails_at_first(event: EmailVerified, delivery: Delivery, uow: ProbeUow) -> None:
        nonlocal calls
        calls += 1
        if calls <= 2:  # with its page, and alone
            raise RuntimeError("not yet")
        async with uow:
            await uow.append(event.key, "verified")

    log.append(user, actor=None)
    last = log.append(EmailVerified(user_id=user.user_id), actor=None)
    async with started(probe, handlers):
        await probe.bus.deliver(last)
        await until(lambda: _effects(probe, ["verified"]), "retried")


async def test_what_waits_behind_an_ordered_event_is_not_taken_along_by_an_unordered_one(
    probe: Probe, log: FakeLog
) -> None:
    user = registered()
    handlers = Handlers()
    handlers.on(UserCreated, keeps=())(probe.record)
    handlers.on(EmailVerified, ordered=False)(probe.record)
    cursors = Cursors("probe", probe.database, tables)
    await cursors.open(handlers)
    facts = ((user, "dead"), (EmailVerified(user_id=user.user_id), "retrying"), (user, "retrying"))
    async with probe.database.transaction() as session:
        for fact, state in facts:
            event = log.append(fact, actor=None)
            await session.execute(insert(tables.parked).values(parked_row("probe", event, state=state, reason="x")))
    parking = Parking(probe.database, tables, Applier(handlers, tables, probe.uow, lambda: None), cursors)
    assert await parking.retry_due() == 1
    assert [text for _, text in await probe.effects()] == ["auth/2"]


async def test_a_handler_that_calls_out_is_parked_with_the_reason(
    probe: Probe, log: FakeLog, sidecar: FakeSidecar
) -> None:
    handlers = Handlers()

    @handlers.on(UserCreated, keeps=())
    async def ask_somebody(event: UserCreated, delivery: Delivery, uow: ProbeUow) -> None:
        async with uow:
            await uow.append(event.key, "half")
            await sidecar.invoke("auth", "GET", "/anything")

    event = log.append(registered(), actor=None)
    async with started(probe, handlers):
        await probe.bus.deliver(event)
        (parked,) = await probe.rows(tables.parked)
    assert "CallInTransaction: invoke within a database transaction" in parked.reason
    assert await probe.effects() == []


async def test_a_use_case_that_calls_out_in_its_transaction_fails(probe: Probe, sidecar: FakeSidecar) -> None:
    uow = probe.uow(actor=None)
    with pytest.raises(CallInTransaction):
        async with uow:
            await sidecar.get_state("anything")
    await sidecar.get_state("anything")


def test_every_package_that_speaks_to_others_asks_whether_a_transaction_is_open() -> None:
    speaking: dict[Path, list[str]] = defaultdict(list)
    for path in (path for root in ("shared", "services") for path in Path(root).rglob("*.py")):
        if _speaks(path):
            speaking[path.parent].append(path.read_text())
    assert {Path("shared"), Path("services/payments/data"), Path("services/notifications/data")} <= set(speaking)
    silent = [str(package) for package, texts in speaking.items() if "outside_of_transaction(" not in "".join(texts)]
    assert silent == [], "say outside_of_transaction(...) before each call (shared/transaction.py)"


async def test_a_handler_that_swallows_the_failure_of_its_unit_of_work_commits_nothing(
    probe: Probe, log: FakeLog, sidecar: FakeSidecar
) -> None:
    handlers = Handlers()

    @handlers.on(UserCreated, keeps=())
    async def swallow(event: UserCreated, delivery: Delivery, uow: ProbeUow) -> None:
        with suppress(CallInTransaction):
            async with uow:
                await uow.append(event.key, "half")
                await sidecar.get_state("anything")

    event = log.append(registered(), actor=None)
    async with started(probe, handlers):
        await probe.bus.deliver(event)
        (parked,) = await probe.rows(tables.parked)
    assert "FailureSwallowed" in parked.reason
    assert await probe.effects() == []


async def test_what_is_written_later_is_there_for_the_next_statement_and_the_commit(
    probe: Probe, database: Database
) -> None:
    add = insert(effect)
    async with database.transaction() as session:
        for text in ("a", "b"):
            write_later(session, add, {"key": "k", "text": text})
        await session.execute(insert(effect).values(key="k", text="c"))
        write_later(session, add, {"key": "k", "text": "d"})
    assert [text for _, text in await probe.effects()] == ["a", "b", "c", "d"]


async def test_what_is_written_later_keeps_its_order_within_a_table(probe: Probe, database: Database) -> None:
    upper, lower = insert(effect), insert(effect)
    others = insert(tables.head).values(one=True, position=0, epoch="one", epoch_start=0)
    async with database.transaction() as session:
        for statement, text in ((upper, "A"), (others, ""), (upper, "B"), (lower, "c"), (upper, "D")):
            write_later(session, statement, {"key": "k", "text": text} if statement is not others else {"epoch": "two"})
    assert [text for _, text in await probe.effects()] == ["A", "B", "c", "D"]
    assert [row.epoch for row in await probe.rows(tables.head)] == ["two"]


async def test_what_was_to_be_written_later_goes_with_a_rollback(probe: Probe, database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            write_later(session, insert(effect), {"key": "k", "text": "a"})
            raise RuntimeError("rolled back")

    with pytest.raises(RuntimeError, match="rolled back"):
        await fail()
    assert await probe.effects() == []


def _speaks(path: Path) -> bool:
    imported: set[Any] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.partition(".")[0])
    return bool(imported & SPEAKS_TO_OTHERS)


async def _effects(probe: Probe, texts: list[str]) -> bool:
    return [text for _, text in await probe.effects()] == texts
