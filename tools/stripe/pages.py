"""The pages for people: Checkout, an invoice, and an overview with the events and their deliveries."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from tools.stripe import checkout, deliveries
from tools.stripe.charges import CARDS, DECLINED
from tools.stripe.errors import StripeError
from tools.stripe.standin import Standin
from tools.stripe.store import Json, Store, Window

_ROWS: Final = 50
_SYMBOLS: Final = {"eur": "€", "usd": "$", "gbp": "£"}
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


def money(amount: int, currency: str) -> str:
    """Minor units for a person: 1900 and "eur" are €19.00."""
    symbol = _SYMBOLS.get(currency, f"{currency.upper()} ")
    return f"{symbol}{amount // 100}.{amount % 100:02}"


def moment(at: float) -> str:
    """Unix seconds for a person, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _environment() -> Environment:
    loader = FileSystemLoader(Path(__file__).with_name("pages"))
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    environment.filters |= {"money": money, "moment": moment}
    environment.globals["cards"] = CARDS
    return environment


class Pages:
    """The routes of one stand-in's pages."""

    def __init__(self, standin: Standin) -> None:
        self._standin = standin
        self._environment = _environment()

    def routes(self) -> list[Route]:
        """GET and POST, all outside `/v1`."""
        return [
            Route("/", self.overview),
            Route("/c/pay/{id}", self.show_checkout, methods=["GET"]),
            Route("/c/pay/{id}", self.pay, methods=["POST"]),
            Route("/i/{id}", self.invoice),
            Route("/events/{id}/send-again", self.send_again, methods=["POST"]),
        ]

    async def overview(self, _: Request) -> Response:
        """What is here, newest first."""
        store = self._standin.store
        names = {"customers": "customer", "sessions": "checkout.session", "subscriptions": "subscription"}
        found: dict[str, Any] = {name: store.list(kind, window=Window(limit=_ROWS))[0] for name, kind in names.items()}
        return self._page("overview.html", webhook_url=self._standin.settings.webhook_url, events=_sent(store), **found)

    async def show_checkout(self, request: Request) -> Response:
        """The page that `session.url` leads to."""
        with self._standin.change() as change:
            try:
                session = change.store.get("checkout.session", request.path_params["id"])
            except StripeError:
                return self._unknown("checkout session")
            session = checkout.expire_if_due(change, session)
        return self._checkout(session)

    async def pay(self, request: Request) -> Response:
        """The form field `card` holds a card number, with or without spaces."""
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        id_, base_url = request.path_params["id"], self._standin.settings.base_url
        session = self._standin.store.find(id_, kind="checkout.session")
        if session is None:
            return self._unknown("checkout session")
        try:
            with self._standin.change() as change:
                session = checkout.pay(change, id_, form.get("card", ""), base_url=base_url)
        except StripeError as error:
            return self._checkout(session, problem=str(error), status=error.status)
        if session["status"] == "complete":
            return RedirectResponse(checkout.success_address(session), 303, _HEADERS)
        return self._checkout(session, problem=DECLINED, status=402)

    async def invoice(self, request: Request) -> Response:
        """The page that `hosted_invoice_url` leads to."""
        invoice = self._standin.store.find(request.path_params["id"], kind="invoice")
        return self._unknown("invoice") if invoice is None else self._page("invoice.html", invoice=invoice)

    async def send_again(self, request: Request) -> Response:
        """Deliver an event once more, as the button of Stripe's dashboard does."""
        id_ = request.path_params["id"]
        if self._standin.store.find(id_, kind="event") is None:
            return self._unknown("event")
        with self._standin.change() as change:
            deliveries.enqueue(change.store, id_, at=time.time())
        return RedirectResponse("/#events", 303, _HEADERS)

    def _checkout(self, session: Json, *, problem: str = "", status: int = 200) -> Response:
        if session["status"] == "expired":
            return self._page("expired.html", status=410, session=session)
        if session["status"] == "complete":
            return self._page("complete.html", success_address=checkout.success_address(session))
        return self._page("checkout.html", status=status, session=session, problem=problem)

    def _unknown(self, what: str) -> Response:
        return self._page("unknown.html", status=404, what=what)

    def _page(self, name: str, *, status: int = 200, **values: Any) -> Response:
        return HTMLResponse(self._environment.get_template(name).render(values), status, _HEADERS)


def _sent(store: Store) -> list[tuple[Json, list[deliveries.Delivery]]]:
    events = store.list("event", window=Window(limit=_ROWS))[0]
    return [(event, deliveries.of_event(store, event["id"])) for event in events]
