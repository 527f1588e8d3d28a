"""The queue: many events, few passes; never two over one CodeZest; what fails comes again. And a watch that is deaf is found."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest

from codezest_operator.api import watching
from codezest_operator.api.health import complaints
from codezest_operator.api.queue import Entry, Queue
from codezest_operator.api.watching import Watch
from codezest_operator.domain.ports import Key, LeaderLost

ADA, BRIAN = Key(namespace="ada", name="school"), Key(namespace="brian", name="school")
REST = timedelta(hours=1)


class Work:
    """Notes each pass; `outcomes` are what the passes come to, one after the other, then REST."""

    def __init__(self, *outcomes: Any) -> None:
        self.outcomes, self.made, self.together, self.most = list(outcomes), [], 0, 0  # type: ignore[var-annotated]
        self.queue = Queue(self.work)

    async def work(self, key: Key, full: bool) -> timedelta | None:  # noqa: FBT001 - as the queue calls it
        self.made.append((key, full))
        self.together += 1
        self.most = max(self.most, self.together)
        await asyncio.sleep(0.05)
        self.together -= 1
        outcome = self.outcomes.pop(0) if self.outcomes else REST
        if isinstance(outcome, Exception):
            raise outcome
        assert outcome is None or isinstance(outcome, timedelta)
        return outcome

    async def until(self, count: int) -> None:
        workers = [asyncio.create_task(self.queue.serve()) for _ in range(3)]
        async with asyncio.timeout(20):
            while len(self.made) < count or self.together:  # noqa: ASYNC110 - several workers do it
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)  # whatever else would come
        self.queue.close()
        await asyncio.gather(*workers)


async def test_many_events_become_one_pass() -> None:
    work = Work()
    for _ in range(50):
        work.queue.add(ADA, full=False)
    work.queue.add(ADA, full=True)
    await work.until(1)
    assert work.made == [(ADA, True)]


async def test_different_ones_go_together_and_one_never_with_itself() -> None:
    work = Work(timedelta(), timedelta(), timedelta(), timedelta())
    work.queue.add(ADA, full=True)
    await work.until(5)
    assert work.most == 1
    work = Work()
    for key in (ADA, BRIAN):
        work.queue.add(key, full=True)
    await work.until(2)
    assert work.most == 2


async def test_what_fails_comes_again_later_and_as_thorough() -> None:
    work = Work(RuntimeError("away"))
    work.queue.add(ADA, full=True)
    began = time.monotonic()
    await work.until(2)
    assert work.made == [(ADA, True), (ADA, True)]
    assert time.monotonic() - began >= 1


async def test_what_is_gone_is_forgotten() -> None:
    work = Work(None)
    work.queue.add(ADA, full=True)
    await work.until(1)
    assert work.queue.entries == {}


async def test_who_does_not_lead_works_no_more() -> None:
    work = Work(LeaderLost())
    work.queue.add(ADA, full=True)
    with pytest.raises((LeaderLost, ExceptionGroup)):
        await asyncio.wait_for(work.queue.serve(), 10)


def document(key: Key, generation: int = 1, **metadata: Any) -> dict[str, Any]:
    return {
        "metadata": {"namespace": key.namespace, "name": key.name, "uid": "1", "generation": generation, **metadata}
    }


def test_a_status_is_no_news_and_a_change_is() -> None:
    queue = Work().queue
    watch = Watch(queue)
    watch.codezest({"type": "ADDED"}, document(ADA))
    assert list(queue.entries) == [ADA]
    queue.entries.clear()
    watch.codezest({"type": "MODIFIED"}, document(ADA, resourceVersion="2"))
    assert queue.entries == {}
    for news in ({"generation": 2}, {"annotations": {"codezest.dev/reset": "1"}}, {"deletionTimestamp": "now"}):
        watch.codezest({"type": "MODIFIED"}, document(ADA, **news))
        assert list(queue.entries) == [ADA]
        queue.entries.clear()


def test_its_health_tells_a_replica_that_is_busy_from_one_that_hangs() -> None:
    queue = Work().queue
    watch, now = Watch(queue), time.monotonic()
    queue.entries = {ADA: Entry(due=now, working=now - 400), BRIAN: Entry(due=now - 200)}
    assert complaints(queue, watch, workers=1, helms=1) == []
    hangs, late = complaints(queue, watch, workers=2, helms=0)
    assert "lasted 400 s" in hangs
    assert "due for 200 s" in late
    assert complaints(queue, watch, workers=1, helms=0) == [hangs]


def test_a_workload_wakes_who_lives_there() -> None:
    queue = Work().queue
    watch = Watch(queue)
    for key in (ADA, BRIAN):
        watch.codezest({"type": "ADDED"}, document(key))
    queue.entries.clear()
    watch.workload({"type": "DELETED"}, "ada")
    assert {key: one.full for key, one in queue.entries.items()} == {ADA: True}


def test_a_deaf_watch_is_found_and_what_it_missed_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = Work().queue
    watch = Watch(queue)
    watch.codezest({"type": "ADDED"}, document(ADA))
    queue.entries.clear()
    watch.compare([document(ADA)])
    assert queue.entries == {}
    watch.compare([document(ADA, generation=2)])
    assert list(queue.entries) == [ADA], "it is done all the same"
    assert not watch.is_dead, "the event may be under way"
    monkeypatch.setattr(watching, "LATE", -1.0)
    assert watch.is_dead
    watch.codezest({"type": "MODIFIED"}, document(ADA, generation=2))
    assert not watch.is_dead
