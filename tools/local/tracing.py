"""The collector, which takes every span, and Zipkin, which shows them."""

import signal
from collections.abc import Mapping
from typing import Any

import yaml

from tools.local.home import write_private
from tools.local.ports import LOOPBACK
from tools.local.probes import http_ok, listens
from tools.local.site import Site
from tools.local.unit import Stage, Unit


def collector_unit(site: Site) -> Unit:
    """OTLP in; a file and Zipkin out."""
    configuration = site.home.run / "collector.yaml"

    async def prepare() -> Mapping[str, str]:
        write_private(configuration, yaml.safe_dump(collector_configuration(site), sort_keys=False))
        return {}

    return Unit(
        name="collector",
        command=[site.program("otelcol"), f"--config={configuration}"],
        stage=Stage.backing,
        directory=site.home.path,
        prepare=prepare,
        ready=listens(site.ports["otlp-http"]),
        port=site.ports["otlp-http"],
        other_ports=(site.ports["otlp-grpc"],),
    )


def collector_configuration(site: Site) -> dict[str, Any]:
    """The collector's own configuration document."""
    exporters: dict[str, Any] = {
        "file": {
            "path": str(site.home.traces),
            "rotation": {"max_megabytes": 50, "max_backups": 1},
        },
    }
    if site.has("zipkin"):
        exporters["zipkin"] = {
            "endpoint": f"http://{LOOPBACK}:{site.ports['zipkin']}/api/v2/spans",
            # Zipkin's Java starts later than the first span.
            "retry_on_failure": {"initial_interval": "1s", "max_interval": "5s"},
        }
    protocols = {
        "http": {"endpoint": f"{LOOPBACK}:{site.ports['otlp-http']}"},
        "grpc": {"endpoint": f"{LOOPBACK}:{site.ports['otlp-grpc']}"},
    }
    return {
        "receivers": {"otlp": {"protocols": protocols}},
        "processors": {"batch": {"timeout": "200ms"}},
        "exporters": exporters,
        "service": {
            "telemetry": {"metrics": {"level": "none"}, "logs": {"level": "warn"}},
            "pipelines": {
                "traces": {"receivers": ["otlp"], "processors": ["batch"], "exporters": list(exporters)},
            },
        },
    }


def zipkin_unit(site: Site) -> Unit:
    """The trace viewer. It keeps the newest 100,000 spans in memory; all are in the collector's file."""
    port = site.ports["zipkin"]
    return Unit(
        name="zipkin",
        command=[
            site.program("java"),
            "-Xmx192m",
            "-XX:+UseSerialGC",
            # One quick compiler: it starts in half the processor time and has little to do afterwards.
            "-XX:TieredStopAtLevel=1",
            "-Djava.net.preferIPv4Stack=true",
            f"-Darmeria.ports[0].ip={LOOPBACK}",
            f"-Darmeria.ports[0].port={port}",
            "-Darmeria.ports[0].protocols[0]=http",
            "-jar",
            site.program("zipkin"),
        ],
        stage=Stage.backing,
        directory=site.home.path,
        environment={"QUERY_PORT": str(port), "STORAGE_TYPE": "mem", "MEM_MAX_SPANS": "100000"},
        ready=http_ok(port, "/health"),
        ready_within=120.0,
        port=port,
        # It keeps nothing that a slow farewell could save.
        stop_signal=signal.SIGKILL,
    )
