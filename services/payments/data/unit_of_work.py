"""One transaction over the payments schema, and the repositories in it."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.payments.data import mapping
from services.payments.data.books import SqlEntitlements, SqlPayments, SqlSubscriptions
from services.payments.data.buying import SqlCheckouts, SqlCustomers, SqlPeople
from services.payments.data.hearing import SqlNotices, SqlStaleCustomers, SqlStaleMarks, SqlSweeps
from services.payments.domain.checkouts import Checkouts
from services.payments.domain.customers import Customers
from services.payments.domain.entitlements import Entitlements
from services.payments.domain.notices import Notices, StaleMarks
from services.payments.domain.payments import Payments
from services.payments.domain.people import VerifiedPeople
from services.payments.domain.refresh import StaleCustomers
from services.payments.domain.subscriptions import Subscriptions
from services.payments.domain.sweep import Sweeps
from shared.bus.unit_of_work import SqlUnitOfWork

mapping.mapped.configure()


class SqlUow(SqlUnitOfWork):
    """The unit of work of every use case of this service."""

    checkouts: Checkouts
    customers: Customers
    entitlements: Entitlements
    notices: Notices
    payments: Payments
    people: VerifiedPeople
    stale: StaleCustomers
    stale_marks: StaleMarks
    subscriptions: Subscriptions
    sweeps: Sweeps

    def bind(self, session: AsyncSession) -> None:
        """See SqlUnitOfWork."""
        self.checkouts = SqlCheckouts(session)
        self.customers = SqlCustomers(session)
        self.entitlements = SqlEntitlements(session)
        self.notices = SqlNotices(session)
        self.payments = SqlPayments(session)
        self.people = SqlPeople(session)
        self.stale = SqlStaleCustomers(session)
        self.stale_marks = SqlStaleMarks(session)
        self.subscriptions = SqlSubscriptions(session)
        self.sweeps = SqlSweeps(session)
