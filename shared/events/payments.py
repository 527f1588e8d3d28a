"""Facts the payments service states."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.events.event import Event


class PaymentSucceeded(Event, type="payments.payment-succeeded.v1", key="user_id"):
    """An invoice was paid. `amount` is in the currency's minor unit."""

    user_id: UUID
    payment_id: UUID
    invoice_number: str = Field(examples=["CZ-0001"])
    plan: str = Field(examples=["pro_monthly"])
    amount: int = Field(examples=[1900])
    currency: str = Field(examples=["EUR"])


class SubscriptionActivated(Event, type="payments.subscription-activated.v1", key="user_id"):
    """A subscription became active for the first time."""

    user_id: UUID
    subscription_id: UUID
    plan: str = Field(examples=["pro_monthly"])


class EntitlementGranted(Event, type="payments.entitlement-granted.v1", key="user_id"):
    """What the person may open has grown, `previous` -> `tier`; a renewal is not one."""

    user_id: UUID
    tier: Literal["free", "pro"] = Field(examples=["pro"])
    previous: Literal["free", "pro"]
