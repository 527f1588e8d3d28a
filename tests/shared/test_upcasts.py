"""A fact has one current version: what older releases stored becomes it, and nothing else is emitted or handled."""

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import pytest
from pydantic import Field, ValidationError
from uuid_utils.compat import uuid7

from shared.events.event import Event, Personal, fact_of, received

BADGE = uuid7()


@pytest.fixture(autouse=True)
def catalogue() -> Iterator[None]:
    """The catalogue as it was, once the test is over."""
    before = dict(Event.catalogue)
    yield
    Event.catalogue.clear()
    Event.catalogue.update(before)


def first() -> Any:
    class BadgeWon(Event, type="learning.badge-won.v1", key="badge_id"):
        badge_id: UUID
        points: int

    return BadgeWon


def second(old: Any) -> Any:
    class BadgeWonV2(Event, type="learning.badge-won.v2", key="badge_id", replaces=old):
        badge_id: UUID
        rank: Literal["silver", "gold"]

        @classmethod
        def upcast(cls, old: Any) -> Self:
            return cls(badge_id=old.badge_id, rank="gold" if old.points > 9 else "silver")

    return BadgeWonV2


def third(old: Any) -> Any:
    class BadgeWonV3(Event, type="learning.badge-won.v3", key="badge_id", replaces=old):
        badge_id: UUID
        colour: str

        @classmethod
        def upcast(cls, old: Any) -> Self:
            return cls(badge_id=old.badge_id, colour=f"the colour of {old.rank}")

    return BadgeWonV3


def test_what_was_stored_comes_as_the_newest_version_step_by_step() -> None:
    newest = third(second(first()))
    stored = {"badge_id": str(BADGE), "points": 12, "unheard_of": True}
    assert received("learning.badge-won.v1", stored) == newest(badge_id=BADGE, colour="the colour of gold")
    rank = {"badge_id": str(BADGE), "rank": "silver"}
    assert received("learning.badge-won.v2", rank) == newest(badge_id=BADGE, colour="the colour of silver")
    assert received("learning.badge-won.v3", {"badge_id": str(BADGE), "colour": "red"}) == newest(
        badge_id=BADGE, colour="red"
    )


def test_stored_data_are_checked_as_the_version_they_were_stored_as() -> None:
    second(first())
    with pytest.raises(ValidationError, match="points"):
        received("learning.badge-won.v1", {"badge_id": str(BADGE), "rank": "gold"})


def test_a_type_this_release_does_not_know_is_not_guessed() -> None:
    first()
    with pytest.raises(LookupError, match=r"badge-won.v2: deploy the one that declares it"):
        received("learning.badge-won.v2", {"badge_id": str(BADGE), "points": 1})


def test_a_chain_knows_its_newest_version() -> None:
    one = first()
    assert (Event.current("learning.badge-won.v1"), one.replaced_by()) == (one, None)
    assert not one(badge_id=BADGE, points=1).superseded
    two = second(one)
    assert one(badge_id=BADGE, points=1).superseded
    assert not two(badge_id=BADGE, rank="gold").superseded
    assert one.replaced_by() is two
    assert [Event.current(f"learning.badge-won.v{n}") for n in (1, 2, 3)] == [two, two, None]


@pytest.mark.parametrize(
    ("event_type", "fact"),
    [("auth.user-created.v1", "auth.user-created"), ("auth.user-created.v12", "auth.user-created"), ("odd", "odd")],
)
def test_all_versions_share_a_fact(event_type: str, fact: str) -> None:
    assert fact_of(event_type) == fact


def declare(**arguments: Any) -> None:
    """Declare an event with these class arguments, with all that any of the tests below wants of it."""

    class Declared(Event, **arguments):
        badge_id: UUID
        colour: str
        holder: Annotated[str, Personal]

        @classmethod
        def upcast(cls, old: Any) -> Self:
            return cls(badge_id=old.badge_id, colour="blue", holder="Ada")


def make(name: str, of: type[Event], fields: dict[str, Any], **arguments: Any) -> None:
    """Declare a subclass whose fields are known at run time only."""
    types.new_class(name, (of,), arguments, lambda body: body.update(__annotations__=fields, __module__=__name__))


V1, V2 = "learning.badge-won.v1", "learning.badge-won.v2"
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"key": "badge_id"}, "needs 'type': class Declared"),
    ({"type": "learning.other.v1"}, "needs 'key'"),
    (
        {"type": "learning.other.v1", "key": "badge_id", "replace": None},
        "takes type, key, replaces and announced, not replace",
    ),
    ({"type": "learning.other", "key": "badge_id"}, "is not <service>.<fact>.v<N>"),
    ({"type": "learning.other.v0", "key": "badge_id"}, "is not <service>.<fact>.v<N>"),
    ({"type": "Learning.Other.v1", "key": "badge_id"}, "is not <service>.<fact>.v<N>"),
    ({"type": V1, "key": "badge_id"}, "declared twice: by BadgeWon and by Declared"),
    ({"type": "learning.other.v1", "key": "lost"}, "has no field 'lost' to be its key"),
    ({"type": "learning.other.v1", "key": "holder"}, "its key stays when a person is erased"),
    ({"type": V2, "key": "badge_id"}, "is version 2: name the class of version 1 with replaces="),
]


@pytest.mark.parametrize(("arguments", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_a_wrong_declaration_is_refused_with_what_to_write(arguments: dict[str, Any], reason: str) -> None:
    first()
    with pytest.raises(TypeError, match=reason):
        declare(**arguments)
    assert "Declared" not in {event.__name__ for event in Event.catalogue.values()}


REPLACES: list[tuple[dict[str, Any], str]] = [
    ({"type": "learning.badge-lost.v2", "key": "badge_id"}, r"its type must be learning.badge-won.v2"),
    ({"type": "learning.badge-won.v3", "key": "badge_id"}, r"its type must be learning.badge-won.v2"),
    ({"type": V2, "key": "colour"}, "must keep the key 'badge_id'"),
]


@pytest.mark.parametrize(("arguments", "reason"), REPLACES, ids=[reason for _, reason in REPLACES])
def test_a_version_that_does_not_follow_the_one_it_replaces_is_refused(arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises(TypeError, match=reason):
        declare(replaces=first(), **arguments)


def test_a_type_is_replaced_once() -> None:
    one = first()
    second(one)
    with pytest.raises(TypeError, match="declared twice: by BadgeWonV2 and by Declared"):
        declare(type=V2, key="badge_id", replaces=one)


def test_a_version_says_what_becomes_of_the_one_before() -> None:
    two = second(first())
    with pytest.raises(TypeError, match=r"@classmethod def upcast\(cls, old: BadgeWonV2\) -> Self"):
        # An upcast that is inherited makes version 2 of version 1.
        make("BadgeWonV3", two, {}, type="learning.badge-won.v3", key="badge_id", replaces=two)


@pytest.mark.parametrize(
    "annotation",
    [
        Annotated[int, Personal],
        Annotated[str | None, Personal],
        Annotated[str, Personal] | None,
        list[Annotated[str, Personal]],
        Annotated[str, Personal, Field(max_length=5)],
        Annotated[str, Personal, Field(pattern="^[A-Z]")],
    ],
)
def test_personal_data_that_could_not_be_redacted_are_refused(annotation: Any) -> None:
    with pytest.raises(TypeError, match=r"Worn.holder is Personal: make it a str that may become '\[redacted\]'"):
        make("Worn", Event, {"badge_id": UUID, "holder": annotation}, type="learning.badge-worn.v1", key="badge_id")
