"""The start page at / of the gateway: addresses, demo accounts, API docs, and the live state of every process."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
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
        routes = [Route("/", self._page), Route("/platform/status.json", self._status)]
        return Starlette(routes=routes, exception_handlers={404: _not_found})

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


async def _not_found(_: Request, __: Exception) -> Response:
    body = {
        "type": "about:blank",
        "title": "Not found",
        "status": 404,
        "detail": "There is nothing at this address. The start page / lists what there is.",
    }
    return JSONResponse(body, status_code=404, headers={"Content-Type": "application/problem+json"})
