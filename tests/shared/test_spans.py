"""A request is one span, named by the route and never by what a caller put into the path; no error's text is in it."""

import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from uuid_utils.compat import uuid7

from shared.http.edge import template
from shared.telemetry import continuing, current_traceparent
from tests.running import Running
from tests.shared.edged import EDGED, edged


@dataclass(frozen=True, kw_only=True)
class Traced:
    """A trace that somebody else began, and what is recorded of it here."""

    exported: InMemorySpanExporter
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    parent: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def headers(self) -> dict[str, str]:
        """What brings it along."""
        return {"traceparent": f"00-{self.id}-{self.parent}-01"}

    def spans(self) -> list[ReadableSpan]:
        """Those that have ended."""
        return [span for span in self.exported.get_finished_spans() if span.context.trace_id == int(self.id, 16)]


@pytest.fixture(scope="module")
async def run(database_url: str) -> AsyncIterator[Running]:
    async with edged(database_url) as running_service:
        yield running_service


@pytest.fixture
def traced(run: Running) -> Iterator[Traced]:
    """What a running service records: its provider is the process's own, so it listens beside the exporter."""
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield Traced(exported=exporter)
    exporter.shutdown()


async def test_a_request_is_one_span_of_a_server_with_its_route_and_status(run: Running, traced: Traced) -> None:
    person = uuid7()
    path = f"{EDGED}/items/{person}"
    answer = await run.client.get(path, headers=traced.headers | {"x-request-id": "asked-for-by-ada"})
    assert answer.status_code == 200
    [span] = traced.spans()
    assert (span.name, span.kind) == (f"GET {EDGED}/items/{{item_id}}", SpanKind.SERVER)
    assert span.parent is not None
    assert span.parent.span_id == int(traced.parent, 16)
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "url.path": path,
        "http.response.status_code": 200,
        "request.id": "asked-for-by-ada",
    }
    assert (span.status.status_code, span.events) == (StatusCode.UNSET, ())


async def test_a_request_that_breaks_is_a_failed_span_that_says_nothing_of_why(run: Running, traced: Traced) -> None:
    assert (await run.client.post(f"{EDGED}/broken", headers=traced.headers)).status_code == 500
    [span] = traced.spans()
    assert (span.name, span.status.status_code) == (f"POST {EDGED}/broken", StatusCode.ERROR)
    assert (span.attributes or {})["http.response.status_code"] == 500
    assert "canary" not in span.to_json()
    assert "ada@" not in span.to_json()
    assert span.events == ()


async def test_a_refusal_is_the_callers_failure_and_not_the_services(run: Running, traced: Traced) -> None:
    assert (await run.client.get(f"{EDGED}/mine", headers=traced.headers)).status_code == 401
    [span] = traced.spans()
    assert span.status.status_code is StatusCode.UNSET


async def test_what_nobody_sampled_and_what_is_asked_all_the_time_is_no_span(run: Running, traced: Traced) -> None:
    headers = {"traceparent": traced.headers["traceparent"][:-1] + "0"}
    assert (await run.client.get(f"{EDGED}/items/1", headers=headers)).status_code == 200
    assert (await run.client.get("/healthz", headers=traced.headers)).status_code == 200
    assert traced.spans() == []


def test_a_path_that_no_route_has_is_not_told() -> None:
    assert template({"path": "/somebody@example.org"}) == "(no route)"


def test_an_event_of_a_trace_that_nobody_records_gets_no_span_and_passes_its_context_on() -> None:
    stored = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-02"  # not sampled, random
    with continuing("apply", stored) as current:
        assert not current.is_recording()
        assert current_traceparent() == stored
    assert current_traceparent() != stored
