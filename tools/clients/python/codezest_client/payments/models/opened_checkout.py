from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.opened_checkout_plan import OpenedCheckoutPlan

T = TypeVar("T", bound="OpenedCheckout")


@_attrs_define
class OpenedCheckout:
    """A checkout as it was opened: `url` leads to the payment page, `amount` is in minor units of `currency`.

    It holds only what never changes, so that every repetition is answered alike.

        Attributes:
            id (UUID):
            plan (OpenedCheckoutPlan):
            url (str):
            amount (int):
            currency (str):
            created_at (datetime.datetime):
            expires_at (datetime.datetime):
    """

    id: UUID
    plan: OpenedCheckoutPlan
    url: str
    amount: int
    currency: str
    created_at: datetime.datetime
    expires_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        plan = self.plan.value

        url = self.url

        amount = self.amount

        currency = self.currency

        created_at = self.created_at.isoformat()

        expires_at = self.expires_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "plan": plan,
                "url": url,
                "amount": amount,
                "currency": currency,
                "created_at": created_at,
                "expires_at": expires_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        plan = OpenedCheckoutPlan(d.pop("plan"))

        url = d.pop("url")

        amount = d.pop("amount")

        currency = d.pop("currency")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        expires_at = datetime.datetime.fromisoformat(d.pop("expires_at"))

        opened_checkout = cls(
            id=id,
            plan=plan,
            url=url,
            amount=amount,
            currency=currency,
            created_at=created_at,
            expires_at=expires_at,
        )

        opened_checkout.additional_properties = d
        return opened_checkout

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
