"""The start page at / of the gateway: addresses, demo accounts, API docs, and the live state of every process."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tools.local.status import Status

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

PROBLEMS = "/platform/problems/"
TYPES = "https://codezest.dev/problems/"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BROKEN = "The service broke off, or did not answer in time. Look whether the request was done before you repeat it."


@dataclass(frozen=True, kw_only=True)
class Address:
    """A place to go to."""

    title: str
    url: str
    purpose: str


@dataclass(frozen=True, kw_only=True)
class Account:
    """A person of the demonstration."""

    name: str
    email: str
    role: str


ACCOUNTS = (
    Account(name="Ada", email="ada@codezest.local", role="learner"),
    Account(name="Brian", email="brian@codezest.local", role="author"),
    Account(name="Grace", email="grace@codezest.local", role="admin"),
)


@dataclass(frozen=True, kw_only=True)
class StartPage:
    """What the page shows. `status` is asked anew for every request; no password means there are no accounts."""

    addresses: Sequence[Address]
    services: Sequence[str]
    password: str | None
    status: Callable[[], Status]

    def app(self) -> Starlette:
        """The ASGI application; what it does not know is 404."""
        routes = [
            Route("/", self._page),
            Route("/platform/status.json", self._status),
            Route(PROBLEMS + "{status:int}", _gateway_problem),
            *(Route(f"/api/{service}/{{rest:path}}", _away, methods=METHODS) for service in self.services),
        ]
        app = Starlette(routes=routes, exception_handlers={404: _not_found})
        app.router.redirect_slashes = False  # /api/auth is nothing, and not a service that is away
        return app

    async def _page(self, _: Request) -> Response:
        loader = FileSystemLoader(Path(__file__).parent)
        template = Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("page.html")
        return HTMLResponse(
            template.render(
                addresses=self.addresses,
                services=self.services,
                accounts=ACCOUNTS if self.password else (),
                password=self.password,
                processes=self.status().processes,
            ),
            headers=HEADERS,
        )

    async def _status(self, _: Request) -> Response:
        status = self.status()
        keep = ("name", "state", "port", "restarts", "memory")
        processes = [{key: asdict(process)[key] for key in keep} for process in status.processes]
        return JSONResponse({"processes": processes}, headers=HEADERS)


async def _away(request: Request) -> Response:
    """The gateway sends here what no replica of a service is ready for."""
    detail = f"No replica of {request.url.path.split('/')[2]} is ready just now. Try again."
    return _problem(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", detail, {"Retry-After": "2"})


async def _gateway_problem(request: Request) -> Response:
    """The gateway takes the body from here where it got none, or none in time, from a service."""
    try:
        status = HTTPStatus(request.path_params["status"])
    except ValueError:
        return await _not_found(request, ValueError())
    return _problem(status, "bad-gateway", BROKEN)


async def _not_found(_: Request, __: Exception) -> Response:
    detail = "There is nothing at this address. The start page / lists what there is."
    return _problem(HTTPStatus.NOT_FOUND, "not-found", detail)


def _problem(status: HTTPStatus, slug: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    # Not shared.http.problems: it would bring the whole of a service's libraries into the supervisor.
    body = {"type": f"{TYPES}{slug}", "title": status.phrase, "status": status, "detail": detail}
    return JSONResponse(body, status, {**HEADERS, **(headers or {})}, media_type="application/problem+json")
