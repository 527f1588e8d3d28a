"""Only /api/<service>/ is shown, at the host of the public address, by whichever way requests come in."""

import pytest

from tests.charts.rendering import PLATFORM, Values, named, of_kind, platform
from tools.database.services import services
from tools.local.gateway import routing

pytestmark = pytest.mark.thorough

# What the local gateway lets through to services; all else is its start page.
LOCAL = {
    router["service"]: router["rule"].removeprefix("PathPrefix(`").removesuffix("`)")
    for name, router in routing({name: [8020] for name in services()}, page=8017)["http"]["routers"].items()
    if name != "page"
}


def test_an_ingress_shows_what_the_local_gateway_shows() -> None:
    (rule,) = named(platform({}), "Ingress", "codezest")["spec"]["rules"]
    assert rule["host"] == "codezest.localhost"
    assert {path["backend"]["service"]["name"]: path["path"] for path in rule["http"]["paths"]} == LOCAL
    assert {path["pathType"] for path in rule["http"]["paths"]} == {"Prefix"}


def test_a_route_of_a_gateway_shows_the_same() -> None:
    spec = named(platform(PLATFORM["a gateway"]), "HTTPRoute", "codezest")["spec"]
    assert spec["hostnames"] == ["codezest.localhost"]
    assert spec["parentRefs"] == [{"name": "edge", "namespace": "gateways", "sectionName": "https"}]
    found = {rule["backendRefs"][0]["name"]: rule["matches"][0]["path"] for rule in spec["rules"]}
    assert found == {name: {"type": "PathPrefix", "value": prefix} for name, prefix in LOCAL.items()}


@pytest.mark.parametrize(("mode", "kind"), [("ingress", "Ingress"), ("gateway", "HTTPRoute"), ("none", None)])
def test_there_is_one_way_in_or_none(mode: str, kind: str | None) -> None:
    values: Values = {"ingress": {"mode": mode, "gateway": {"name": "edge"}}}
    assert [one["kind"] for one in of_kind(platform(values), "Ingress", "HTTPRoute")] == ([kind] if kind else [])


def test_no_vendor_is_spoken_to_by_default() -> None:
    assert "annotations" not in named(platform({}), "Ingress", "codezest")["metadata"]
    assert "ingressClassName" not in named(platform({}), "Ingress", "codezest")["spec"]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://learn.example.org", "learn.example.org"),
        ("http://learn.example.org:8080", "learn.example.org"),
        ("http://192.0.2.7:30080", None),
    ],
)
def test_the_host_is_that_of_the_public_address(url: str, host: str | None) -> None:
    values: Values = {"global": {"publicUrl": url}, "ingress": {"tlsSecret": "tls"}}
    spec = named(platform(values), "Ingress", "codezest")["spec"]
    assert spec["rules"][0].get("host") == host
    assert spec["tls"] == [{"secretName": "tls", **({"hosts": [host]} if host else {})}]
