"""What each service may call, publish, hear and read through its sidecar in a cluster: exactly what components/ says."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import yaml

from tests.cluster.clusters import eventually, told
from tests.cluster.installation import Installation
from tests.cluster.rehearsal import NAMESPACE, Answer, Rehearsal, Request, rehearse
from tests.e2e.doors import doors
from tools.database.services import ROOT, services

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

DENIED = "access control policy has denied access"
GOOD, EMPTY, FORBIDDEN = 200, 204, 403
VERBS = ("GET", "POST", "DELETE")
# Dapr takes an operation's name for all that lies below it; nothing may lie there that is not meant.
BELOW = "/bus/log/more"
BESIDE = ("/", "/bus", BELOW)
ROUNDS = 2
Call = tuple[str, str, str, str]  # caller, verb, callee, path


@pytest.fixture(scope="module")
async def rehearsal(installation: Installation, image: tuple[str, str]) -> AsyncIterator[Rehearsal]:
    yield await rehearse(installation.cluster, image[0], installation.images["trials"])
    installation.cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def spec(service: str) -> dict[str, Any]:
    """The service's Configuration."""
    found: dict[str, Any] = yaml.safe_load((ROOT / f"components/configuration/{service}.yaml").read_text())["spec"]
    return found


def declared() -> set[Call]:
    """The calls that the access policies allow."""
    return {
        (policy["appId"], verb, callee, operation["name"])
        for callee in services()
        for policy in spec(callee)["accessControl"]["policies"]
        for operation in policy["operations"]
        for verb in operation["httpVerb"]
    }


def tried() -> Iterator[Call]:
    """Every service at every door of every other, by every verb."""
    paths = {path for _, _, _, path in declared()} | set(BESIDE)
    for callee in services():
        doors_of = {path.replace("{topic}", "auth").replace("{", "").replace("}", "") for _, path, _ in doors(callee)}
        for caller in services():
            if caller != callee:
                yield from ((caller, verb, callee, path) for path in sorted(paths | doors_of) for verb in VERBS)


def scopes(name: str) -> dict[str, set[str]]:
    """Topics by service, as components/pubsub.yaml says under this name."""
    document = yaml.safe_load((ROOT / "components/pubsub.yaml").read_text())
    (value,) = [one["value"] for one in document["spec"]["metadata"] if one["name"] == name]
    pairs = (part.partition("=") for part in value.split(";"))
    return {service: set(topics.split(",")) for service, _, topics in pairs}


def everybody_asks(rehearsal: Rehearsal, requests: Mapping[str, Sequence[Request]]) -> dict[str, list[Answer]]:
    """All at once, by who asked."""
    with ThreadPoolExecutor(len(requests)) as pool:
        answers = pool.map(rehearsal.ask, requests.keys(), requests.values())
        return dict(zip(requests, answers, strict=True))


def test_exactly_the_declared_calls_get_through(rehearsal: Rehearsal) -> None:
    calls = list(tried())
    own = {service: [call for call in calls if call[0] == service] for service in services()}
    requests = {
        name: [(verb, f"/invoke/{callee}/method{path}") for _, verb, callee, path in of] for name, of in own.items()
    }
    answers = everybody_asks(rehearsal, requests)
    outcome = {call: answer for name, of in own.items() for call, answer in zip(of, answers[name], strict=True)}
    passed = {call for call, (status, _) in outcome.items() if status == GOOD}
    told(f"{len(calls)} calls tried, {len(passed)} got through")
    below = {(caller, verb, callee, BELOW) for caller, verb, callee, path in declared() if BELOW.startswith(f"{path}/")}
    assert passed == declared() | below
    others = {call: answer for call, answer in outcome.items() if call not in passed}
    assert {call: answer for call, answer in others.items() if answer[0] != FORBIDDEN or DENIED not in answer[1]} == {}


def test_each_publishes_to_its_own_topic_and_hears_what_it_subscribes_to(rehearsal: Rehearsal) -> None:
    topics = services()
    requests = {name: [("POST", f"/publish/pubsub/{topic}") for topic in topics] for name in topics}
    for _ in range(ROUNDS):
        answers = everybody_asks(rehearsal, requests)
        took = {
            name: {topic for topic, (status, _) in zip(topics, of, strict=True) if status == EMPTY}
            for name, of in answers.items()
        }
        assert took == scopes("publishingScopes")
        assert {status for of in answers.values() for status, _ in of} == {EMPTY, FORBIDDEN}
    subscribed = scopes("subscriptionScopes")
    expected = {name: dict.fromkeys(sorted(subscribed.get(name, ())), ROUNDS) for name in topics}
    heard: dict[str, dict[str, int]] = {}

    def as_declared() -> bool:
        heard.update({name: rehearsal.heard(name) for name in topics})
        return heard == expected

    eventually(as_declared, f"everybody heard {ROUNDS} events of each of its topics: {heard}", within=20)


def test_each_reads_its_own_secrets_and_no_others(rehearsal: Rehearsal) -> None:
    allowed = {name: set(spec(name)["secrets"]["scopes"][0]["allowedSecrets"]) for name in services()}
    names = sorted(set[str]().union(*allowed.values()) | {"redis-password"})
    answers = everybody_asks(
        rehearsal, {name: [("GET", f"/secrets/secrets/{one}") for one in names] for name in services()}
    )
    given = {
        name: {one for one, (status, _) in zip(names, of, strict=True) if status == GOOD}
        for name, of in answers.items()
    }
    refused = {
        name: {one for one, (status, _) in zip(names, of, strict=True) if status == FORBIDDEN}
        for name, of in answers.items()
    }
    assert refused == {name: set(names) - own for name, own in allowed.items()}
    assert given == {name: own - {"notifications-smtp-password"} for name, own in allowed.items()}, (
        "all but the one that is empty"
    )
