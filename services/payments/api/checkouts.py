"""Buying Pro: a checkout leads to the provider's payment page."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from services.payments.api.deps import Deps, deps
from services.payments.domain.checkouts import (
    Checkout,
    CheckoutInProgress,
    NoCheckout,
    Order,
)
from services.payments.domain.people import EmailNotVerified
from services.payments.domain.plans import PaidPlan
from services.payments.domain.provider import ProviderAway
from services.payments.domain.reads import CheckoutView
from services.payments.domain.return_addresses import LONGEST_URL, own_address
from shared.errors import IdempotencyKeyReused, Unauthenticated
from shared.http import documentation, problems
from shared.http.access import Caller, Owner
from shared.http.answers import answer
from shared.http.idempotency import IdempotencyKey

router = APIRouter(tags=["checkouts"])

OPENED = {
    "id": "0199d1f2-6c0e-7c3a-9a57-2f4f2f6f3b11",
    "plan": "pro_monthly",
    "url": "https://checkout.stripe.com/c/pay/cs_test_a1",
    "amount": 1900,
    "currency": "EUR",
    "created_at": "2026-11-22T10:00:00Z",
    "expires_at": "2026-11-23T10:00:00Z",
}


class CheckoutRequest(BaseModel):
    """What to buy. The addresses, where the browser goes afterwards, must be on the platform's own origin."""

    model_config = ConfigDict(extra="forbid")

    plan: PaidPlan = Field(examples=["pro_monthly"])
    success_url: str | None = Field(
        default=None, max_length=LONGEST_URL, examples=["http://localhost:8000/?checkout=complete"]
    )
    cancel_url: str | None = Field(
        default=None, max_length=LONGEST_URL, examples=["http://localhost:8000/?checkout=cancelled"]
    )


@dataclass(frozen=True, kw_only=True)
class OpenedCheckout:
    """A checkout as it was opened: `url` leads to the payment page, `amount` is in minor units of `currency`.

    It holds only what never changes, so that every repetition is answered alike.
    """

    id: UUID
    plan: PaidPlan
    url: str
    amount: int
    currency: str
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, checkout: Checkout) -> "OpenedCheckout":
        """The answer for a checkout that has its session."""
        if checkout.url is None or checkout.amount is None or checkout.currency is None or checkout.expires_at is None:
            raise RuntimeError(f"checkout {checkout.id} has no session")
        return cls(
            id=checkout.id,
            plan=checkout.plan,
            url=checkout.url,
            amount=checkout.amount,
            currency=checkout.currency,
            created_at=checkout.created_at,
            expires_at=checkout.expires_at,
        )


@router.post(
    "/checkouts",
    status_code=HTTPStatus.CREATED,
    response_model=OpenedCheckout,
    responses={
        **problems.responses(Unauthenticated, EmailNotVerified, CheckoutInProgress, IdempotencyKeyReused, ProviderAway),
        201: documentation.answer(OPENED, headers=["Location"]),
    },
)
async def open_checkout(
    body: CheckoutRequest, idempotency_key: IdempotencyKey, caller: Caller, deps: Annotated[Deps, Depends(deps)]
) -> Response:
    """Open a payment page for a plan. A person has one page at a time.

    A new key for the plan of an open page is answered with that page, as it is; for the other plan it is closed and
    another one opened. 409 also for somebody who has Pro already (`already-subscribed`) or is paying (`payment-under-way`).
    """
    order = Order(
        user_id=caller.user_id,
        idempotency_key=idempotency_key,
        plan=body.plan,
        success_url=own_address(
            body.success_url,
            origin=deps.origin,
            default=f"{deps.origin}/?checkout=complete",
            field="body.success_url",
        ),
        cancel_url=own_address(
            body.cancel_url, origin=deps.origin, default=f"{deps.origin}/?checkout=cancelled", field="body.cancel_url"
        ),
    )
    opened = OpenedCheckout.of(await deps.desk.open_checkout(order))
    location = f"/api/payments/v1/checkouts/{opened.id}"
    return answer(opened, status=HTTPStatus.CREATED, headers={"location": location})


@router.get(
    "/checkouts/{checkout_id}",
    response_model=CheckoutView,
    responses={
        **problems.responses(Unauthenticated, NoCheckout),
        200: documentation.answer({**OPENED, "status": "open", "completed_at": None}),
    },
)
async def checkout(checkout_id: UUID, caller: Owner, deps: Annotated[Deps, Depends(deps)]) -> Response:
    """One of the caller's checkouts: `opening`, `open` (pay at `url`), `complete` or `expired`."""
    view = await deps.reads.checkout(checkout_id, user_id=caller.user_id, at=deps.now())
    if view is None:
        raise NoCheckout("You have no such checkout.")
    return answer(view)
