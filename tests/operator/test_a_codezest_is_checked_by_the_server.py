"""The definition of CodeZest on a real API server: defaults, every refusal with its message, columns, explanations, status."""

from typing import Any

import pytest
import yaml

from codezest_operator.domain.spec import read
from tests.charts.rendering import CHARTS, helm
from tests.operator.chart import codezest, rendered
from tests.operator.server import Server
from tools.database.services import services

pytestmark = pytest.mark.thorough

SECRET = {"name": "db", "key": "password"}
DATABASE = {"host": "db.example.org", "adminPasswordSecret": SECRET, "cidrs": ["10.0.0.0/8"], "caSecretName": "ca"}
REDIS = {"host": "redis.example.org", "passwordSecret": SECRET, "cidrs": ["10.0.0.0/8"]}


def external(**changes: Any) -> dict[str, Any]:
    return {"mode": "external", "external": {**DATABASE, **changes}}


# title -> spec, and what the refusal says
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a version that is none": ({"version": "latest"}, "spec.version in body should match"),
    "a short interval": ({"interval": "1s"}, "spec.interval: write at least 10s"),
    "an interval that is none": ({"interval": "soon"}, "spec.interval in body should match"),
    "a timeout of a day": ({"timeout": "24h"}, "spec.timeout: write a time from 10s to 1h"),
    "an unknown policy": ({"deletionPolicy": "Keep"}, 'supported values: "Delete", "Orphan"'),
    "a gateway without a name": ({"ingress": {"mode": "gateway"}}, "so write which Gateway takes the route"),
    "a gateway of nobody": ({"ingress": {"gateway": {"name": "edge"}}}, "write `mode: gateway` or remove it"),
    "a certificate without https": ({"ingress": {"tlsSecretName": "tls"}}, "tlsSecretName is given, so write https://"),
    "a certificate for a gateway": (
        {"ingress": {"mode": "none", "url": "https://a.example", "tlsSecretName": "tls"}},
        "a Gateway has its own certificate, so remove it",
    ),
    "a path in the address": ({"ingress": {"url": "https://a.example/x"}}, "spec.ingress.url in body should match"),
    "an external database that is not named": ({"database": {"mode": "external"}}, "so write host, adminPasswordSecret and cidrs"),
    "an external database that is not used": ({"database": {"external": DATABASE}}, "write `mode: external` or remove it"),
    "storage of an external database": ({"database": {**external(), "storage": {"size": "1Gi"}}}, "write `mode: embedded` or remove it"),
    "a database without its authority": ({"database": external(caSecretName="")}, "so name the Secret whose ca.crt signed it"),
    "a network that is none": ({"database": external(cidrs=["db.example.org"])}, "write networks such as 10.20.0.0/16"),
    "an external Redis that is not named": ({"redis": {"mode": "external"}}, "so write host, passwordSecret and cidrs"),
    "an external Redis that is not used": ({"redis": {"external": REDIS}}, "write `mode: external` or remove it"),
    "storage of an external Redis": (
        {"redis": {"mode": "external", "external": REDIS, "storage": {"size": "1Gi"}}}, "write `mode: embedded` or remove it",
    ),
    "a mail user without password": ({"email": {"host": "mail", "user": "me"}}, "so name the Secret and key of the password"),
    "a mail user without server": ({"email": {"user": "me", "passwordSecret": SECRET}}, "so write the mail server too"),
    "half of Stripe": ({"payments": {"apiKeySecret": SECRET}}, "write apiKeySecret and webhookSecret, or neither"),
    "a trace backend's network that is none": ({"telemetry": {"otlp": {"cidrs": ["tempo"]}}}, "write networks such as 10.20.0.0/16"),
    "an exception from nothing": ({"driftDetection": {"ignore": [{}]}}, "write paths, a target, or both"),
    "a service that is none": ({"services": {"autth": {}}}, f"which are {', '.join(services())}"),
    "too few pods at most": ({"services": {"auth": {"autoscaling": {"maxReplicas": 1}}}}, "write at least minReplicas"),
    "an odd resource": ({"services": {"auth": {"resources": {"memory": {}}}}}, "write requests and limits"),
    "an odd setting": ({"services": {"auth": {"env": {"LOG": "1"}}}}, "write the settings of the service, in capitals"),
    "a secret setting": ({"services": {"auth": {"env": {"CODEZEST_SMTP_PASSWORD": "x"}}}}, "what is secret does not belong here"),
    "a negative number of pods": ({"services": {"auth": {"replicas": -1}}}, "should be greater than or equal to 0"),
    "a field that nobody knows": ({"suspended": True}, 'unknown field "spec.suspended"'),
}  # fmt: skip


@pytest.mark.parametrize("title", REFUSED)
def test_what_makes_no_sense_is_refused_with_what_to_write(server: Server, space: str, title: str) -> None:
    spec, message = REFUSED[title]
    done = server.kubectl(
        "create", "--validate=strict", "--dry-run=server", "--filename=-", given=codezest(space, **spec)
    )
    assert done.returncode != 0
    assert message in done.stderr


def test_every_rule_of_the_schema_is_among_the_refused() -> None:
    schema = yaml.safe_load((CHARTS / "operator/files/codezest.yaml").read_text())
    messages = [rule["message"] for rule in rules(schema) if not rule["message"].startswith("metadata.name")]
    assert len(messages) > 20
    heard = [message for _, message in REFUSED.values()]
    for message in messages:
        told = message.replace("SERVICES", ", ".join(services()))
        assert any(part in told for part in heard), message


def rules(node: Any) -> list[dict[str, str]]:
    if isinstance(node, list):
        return [rule for one in node for rule in rules(one)]
    if not isinstance(node, dict):
        return []
    own: list[dict[str, str]] = node.get("x-kubernetes-validations") or []
    return [*own, *(rule for key, value in node.items() if key != "x-kubernetes-validations" for rule in rules(value))]


def test_a_long_name_is_refused(server: Server, space: str) -> None:
    done = server.kubectl("create", "--dry-run=server", "--filename=-", given=codezest(space, "a" * 64))
    assert "write a name of at most 63 characters" in done.stderr


def test_the_servers_defaults_are_those_of_the_code(server: Server, space: str) -> None:
    server.apply(codezest(space, services={"auth": {}}))
    kept = server.get("codezest", "school", f"--namespace={space}")
    assert read(kept["spec"]) == read({"version": "0.1.0", "services": {"auth": {}}})
    assert kept["status"] == {"observedGeneration": -1}, "nobody takes it for ready before it was looked at"
    server.apply(codezest(space, "other", database=external(), redis={"mode": "external", "external": REDIS}))
    kept = server.get("codezest", "other", f"--namespace={space}")
    written = codezest(space, database=external(), redis={"mode": "external", "external": REDIS})["spec"]
    assert read(kept["spec"]) == read(written)


def test_kubectl_shows_columns_the_short_name_and_explains_every_field(server: Server, space: str) -> None:
    server.apply(codezest(space))
    status = {
        "observedGeneration": 1,
        "url": "http://codezest.localhost",
        "message": "All is well.",
        "conditions": [
            {
                "type": "Ready",
                "status": "True",
                "reason": "Succeeded",
                "message": "",
                "lastTransitionTime": "2026-03-01T12:00:00Z",
            }
        ],
    }
    patch = yaml.safe_dump({"status": status})
    done = server.kubectl(
        "patch",
        "cz",
        "school",
        f"--namespace={space}",
        "--subresource=status",
        "--type=merge",
        f"--patch={patch}",
    )
    assert done.returncode == 0, done.stderr
    shown = server.kubectl("get", "cz", f"--namespace={space}").stdout.splitlines()
    assert shown[0].split() == ["NAME", "READY", "VERSION", "URL", "STATUS", "AGE"]
    assert shown[1].split()[:6] == ["school", "True", "0.1.0", "http://codezest.localhost", "All", "is"]
    waited = server.kubectl("wait", "cz/school", f"--namespace={space}", "--for=condition=Ready", "--timeout=5s")
    assert waited.returncode == 0
    explained = server.kubectl("explain", "codezest.spec.services", "--recursive=false").stdout
    assert "One that is not named is installed with its defaults" in explained


def test_every_field_has_a_description() -> None:
    (definition,) = [one for one in rendered() if one["kind"] == "CustomResourceDefinition"]
    schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert lacking(schema, "") == []
    assert "SERVICES" not in str(schema)


def lacking(node: dict[str, Any], path: str) -> list[str]:
    found = [] if len(node.get("description", "")) > 2 else [path]
    kinds = ("items", "additionalProperties")
    inner = {**node.get("properties", {}), **{key: node[key] for key in kinds if isinstance(node.get(key), dict)}}
    return [*found, *(one for name, value in inner.items() for one in lacking(value, f"{path}.{name}"))]


def test_the_status_is_written_apart_from_the_spec(server: Server, space: str) -> None:
    server.apply(codezest(space))
    server.apply({**codezest(space), "status": {"message": "by the spec's own door"}})
    kept = server.get("codezest", "school", f"--namespace={space}")
    assert kept["status"] == {"observedGeneration": -1}
    assert kept["metadata"]["generation"] == 1


def test_the_chart_of_a_codezest_makes_one_that_is_taken(server: Server, space: str) -> None:
    values = CHARTS / "stand-ins/values/codezest.yaml"
    done = helm("template", "loop", str(CHARTS / "codezest"), f"--values={values}")
    assert done.returncode == 0, done.stderr
    document = yaml.safe_load(done.stdout)
    server.apply({**document, "metadata": {**document["metadata"], "namespace": space}})
    spec = read(server.get("codezest", "loop", f"--namespace={space}")["spec"])
    version = yaml.safe_load((CHARTS / "platform/Chart.yaml").read_text())["appVersion"]
    assert (spec.version, spec.email.port) == (version, 1025)
    refused = helm("template", "loop", str(CHARTS / "codezest"), "--set=replicas=2")
    assert "additional properties 'replicas' not allowed" in refused.stderr
