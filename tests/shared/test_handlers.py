"""Which handler gets what, and what a registration must say."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Self
from uuid import UUID

import pytest

from shared.bus.handlers import Delivery, Handlers
from shared.events.auth import EmailVerified, UserCreated, UserErased
from shared.events.event import Event, Personal, load_catalogue
from shared.events.learning import Enrolled


@pytest.fixture
def versions() -> Iterator[tuple[type[Event], type[Event]]]:
    """A fact that has a second version; gone once the test is over."""

    class BadgeWon(Event, type="learning.badge-won.v1", key="badge_id"):
        badge_id: UUID
        holder: Annotated[str, Personal]

    class BadgeWonV2(Event, type="learning.badge-won.v2", key="badge_id", replaces=BadgeWon):
        badge_id: UUID
        owner: Annotated[str, Personal]

        @classmethod
        def upcast(cls, old: BadgeWon) -> Self:
            return cls(badge_id=old.badge_id, owner=old.holder)

    yield BadgeWon, BadgeWonV2
    for event in (BadgeWon, BadgeWonV2):
        Event.catalogue.pop(event.event_type, None)


async def handle(event: Any, delivery: Delivery, uow: Any) -> None:
    raise AssertionError("nobody calls it here")


def test_a_handler_is_found_by_any_version_it_can_be_given(versions: tuple[type[Event], type[Event]]) -> None:
    _, newest = versions
    handlers = Handlers()
    assert handlers.on(newest, keeps=("owner",))(handle) is handle
    found = handlers.get("learning.badge-won.v1")
    assert found is not None
    assert (found.handler, found.event) == (handle, newest)
    assert handlers.get("learning.badge-won.v2") == found
    assert handlers.get("learning.badge-won.v3") is None, "a newer release's: this one cannot read it"
    assert handlers.get("learning.badge-lost.v1") is None


def test_a_version_that_was_replaced_has_no_handler_of_its_own(versions: tuple[type[Event], type[Event]]) -> None:
    with pytest.raises(TypeError, match="BadgeWon is replaced: handle BadgeWonV2, which also gets what was stored"):
        Handlers().on(versions[0], keeps=())


def test_one_handler_for_all_gets_the_newest_versions_alone(versions: tuple[type[Event], type[Event]]) -> None:
    handlers = Handlers()
    handlers.on_every_event(of=("learning",), keeps=())(handle)
    assert "learning.badge-won.v2" in handlers.types("learning")
    assert "learning.badge-won.v1" not in handlers.types("learning")


def test_a_service_follows_what_it_handles() -> None:
    handlers = Handlers()
    handlers.on(EmailVerified, Enrolled, UserErased)(handle)
    assert handlers.sources == ["auth", "learning"]
    assert handlers.facts("auth") == ["auth.email-verified", "auth.user-erased"]
    assert handlers.types("auth") == ["auth.email-verified.v1", "auth.user-erased.v1"]
    assert handlers.facts("payments") == []


def test_a_second_handler_of_a_fact_is_refused() -> None:
    handlers = Handlers()
    handlers.on(EmailVerified)(handle)
    with pytest.raises(TypeError, match=r"auth.email-verified has two handlers: .*handle and .*handle"):
        handlers.on(EmailVerified)(handle)


def test_options_are_kept() -> None:
    handlers = Handlers()
    handlers.on(EmailVerified, ordered=False, max_age=timedelta(days=1))(handle)
    handlers.on_every_event(of=("learning",), ordered=False, max_age=timedelta(days=2))(handle)
    handlers.on(UserErased)(handle)
    found = [handlers.get(f"{fact}.v1") for fact in ("auth.email-verified", "learning.enrolled", "auth.user-erased")]
    assert [(one.ordered, one.max_age) for one in found if one] == [
        (False, timedelta(days=1)),
        (False, timedelta(days=2)),
        (True, None),
    ]


@pytest.mark.parametrize(
    ("keeps", "reason"),
    [
        (None, r"say which personal data of UserCreated(?:, .*)? \(name\) this service stores: .* keeps=\(\) if none"),
        (("locale",), "'locale'.*no personal field"),
        (("name", "address"), "'address'.*no personal field"),
        ("name", r"keeps=\('name',\)"),
    ],
)
def test_who_hears_of_personal_data_says_what_is_kept(keeps: Any, reason: str) -> None:
    with pytest.raises(TypeError, match=reason):
        Handlers().on(UserCreated, EmailVerified, keeps=keeps)
    with pytest.raises(TypeError, match=reason):
        Handlers().on_every_event(of=("auth",), keeps=keeps)


def test_what_is_kept_is_known_of_each_event() -> None:
    handlers = Handlers()
    handlers.on_every_event(of=("auth", "learning"), keeps=("name",))(handle)
    kept = {name: found.keeps for name in load_catalogue() if (found := handlers.get(name)) is not None}
    assert {name: keeps for name, keeps in kept.items() if keeps} == {
        "auth.user-created.v1": {"name"},
        "auth.profile-updated.v1": {"name"},
    }


def test_nothing_personal_nothing_to_say() -> None:
    handlers = Handlers()
    handlers.on(EmailVerified)(handle)
    with pytest.raises(TypeError, match="no personal field"):
        handlers.on(Enrolled, keeps=("course_title",))


def test_one_handler_for_all_of_a_service_that_is_not_there_is_refused() -> None:
    with pytest.raises(TypeError, match="no event of lerning is in the catalogue"):
        Handlers().on_every_event(of=("auth", "lerning"), keeps=())
