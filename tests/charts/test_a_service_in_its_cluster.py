"""What charts/service promises of a service's pods: how they start, end, scale, and which settings they get."""

import importlib
from typing import Any

import pytest

from shared.settings import ServiceSettings
from tests.charts.rendering import EXTERNAL, OWN, Manifest, Values, named, of_kind, platform, pods, service
from tools.database.services import services
from tools.local.daprfile import read_apps
from tools.local.site import Options

pytestmark = pytest.mark.thorough

SECRETS = {"DAPR_API_TOKEN", "APP_API_TOKEN"}


def deployment(name: str, values: Values) -> Manifest:
    return named(service(name, values), "Deployment", name)


def container(name: str, values: Values) -> dict[str, Any]:
    (only,) = deployment(name, values)["spec"]["template"]["spec"]["containers"]
    found: dict[str, Any] = only
    return found


def settings_of(name: str) -> type[ServiceSettings]:
    found: type[ServiceSettings] = importlib.import_module(f"services.{name}.settings").Settings
    return found


@pytest.mark.parametrize("name", services())
def test_its_settings_are_ones_it_knows_and_takes(name: str) -> None:
    data = named(service(name, {}), "ConfigMap", f"{name}-settings")["data"]
    settings = settings_of(name)
    known = {f"CODEZEST_{field.upper()}" for field, info in settings.model_fields.items() if not info.alias}
    known |= {info.alias for info in settings.model_fields.values() if info.alias}
    assert data.keys() - known == {"PGSSLMODE", "OTEL_EXPORTER_OTLP_PROTOCOL"}
    values = {
        key.removeprefix("CODEZEST_").lower() if key.startswith("CODEZEST_") else key: one for key, one in data.items()
    }
    taken = settings(**values, APP_API_TOKEN="x" * 16)
    assert (taken.service, taken.host, taken.broker, taken.public_url) == (
        name,
        "0.0.0.0",  # noqa: S104 - in a pod; the network policy says who reaches it
        True,
        "http://codezest.localhost",
    )
    assert taken.database_url == f"postgresql://{name}@postgres:5432/codezest"


@pytest.mark.parametrize("name", services())
def test_no_setting_is_a_secret_and_no_secret_a_setting(name: str) -> None:
    variables = {
        variable["name"] for variable in container(name, {})["env"] if "secretKeyRef" in variable.get("valueFrom", {})
    }
    assert variables == SECRETS
    data = named(service(name, {}), "ConfigMap", f"{name}-settings")["data"]
    assert not [key for key in data if "PASSWORD" in key or "TOKEN" in key or "KEY" in key]


def test_a_setting_of_ones_own_becomes_a_variable_and_new_pods() -> None:
    values = {"settings": {"smtp_host": "mail.example.org", "smtp_port": 465}}
    data = named(service("notifications", values), "ConfigMap", "notifications-settings")["data"]
    assert (data["CODEZEST_SMTP_HOST"], data["CODEZEST_SMTP_PORT"]) == ("mail.example.org", "465")
    before, after = (
        deployment("notifications", one)["spec"]["template"]["metadata"]["annotations"] for one in ({}, values)
    )
    assert before["checksum/settings"] != after["checksum/settings"]


def test_a_changed_secret_can_be_told_so_that_pods_are_replaced() -> None:
    annotations = deployment("auth", {"secretsRevision": "7"})["spec"]["template"]["metadata"]["annotations"]
    assert annotations["codezest.dev/secrets-revision"] == "7"


@pytest.mark.parametrize("name", services())
def test_it_runs_as_locally(name: str) -> None:
    """The image starts the service; ports, health checks and identity are those of dapr.yaml."""
    (app,) = [app for app in read_apps(Options.apps_file) if app.id == name]
    annotations = deployment(name, {})["spec"]["template"]["metadata"]["annotations"]
    own = container(name, {})
    assert "command" not in own
    assert app.command == ("python", "-m", "shared.http.serve", name)
    assert annotations["dapr.io/app-id"] == annotations["dapr.io/config"] == app.id
    assert annotations["dapr.io/app-port"] == str(own["ports"][0]["containerPort"])
    assert app.sidecar_flags
    for flag in app.sidecar_flags:
        key, _, value = flag.removeprefix("--").partition("=")
        assert annotations[f"dapr.io/{key}"] == (value or "true")


@pytest.mark.parametrize("name", services())
def test_the_three_probes_ask_three_things(name: str) -> None:
    own = container(name, {"startupSeconds": 90})
    assert [own[probe]["httpGet"]["path"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")] == [
        "/healthz",
        "/readyz",
        "/healthz",
    ]
    assert own["startupProbe"]["periodSeconds"] * own["startupProbe"]["failureThreshold"] == 90
    # Longer than a service itself waits for sidecar and database.
    assert (
        container(name, {})["startupProbe"]["failureThreshold"] > ServiceSettings.model_fields["start_timeout"].default
    )


@pytest.mark.parametrize(
    "shutdown", [{}, {"preStopSeconds": 20, "drainSeconds": 5, "gracefulSeconds": 60}, {"drainSeconds": 0.5}]
)
def test_a_pod_has_time_to_end_and_its_sidecar_outlives_it(shutdown: dict[str, float]) -> None:
    manifest = deployment("auth", {"shutdown": shutdown})["spec"]["template"]
    data = named(service("auth", {"shutdown": shutdown}), "ConfigMap", "auth-settings")["data"]
    pause = manifest["spec"]["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    needed = pause + float(data["CODEZEST_DRAIN_SECONDS"]) + float(data["CODEZEST_GRACEFUL_SECONDS"])
    stays = int(manifest["metadata"]["annotations"]["dapr.io/block-shutdown-duration"].removesuffix("s"))
    ends = int(manifest["metadata"]["annotations"]["dapr.io/graceful-shutdown-seconds"])
    assert needed < stays
    assert stays + ends < manifest["spec"]["terminationGracePeriodSeconds"]


BUDGETS: list[tuple[Values, bool]] = [
    ({}, False),
    ({"replicas": 2}, True),
    ({"replicas": 0}, False),
    ({"autoscaling": {"enabled": True, "minReplicas": 1}}, False),
    ({"autoscaling": {"enabled": True, "minReplicas": 2}}, True),
    ({"replicas": 2, "autoscaling": {"enabled": True, "minReplicas": 1}}, False),
]


@pytest.mark.parametrize(("values", "budget"), BUDGETS)
def test_a_disruption_budget_is_there_only_above_one_pod(values: Values, budget: bool) -> None:  # noqa: FBT001 - pytest passes it by name
    assert bool(of_kind(service("auth", values), "PodDisruptionBudget")) is budget


def test_either_a_number_of_pods_is_fixed_or_a_scaler_decides() -> None:
    fixed, scaled = service("auth", {"replicas": 3}), service("auth", {"autoscaling": {"enabled": True}})
    assert named(fixed, "Deployment", "auth")["spec"]["replicas"] == 3
    assert not of_kind(fixed, "HorizontalPodAutoscaler")
    assert "replicas" not in named(scaled, "Deployment", "auth")["spec"]
    (metric,) = named(scaled, "HorizontalPodAutoscaler", "auth")["spec"]["metrics"]
    assert metric["containerResource"]["container"] == "auth"
    assert "cpu" in container("auth", {})["resources"]["requests"], "a share of nothing cannot be aimed at"


def test_pods_are_spread_over_nodes_and_zones() -> None:
    spread = deployment("auth", {})["spec"]["template"]["spec"]["topologySpreadConstraints"]
    assert [one["topologyKey"] for one in spread] == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
    labels = deployment("auth", {})["spec"]["template"]["metadata"]["labels"]
    assert all(one["labelSelector"]["matchLabels"].items() <= labels.items() for one in spread)


@pytest.mark.parametrize("name", services())
def test_the_schema_is_migrated_before_by_its_owner(name: str) -> None:
    manifests = service(name, {})
    job = named(manifests, "Job", f"{name}-migration")
    hook = {"helm.sh/hook": "pre-install,pre-upgrade", "helm.sh/hook-delete-policy": "before-hook-creation"}
    assert hook.items() <= job["metadata"]["annotations"].items()
    (own,) = job["spec"]["template"]["spec"]["containers"]
    assert own["command"] == ["python", "-m", "shared.db.jobs", "migrate", name]
    assert own["image"] == container(name, {})["image"]
    variables = {variable["name"]: variable["value"] for variable in own["env"]}
    assert variables["CODEZEST_DATABASE_URL"] == f"postgresql://{name}_owner@postgres:5432/codezest"
    before = [
        named(manifests, "ServiceAccount", f"{name}-migration"),
        named(manifests, "NetworkPolicy", f"{name}-migration"),
    ]
    for (
        needed
    ) in before:  # hooks come before the rest of the release: what the Job needs must be one, and an earlier one
        annotations = needed["metadata"]["annotations"]
        assert hook.items() <= annotations.items()
        assert int(annotations["helm.sh/hook-weight"]) < int(job["metadata"]["annotations"]["helm.sh/hook-weight"])


IMAGES: list[tuple[Values, str]] = [
    ({}, "codezest-auth:0.1.0"),
    ({"global": {"image": {"registry": "r.example.org/a", "tag": "2"}}}, "r.example.org/a/codezest-auth:2"),
    (
        {"image": {"tag": "3"}, "global": {"image": {"registry": "r.example.org", "tag": "2"}}},
        "r.example.org/codezest-auth:3",
    ),
    (
        {"image": {"repository": "a/b", "tag": "4@sha256:0"}, "global": {"image": {"registry": "r.example.org"}}},
        "a/b:4@sha256:0",
    ),
]


@pytest.mark.parametrize(("values", "image"), IMAGES)
def test_an_image_is_named_as_it_is_pushed(values: Values, image: str) -> None:
    assert container("auth", values)["image"] == image


def test_the_trials_bootstrap_has_the_image_of_a_service() -> None:
    (own,) = pods(platform({"global": {"image": {"registry": "r", "tag": "2"}}}))["Job/bootstrap"]["spec"]["containers"]
    assert own["image"] == "r/codezest-auth:2"
    assert own["command"] == ["python", "-m", "shared.db.jobs", "bootstrap"]


HELM_WAITS = 300  # seconds, by default
FIRST_DELAY = 10  # seconds, before a Job's second try; doubled each time


def test_a_job_is_done_with_its_tries_before_helm_gives_up_waiting() -> None:
    away = {**EXTERNAL, "global": OWN}  # a trial's own database is still to start
    for job in (named(service("auth", {}), "Job", "auth-migration"), named(platform(away), "Job", "bootstrap")):
        retries = job["spec"]["backoffLimit"]
        (only,) = job["spec"]["template"]["spec"]["containers"]
        (patience,) = (float(one["value"]) for one in only["env"] if one["name"] == "CODEZEST_DATABASE_SECONDS")
        delays = sum(FIRST_DELAY * 2**number for number in range(retries))
        assert (retries + 1) * patience + delays < 0.9 * HELM_WAITS, job["metadata"]["name"]
