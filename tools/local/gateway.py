"""Traefik: the one address of the platform. Only /api/<service>/ reaches a service; all else is the start page."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from tools.local.home import write_private
from tools.local.page import PROBLEMS
from tools.local.ports import LOOPBACK
from tools.local.probes import http_ok
from tools.local.site import Site
from tools.local.unit import Stage, Unit

NEVER_ENCODED = (
    "allowEncodedSlash",
    "allowEncodedBackSlash",
    "allowEncodedNullCharacter",
    "allowEncodedSemicolon",
    "allowEncodedQuestionMark",
    "allowEncodedHash",
)
Backends = Mapping[str, Sequence[int]]


def gateway_unit(site: Site, backends: Backends, needs: tuple[str, ...]) -> Unit:
    """The gateway; `backends` holds the ports of each service's replicas."""
    static, routes = site.home.run / "gateway.yaml", site.home.run / "routes.yaml"

    async def prepare() -> Mapping[str, str]:
        write_private(static, yaml.safe_dump(static_configuration(site, str(routes)), sort_keys=False))
        write_private(routes, yaml.safe_dump(routing(backends, site.ports["page"]), sort_keys=False))
        return {}

    return Unit(
        name="gateway",
        command=[site.program("traefik"), f"--configFile={static}"],
        stage=Stage.gateway,
        directory=site.home.path,
        needs=needs,
        prepare=prepare,
        ready=http_ok(site.ports["gateway-health"], "/ping"),
        port=site.ports["gateway"],
        other_ports=(site.ports["gateway-health"],),
    )


def static_configuration(site: Site, routes: str) -> dict[str, Any]:
    """What Traefik reads at its start: where to listen."""
    return {
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "log": {"level": "WARN"},
        "entryPoints": {
            "web": {
                "address": f"{LOOPBACK}:{site.ports['gateway']}",
                # No address of ours needs these, and back ends disagree about what they mean.
                "http": {"aliasHeadersStrategy": "delete", "encodedCharacters": dict.fromkeys(NEVER_ENCODED, False)},
                "transport": {"lifeCycle": {"requestAcceptGraceTimeout": 0, "graceTimeOut": 1}},
            },
            "health": {
                "address": f"{LOOPBACK}:{site.ports['gateway-health']}",
                "http": {"aliasHeadersStrategy": "delete"},
            },
        },
        "ping": {"entryPoint": "health"},
        "providers": {"file": {"filename": routes, "watch": False}},
    }


def routing(backends: Backends, page: int) -> dict[str, Any]:
    """Routes, replicas and their health checks."""
    routers: dict[str, Any] = {
        app: {
            "rule": f"PathPrefix(`/api/{app}/`)",
            "entryPoints": ["web"],
            "service": app,
            "middlewares": ["problems", "retry"],
        }
        for app in backends
    }
    routers["page"] = {"rule": "PathPrefix(`/`)", "entryPoints": ["web"], "service": "page", "priority": 1}
    # Without a replica that is ready Traefik answers in plain text: the start page's server says it as a problem.
    services: dict[str, Any] = {app: {"failover": {"service": _main(app), "fallback": "page"}} for app in backends}
    services |= {_main(app): {"loadBalancer": _replicas(ports)} for app, ports in backends.items()}
    services["page"] = {"loadBalancer": {"servers": [{"url": f"http://{LOOPBACK}:{page}"}]}}
    # Only a connection that failed is tried again: a request that was sent might have had its effect.
    retry = {"attempts": 4, "initialInterval": "100ms"}
    # Not 503: services answer that themselves, with what to do.
    errors = {"status": ["502", "504"], "service": "page", "query": f"{PROBLEMS}{{status}}"}
    middlewares = {"retry": {"retry": retry}, "problems": {"errors": errors}}
    return {"http": {"routers": routers, "services": services, "middlewares": middlewares}}


def _main(app: str) -> str:
    return f"{app}-replicas"


def _replicas(ports: Sequence[int]) -> dict[str, Any]:
    return {
        "servers": [{"url": f"http://{LOOPBACK}:{port}"} for port in ports],
        "healthCheck": {"path": "/readyz", "interval": "1s", "timeout": "1s"},
    }
