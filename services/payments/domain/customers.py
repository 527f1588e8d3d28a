"""Which person a customer of the provider's is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(kw_only=True, eq=False)
class Customer:
    """A person, as the provider knows them."""

    customer_id: str
    user_id: UUID
    created_at: datetime


class Customers(Protocol):
    async def claim(self, customer: Customer) -> Customer:
        """The person's one customer: this one, unless they have one already."""
        ...

    async def of(self, user_id: UUID) -> Customer | None: ...

    async def find(self, customer_id: str) -> Customer | None: ...
