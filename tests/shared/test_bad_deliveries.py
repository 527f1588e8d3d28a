"""Whatever a delivery is, it is applied once or refused with a reason and counted; what the log holds is never lost by it."""

import json
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import REGISTRY
from uuid_utils.compat import uuid7

from services.activity.main import create_app
from services.activity.settings import Settings
from shared.bus.envelope import Envelope
from shared.events.event import MAX_EVENT_BYTES
from tests.running import Running, running
from tests.shared.probe import registered

SECRETS = {"activity-cursor-key": "k" * 32}


def changed(event: Envelope, **attributes: Any) -> bytes:
    """The CloudEvent as the sidecar brings it, with some attributes changed; None takes one away."""
    cloudevent = {**event.as_cloudevent(), **attributes}
    return json.dumps({name: value for name, value in cloudevent.items() if value is not None}).encode()


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no id": ({"id": None}, "malformed"),
    "an id that is none": ({"id": "1; drop table log"}, "malformed"),
    "no position": ({"position": None}, "malformed"),
    "position 0": ({"position": 0}, "malformed"),
    "data that is no object": ({"data": [1, 2]}, "malformed"),
    "a key of a megabyte's worth": ({"key": "k" * 300}, "malformed"),
    "of another source than its topic": ({"source": "payments"}, "wrong-topic"),
    "too large": ({"data": {"name": "x" * (2 * MAX_EVENT_BYTES)}}, "oversized"),
    "of another epoch": ({"epoch": "restored-2", "position": 2}, "other-epoch"),
    "beyond what its source has": ({"position": 41}, "beyond-head"),
}


@pytest.fixture(scope="module")
async def run(database_url: str) -> Any:
    async with running(create_app, Settings, database_url, secrets=SECRETS) as run:
        yield run


@pytest.mark.parametrize(("attributes", "reason"), BAD.values(), ids=BAD)
async def test_it_is_refused_and_counted(run: Running, attributes: dict[str, Any], reason: str) -> None:
    known = await run.happens(registered())
    if "position" in attributes and reason in ("other-epoch", "beyond-head"):
        attributes = {**attributes, "position": known.position + attributes["position"]}
    before = refused(reason)
    answer = await deliver(run, "auth", changed(known, **{"id": str(uuid7()), **attributes}))
    assert (answer.status_code, answer.json()) == (200, {"status": "SUCCESS"})
    assert refused(reason) == before + 1
    await run.happens(registered())  # and the lane goes on


async def test_what_is_not_json_is_refused_and_counted(run: Running) -> None:
    before = refused("malformed")
    for body in (b"", b"{", b"null", b"\xff\xfe", b"[" * 10_000):
        assert (await deliver(run, "auth", body)).status_code == 200
    assert refused("malformed") == before + 5


async def test_a_source_that_nobody_follows_is_refused_and_counted(run: Running) -> None:
    known = await run.happens(registered())
    before = refused("not-followed")
    await deliver(run, "nobody", changed(known, source="nobody"))
    assert refused("not-followed") == before + 1


async def test_fields_that_a_newer_release_added_change_nothing(run: Running) -> None:
    known = await run.happens(registered())
    event = run.logs["auth"].append(registered(), actor=None)
    more = changed(event, data={**event.data, "shoe_size": 43}, subject="new", traceid="x")
    assert event.position == known.position + 1
    assert (await deliver(run, "auth", more)).json() == {"status": "SUCCESS"}
    feed = await run.client.get("/api/activity/v1/feed", headers=run.sign_in(UUID(event.key)))
    assert len(feed.json()["items"]) == 1


async def test_a_delivery_that_did_not_come_through_the_sidecar_is_not_even_read(run: Running) -> None:
    known = run.logs["auth"].append(registered(), actor=None)
    answer = await run.client.post("/bus/deliver/auth", content=changed(known))
    assert answer.status_code == 401


async def deliver(run: Running, topic: str, body: bytes) -> Any:
    headers = {**run.from_sidecar, "content-type": "application/cloudevents+json"}
    return await run.client.post(f"/bus/deliver/{topic}", content=body, headers=headers)


def refused(reason: str) -> float:
    return REGISTRY.get_sample_value("codezest_bus_refused_total", {"reason": reason}) or 0.0
