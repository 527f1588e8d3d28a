"""The payment provider is Stripe, asked through its own library."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import httpx
import stripe
from opentelemetry.trace import SpanKind

from services.payments.data.stripe_http import LIMITS, TIMEOUT, PooledClient
from services.payments.data.stripe_objects import (
    notice_of,
    paid_invoice_of,
    price_of,
    session_of,
    subscription_of,
    uuid_of,
)
from services.payments.domain.plans import PAID_PLANS, Price, PricesUnavailable
from services.payments.domain.provider import (
    CustomerSnapshot,
    Notice,
    NoticeRefused,
    PaidInvoice,
    ProviderAway,
    Session,
    SessionOrder,
    SubscriptionSnapshot,
)
from shared.telemetry import span

logger = logging.getLogger(__name__)

CALL_SECONDS = 8.0
CUSTOMER_SECONDS = 20.0
PAGE = 100
TOLERANCE_SECONDS = 300
NETWORK_RETRIES = 2

stripe.enable_telemetry = False  # the library would report latencies, and an id of this machine, with each call


class StripeProvider:
    """See PaymentProvider."""

    def __init__(self, client: stripe.StripeClient, *, webhook_secret: str, page: int = PAGE) -> None:
        self._stripe = client.v1
        self._client = client
        self._webhook_secret = webhook_secret
        self._page = page

    async def prices(self) -> Sequence[Price]:
        """By the lookup keys, which are the plans' names."""
        async with _asking("GET /v1/prices", CALL_SECONDS):
            page = await self._stripe.prices.list_async({"active": True, "lookup_keys": list(PAID_PLANS)})
        found = {price.lookup_key: price for price in page.data}
        if missing := [plan for plan in PAID_PLANS if plan not in found]:
            logger.error("Stripe has no active price with the lookup key %s: create it there", ", ".join(missing))
            raise PricesUnavailable("The plans cannot be shown just now. Try again later.", retry_after=60)
        return [price_of(plan, found[plan]) for plan in PAID_PLANS]

    async def create_customer(self, user_id: UUID, *, key: str) -> str:
        """Carries the person's id and nothing else: the address is asked for on the payment page."""
        async with _asking("POST /v1/customers", CALL_SECONDS):
            customer = await self._stripe.customers.create_async(
                {"metadata": {"user_id": str(user_id)}}, {"idempotency_key": key}
            )
        return customer.id

    async def open_session(self, order: SessionOrder, *, key: str) -> Session:
        """A Checkout Session for a subscription, whose metadata lead back to us."""
        metadata = {
            "user_id": str(order.user_id),
            "checkout_id": str(order.checkout_id),
            "plan": order.price.plan,
        }
        async with _asking("POST /v1/checkout/sessions", CALL_SECONDS):
            session = await self._stripe.checkout.sessions.create_async(
                {
                    "mode": "subscription",
                    "customer": order.customer_id,
                    "line_items": [{"price": order.price.price_id, "quantity": 1}],
                    "success_url": order.success_url,
                    "cancel_url": order.cancel_url,
                    "client_reference_id": str(order.user_id),
                    "metadata": metadata,
                    "subscription_data": {"metadata": metadata},
                },
                {"idempotency_key": key},
            )
        return session_of(session)

    async def close_session(self, session_id: str) -> bool:
        """Stripe expires open sessions alone: of any other it is asked what became of it."""
        async with _asking("POST /v1/checkout/sessions/{id}/expire", CALL_SECONDS):
            try:
                session = await self._stripe.checkout.sessions.expire_async(session_id)
            except stripe.InvalidRequestError:
                session = await self._stripe.checkout.sessions.retrieve_async(session_id)
        return session.status == "expired"

    async def customer(self, customer_id: str) -> CustomerSnapshot | None:
        """Three requests at once, each list to its end."""
        try:
            async with _asking("GET everything of a customer", CUSTOMER_SECONDS):
                customer, subscriptions, invoices = await asyncio.gather(
                    self._stripe.customers.retrieve_async(customer_id),
                    self._subscriptions(customer_id),
                    self._invoices(customer_id),
                )
        except ProviderAway as error:
            if isinstance(error.__cause__, stripe.InvalidRequestError) and error.__cause__.code == "resource_missing":
                return None
            raise
        return CustomerSnapshot(
            customer_id=customer_id,
            user_id=None if getattr(customer, "deleted", False) else uuid_of(customer.metadata, "user_id"),
            subscriptions=subscriptions,
            invoices=invoices,
        )

    async def _subscriptions(self, customer_id: str) -> list[SubscriptionSnapshot]:
        listed = await self._stripe.subscriptions.list_async(
            {"customer": customer_id, "status": "all", "limit": self._page}
        )
        return [subscription_of(one) async for one in listed.auto_paging_iter()]

    async def _invoices(self, customer_id: str) -> list[PaidInvoice]:
        listed = await self._stripe.invoices.list_async(
            {"customer": customer_id, "status": "paid", "limit": self._page}
        )
        return [paid_invoice_of(one) async for one in listed.auto_paging_iter() if one.amount_paid > 0]

    async def notices(self, *, since: datetime) -> AsyncIterator[Notice]:
        """Newest first, from Stripe's list of events."""
        wanted: stripe.params.EventListParams = {"created": {"gte": int(since.timestamp())}, "limit": self._page}
        while True:
            async with _asking("GET /v1/events", CALL_SECONDS):
                page = await self._stripe.events.list_async(wanted)
            for event in page.data:
                yield notice_of(event)
            if not page.data or not page.has_more:
                return
            wanted["starting_after"] = page.data[-1].id

    def read_notice(self, body: bytes, signature: str) -> Notice:
        """The signature is over the raw body and its time; both are checked by Stripe's library."""
        try:
            event = self._client.construct_event(body, signature, self._webhook_secret, tolerance=TOLERANCE_SECONDS)
            return notice_of(event)
        # The library lets these pass: a body that is no UTF-8 or JSON, a signature that is no ASCII, an event without its parts.
        except (stripe.SignatureVerificationError, ValueError, TypeError, AttributeError, KeyError) as error:
            raise NoticeRefused(f"{type(error).__name__}") from error


@asynccontextmanager
async def open_stripe(
    api_base: str, *, api_key: str, webhook_secret: str, page: int = PAGE
) -> AsyncIterator[StripeProvider]:
    """Stripe at `api_base`, with a connection pool for the length of the block; lists are read `page` (1 to 100) at a time."""
    async with httpx.AsyncClient(timeout=TIMEOUT, limits=LIMITS) as http:
        client = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base},
            http_client=PooledClient(http),
            max_network_retries=NETWORK_RETRIES,
        )
        yield StripeProvider(client, webhook_secret=webhook_secret, page=page)


@asynccontextmanager
async def _asking(what: str, seconds: float) -> AsyncIterator[None]:
    """Whatever goes wrong inside, or takes longer than `seconds`, is ProviderAway; the reason is in the log."""
    away = ProviderAway("The payment provider cannot be reached just now. Try again in a few seconds.", retry_after=5)
    with span(f"stripe {what}", kind=SpanKind.CLIENT):
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError as error:
            logger.warning("Stripe, %s: no answer within %g s", what, seconds)
            raise away from error
        except stripe.AuthenticationError as error:
            logger.error("Stripe, %s: refused our key; check the secret payments-stripe-api-key", what)  # noqa: TRY400 - the message of the library shows parts of the key
            raise away from error
        except stripe.StripeError as error:
            logger.warning("Stripe, %s: %s %s (%s)", what, error.http_status, error.user_message, error.request_id)
            raise away from error
