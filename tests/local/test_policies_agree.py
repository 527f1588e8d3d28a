"""dapr.yaml, the components and the access policies name the same apps, topics, secrets and calls."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.routing import APIRoute, iter_route_contexts

from shared.http.access import rules_of
from tools.contracts import documents
from tools.contracts.documents import handlers
from tools.local.credentials import ensure_credentials
from tools.local.daprfile import App, read_apps
from tools.local.home import Home
from tools.local.sidecars import NAMESPACE, TRUST_DOMAIN
from tools.local.site import ROOT, Options

APPS = read_apps(Options.apps_file)
IDS = [app.id for app in APPS]
# Who applies whose log. The other calls are the keys of auth, what it revoked, and what a route declares.
CONSUMES = {app: set(handlers(app).sources) for app in IDS}
# What an installation may have, and the local one has not: its mail sink asks for no user.
OPTIONAL = {"notifications-smtp-password"}
Call = tuple[str, str, str, str]


def _component(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "components" / f"{name}.yaml").read_text())
    return document


def _settings(name: str) -> dict[str, str]:
    return {item["name"]: item.get("value", "") for item in _component(name)["spec"]["metadata"]}


def _configuration(app: App) -> dict[str, Any]:
    spec: dict[str, Any] = yaml.safe_load(app.configuration.read_text())["spec"]
    return spec


def _scopes(text: str) -> dict[str, set[str]]:
    return {app: set(topics.split(",")) for app, _, topics in (part.partition("=") for part in text.split(";"))}


def _allowed_calls() -> set[Call]:
    calls = set()
    for app in APPS:
        for policy in _configuration(app)["accessControl"]["policies"]:
            for operation in policy["operations"]:
                assert operation["action"] == "allow"
                calls |= {(policy["appId"], verb, app.id, operation["name"]) for verb in operation["httpVerb"]}
    return calls


def _declared_calls() -> set[Call]:
    """What routes say of themselves: `service notifications`, or `service` for all others. Logs are for who follows them."""
    calls = set()
    for callee in IDS:
        for route in iter_route_contexts(documents.app(callee).routes):
            rules = rules_of(route.dependant) if isinstance(route.original_route, APIRoute) else ()
            for rule in rules:
                if rule.startswith("service") and route.path != "/bus/log":
                    callers = set(rule.split()) - {"service", "or"} or {app for app in IDS if app != callee}
                    calls |= {
                        (caller, verb, callee, str(route.path)) for caller in callers for verb in route.methods or ()
                    }
    return calls


def test_exactly_the_calls_that_exist_are_allowed() -> None:
    logs = {(app, "GET", source, "/bus/log") for app, sources in CONSUMES.items() for source in sources}
    keys = {(app, "GET", "auth", "/.well-known/jwks.json") for app in IDS if app != "auth"}
    assert _allowed_calls() == logs | keys | _declared_calls()


@pytest.mark.parametrize("app", APPS, ids=IDS)
def test_whatever_is_not_allowed_is_denied(app: App) -> None:
    access = _configuration(app)["accessControl"]
    assert access["defaultAction"] == "deny"
    assert access["trustDomain"] == TRUST_DOMAIN
    for policy in access["policies"]:
        named = (policy["defaultAction"], policy["trustDomain"], policy["namespace"])
        assert named == ("deny", TRUST_DOMAIN, NAMESPACE)


@pytest.mark.parametrize("app", APPS, ids=IDS)
def test_a_service_reads_its_own_secrets_only_and_all_of_them_exist(app: App, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    served = ensure_credentials(home, IDS).served
    (scope,) = _configuration(app)["secrets"]["scopes"]
    assert (scope["storeName"], scope["defaultAccess"]) == (_component("secrets")["metadata"]["name"], "deny")
    own = {name for name in served if name.startswith(f"{app.id}-")}
    assert set(scope["allowedSecrets"]) == own | {name for name in OPTIONAL if name.startswith(f"{app.id}-")}


def test_no_service_reads_the_password_of_redis() -> None:
    allowed = {name for app in APPS for name in _configuration(app)["secrets"]["scopes"][0]["allowedSecrets"]}
    assert "redis-password" not in allowed


@pytest.mark.parametrize("app", APPS, ids=IDS)
def test_only_the_apis_we_use_are_open_and_grpc_is_restricted_too(app: App) -> None:
    rules = _configuration(app)["api"]["allowed"]
    assert {rule["name"] for rule in rules if rule["protocol"] == "http"} == {
        "invoke",
        "publish",
        "state",
        "secrets",
        "metadata",
        "healthz",
    }
    # A protocol without any rule would be open altogether.
    assert [rule["name"] for rule in rules if rule["protocol"] == "grpc"] == ["metadata"]


@pytest.mark.parametrize("app", APPS, ids=IDS)
def test_every_sidecar_traces_all_and_finds_others_in_this_instance_only(app: App) -> None:
    spec = _configuration(app)
    assert spec["mtls"]["enabled"] is True
    assert spec["tracing"] == {"samplingRate": "1"}
    assert spec["nameResolution"]["component"] == "sqlite"
    assert not Path(spec["nameResolution"]["configuration"]["connectionString"]).is_absolute()


@pytest.mark.parametrize("app", APPS, ids=IDS)
def test_no_sidecar_restarts_itself_when_a_file_changes(app: App) -> None:
    assert _configuration(app)["features"] == [{"name": "HotReload", "enabled": False}]


def test_everyone_publishes_to_their_own_topic_only() -> None:
    assert _scopes(_settings("pubsub")["publishingScopes"]) == {app: {app} for app in IDS}


def test_everyone_subscribes_to_what_they_consume_only() -> None:
    expected = {app: sources for app, sources in CONSUMES.items() if sources}
    assert _scopes(_settings("pubsub")["subscriptionScopes"]) == expected


def test_a_topic_is_a_service_and_none_is_open_to_an_app_without_a_scope() -> None:
    settings = _settings("pubsub")
    assert set(settings["allowedTopics"].split(",")) == set(settings["protectedTopics"].split(",")) == set(IDS)


@pytest.mark.parametrize("name", ["pubsub", "state"])
def test_broker_and_state_belong_to_every_app_and_may_be_away(name: str) -> None:
    component = _component(name)
    assert set(component["scopes"]) == set(IDS)
    assert component["spec"]["ignoreErrors"] is True
    assert component["auth"]["secretStore"] == "secrets"


def test_a_delivery_is_limited_and_retried_twice_and_nothing_else() -> None:
    spec = _component("resiliency")["spec"]
    assert spec["targets"]["components"] == {"pubsub": {"inbound": {"timeout": "delivery", "retry": "delivery"}}}
    assert spec["policies"]["timeouts"]["delivery"] == "15s"
    assert spec["policies"]["retries"]["delivery"]["maxRetries"] == 2


def test_every_invocation_has_a_limit_a_retry_and_a_circuit_breaker() -> None:
    targets = _component("resiliency")["spec"]["targets"]["apps"]
    assert targets.keys() == set(IDS)
    assert all(target.keys() == {"timeout", "retry", "circuitBreaker"} for target in targets.values())


def test_redelivery_waits_until_no_retry_can_still_be_under_way() -> None:
    settings, spec = _settings("pubsub"), _component("resiliency")["spec"]
    retry = spec["policies"]["retries"]["delivery"]
    limit = float(spec["policies"]["timeouts"]["delivery"].removesuffix("s"))
    one = (retry["maxRetries"] + 1) * limit + retry["maxRetries"] * float(retry["duration"].removesuffix("s"))
    rounds = int(settings["queueDepth"]) / int(settings["concurrency"]) + 1
    assert float(settings["processingTimeout"].removesuffix("s")) > one * rounds
    # Anything but a bare number of milliseconds is ignored without a word.
    assert settings["redeliverInterval"].isdigit()
