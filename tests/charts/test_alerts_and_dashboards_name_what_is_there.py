"""Every metric, label and value that an alert or a dashboard names is in what running services tell Prometheus."""

import asyncio
import re

import pytest
from uuid_utils.compat import uuid7

from shared.events.auth import UserCreated
from tests.charts.queries import Query, dashboards, faults, named_in, queries, rules
from tests.running import Running
from tests.shared.scraping import Samples, scraped, serving
from tools.database.services import ROOT, services

pytestmark = pytest.mark.thorough

QUERIES = list(queries())
WITHIN = 10.0
ADA = UserCreated(user_id=uuid7(), name="Ada", locale="en", timezone="UTC")


@pytest.fixture(scope="module")
async def told(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """What every service tells after it has been used, and after what can go wrong has gone wrong."""
    found: Samples = {}
    for name in services():
        async with serving(name, database_url, tmp_path_factory.mktemp(name)) as run:
            await used(run, name)
            found |= await scraped(run)
    return found


async def used(run: Running, name: str) -> None:
    """A request, a failed one, a delivery, a refused one; and in auth two emitted events, in learning one that it parks."""
    run.app.state.readiness.ready = False
    assert (await run.client.get("/readyz")).status_code == 503
    run.app.state.readiness.ready = True
    await run.client.get(f"/api/{name}/v1/nothing")
    await run.client.post("/bus/deliver/auth", content=b"no event", headers=run.from_sidecar)
    if name == "auth":
        for away, result in (({"publish"}, "failed"), (set[str](), "sent")):
            run.sidecar.away = away
            await register(run)
            await until_told(run, "codezest_bus_announced_total", result)
    if name == "learning":
        await run.happens(ADA)
        newer = run.logs["auth"].append(ADA, actor=None).model_copy(update={"type": "auth.user-created.v9"})
        run.logs["auth"].events[-1] = newer
        await until_told(run, "codezest_bus_parked_events_total", "no-handler")


async def register(run: Running) -> None:
    new = {"email": f"{uuid7()}@example.com", "password": "nine patient harbours listening", "name": "Ada"}
    (await run.client.post("/api/auth/v1/users", json=new)).raise_for_status()


async def until_told(run: Running, metric: str, value: str) -> None:
    async with asyncio.timeout(WITHIN):
        while not _told(await scraped(run), metric, value):  # noqa: ASYNC110 - a figure wakes nobody
            await asyncio.sleep(0.05)


def _told(samples: Samples, metric: str, value: str) -> bool:
    return any(name == metric and value in dict(labels).values() for name, labels in samples)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.place)
def test_a_query_names_what_the_services_tell(query: Query, told: Samples) -> None:
    assert faults(query, told) == []


@pytest.mark.parametrize(
    ("text", "mentioned", "fault"),
    [
        ("max(codezest_bus_lags)", "", "nobody tells codezest_bus_lags"),
        ("sum by (services) (codezest_bus_parked)", "", "codezest_bus_parked has no label services"),
        ('codezest_bus_parked{status="dead"}', "", "codezest_bus_parked has no label status"),
        ('codezest_bus_parked{state="deceased"}', "", "no codezest_bus_parked has state deceased"),
        (
            'codezest_http_request_seconds_count{route=~"/apis/.*"}',
            "",
            "no codezest_http_request_seconds_count has route /apis/.*",
        ),
        ("max by (consumer) (codezest_bus_stopped)", "lane", "codezest_bus_stopped has no label lane"),
    ],
)
def test_a_name_that_nobody_tells_is_seen(text: str, mentioned: str, fault: str, told: Samples) -> None:
    query = Query(place="", text=text, mentioned=frozenset(filter(None, [mentioned])))
    assert fault in faults(query, told)


def test_what_prometheus_would_refuse_is_seen() -> None:
    with pytest.raises(ValueError, match="expected type matrix"):
        named_in(Query(place="", text="sum(rate(codezest_bus_assigned_total))", mentioned=frozenset()).parsed)


def test_the_dashboards_show_what_they_promise() -> None:
    """Traffic, errors, latency, bus lag, parked, outbox age and mail queue."""
    titles = {panel["title"] for board in dashboards().values() for panel in board["panels"]}
    assert {"Traffic", "Errors", "Latency", "Bus lag", "Parked", "Outbox age", "Mail queue"} <= titles
    assert [
        panel["title"]
        for board in dashboards().values()
        for panel in board["panels"]
        if panel["type"] != "row" and not panel["description"]
    ] == []


def test_a_dashboard_is_named_after_its_file_and_its_panels_are_numbered_and_apart() -> None:
    for name, board in dashboards().items():
        assert board["uid"] == name
        panels = board["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
        assert len(set(places)) == len(places)
        assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


def test_every_alert_is_explained_and_nothing_else_is() -> None:
    explained = re.findall(r"(?m)^## (\w+)$", (ROOT / "docs/alerts.md").read_text())
    assert explained == [rule["alert"] for rule in rules()]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_and_its_page_what_to_do(rule: dict[str, dict[str, str]]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    text = (ROOT / "docs/alerts.md").read_text()
    section = text.split(f"## {rule['alert']}\n")[1].split("\n## ")[0]
    assert {"**Means**", "**Do**"} <= set(re.findall(r"\*\*\w+\*\*", section))
    assert f"`{rule['labels']['severity']}`" in section
    for metric in {
        named.metric for named in named_in(Query(place="", text=str(rule["expr"]), mentioned=frozenset()).parsed)
    }:
        assert metric.removesuffix("_bucket").removesuffix("_count") in section
