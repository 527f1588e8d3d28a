"""Errors as RFC 9457 problem+json: a stable type, a sentence a person can act on, one entry per field for 422."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from shared.db.database import is_infrastructure
from shared.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Gone,
    Invalid,
    Malformed,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)

logger = logging.getLogger(__name__)

TYPES = "https://codezest.dev/problems/"
MEDIA_TYPE = "application/problem+json"
TYPES_KEY = "x-problem-types"  # in OpenAPI, which types an operation answers with

STATUS: dict[type[DomainError], HTTPStatus] = {
    Malformed: HTTPStatus.BAD_REQUEST,
    NotFound: HTTPStatus.NOT_FOUND,
    Gone: HTTPStatus.GONE,
    Conflict: HTTPStatus.CONFLICT,
    Forbidden: HTTPStatus.FORBIDDEN,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    PreconditionRequired: HTTPStatus.PRECONDITION_REQUIRED,
    PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


@dataclass(frozen=True, kw_only=True)
class Framework:
    """A problem that no error class stands for: what the framework or the edge answers. As docs/problems shows it."""

    slug: str
    meaning: str
    remedy: str


# By name, not by HTTPStatus's phrase: that changes with Python's release.
FRAMEWORK: dict[HTTPStatus, Framework] = {
    HTTPStatus.METHOD_NOT_ALLOWED: Framework(
        slug="method-not-allowed",
        meaning="The path is there, but not for this method.",
        remedy="Use one of the methods that the answer's `Allow` names.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Framework(
        slug="request-entity-too-large",
        meaning="The body is larger than one request may be (1 MiB).",
        remedy="Send less in one request.",
    ),
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: Framework(
        slug="request-headers-too-large",
        meaning="The headers are larger than one request may have (32 KiB).",
        remedy="Send fewer or shorter headers; mostly it is cookies of others on the same host.",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: Framework(
        slug="internal",
        meaning="Something went wrong that nobody foresaw. It has been logged under the answer's `x-request-id`.",
        remedy="Repeat it once; if it happens again, report it with the `x-request-id`.",
    ),
}
TIMED_OUT = Framework(
    slug="request-timed-out",
    meaning="The request took longer than any may, and was stopped. Part of it may have been done.",
    remedy="Look whether it had its effect before you repeat it. With an `Idempotency-Key`, repeat it unchanged.",
)
MEND = "Mend the fields listed and send it again."
GATEWAY = Framework(
    slug="bad-gateway",
    meaning="The gateway got no answer, or half of one, from the service. The request may have been done.",
    remedy="Look whether it had its effect before you repeat it. With an `Idempotency-Key`, repeat it unchanged.",
)
ELSE_CLIENT, ELSE_SERVER = Malformed.slug, FRAMEWORK[HTTPStatus.INTERNAL_SERVER_ERROR].slug


class FieldProblem(BaseModel):
    """One field that is wrong, by its path in the request, e.g. `body.email`."""

    field: str
    detail: str


class Problem(BaseModel):
    """What every error answer looks like."""

    type: str = Field(examples=[f"{TYPES}not-found"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no such course."])
    errors: list[FieldProblem] = []


RETRY_AFTER = {"description": "Seconds after which trying again may help", "schema": {"type": "integer", "minimum": 0}}
CHALLENGE = {"description": "How to prove who calls", "schema": {"type": "string"}, "example": "Bearer"}
HEADERS: dict[HTTPStatus, dict[str, Any]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": CHALLENGE},
    HTTPStatus.CONFLICT: {"Retry-After": RETRY_AFTER},
    HTTPStatus.FORBIDDEN: {"Retry-After": RETRY_AFTER},
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": RETRY_AFTER},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": RETRY_AFTER},
}


def responses(*errors: type[DomainError], given: bool = True) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entry for the errors a route may answer with; 422 is always there if anything can be `given` to it."""
    found: dict[HTTPStatus, dict[str, str]] = {}
    every: tuple[type[DomainError], ...] = (*errors, Invalid) if given else errors
    for error in every:
        meaning = (error.__doc__ or error.__name__).split("\n")[0]
        meanings = found.setdefault(status_of(error), {})
        known = meanings.get(error.slug, meaning)  # several errors may share a slug
        meanings[error.slug] = known if meaning in known else f"{known} / {meaning}"
    return {status.value: documented(status, meanings) for status, meanings in found.items()}


def documented(status: HTTPStatus, meanings: Mapping[str, str]) -> dict[str, Any]:
    """The OpenAPI response of one status: `meanings` says for each slug what it stands for."""
    examples = {
        slug: {
            "summary": meaning,
            "value": {"type": TYPES + slug, "title": status.phrase, "status": status.value, "detail": meaning},
        }
        for slug, meaning in meanings.items()
    }
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
    entry: dict[str, Any] = {
        "description": " ".join(dict.fromkeys(meanings.values())),
        "content": {MEDIA_TYPE: content},
    }
    entry[TYPES_KEY] = list(meanings)
    return {**entry, "headers": HEADERS[status]} if status in HEADERS else entry


_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
TOO_LARGE = documented(_LARGE, {FRAMEWORK[_LARGE].slug: FRAMEWORK[_LARGE].meaning})


def schemas() -> dict[str, Any]:
    """The OpenAPI components that errors refer to."""
    whole = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**whole.pop("$defs"), "Problem": whole}


def status_of(error: type[DomainError]) -> HTTPStatus:
    """The HTTP status of an error class: its own or its nearest ancestor's."""
    return next(STATUS[ancestor] for ancestor in error.__mro__ if ancestor in STATUS)


def problem(
    status: HTTPStatus,
    slug: str,
    detail: str,
    *,
    errors: list[FieldProblem] | None = None,
    retry_after: int | None = None,
) -> JSONResponse:
    """The answer itself."""
    body = Problem(type=TYPES + slug, title=status.phrase, status=status, detail=detail, errors=errors or [])
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    exclude = None if body.errors else {"errors"}
    return JSONResponse(body.model_dump(exclude=exclude), status, headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Translate every error that a route may raise on purpose."""
    app.add_exception_handler(DomainError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)


async def _domain(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, DomainError):
        raise error
    status = status_of(type(error))
    wrong = (
        [FieldProblem(field=error.field, detail=error.detail)] if isinstance(error, Invalid) and error.field else None
    )
    return problem(status, error.slug, error.detail, errors=wrong, retry_after=error.retry_after)


async def _validation(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    wrong = [FieldProblem(field=".".join(map(str, e["loc"])), detail=e["msg"]) for e in error.errors()]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", MEND, errors=wrong)


async def _http(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    answer = of_http(error)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["allow"] = ", ".join(sorted(_methods(request)))
    return answer


def _methods(request: Request) -> set[str]:
    """All methods of the path: the framework names those of the first route alone."""
    routes = [context for context in iter_route_contexts(request.app.routes) if context.methods]
    return {method for route in routes if route.path_regex.match(request.url.path) for method in route.methods or ()}


def of_http(error: HTTPException) -> JSONResponse:
    """The answer to an error that the framework raises: 404, 405, 413 and the like."""
    if isinstance(error.__cause__, RecursionError | UnicodeDecodeError):  # of the body's JSON
        wrong = [FieldProblem(field="body", detail="This is not JSON, or it is nested too deeply.")]
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, Invalid.slug, MEND, errors=wrong)
    status = HTTPStatus(error.status_code)
    answer = problem(status, slug_of(status), error.detail)
    answer.headers.update(error.headers or {})
    return answer


def slug_of(status: HTTPStatus) -> str:
    """The slug of a status that comes without an error class."""
    if status in FRAMEWORK:
        return FRAMEWORK[status].slug
    plain = next((error.slug for error, its in STATUS.items() if its is status), None)
    return plain or (ELSE_SERVER if status >= HTTPStatus.INTERNAL_SERVER_ERROR else ELSE_CLIENT)


def timed_out(seconds: float) -> JSONResponse:
    """The answer to a request that was cut after `seconds`."""
    detail = f"This took longer than {seconds:g} s and was stopped. Look whether it was done before you repeat it."
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, TIMED_OUT.slug, detail, retry_after=2)


async def unexpected(request: Request, error: Exception) -> JSONResponse:
    """The answer to an error that no handler knows: 503 when the database is away, else 500, logged once."""
    if is_infrastructure(error):
        logger.warning("%s %s: the database is away: %s", request.method, request.url.path, type(error).__name__)
        return problem(
            HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "Something we depend on is away. Try again.", retry_after=2
        )
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    detail = "This is our fault and has been logged. Look whether it was done before you repeat it."
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", detail)
