"""Every value of the charts is described, has a default that is allowed, and is refused when it makes no sense."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.charts.rendering import Values, template
from tools.contracts.values_page import defaults_of, resolved, schema_of
from tools.database.services import ROOT, services

CHARTS = ["platform", "service", "operator"]


def nodes(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every value's schema below this one, by its path."""
    for name, value in node.get("properties", {}).items():
        yield f"{path}{name}", value
        yield from nodes(value, f"{path}{name}.")
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield f"{path}{key}", node[key]
            yield from nodes(node[key], f"{path}{key}.")
    for pattern, value in node.get("patternProperties", {}).items():
        yield f"{path}{pattern}", value
        yield from nodes(value, f"{path}{pattern}.")


def everything(chart: str) -> list[tuple[str, dict[str, Any]]]:
    schema = schema_of(chart)
    below = [(f"$defs.{name}", value) for name, value in schema["$defs"].items()]
    return [*nodes(schema), *below, *(pair for name, value in below for pair in nodes(value, f"{name}."))]


@pytest.mark.parametrize("chart", CHARTS)
def test_every_value_says_what_it_means(chart: str) -> None:
    assert len(everything(chart)) > 30
    assert [path for path, node in everything(chart) if len(node.get("description", "")) < 5] == []


@pytest.mark.parametrize("chart", CHARTS)
def test_what_is_not_named_is_refused_everywhere(chart: str) -> None:
    assert schema_of(chart)["additionalProperties"] is False
    objects = [(path, node) for path, node in everything(chart) if node.get("type") == "object"]
    assert [path for path, node in objects if node.get("additionalProperties", True) is True] == []


@pytest.mark.parametrize("chart", CHARTS)
def test_the_schema_is_one_and_the_defaults_keep_to_it(chart: str) -> None:
    Draft202012Validator.check_schema(schema_of(chart))
    Draft202012Validator(schema_of(chart)).validate(defaults_of(chart))


@pytest.mark.parametrize("chart", CHARTS)
def test_every_value_has_a_default(chart: str) -> None:
    schema = schema_of(chart)

    def lacking(node: Any, default: Any, path: str) -> Iterator[str]:
        for name, value in resolved(node, schema).get("properties", {}).items():
            if name not in default:
                yield f"{path}{name}"
            elif isinstance(default[name], dict):
                yield from lacking(value, default[name], f"{path}{name}.")

    # Whoever names no limit of processor time sets none.
    found = [path for path in lacking(schema, defaults_of(chart), "") if not path.endswith("limits.cpu")]
    assert found == []


def test_both_charts_take_the_same_global() -> None:
    assert schema_of("platform")["properties"]["global"] == schema_of("service")["properties"]["global"]
    assert schema_of("platform")["$defs"] == schema_of("service")["$defs"]
    assert defaults_of("platform")["global"] == defaults_of("service")["global"]


@pytest.mark.parametrize("name", services())
def test_a_services_own_values_are_few_and_allowed(name: str) -> None:
    text = (ROOT / "services" / name / "values.yaml").read_text()
    assert len(text.splitlines()) <= 15
    values = yaml.safe_load(text)
    assert values["name"] == name
    Draft202012Validator(schema_of("service")).validate(values)


REFUSED: list[tuple[str, Values, str]] = [
    (
        "platform",
        {"ingress": {"mode": "nginx"}},
        "at '/ingress/mode': value must be one of 'ingress', 'gateway', 'none'",
    ),
    ("platform", {"ingres": {}}, "additional properties 'ingres' not allowed"),
    (
        "platform",
        {"ingress": {"mode": "gateway"}},
        "ingress.gateway.name: ingress.mode is gateway, so say which Gateway",
    ),
    ("platform", {"secrets": {"mode": "vault"}}, "at '/secrets/mode': value must be one of 'generated', 'existing'"),
    ("platform", {"secrets": {"given": {"redis-password": ""}}}, "at '/secrets/given/redis-password': minLength"),
    (
        "platform",
        {"global": {"publicUrl": "learn.example.org"}},
        "at '/global/publicUrl': 'learn.example.org' does not match pattern",
    ),
    ("platform", {"global": {"publicUrl": "https://learn.example.org/"}}, "at '/global/publicUrl'"),
    (
        "platform",
        {"global": {"database": {"sslMode": "verify-full"}}},
        "global.database.caSecret: global.database.sslMode asks",
    ),
    ("platform", {"global": {"database": {"port": 0}}}, "at '/global/database/port': minimum: got 0, want 1"),
    ("platform", {"postgres": {"enabled": False}}, "secrets.given.postgres-admin-password: postgres.enabled is off"),
    (
        "platform",
        {"postgres": {"enabled": False}, "secrets": {"mode": "existing"}},
        "global.database.host: postgres.enabled is off, so name the host",
    ),
    ("platform", {"redis": {"enabled": False}}, "secrets.given.redis-password: redis.enabled is off"),
    (
        "platform",
        {"redis": {"enabled": False}, "secrets": {"mode": "existing"}},
        "global.redis.host: redis.enabled is off, so name the host",
    ),
    (
        "platform",
        {"global": {"database": {"port": 6432}}},
        "global.database.port: the trial's PostgreSQL listens on 5432",
    ),
    ("platform", {"global": {"redis": {"port": 6380}}}, "global.redis.port: the trial's Redis listens on 6379"),
    ("platform", {"collector": {"enabled": False}}, "global.traces.host: collector.enabled is off"),
    (
        "platform",
        {"collector": {"sampling": {"percent": 120}}},
        "at '/collector/sampling/percent': maximum: got 120, want 100",
    ),
    (
        "platform",
        {"postgres": {"storage": {"size": "big"}}},
        "at '/postgres/storage/size': 'big' does not match pattern",
    ),
    ("service", {"name": ""}, "name: say which service this is, for example -f services/auth/values.yaml"),
    ("service", {"name": "Auth"}, "at '/name': 'Auth' does not match pattern"),
    ("service", {"name": "ldap"}, "name: there is no components/configuration/ldap.yaml"),
    ("service", {"replicas": "two"}, "at '/replicas': got string, want integer"),
    ("service", {"replica": 2}, "additional properties 'replica' not allowed"),
    ("service", {"egress": {"web": {"to": "outside"}}}, "at '/egress/web': missing property 'ports'"),
    ("service", {"egress": {"web": {"to": "anywhere", "ports": [1]}}}, "at '/egress/web/to': value must be 'outside'"),
    ("service", {"settings": {"SMTP_HOST": "a"}}, "at '/settings': additional properties 'SMTP_HOST' not allowed"),
    (
        "service",
        {"settings": {"smtp_host": {"a": 1}}},
        "at '/settings/smtp_host': got object, want boolean or number or string",
    ),
    (
        "service",
        {"autoscaling": {"enabled": True, "minReplicas": 5, "maxReplicas": 2}},
        "autoscaling.maxReplicas: it is below",
    ),
    (
        "service",
        {"global": {"database": {"sslMode": "verify-ca"}}},
        "global.database.caSecret: global.database.sslMode asks",
    ),
    (
        "service",
        {"resources": {"limits": {"memory": "lots"}}},
        "at '/resources/limits/memory': 'lots' does not match pattern",
    ),
]


@pytest.mark.thorough
@pytest.mark.parametrize(("chart", "values", "message"), REFUSED)
def test_a_value_that_makes_no_sense_is_refused_with_its_place_and_what_would_do(
    chart: str, values: Values, message: str
) -> None:
    done = template(chart, values, release="x", service="auth" if chart == "service" else "")
    assert done.returncode != 0
    assert message in done.stderr
