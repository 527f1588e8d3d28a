"""The collector's configuration is one it takes, and with it every failed and slow trace is kept, and figures are of all."""

import json
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.charts.rendering import PLATFORM, Values, of_kind, platform
from tests.charts.trials import free_port, wait_until
from tools.toolchain import programs

pytestmark = pytest.mark.thorough

ONLY_THE_WORTHY: Values = {"collector": {"sampling": {"decisionSeconds": 1, "slowMilliseconds": 500, "percent": 0}}}
WITH_COLLECTOR = [title for title, values in PLATFORM.items() if values.get("collector", {}).get("enabled", True)]
SECOND = 1_000_000_000
PORTS = ("4317", "4318", "8889", "13133")


def configuration(values: Values) -> str | None:
    """What the collector is given, if there is one."""
    found = [one for one in of_kind(platform(values), "ConfigMap") if one["metadata"]["name"] == "collector"]
    return str(found[0]["data"]["collector.yaml"]) if found else None


@pytest.mark.parametrize("title", WITH_COLLECTOR)
def test_the_collector_takes_its_configuration(title: str, tmp_path: Path) -> None:
    done = validated(configuration(PLATFORM[title]) or "", tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_configuration_it_would_not_take_is_seen(tmp_path: Path) -> None:
    text = (configuration({}) or "").replace("num_traces", "number_of_traces")
    assert "number_of_traces" in validated(text, tmp_path).stderr


def validated(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    file = folder / "collector.yaml"
    file.write_text(text)
    command = [str(programs.ensure("otelcol")), "validate", f"--config={file}"]
    environment = {"OTLP_AUTHORIZATION": "Bearer x"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


class Backend(ThreadingHTTPServer):
    """Takes spans as Zipkin does, and remembers their traces."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.traces: set[str] = set()


class _Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Backend)
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.traces |= {span["traceId"] for span in json.loads(body)}
        self.send_response(202)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Says nothing."""


@contextmanager
def backend() -> Iterator[Backend]:
    server = Backend()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


@contextmanager
def collector(zipkin: int, folder: Path) -> Iterator[dict[str, int]]:
    """The collector as its pod runs it, on ports of this machine; yields those by the pod's."""
    ports = {port: free_port() for port in PORTS}
    everywhere, here = "0.0.0.0", "127.0.0.1"  # noqa: S104 - what a pod listens on
    text = (configuration(ONLY_THE_WORTHY) or "").replace(everywhere, here).replace("zipkin:9411", f"{here}:{zipkin}")
    text = re.sub(r":(4317|4318|8889|13133)\"", lambda found: f':{ports[found[1]]}"', text).replace("15s", "1s")
    file, log = folder / "collector.yaml", folder / "log"
    file.write_text(text)
    with log.open("wb") as output:
        process = subprocess.Popen([str(programs.ensure("otelcol")), f"--config={file}"], stdout=output, stderr=output)
    try:
        wait_until(lambda: answers(ports["13133"]), "the collector is not ready", log)
        yield ports
    finally:
        process.terminate()
        process.wait(30)


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", timeout=2).is_success
    except httpx.HTTPError:
        return False


def span(*, milliseconds: int = 5, failed: bool = False) -> dict[str, Any]:
    """One OTLP span of a trace of its own."""
    end = time.time_ns()
    return {
        "traceId": uuid4().hex,
        "spanId": uuid4().hex[:16],
        "name": "GET /api/learning/v1/courses",
        "kind": 2,
        "startTimeUnixNano": str(end - milliseconds * SECOND // 1000),
        "endTimeUnixNano": str(end),
        "status": {"code": 2 if failed else 0},
    }


def send(port: int, spans: list[dict[str, Any]]) -> None:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "learning"}}]}
    body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}
    httpx.post(f"http://127.0.0.1:{port}/v1/traces", json=body, timeout=5).raise_for_status()


def counted(port: int) -> float:
    """Calls of the service as the collector's own /metrics tells them."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
    lines = [
        line for line in text.splitlines() if line.startswith("traces_span_metrics_calls_total{") and "learning" in line
    ]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def test_failed_and_slow_traces_are_kept_and_all_spans_are_counted(tmp_path: Path) -> None:
    failed, slow = span(failed=True), span(milliseconds=2000)
    usual = [span() for _ in range(100)]
    with backend() as server, collector(server.server_port, tmp_path) as ports:
        send(ports["4318"], [*usual, failed, slow])
        wait_until(lambda: len(server.traces) >= 2, "the worthy traces did not come", tmp_path / "log")
        wait_until(lambda: counted(ports["8889"]) == 102, "not every span was counted", tmp_path / "log")
        last = span(failed=True)
        send(ports["4318"], [last])  # decided after all of the others
        wait_until(lambda: last["traceId"] in server.traces, "the last trace did not come", tmp_path / "log")
    assert server.traces == {failed["traceId"], slow["traceId"], last["traceId"]}
