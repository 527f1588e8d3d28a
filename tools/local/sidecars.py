"""Dapr: the certificate authority of this instance and one sidecar per service process."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing

from tools.local.authority import make_authority
from tools.local.daprfile import App
from tools.local.home import Home, write_private
from tools.local.ports import LOOPBACK, InstancePorts
from tools.local.probes import http_ok
from tools.local.site import Site
from tools.local.unit import Stage, Unit

TRUST_DOMAIN = "public"
NAMESPACE = "default"
SENTRY_CONFIGURATION = """\
apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata:
  name: sentry
spec:
  mtls:
    enabled: true
"""


def sentry_unit(site: Site) -> Unit:
    """The authority that gives every sidecar its identity; without it the access policy sees no caller."""
    issuer = site.home.run / "issuer"
    configuration = site.home.run / "sentry.yaml"
    ports = site.ports

    async def prepare() -> Mapping[str, str]:
        write_private(configuration, SENTRY_CONFIGURATION)
        return {}

    return Unit(
        name="sentry",
        command=[
            site.program("sentry"),
            "--mode=standalone",
            f"--trust-domain={TRUST_DOMAIN}",
            f"--issuer-credentials={issuer}",
            f"--config={configuration}",
            f"--port={ports['sentry']}",
            f"--listen-address={LOOPBACK}",
            f"--healthz-port={ports['sentry-health']}",
            f"--healthz-listen-address={LOOPBACK}",
            # It would listen on every interface: sentry does not heed its own flag for the address.
            "--enable-metrics=false",
        ],
        stage=Stage.backing,
        directory=site.home.path,
        environment={"NAMESPACE": NAMESPACE},
        prepare=prepare,
        ready=http_ok(ports["sentry-health"], "/healthz"),
        port=ports["sentry"],
        other_ports=(ports["sentry-health"],),
    )


def renew_identities(home: Home) -> None:
    """Before a start: a new authority, so that none ever expires, and no addresses of the last run."""
    make_authority(home.run / "issuer", trust_domain=TRUST_DOMAIN, namespace=NAMESPACE)
    for suffix in ("", "-wal", "-shm"):
        (home.path / f"names.db{suffix}").unlink(missing_ok=True)
    # Sidecars start together. One that found this file locked, as it is while it is brought into this mode, would go on
    # without it, and nobody would ever find its service.
    with closing(sqlite3.connect(home.path / "names.db")) as names:
        names.execute("pragma journal_mode=wal")


def sidecar_unit(site: Site, app: App, instance: str, ports: InstancePorts) -> Unit:
    """The sidecar of one service process. Its working directory is the home: secrets and names are relative to it."""
    authority = site.home.run / "issuer" / "ca.crt"

    async def prepare() -> Mapping[str, str]:
        return {"DAPR_TRUST_ANCHORS": authority.read_text()}

    return Unit(
        name=f"{instance}.sidecar",
        command=[site.program("daprd"), *_flags(site, app, ports)],
        stage=Stage.sidecar,
        directory=site.home.path,
        environment=_environment(site, app),
        needs=site.present("sentry", "redis", "collector"),
        prepare=prepare,
        ready=http_ok(ports.http, "/v1.0/healthz"),
        port=ports.http,
        other_ports=(ports.grpc, ports.internal, ports.metrics),
    )


def _flags(site: Site, app: App, ports: InstancePorts) -> list[str]:
    return [
        f"--app-id={app.id}",
        f"--app-port={ports.app}",
        "--app-protocol=http",
        f"--app-channel-address={LOOPBACK}",
        f"--dapr-http-port={ports.http}",
        f"--dapr-grpc-port={ports.grpc}",
        f"--dapr-listen-addresses={LOOPBACK}",
        f"--dapr-internal-grpc-port={ports.internal}",
        f"--dapr-internal-grpc-listen-address={LOOPBACK}",
        f"--metrics-port={ports.metrics}",
        f"--metrics-listen-address={LOOPBACK}",
        "--dapr-graceful-shutdown-seconds=1",
        "--enable-mtls",
        f"--sentry-address={LOOPBACK}:{site.ports['sentry']}",
        f"--control-plane-trust-domain={TRUST_DOMAIN}",
        f"--config={app.configuration}",
        *(f"--resources-path={path}" for path in app.resources),
        *app.sidecar_flags,
    ]


def _environment(site: Site, app: App) -> dict[str, str]:
    return {
        "NAMESPACE": NAMESPACE,
        # The address that this sidecar tells the others.
        "DAPR_HOST_IP": LOOPBACK,
        "DAPR_API_TOKEN": site.credentials.admin[f"{app.id}-dapr-api-token"],
        "APP_API_TOKEN": site.credentials.admin[f"{app.id}-app-api-token"],
        "CODEZEST_REDIS": f"{LOOPBACK}:{site.ports['redis']}",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{LOOPBACK}:{site.ports['otlp-grpc']}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        "OTEL_EXPORTER_OTLP_INSECURE": "true",
        "GOMEMLIMIT": "150MiB",
    }
