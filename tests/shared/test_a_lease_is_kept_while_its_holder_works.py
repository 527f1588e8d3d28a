import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from shared.lease import LEASE, LeaseLost, kept
from tests.hurry import hurry

SECONDS = LEASE.total_seconds()
NEVER = 3600.0


@dataclass
class Row:
    """One lease and its renewals: `faults` befall the first of them, and at `lost_at` the row is somebody else's."""

    faults: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    lost_at: float = NEVER
    until: float = SECONDS
    renewals: int = 0

    async def renew(self) -> bool:
        if self.faults:
            await self.faults.pop(0)()
        at = asyncio.get_running_loop().time()
        if at >= self.lost_at:
            return False
        assert at < self.until, "it had run out"
        self.until = at + SECONDS
        self.renewals += 1
        return True

    async def worked_for(self, seconds: float) -> float:
        """The time when work that takes `seconds` was done, under this lease."""
        async with kept(self.renew):
            await asyncio.sleep(seconds)
        return asyncio.get_running_loop().time()

    async def told_of_its_loss(self) -> float:
        """The time when work that would take an hour was ended."""
        with pytest.raises(LeaseLost):
            await self.worked_for(NEVER)
        return asyncio.get_running_loop().time()


async def fails() -> None:
    raise ConnectionError


async def hangs() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("seconds", [0, 1, 25, 600])
def test_slow_work_keeps_its_lease_however_slow_it_is(seconds: float) -> None:
    row = Row()
    assert hurry(row.worked_for(seconds)) == pytest.approx(seconds)
    assert row.until > seconds


def test_after_the_work_nothing_is_renewed_any_more() -> None:
    async def story() -> tuple[int, int]:
        await row.worked_for(SECONDS)
        then = row.renewals
        await asyncio.sleep(10 * SECONDS)
        return then, row.renewals

    row = Row()
    then, later = hurry(story())
    assert then == later > 0


@pytest.mark.parametrize("faults", [[fails], [hangs], [fails] * 4], ids=["fails", "hangs", "fails for a while"])
def test_a_database_that_is_away_for_a_moment_does_not_end_good_work(
    faults: list[Callable[[], Awaitable[object]]],
) -> None:
    assert hurry(Row(faults=list(faults)).worked_for(25)) == pytest.approx(25)


@pytest.mark.parametrize("fault", [fails, hangs])
def test_work_ends_when_its_lease_has_run_out_unrenewed(fault: Callable[[], Awaitable[object]]) -> None:
    assert hurry(Row(faults=[fault] * 100).told_of_its_loss()) == pytest.approx(SECONDS)


def test_who_is_told_that_the_lease_is_somebody_elses_stops_at_once() -> None:
    lost_at = 11.0
    assert lost_at <= hurry(Row(lost_at=lost_at).told_of_its_loss()) < lost_at + SECONDS / 2


async def test_who_was_frozen_for_longer_than_the_lease_is_told_when_it_wakes() -> None:
    async def still_mine() -> bool:
        return True

    async def works() -> None:
        async with kept(still_mine, lease=timedelta(milliseconds=50)):
            time.sleep(0.1)  # noqa: ASYNC251 - the process stands still, and its loop with it
            await asyncio.Event().wait()

    with pytest.raises(LeaseLost):
        await works()


@pytest.mark.parametrize("error", [TimeoutError("the mail server's"), ValueError("no such template")])
def test_an_error_of_the_work_comes_through_as_it_is(error: Exception) -> None:
    async def story() -> None:
        async with kept(Row().renew):
            await asyncio.sleep(25)
            raise error

    with pytest.raises(type(error)) as raised:
        hurry(story())
    assert raised.value is error


def test_work_that_is_cancelled_ends_as_cancelled_and_its_heartbeat_with_it() -> None:
    async def story() -> None:
        work = asyncio.create_task(Row().worked_for(NEVER))
        await asyncio.sleep(12)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        assert asyncio.all_tasks() == {asyncio.current_task()}

    hurry(story())
