"""Every service lets admins work with its bus. Shown on activity."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete, insert
from uuid_utils.compat import uuid7

from services.activity.main import create_app
from services.activity.settings import Settings
from shared.bus.envelope import Envelope
from shared.bus.parked import parked_row
from shared.db.activity import bus
from shared.events.auth import UserCreated
from tests.running import FakeLog, Running, running

SECRETS = {"activity-cursor-key": "k" * 64}
BUS = "/api/activity/v1/bus"
ROUTES = [("GET", ""), ("GET", "/parked"), ("GET", "/skipped"), ("POST", "/redrive"), ("POST", "/skip")]
GRACE = uuid7()


@pytest.fixture
async def run(database_url: str) -> AsyncIterator[Running]:
    async with running(create_app, Settings, database_url, secrets=SECRETS) as run:
        yield run
        async with run.database.transaction() as session:
            await session.execute(delete(bus.parked))
            await session.execute(delete(bus.skipped))


@pytest.fixture
def admin(run: Running) -> dict[str, str]:
    return run.sign_in(GRACE, "admin")


async def park(run: Running, position: int = 1) -> Envelope:
    """A dead event of a log that nobody serves."""
    somebody = UserCreated(user_id=uuid7(), name="Ada", locale="en", timezone="UTC")
    event = FakeLog("auth").append(somebody, actor=None).model_copy(update={"position": position})
    row = parked_row("activity", event, state="dead", reason="RuntimeError: no", tries=8)
    async with run.database.transaction() as session:
        await session.execute(insert(bus.parked).values(row))
    return event


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_stranger_and_a_learner_and_an_author_are_refused(run: Running, method: str, path: str) -> None:
    assert (await run.client.request(method, BUS + path)).status_code == 401
    for roles in ([], ["author"]):
        answer = await run.client.request(method, BUS + path, headers=run.sign_in(uuid7(), *roles))
        assert answer.status_code == 403
        assert answer.json()["type"] == "https://codezest.dev/problems/forbidden"


async def test_an_admin_sees_where_the_bus_stands(run: Running, admin: dict[str, str]) -> None:
    await park(run)
    seen = (await run.client.get(BUS, headers=admin)).json()
    assert seen["service"] == "activity"
    assert {cursor["source"] for cursor in seen["cursors"]} == {"auth", "learning", "payments"}
    assert seen["parked"] == [{"consumer": "activity", "source": "auth", "state": "dead", "events": 1}]


async def test_an_admin_sees_parked_events_page_by_page(run: Running, admin: dict[str, str]) -> None:
    for position in (1, 2, 3):
        await park(run, position)
    first = (await run.client.get(f"{BUS}/parked?limit=2", headers=admin)).json()
    second = (await run.client.get(f"{BUS}/parked", params={"after": first["next"]}, headers=admin)).json()
    assert [item["id"] for item in first["items"] + second["items"]] == [f"activity/auth/{n}" for n in (1, 2, 3)]
    assert (await run.client.get(f"{BUS}/parked?state=waiting", headers=admin)).json()["items"] == []


async def test_an_admin_redrives_and_skips(run: Running, admin: dict[str, str]) -> None:
    event = await park(run)
    redriven = await run.client.post(f"{BUS}/redrive", json={"id": "activity/auth/1"}, headers=admin)
    assert redriven.json() == {"first": "activity/auth/1", "key": event.key, "events": 1}
    await park(run, 2)
    skip = {"id": "activity/auth/2", "reason": "a test account"}
    answer = await run.client.post(f"{BUS}/skip", json=skip, headers=admin)
    assert answer.status_code == 200
    assert answer.json()["skipped_by"] == str(GRACE)
    assert (await run.client.get(f"{BUS}/skipped", headers=admin)).json()["items"] == [answer.json()]


@pytest.mark.parametrize("path", ["/redrive", "/skip"])
async def test_what_cannot_be_done_is_said(run: Running, admin: dict[str, str], path: str) -> None:
    async def refused(parked_id: str, reason: str = "gone", **more: str) -> tuple[int, str, str]:
        body = {"id": parked_id, **({"reason": reason} if path == "/skip" else {}), **more}
        answer = await run.client.post(BUS + path, json=body, headers=admin)
        problem = answer.json()
        field = problem["errors"][0]["field"] if "errors" in problem else ""
        return answer.status_code, problem["type"].rpartition("/")[2], field

    assert await refused("activity/auth/99") == (404, "not-parked", "")
    assert await refused("nonsense") == (422, "no-parked-id", "body.id")
    assert await refused("activity/auth/1", more="x") == (422, "invalid", "body.more")
    if path == "/skip":
        assert await refused("activity/auth/1", reason=" ") == (422, "reason-refused", "body.reason")


async def test_a_place_that_no_page_gave_is_refused(run: Running, admin: dict[str, str]) -> None:
    for query in ("after=", "after=x", "limit=0", "limit=501", "state=gone"):
        answer = await run.client.get(f"{BUS}/parked?{query}", headers=admin)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == f"query.{query.partition('=')[0]}"
