"""What runs in an instance, and what needs what."""

from collections.abc import Callable

from tools.local.backing import mail_unit, redis_unit, stripe_unit
from tools.local.daprfile import App
from tools.local.gateway import gateway_unit
from tools.local.postgres import migrations_unit, postgres_unit
from tools.local.services import service_unit
from tools.local.sidecars import sentry_unit, sidecar_unit
from tools.local.site import Options, Site
from tools.local.tracing import collector_unit, zipkin_unit
from tools.local.unit import Unit

# The slowest first: they start side by side, and Zipkin's Java takes the longest.
BACKING: dict[str, Callable[[Site], Unit]] = {
    "zipkin": zipkin_unit,
    "postgres": postgres_unit,
    "redis": redis_unit,
    "sentry": sentry_unit,
    "collector": collector_unit,
    "maildev": mail_unit,
    "stripe": stripe_unit,
    "migrations": migrations_unit,
}

# The outside programs behind each of them.
PROGRAMS: dict[str, tuple[str, ...]] = {
    "zipkin": ("java", "zipkin"),
    "postgres": ("postgres",),
    "redis": ("redis-server",),
    "sentry": ("sentry",),
    "collector": ("otelcol",),
    "maildev": ("node", "maildev"),
    "gateway": ("traefik",),
}


def needed_programs(options: Options) -> list[str]:
    """The outside programs that an instance with these options starts."""
    return ["daprd", *(program for name, needed in PROGRAMS.items() if options.runs(name) for program in needed)]


def plan(site: Site, apps: list[App]) -> list[Unit]:
    """Every unit of the instance in the order of their start. Raises Problem when there are too many replicas."""
    backing = [build(site) for name, build in BACKING.items() if site.has(name)]
    services: list[Unit] = []
    backends: dict[str, list[int]] = {}
    for index, app in enumerate(apps):
        pairs = [_replica(site, app, number, (index, len(apps))) for number in range(1, site.options.replicas + 1)]
        backends[app.id] = [service.port for service, _ in pairs if service.port]
        services += [unit for pair in pairs for unit in pair]
    needs = tuple(unit.name for unit in services)
    gateway = [gateway_unit(site, backends, needs)] if site.has("gateway") else []
    return [*backing, *services, *gateway]


def _replica(site: Site, app: App, number: int, place: tuple[int, int]) -> tuple[Unit, Unit]:
    ports = site.ports.replica(app.ports, app=place[0], apps=place[1], replica=number)
    instance = f"{app.id}-{number}"
    return service_unit(site, app, instance, ports), sidecar_unit(site, app, instance, ports)
