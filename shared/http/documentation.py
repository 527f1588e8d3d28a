"""The OpenAPI document of a service: what FastAPI reads from its routes, and what is true of every route of the platform.

That is: who may call it (`x-access`, `security`), the errors that no route lists for itself, and an example of every body.
"""

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from shared.errors import DomainError, Forbidden, Invalid, Unauthenticated, Unavailable
from shared.http import problems
from shared.http.access import rules_of
from shared.http.examples import NoExample, example_of

BEARER, COOKIE = "bearer", "cookie"
RULE = "x-rule"

HEADERS: dict[str, dict[str, Any]] = {
    "Cache-Control": {"description": "Who may keep the answer, and for how long", "schema": {"type": "string"}},
    "ETag": {
        "description": "This version of it: for If-Match when editing; a GET's for If-None-Match when asking again, too",
        "schema": {"type": "string"},
        "example": '"3"',
    },
    "Location": {
        "description": "Where it is found from now on",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Set-Cookie": {"description": "The refresh token, for browsers alone", "schema": {"type": "string"}},
}


IF_NONE_MATCH: dict[str, Any] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "ETags of what you have, or `*`: the answer is 304 if it would be one of these",
    "schema": {"type": "string"},
    "examples": {"one": {"value": '"3"'}, "any": {"value": "*"}},
}


def answer(example: Any = None, *, headers: Iterable[str] = (), description: str = "") -> dict[str, Any]:
    """The entry of a route's `responses` for its success: an example of the JSON body, and the headers it bears."""
    said: dict[str, Any] = {"description": description} if description else {}
    if example is not None:
        said["content"] = {"application/json": {"example": example}}
    if headers:
        said["headers"] = {name: HEADERS[name] for name in headers}
    return said


def rule(text: str) -> dict[str, Any]:
    """For a field's `json_schema_extra`: what is asked of it beyond what a schema can say. Breaking it is answered 422."""
    return {RULE: text}


def operation_id(route: APIRoute) -> str:
    """The name of the route's function: one for ever, and one in its service, for clients are generated from it."""
    return route.name


def install(app: FastAPI) -> None:
    """Have `app` serve the completed document."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend its document


def _document(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(title=app.title, version=app.version, routes=app.routes)
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):  # FastAPI's own, never answered here
        schemas.pop(unused, None)
    schemas.update(problems.schemas())
    schemes: dict[str, Any] = {}
    for context in iter_route_contexts(app.routes):
        for method in (context.methods or set()) if context.path_format in made["paths"] else ():
            operation = made["paths"][context.path_format].get(method.lower())
            if operation is not None:
                _complete(operation, context, schemas, schemes)
    made["components"]["securitySchemes"] = dict(sorted(schemes.items()))
    return made


def _complete(operation: dict[str, Any], route: RouteContext, schemas: dict[str, Any], schemes: dict[str, Any]) -> None:
    rule = "; ".join(sorted(set(rules_of(route.dependant)))) or "nobody said"
    operation["x-access"] = rule
    operation["security"] = _security(operation, rule, schemes)
    _restore_nulls(operation, route)
    _add_errors(operation, rule)
    _add_condition(operation, route)
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    for body in (*bodies, *operation["responses"].values()):
        for kind, media in body.get("content", {}).items():
            _add_example(kind, media, schemas)


def _security(operation: dict[str, Any], rule: str, schemes: dict[str, Any]) -> list[dict[str, Any]]:
    """What a client must send, as alternatives; an empty one means that nothing will do as well."""
    bearer: dict[str, Any] = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    cookies = [given["name"] for given in operation.get("parameters", []) if given["in"] == "cookie"]
    ways: list[dict[str, Any]] = []
    if rule != "public":
        schemes[BEARER] = {**bearer, "description": "The access token that signing in gives"}
        ways.append({BEARER: []})
    if rule.startswith("public"):
        ways.insert(0, {})
        if cookies:
            schemes[COOKIE] = {
                "type": "apiKey",
                "in": "cookie",
                "name": cookies[-1],
                "description": "Set by signing in",
            }
            ways.append({COOKIE: []})
    return [] if ways == [{}] else ways


def _restore_nulls(operation: dict[str, Any], route: RouteContext) -> None:
    """FastAPI drops every null of its document, those in the routes' examples too."""
    for status, said in route.responses.items():
        for kind, media in said.get("content", {}).items():
            if "example" in media:
                operation["responses"][str(status)]["content"][kind]["example"] = media["example"]


def _add_errors(operation: dict[str, Any], rule: str) -> None:
    """The errors that routes have without saying so, and none that they cannot have."""
    answers = operation["responses"]
    asked = "requestBody" in operation or "parameters" in operation
    own: list[type[DomainError]] = [Unavailable]
    if any(BEARER in way for way in operation["security"]):
        own.append(Unauthenticated)
    if rule.startswith("role") or " role " in rule:
        own.append(Forbidden)
    if asked:
        own.append(Invalid)
    for status, error in problems.responses(*own, given=asked).items():
        known = answers.setdefault(str(status), error).setdefault("content", {}).get(problems.MEDIA_TYPE)
        if known is None:  # FastAPI's own 422
            answers[str(status)] = error
        else:
            known["examples"] = {**error["content"][problems.MEDIA_TYPE]["examples"], **known["examples"]}
            answers[str(status)][problems.TYPES_KEY] = list(known["examples"])
    if not asked:
        answers.pop("422", None)
    if "requestBody" in operation:
        answers["413"] = problems.TOO_LARGE
    operation["responses"] = dict(sorted(answers.items()))


def _add_condition(operation: dict[str, Any], route: RouteContext) -> None:
    """What shared.http.etags.NotModified does for each GET that has an ETag."""
    headers = operation["responses"].get("200", {}).get("headers", {})
    if "ETag" not in headers or "GET" not in (route.methods or ()):
        return
    operation["parameters"] = [*operation.get("parameters", []), IF_NONE_MATCH]
    kept = {name: headers[name] for name in ("Cache-Control", "ETag") if name in headers}
    said = {"description": "You have it already: `If-None-Match` names it. There is no body", "headers": kept}
    operation["responses"] = dict(sorted({**operation["responses"], "304": said}.items()))


def _add_example(kind: str, media: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Compose one from the examples of the fields. Where one is missing it stays away, and a test names the field."""
    if "example" in media or "examples" in media or not kind.startswith("application/"):
        return
    try:
        media["example"] = example_of(media.get("schema", {}), schemas)
    except NoExample:
        return
