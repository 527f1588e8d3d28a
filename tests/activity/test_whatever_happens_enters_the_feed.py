"""From the events of all services to one person's feed, through the real bus and database."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from uuid_utils.compat import uuid7

from services.activity.api.feed import FeedShown
from services.activity.main import create_app
from services.activity.settings import Settings
from shared.db.activity import bus as bus_tables
from shared.db.activity import feed_entry, person
from shared.events.auth import EmailVerified, RegistrationRepeated, UserCreated, UserErased
from shared.events.event import Event
from shared.events.learning import Enrolled, LessonCompleted
from shared.events.payments import EntitlementGranted, PaymentSucceeded, SubscriptionActivated
from tests.running import Running, running

FEED = "/api/activity/v1/feed"
KEY = "k" * 32


@pytest.fixture(scope="module")
async def run(database_url: str) -> AsyncIterator[Running]:
    async with running(create_app, Settings, database_url, secrets={"activity-cursor-key": KEY}) as service:
        yield service
        async with service.database.reading() as connection:
            assert (await connection.execute(select(bus_tables.parked))).all() == []


def registered(user_id: UUID) -> UserCreated:
    return UserCreated(user_id=user_id, name="Ada", locale="en", timezone="UTC")


async def feed_of(run: Running, user_id: UUID) -> FeedShown:
    answer = await run.client.get(FEED, headers=run.sign_in(user_id))
    assert answer.status_code == HTTPStatus.OK
    return FeedShown.model_validate(answer.json())


async def rows(run: Running, user_id: UUID) -> list[Any]:
    found = select(feed_entry).where(feed_entry.c.user_id == user_id).order_by(feed_entry.c.at)
    async with run.database.reading() as connection:
        return list((await connection.execute(found)).all())


async def name_of(run: Running, user_id: UUID) -> str | None:
    async with run.database.reading() as connection:
        return await connection.scalar(select(person.c.name).where(person.c.user_id == user_id))


async def test_the_main_job_is_told_newest_first(run: Running) -> None:
    ada, course = uuid7(), uuid7()
    story: list[Event] = [
        registered(ada),
        Enrolled(user_id=ada, course_id=course, course_title="First steps"),
        EmailVerified(user_id=ada),
        LessonCompleted(user_id=ada, course_id=course, lesson_id=uuid7(), lesson_title="Values & names"),
        PaymentSucceeded(user_id=ada, payment_id=uuid7(), invoice_number="1", plan="pro", amount=1900, currency="EUR"),
        SubscriptionActivated(user_id=ada, subscription_id=uuid7(), plan="pro"),
        EntitlementGranted(user_id=ada, previous="free", tier="pro"),
    ]
    for event in story:
        await run.happens(event)
    shown = await feed_of(run, ada)
    assert [item.text for item in shown.items] == [
        "Upgraded to Pro",
        "Finished the lesson Values & names",
        "Verified their e-mail address",
        "Started First steps",
        "Joined CodeZest",
    ]
    assert shown.next is None
    assert len(await rows(run, ada)) == len(story)


async def test_an_entry_is_the_event_it_tells_of(run: Running) -> None:
    ada, course = uuid7(), uuid7()
    stated = await run.happens(Enrolled(user_id=ada, course_id=course, course_title="First steps"))
    [item] = (await feed_of(run, ada)).items
    assert (item.id, item.verb, item.at) == (stated.id, "enrolled", stated.time)
    assert item.params == {"course_id": str(course), "course_title": "First steps"}
    [row] = await rows(run, ada)
    assert (row.source, row.position) == ("learning", stated.position)


async def test_an_event_that_comes_twice_is_told_once(run: Running) -> None:
    ada = uuid7()
    stated = await run.happens(EmailVerified(user_id=ada))
    await run.bus.deliver(stated)
    again = stated.model_copy(update={"position": stated.position + 1})
    run.logs["auth"].events.append(again)
    await run.bus.deliver(again)
    assert len((await feed_of(run, ada)).items) == 1


async def test_nothing_of_a_payment_but_its_id_is_kept(run: Running) -> None:
    ada, payment = uuid7(), uuid7()
    await run.happens(
        PaymentSucceeded(user_id=ada, payment_id=payment, invoice_number="1", plan="pro", amount=1900, currency="EUR")
    )
    [row] = await rows(run, ada)
    assert (row.visible, row.params) == (False, {"payment_id": str(payment)})


async def test_a_renewal_is_not_told_as_an_upgrade(run: Running) -> None:
    ada = uuid7()
    await run.happens(EntitlementGranted(user_id=ada, previous="pro", tier="pro"))
    assert (await feed_of(run, ada)).items == []


async def test_that_a_stranger_tried_an_address_is_not_told(run: Running) -> None:
    ada = uuid7()
    await run.happens(RegistrationRepeated(user_id=ada))
    assert (await feed_of(run, ada)).items == []
    assert len(await rows(run, ada)) == 1


async def test_a_name_is_known_until_its_person_is_erased_and_the_entries_stay(run: Running) -> None:
    ada = uuid7()
    await run.happens(registered(ada))
    assert await name_of(run, ada) == "Ada"
    await run.happens(UserErased(user_id=ada))
    assert await name_of(run, ada) is None
    kept = await rows(run, ada)
    assert [row.verb for row in kept] == ["joined", "erased"]
    assert "Ada" not in str(kept)


async def test_people_see_their_own_feed_alone(run: Running) -> None:
    ada, mallory = uuid7(), uuid7()
    await run.happens(EmailVerified(user_id=ada))
    assert (await feed_of(run, mallory)).items == []


@pytest.mark.parametrize(
    ("roles", "status"), [((), HTTPStatus.FORBIDDEN), (("author",), HTTPStatus.FORBIDDEN), (("admin",), HTTPStatus.OK)]
)
async def test_only_admins_read_the_feed_of_others(run: Running, roles: tuple[str, ...], status: HTTPStatus) -> None:
    ada = uuid7()
    await run.happens(EmailVerified(user_id=ada))
    answer = await run.client.get(FEED, headers=run.sign_in(uuid7(), *roles), params={"user_id": str(ada)})
    assert answer.status_code == status
    assert ("Verified their e-mail address" in answer.text) == (status == HTTPStatus.OK)


async def test_asking_for_oneself_by_id_is_no_trespass(run: Running) -> None:
    ada = uuid7()
    answer = await run.client.get(FEED, headers=run.sign_in(ada), params={"user_id": str(ada)})
    assert answer.status_code == HTTPStatus.OK


async def test_strangers_are_sent_to_sign_in(run: Running) -> None:
    assert (await run.client.get(FEED)).status_code == HTTPStatus.UNAUTHORIZED
