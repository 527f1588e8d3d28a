"""An event leads to one message, and only while it is fresh."""

from datetime import timedelta

import pytest

from services.notifications.data.messages import SqlUow
from services.notifications.domain.messages import Message, queue_message
from services.notifications.domain.templates import TEMPLATES, Template
from tests.notifications.fakes import HOST, Clock, FakeUow, make_desk, make_intent
from tests.notifications.service import Start


async def test_a_message_waits_to_be_sent_under_an_id_of_its_own_row() -> None:
    rows: list[Message] = []
    uow, clock = FakeUow(rows), Clock()
    await queue_message(uow, make_intent(clock), desk=make_desk(clock))
    [message] = rows
    assert message.state == "pending"
    assert message.message_id == f"<{message.id}@{HOST}>"
    assert message.category == "required"


async def test_the_same_event_queues_nothing_the_second_time() -> None:
    rows: list[Message] = []
    uow, clock = FakeUow(rows), Clock()
    intent = make_intent(clock)
    await queue_message(uow, intent, desk=make_desk(clock))
    await queue_message(uow, intent, desk=make_desk(clock))
    assert len(rows) == 1


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
async def test_nobody_is_mailed_about_the_past(template: Template) -> None:
    rows: list[Message] = []
    uow, clock = FakeUow(rows), Clock()
    for age in (template.max_age, template.max_age + timedelta(seconds=1)):
        await queue_message(uow, make_intent(clock, template, age=age), desk=make_desk(clock))
    assert [message.state for message in rows] == ["pending", "skipped"]


async def test_senders_are_woken_by_the_commit_not_before(start: Start) -> None:
    clock = Clock()
    woken: list[str] = []
    async with start() as run:
        async with run.database.transaction() as session:
            uow = SqlUow(run.bus.writing, lambda: woken.append("woken"), make_desk(clock), session=session)
            for _ in range(3):
                await queue_message(uow, make_intent(clock), desk=make_desk(clock))
            assert woken == []
        assert woken == ["woken"]
