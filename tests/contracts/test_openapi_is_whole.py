"""Whoever builds on a service finds in its OpenAPI document all they need: names, rules, errors, headers, examples."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema
import pytest
from jsonschema.validators import Draft202012Validator

from shared.http.examples import NoExample, example_of
from tools.contracts.documents import app
from tools.database.services import services

PROBLEM = "application/problem+json"
METHODS = {"get", "post", "put", "patch", "delete"}


@cache
def document(service: str) -> dict[str, Any]:
    return app(service).openapi()


OPERATIONS = [
    pytest.param(service, path, method, id=f"{method.upper()} {path}")
    for service in services()
    for path, methods in document(service)["paths"].items()
    for method in methods
]


def operation(service: str, path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = document(service)["paths"][path][method]
    return found


def bodies(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Where, media type and description of every body, asked or answered."""
    for kind, media in described.get("requestBody", {}).get("content", {}).items():
        yield "request", kind, media
    for status, answer in described["responses"].items():
        for kind, media in answer.get("content", {}).items():
            yield status, kind, media


def examples(media: dict[str, Any]) -> list[Any]:
    """The examples of one body."""
    return [media["example"]] if "example" in media else [one["value"] for one in media.get("examples", {}).values()]


@pytest.mark.parametrize("service", services())
def test_operations_are_named_once_and_so_that_code_can_be_made_of_them(service: str) -> None:
    names = [found["operationId"] for path in document(service)["paths"].values() for found in path.values()]
    assert len(names) >= 5
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) for name in names), names


@pytest.mark.parametrize(("service", "path", "method"), OPERATIONS)
def test_an_operation_says_what_it_is_for(service: str, path: str, method: str) -> None:
    described = operation(service, path, method)
    assert method in METHODS
    for words in ("summary", "description", "tags"):
        assert described.get(words), f"no {words}: it comes from the function's name, its docstring, its router"


@pytest.mark.parametrize(("service", "path", "method"), OPERATIONS)
def test_an_operation_says_who_may_call_it(service: str, path: str, method: str) -> None:
    described = operation(service, path, method)
    rule, security = described["x-access"], described["security"]
    assert all(name in document(service)["components"]["securitySchemes"] for way in security for name in way)
    assert not [way for way in security if security.count(way) > 1], "an alternative is named twice"
    if rule.startswith("public"):
        assert not security or {} in security, "a public operation can be called with nothing"
    else:
        assert {} not in security
        assert {"bearer": []} in security
        assert "401" in described["responses"]
    if "role " in rule:
        assert "403" in described["responses"]


@pytest.mark.parametrize(("service", "path", "method"), OPERATIONS)
def test_an_operation_lists_every_error_as_a_problem(service: str, path: str, method: str) -> None:
    described = operation(service, path, method)
    answers = described["responses"]
    assert "503" in answers, "the database may be away"
    asked = [given for given in described.get("parameters", []) if given["name"] != "If-None-Match"]  # any text will do
    assert ("422" in answers) == ("requestBody" in described or bool(asked))
    assert ("413" in answers) == ("requestBody" in described)
    for status, answer in answers.items():
        if status >= "400":
            assert PROBLEM in answer["content"], status
            assert "application/json" not in answer["content"], status


@pytest.mark.parametrize(("service", "path", "method"), OPERATIONS)
def test_an_operation_lists_the_headers_a_client_acts_on(service: str, path: str, method: str) -> None:
    described = operation(service, path, method)
    answers = described["responses"]
    for status, header in {"401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After"}.items():
        assert status not in answers or header in answers[status]["headers"]
    edited = any(given["name"].lower() == "if-match" for given in described.get("parameters", []))
    if edited and "200" in answers:
        assert "ETag" in answers["200"].get("headers", {}), "what is edited by version answers with its new version"


@pytest.mark.parametrize(("service", "path", "method"), OPERATIONS)
def test_what_has_a_tag_can_be_asked_for_on_condition(service: str, path: str, method: str) -> None:
    described = operation(service, path, method)
    tagged = method == "get" and "ETag" in described["responses"].get("200", {}).get("headers", {})
    assert tagged == ("304" in described["responses"])
    assert tagged == any(given["name"] == "If-None-Match" for given in described.get("parameters", []))
    assert not tagged or "ETag" in described["responses"]["304"]["headers"]


@pytest.mark.parametrize(("service", "path", "method"), OPERATIONS)
def test_every_body_has_an_example_that_fits_its_schema(service: str, path: str, method: str) -> None:
    schemas = document(service)["components"]
    for where, kind, media in bodies(operation(service, path, method)):
        if not kind.startswith("application/"):
            continue
        if not examples(media):
            with pytest.raises(NoExample) as missing:
                example_of(media["schema"], schemas["schemas"])
            pytest.fail(f"{where} {kind}: {missing.value}, or the route one by `documentation.answer`")
        for example in examples(media):
            fitting = Draft202012Validator(
                {**media["schema"], "components": schemas}, format_checker=jsonschema.FormatChecker()
            )
            fitting.validate(example)
