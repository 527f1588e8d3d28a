"""The committed table: for each event its verb, its wording and whether the feed shows it.

To show a new event, add a line here. An event without a line is recorded, hidden; docs/events.md, which is generated and
committed, says for every event in the catalogue what the feed makes of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

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
from shared.events.event import Event
from shared.events.learning import AssignmentSubmitted, Enrolled, LessonCompleted
from shared.events.payments import EntitlementGranted, PaymentSucceeded, SubscriptionActivated


@dataclass(frozen=True, kw_only=True)
class Wording:
    """How one event reads. `verb` is stored and never changes; `text` may name the fields in `keeps`, which are stored too.

    `only` limits a visible wording to events with these values; the others are hidden.
    """

    verb: str
    text: str = ""
    keeps: tuple[str, ...] = ()
    only: Mapping[str, str] = field(default_factory=dict)

    @property
    def visible(self) -> bool:
        """Whether the feed shows it: what has no words is hidden."""
        return bool(self.text)


WORDING: dict[type[Event], Wording] = {
    UserCreated: Wording(verb="joined", text="Joined CodeZest"),
    EmailVerified: Wording(verb="email-verified", text="Verified their e-mail address"),
    RegistrationRepeated: Wording(verb="registration-repeated"),  # the person did not do this
    VerificationRequested: Wording(verb="verification-requested"),
    PasswordResetRequested: Wording(verb="password-reset-requested"),  # the person may not have done this
    PasswordChanged: Wording(verb="password-changed"),  # this and what follows is between the person and their account
    ProfileUpdated: Wording(verb="profile-updated"),
    RoleChanged: Wording(verb="role-changed"),
    UserSuspended: Wording(verb="suspended"),
    UserReinstated: Wording(verb="reinstated"),
    SignedIn: Wording(verb="signed-in"),
    SessionRevoked: Wording(verb="session-revoked"),
    UserErased: Wording(verb="erased"),
    Enrolled: Wording(verb="enrolled", text="Started {course_title}", keeps=("course_id", "course_title")),
    LessonCompleted: Wording(
        verb="lesson-completed",
        text="Finished the lesson {lesson_title}",
        keeps=("course_id", "lesson_id", "lesson_title"),
    ),
    AssignmentSubmitted: Wording(
        verb="assignment-submitted",
        text="Handed in {assignment_title}",
        keeps=("course_id", "assignment_id", "assignment_title", "submission_id"),
    ),
    PaymentSucceeded: Wording(verb="paid", keeps=("payment_id",)),  # private: what somebody pays is nobody's news
    SubscriptionActivated: Wording(verb="subscribed", keeps=("subscription_id",)),
    EntitlementGranted: Wording(
        verb="upgraded", text="Upgraded to Pro", keeps=("tier", "previous"), only={"previous": "free", "tier": "pro"}
    ),
}

_BY_VERB = {wording.verb: wording for wording in WORDING.values()}


@dataclass(frozen=True, kw_only=True)
class Worded:
    """What the feed stores of one event."""

    verb: str
    params: dict[str, Any]
    visible: bool


def word(event: Event) -> Worded:
    """What to store of `event`. Without a line in the table: its type as the verb, its ids, hidden."""
    wording = WORDING.get(type(event))
    if wording is None:
        # Ids only: whatever else it holds, nobody has looked whether it may be kept here.
        ids = {name for name in type(event).model_fields if isinstance(getattr(event, name), UUID)}
        return Worded(verb=event.event_type, params=_kept(event, ids), visible=False)
    applies = all(getattr(event, name) == value for name, value in wording.only.items())
    return Worded(verb=wording.verb, params=_kept(event, set(wording.keeps)), visible=wording.visible and applies)


def text_of(verb: str, params: Mapping[str, Any]) -> str:
    """The words for a stored entry."""
    wording = _BY_VERB.get(verb)
    return wording.text.format_map(params) if wording else ""


def _kept(event: Event, names: set[str]) -> dict[str, Any]:
    return event.model_dump(mode="json", include=names - {"user_id"} - event.personal_fields())
