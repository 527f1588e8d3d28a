"""Spans are named by the route, never by what a caller put into the path."""

from shared.http.tracing import template


def test_values_in_the_path_become_their_names() -> None:
    scope = {"path": "/api/learning/v1/lessons/42", "route": object(), "path_params": {"lesson_id": 42}}
    assert template(scope) == "/api/learning/v1/lessons/{lesson_id}"


def test_a_path_that_no_route_has_is_not_told() -> None:
    assert template({"path": "/somebody@example.org"}) == "(no route)"
