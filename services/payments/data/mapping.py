"""Entities onto tables. Nothing is related by the mapper: every query says what it loads."""

from sqlalchemy.orm import registry

from services.payments.domain.checkouts import Checkout
from services.payments.domain.customers import Customer
from services.payments.domain.entitlements import Entitlement
from services.payments.domain.payments import Payment
from services.payments.domain.refresh import StaleCustomer
from services.payments.domain.subscriptions import Subscription
from services.payments.domain.sweep import Sweep
from shared.db import payments as tables

mapped = registry(metadata=tables.metadata)
mapped.map_imperatively(Checkout, tables.checkout)
mapped.map_imperatively(Customer, tables.customer)
mapped.map_imperatively(Entitlement, tables.entitlement)
mapped.map_imperatively(Payment, tables.payment)
mapped.map_imperatively(StaleCustomer, tables.stripe_dirty)
mapped.map_imperatively(Subscription, tables.subscription)
mapped.map_imperatively(Sweep, tables.stripe_sweep)
