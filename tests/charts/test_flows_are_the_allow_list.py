"""Who may reach whom is exactly what is declared: the access policy between services, and the few flows beside it."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from tests.charts.flows import SIDECAR, Flow, arriving, calls, leaving
from tests.charts.rendering import Manifest, Values, named, of_kind, platform, pods, service
from tools.database.services import services

pytestmark = pytest.mark.thorough


def everything(values: Values) -> list[Manifest]:
    return [*platform(values), *(one for name in services() for one in service(name, values))]


def labels_of(manifests: list[Manifest]) -> dict[str, dict[str, str]]:
    """Every pod of the platform, by a name for people: auth, auth-migration, postgres, ..."""
    return {name.split("/")[1]: pod["metadata"]["labels"] for name, pod in pods(manifests).items()}


def allowed(manifests: list[Manifest], direction: str) -> set[Flow]:
    """(from, to, port) as the policies of one direction allow it, pod by pod."""
    return set(_allowed(manifests, labels_of(manifests), direction))


def _allowed(manifests: list[Manifest], labels: dict[str, dict[str, str]], direction: str) -> Iterator[Flow]:
    for policy in of_kind(manifests, "NetworkPolicy"):
        assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
        own = [name for name, one in labels.items() if _fits(policy["spec"]["podSelector"], one)]
        for rule in policy["spec"].get(direction.lower(), ()):
            others = _names(rule["from" if direction == "Ingress" else "to"], labels)
            for port, name, other in product(rule["ports"], own, others):
                number = port["port"]  # not a name: some networks look names up at the wrong end
                yield (other, name, number) if direction == "Ingress" else (name, other, number)


def _fits(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    equal = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    among = all(labels.get(one["key"]) in one["values"] for one in selector.get("matchExpressions", ()))
    return equal and among


def _names(peers: list[dict[str, Any]], labels: dict[str, dict[str, str]]) -> list[str]:
    assert peers, "an empty list of peers would be everybody"
    if all("ipBlock" in peer for peer in peers):
        return [", ".join(peer["ipBlock"]["cidr"] for peer in peers)]
    found = []
    for peer in peers:
        if "namespaceSelector" in peer:
            namespace = peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
            app = peer.get("podSelector", {}).get("matchLabels", {}).get("app")
            found.append(f"ns/{namespace}" + (f"/{app}" if app else ""))
        else:
            found += [name for name, one in labels.items() if _fits(peer["podSelector"], one)]
    return found


def test_what_a_pod_may_reach_is_exactly_this() -> None:
    assert allowed(everything({}), "Egress") == leaving()


def test_what_may_reach_a_pod_is_exactly_this() -> None:
    assert allowed(everything({}), "Ingress") == arriving()


def test_every_pod_has_a_policy_and_whatever_else_comes_is_cut_off() -> None:
    manifests = everything({})
    policies = of_kind(manifests, "NetworkPolicy")
    assert named(manifests, "NetworkPolicy", "default-deny")["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }
    for name, labels in labels_of(manifests).items():
        own = [one for one in policies if one["spec"]["podSelector"] and _fits(one["spec"]["podSelector"], labels)]
        assert len(own) == 1, name


def test_outside_is_no_private_network() -> None:
    (rule,) = [
        one
        for one in named(service("payments", {}), "NetworkPolicy", "payments")["spec"]["egress"]
        if one["ports"][0]["port"] == 443
    ]
    assert "10.0.0.0/8" in rule["to"][0]["ipBlock"]["except"]
    assert "169.254.0.0/16" in rule["to"][0]["ipBlock"]["except"], "the metadata address of clouds"


def test_ones_own_database_is_reached_where_it_is_said_to_be() -> None:
    peers = [{"ipBlock": {"cidr": "10.20.0.0/16"}}]
    values: Values = {"global": {"database": {"port": 6432, "peers": peers}}}
    flows = allowed(service("auth", values), "Egress")
    assert {("auth", "10.20.0.0/16", 6432), ("auth-migration", "10.20.0.0/16", 6432)} <= flows
    assert not [flow for flow in flows if flow[2] == 5432]


def test_a_call_that_no_policy_allows_is_cut_off_on_both_sides() -> None:
    for direction in ("Ingress", "Egress"):
        found = {(a, b) for a, b, port in allowed(everything({}), direction) if port == SIDECAR}
        assert found == calls()
    assert ("auth", "learning") not in calls()
