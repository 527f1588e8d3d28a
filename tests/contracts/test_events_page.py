"""docs/events.md says of every event what is so: its example fits its schema, consumers and versions are the real ones."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator

from shared.bus.envelope import Envelope
from shared.bus.handlers import Delivery, Handlers
from shared.events.event import Event, Personal, load_catalogue, received
from tools.contracts.documents import documents, schema
from tools.contracts.events_page import events_page
from tools.contracts.examples import example_data, example_envelope

pytestmark = pytest.mark.thorough

CATALOGUE = sorted(load_catalogue().values(), key=lambda event: event.event_type)


@pytest.fixture
def versions() -> Iterator[None]:
    """A fact with a second version, and of every kind of field; gone once the test is over."""

    class BadgeWon(Event, type="learning.badge-won.v1", key="badge_id"):
        """A badge."""

        badge_id: UUID

    class BadgeWonV2(Event, type="learning.badge-won.v2", key="badge_id", replaces=BadgeWon):
        """A badge, with what is on it."""

        badge_id: UUID
        holder: Annotated[str, Personal]
        rank: Literal["silver", "gold"]
        points: int | None
        note: str = "none"

        @classmethod
        def upcast(cls, old: BadgeWon) -> Self:
            return cls(badge_id=old.badge_id, holder="", rank="silver", points=None)

    yield
    for event in (BadgeWon, BadgeWonV2):
        del Event.catalogue[event.event_type]


async def handle(event: Any, delivery: Delivery, uow: Any) -> None:
    raise AssertionError("nobody calls it here")


def section(page: str, name: str) -> str:
    """What the page says of one event."""
    return page.split(f"\n## {name}\n")[1].split("\n## ", maxsplit=1)[0]


@pytest.mark.parametrize("event", CATALOGUE, ids=lambda event: event.event_type)
def test_the_example_on_the_page_fits_the_published_schema(event: type[Event]) -> None:
    [block] = re.findall(r"```json\n(.*?)\n```", section(documents()["docs/events.md"], event.__name__), re.DOTALL)
    shown = json.loads(block)
    Draft202012Validator(schema(event), format_checker=Draft202012Validator.FORMAT_CHECKER).validate(shown["data"])
    envelope = Envelope.model_validate(shown, extra="forbid")
    assert (envelope.type, envelope.source, envelope.key) == (
        event.event_type,
        event.source(),
        str(shown["data"][event.key_field]),
    )


def test_an_example_has_every_kind_of_field(versions: None) -> None:
    newest = Event.catalogue["learning.badge-won.v2"]
    assert example_envelope(newest) == example_envelope(newest)
    data = example_data(newest)
    assert {name: value for name, value in data.items() if name != "badge_id"} == {
        "holder": "text",
        "rank": "silver",
        "points": 1,
        "note": "none",
    }


def test_the_page_tells_which_version_replaces_which_and_who_handles_it(versions: None) -> None:
    following, careless = Handlers(), Handlers()
    newest = Event.catalogue["learning.badge-won.v2"]
    following.on(newest, keeps=("holder",))(handle)
    careless.on(newest, keeps=(), ordered=False, max_age=timedelta(hours=36))(handle)
    page = events_page({"activity": following, "notifications": careless, "payments": Handlers()})
    old, new = section(page, "BadgeWon"), section(page, "BadgeWonV2")
    assert "- replaced by `learning.badge-won.v2`, not emitted any more" in old
    assert "consumed by" not in old
    assert "| [`learning.badge-won.v1`](#badgewon) | learning | - | - |" in page
    assert "- replaces `learning.badge-won.v1`" in new
    assert (
        "- consumed by **activity**, **notifications** "
        "(does not wait behind parked events of its key, skips what is older than 36 h)" in new
    )
    assert (
        "- personal data: `holder`; **activity** stores `holder`; nothing of it is stored by **notifications**" in new
    )
    assert "| `rank` | one of silver, gold | no |" in new
    assert "| `points` | integer or null | no |" in new


def test_the_page_names_the_consumers_of_every_event() -> None:
    page = documents()["docs/events.md"]
    [consumers] = re.findall("^- consumed by (.*)$", section(page, "UserCreated"), re.MULTILINE)
    assert {"**activity**", "**learning**", "**notifications**"} <= set(consumers.split(", "))
    assert "**notifications** (skips what is older than 24 h)" in section(page, "RegistrationRepeated")


def test_both_versions_have_a_schema_of_their_own(versions: None) -> None:
    published = documents()
    for version in (1, 2):
        found = json.loads(published[f"docs/events/learning.badge-won.v{version}.json"])
        assert found["$id"] == f"https://codezest.dev/events/learning.badge-won.v{version}"


def test_what_is_stored_of_any_event_can_be_received() -> None:
    for event in CATALOGUE:
        came = received(event.event_type, example_data(event))
        assert type(came) is Event.current(event.event_type)
        assert came.key == str(example_data(event)[event.key_field])


@pytest.mark.parametrize("event", CATALOGUE, ids=lambda event: event.event_type)
def test_an_event_is_declared_in_the_module_of_the_service_that_emits_it(event: type[Event]) -> None:
    assert event.__module__ == f"shared.events.{event.source()}"
