"""Contains all the data models used in inputs/outputs"""

from .bus_overview import BusOverview
from .checkout_request import CheckoutRequest
from .checkout_request_plan import CheckoutRequestPlan
from .checkout_view import CheckoutView
from .checkout_view_plan import CheckoutViewPlan
from .checkout_view_status import CheckoutViewStatus
from .cursor_shown import CursorShown
from .entitlement_view import EntitlementView
from .entitlement_view_tier import EntitlementViewTier
from .field_problem import FieldProblem
from .head_shown import HeadShown
from .list_parked_events_state_type_0 import ListParkedEventsStateType0
from .opened_checkout import OpenedCheckout
from .opened_checkout_plan import OpenedCheckoutPlan
from .outbox_shown import OutboxShown
from .parked_count import ParkedCount
from .parked_count_state import ParkedCountState
from .parked_page import ParkedPage
from .parked_shown import ParkedShown
from .parked_shown_state import ParkedShownState
from .plan import Plan
from .plan_id import PlanId
from .plan_interval_type_0 import PlanIntervalType0
from .plan_tier import PlanTier
from .plans import Plans
from .problem import Problem
from .redrive import Redrive
from .redriven import Redriven
from .skip import Skip
from .skipped_page import SkippedPage
from .skipped_shown import SkippedShown
from .skipped_shown_state import SkippedShownState
from .subscription_view import SubscriptionView
from .subscription_view_plan import SubscriptionViewPlan
from .subscription_view_status import SubscriptionViewStatus
from .webhook_body import WebhookBody

__all__ = (
    "BusOverview",
    "CheckoutRequest",
    "CheckoutRequestPlan",
    "CheckoutView",
    "CheckoutViewPlan",
    "CheckoutViewStatus",
    "CursorShown",
    "EntitlementView",
    "EntitlementViewTier",
    "FieldProblem",
    "HeadShown",
    "ListParkedEventsStateType0",
    "OpenedCheckout",
    "OpenedCheckoutPlan",
    "OutboxShown",
    "ParkedCount",
    "ParkedCountState",
    "ParkedPage",
    "ParkedShown",
    "ParkedShownState",
    "Plan",
    "PlanId",
    "PlanIntervalType0",
    "Plans",
    "PlanTier",
    "Problem",
    "Redrive",
    "Redriven",
    "Skip",
    "SkippedPage",
    "SkippedShown",
    "SkippedShownState",
    "SubscriptionView",
    "SubscriptionViewPlan",
    "SubscriptionViewStatus",
    "WebhookBody",
)
