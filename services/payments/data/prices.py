"""Prices, kept for a minute so that a look at the plans does not become a call to the provider."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import msgspec

from services.payments.domain.plans import Price, PriceList
from shared.cache.values import Cache

KEPT_SECONDS = 60
KEY = "prices"


class KeptPrices:
    """The prices of `source`, at most a minute old."""

    def __init__(self, source: PriceList, cache: Cache) -> None:
        self._source = source
        self._cache = cache

    async def prices(self) -> Sequence[Price]:
        """See PriceList."""
        kept = await self._cache.get_or_load(KEY, self._load, ttl_seconds=KEPT_SECONDS)
        try:
            return msgspec.convert(kept, list[Price])
        except msgspec.ValidationError:  # another release kept them in another form
            await self._cache.forget(KEY)
            return await self._source.prices()

    async def _load(self) -> list[dict[str, Any]]:
        return [dataclasses.asdict(price) for price in await self._source.prices()]
