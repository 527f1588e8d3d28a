"""What is for sale: one product with a monthly and a yearly price, the same ids in every instance."""

from __future__ import annotations

from typing import Final

from tools.stripe.store import Json, Store

PRODUCT: Final = "prod_CodeZestPro"
_PRICES: Final = {
    "pro_monthly": ("price_CodeZestProMonthly", "month", 1900),
    "pro_yearly": ("price_CodeZestProYearly", "year", 19000),
}


def seed(store: Store, *, at: int) -> None:
    """Put the product and its prices into a new store; a store that has them keeps them."""
    with store.transaction():
        if store.find(PRODUCT) is not None:
            return
        store.save(_product(at))
        for lookup_key in reversed(_PRICES):
            store.save(_price(lookup_key, at))


def _product(at: int) -> Json:
    return {
        **dict.fromkeys(("package_dimensions", "shippable", "statement_descriptor", "tax_code", "unit_label", "url")),
        "id": PRODUCT,
        "object": "product",
        "active": True,
        "created": at,
        "default_price": _PRICES["pro_monthly"][0],
        "description": "Every course, every assignment, graded.",
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": {},
        "name": "CodeZest Pro",
        "updated": at,
    }


def _price(lookup_key: str, at: int) -> Json:
    id_, interval, amount = _PRICES[lookup_key]
    return {
        **dict.fromkeys(("custom_unit_amount", "nickname", "tiers_mode", "transform_quantity")),
        "id": id_,
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": at,
        "currency": "eur",
        "livemode": False,
        "lookup_key": lookup_key,
        "metadata": {},
        "product": PRODUCT,
        "recurring": {
            "interval": interval,
            "interval_count": 1,
            "meter": None,
            "usage_type": "licensed",
        },
        "tax_behavior": "inclusive",
        "type": "recurring",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }
