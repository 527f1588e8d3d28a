"""The service processes: each entry of dapr.yaml, once per replica."""

import sys

from tools.local.daprfile import App
from tools.local.ports import LOOPBACK, InstancePorts
from tools.local.probes import http_ok
from tools.local.site import Site
from tools.local.unit import Stage, Unit

# `make down` has ten seconds for everything. A service first says that it is not ready (half a second), then requests
# under way get these, and what is left of STOP_WITHIN is for the end of the lifespan: lanes, mail connection, database.
GRACEFUL_SECONDS = 3
STOP_WITHIN = 5.0


def service_unit(site: Site, app: App, instance: str, ports: InstancePorts) -> Unit:
    """One replica of one service."""
    return Unit(
        name=instance,
        command=[sys.executable if app.command[0] == "python" else app.command[0], *app.command[1:]],
        stage=Stage.service,
        directory=app.directory,
        environment={**app.environment, **_environment(site, app, instance, ports), **_outside(site, app)},
        needs=site.present("migrations"),
        ready=http_ok(ports.app, "/readyz"),
        port=ports.app,
        stop_within=STOP_WITHIN,
    )


def _environment(site: Site, app: App, instance: str, ports: InstancePorts) -> dict[str, str]:
    return {
        "CODEZEST_SERVICE": app.id,
        "CODEZEST_HOST": LOOPBACK,
        "CODEZEST_PORT": str(ports.app),
        "CODEZEST_INSTANCE": instance,
        "CODEZEST_PUBLIC_URL": site.public_url,
        "CODEZEST_DATABASE_URL": f"postgresql://{app.id}@{LOOPBACK}:{site.ports['postgres']}/codezest",
        "CODEZEST_BROKER": "on" if site.has("redis") else "off",
        "CODEZEST_DEMO": "1" if site.options.demo else "0",
        "CODEZEST_TRACE_RATIO": str(site.options.traces),
        "CODEZEST_GRACEFUL_SECONDS": str(GRACEFUL_SECONDS),
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{LOOPBACK}:{site.ports['otlp-http']}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "DAPR_HTTP_PORT": str(ports.http),
        "DAPR_API_TOKEN": site.credentials.admin[f"{app.id}-dapr-api-token"],
        "APP_API_TOKEN": site.credentials.admin[f"{app.id}-app-api-token"],
    }


def _outside(site: Site, app: App) -> dict[str, str]:
    """The outside systems of the services that have one."""
    if app.id == "notifications":
        return {"CODEZEST_SMTP_HOST": LOOPBACK, "CODEZEST_SMTP_PORT": str(site.ports["smtp"])}
    if app.id == "payments":
        return {"CODEZEST_STRIPE_API_BASE": f"http://{LOOPBACK}:{site.ports['stripe']}"}
    return {}
