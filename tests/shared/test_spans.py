"""Spans are named by the route, never by what a caller put into the path."""

from shared.http.edge import template
from shared.telemetry import continuing, current_traceparent


def test_a_path_that_no_route_has_is_not_told() -> None:
    assert template({"path": "/somebody@example.org"}) == "(no route)"


def test_an_event_of_a_trace_that_nobody_records_gets_no_span_and_passes_its_context_on() -> None:
    stored = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-02"  # not sampled, random
    with continuing("apply", stored) as current:
        assert not current.is_recording()
        assert current_traceparent() == stored
    assert current_traceparent() != stored
