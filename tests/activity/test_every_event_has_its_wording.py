"""The wording table: complete, consistent, and safe for what it does not know."""

from collections.abc import Iterator
from datetime import UTC, datetime
from string import Formatter
from typing import Annotated
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from services.activity.api.events import handlers
from services.activity.domain.feed import Origin, record_event
from services.activity.domain.wording import WORDING, Wording, text_of, word
from shared.events.auth import (
    EmailVerified,
    PasswordChanged,
    PasswordResetRequested,
    ProfileUpdated,
    RegistrationRepeated,
    RoleChanged,
    SessionRevoked,
    SignedIn,
    UserCreated,
    UserErased,
    UserReinstated,
    UserSuspended,
    VerificationRequested,
)
from shared.events.event import Event, Personal, load_catalogue
from shared.events.learning import AssignmentSubmitted, Enrolled, LessonCompleted
from shared.events.payments import EntitlementGranted, PaymentSucceeded, SubscriptionActivated
from tests.activity.fakes import FakeUow

ADA = uuid7()
CATALOGUE = sorted(load_catalogue().values(), key=lambda event: event.event_type)
LINES = list(WORDING.items())

SAYS = [
    (UserCreated(user_id=ADA, name="Ada", locale="en", timezone="UTC"), "Joined CodeZest"),
    (EmailVerified(user_id=ADA), "Verified their e-mail address"),
    (Enrolled(user_id=ADA, course_id=uuid7(), course_title="Python {0}"), "Started Python {0}"),
    (
        LessonCompleted(user_id=ADA, course_id=uuid7(), lesson_id=uuid7(), lesson_title="Values"),
        "Finished the lesson Values",
    ),
    (
        AssignmentSubmitted(
            user_id=ADA, course_id=uuid7(), assignment_id=uuid7(), assignment_title="Rain", submission_id=uuid7()
        ),
        "Handed in Rain",
    ),
    (EntitlementGranted(user_id=ADA, previous="free", tier="pro"), "Upgraded to Pro"),
]
HIDDEN = [
    RegistrationRepeated(user_id=ADA),
    VerificationRequested(user_id=ADA),
    PasswordResetRequested(user_id=ADA),
    PasswordChanged(user_id=ADA, how="reset"),
    ProfileUpdated(user_id=ADA, name="Ada", locale="en", timezone="UTC"),
    RoleChanged(user_id=ADA, roles=["author"]),
    UserSuspended(user_id=ADA),
    UserReinstated(user_id=ADA),
    SignedIn(user_id=ADA, session_id=uuid7()),
    SessionRevoked(user_id=ADA, session_id=uuid7(), reason="signed-out"),
    UserErased(user_id=ADA),
    SubscriptionActivated(user_id=ADA, subscription_id=uuid7(), plan="pro"),
    PaymentSucceeded(user_id=ADA, payment_id=uuid7(), invoice_number="1", plan="pro", amount=1, currency="EUR"),
    EntitlementGranted(user_id=ADA, previous="pro", tier="pro"),
    EntitlementGranted(user_id=ADA, previous="free", tier="free"),
]


@pytest.mark.parametrize("event", CATALOGUE, ids=lambda event: event.event_type)
def test_every_event_in_the_catalogue_is_handled(event: type[Event]) -> None:
    assert handlers.get(event.event_type)


def test_verbs_are_unique() -> None:
    assert len({wording.verb for wording in WORDING.values()}) == len(WORDING)


@pytest.mark.parametrize(("event", "wording"), LINES, ids=lambda line: getattr(line, "verb", None))
def test_a_line_names_only_fields_that_exist_and_are_kept(event: type[Event], wording: Wording) -> None:
    named = {name for _, name, _, _ in Formatter().parse(wording.text) if name}
    assert named <= set(wording.keeps)
    assert set(wording.keeps) | set(wording.only) <= set(event.model_fields)


@pytest.mark.parametrize(("event", "wording"), LINES, ids=lambda line: getattr(line, "verb", None))
def test_no_line_keeps_personal_data(event: type[Event], wording: Wording) -> None:
    assert not set(wording.keeps) & event.personal_fields()


@pytest.mark.parametrize(("event", "text"), SAYS, ids=lambda case: getattr(case, "event_type", None))
def test_what_is_shown_reads_as_agreed(event: Event, text: str) -> None:
    worded = word(event)
    assert worded.visible
    assert text_of(worded.verb, worded.params) == text


@pytest.mark.parametrize("event", HIDDEN, ids=lambda event: event.event_type)
def test_what_is_private_or_no_news_is_hidden(event: Event) -> None:
    assert not word(event).visible


def test_these_cases_cover_every_line() -> None:
    assert {type(event) for event, _ in SAYS} | {type(event) for event in HIDDEN} == set(WORDING)


@pytest.fixture
def unheard_of() -> Iterator[Event]:
    class CertificateIssued(Event, type="learning.certificate-issued.v1", key="user_id"):
        user_id: UUID
        certificate_id: UUID
        course_title: str
        printed_name: Annotated[str, Personal]

    yield CertificateIssued(user_id=ADA, certificate_id=ADA, course_title="Python", printed_name="Ada")
    del Event.catalogue["learning.certificate-issued.v1"]


async def test_an_event_without_a_line_is_recorded_hidden_with_its_ids(unheard_of: Event) -> None:
    uow = FakeUow()
    origin = Origin(id=uuid7(), source="learning", position=1, at=datetime(2026, 11, 22, tzinfo=UTC))
    await record_event(uow, unheard_of, origin=origin)
    [entry] = uow.kept.rows.values()
    assert (entry.id, entry.user_id, entry.visible) == (origin.id, ADA, False)
    assert entry.verb == "learning.certificate-issued.v1"
    assert entry.params == {"certificate_id": str(ADA)}


async def test_names_come_with_the_registration_and_go_with_the_person() -> None:
    uow = FakeUow()
    at = datetime(2026, 11, 22, tzinfo=UTC)
    created = UserCreated(user_id=ADA, name="Ada", locale="en", timezone="UTC")
    await record_event(uow, created, origin=Origin(id=uuid7(), source="auth", position=1, at=at))
    assert uow.known.names == {ADA: "Ada"}
    await record_event(uow, UserErased(user_id=ADA), origin=Origin(id=uuid7(), source="auth", position=2, at=at))
    assert uow.known.names == {}
    assert len(uow.kept.rows) == 2
