"""Contains all the data models used in inputs/outputs"""

from .bus_overview import BusOverview
from .cursor_shown import CursorShown
from .field_problem import FieldProblem
from .head_shown import HeadShown
from .list_parked_events_state_type_0 import ListParkedEventsStateType0
from .message_shown import MessageShown
from .message_shown_state import MessageShownState
from .messages_shown import MessagesShown
from .outbox_shown import OutboxShown
from .parked_count import ParkedCount
from .parked_count_state import ParkedCountState
from .parked_page import ParkedPage
from .parked_shown import ParkedShown
from .parked_shown_state import ParkedShownState
from .problem import Problem
from .redrive import Redrive
from .redriven import Redriven
from .skip import Skip
from .skipped_page import SkippedPage
from .skipped_shown import SkippedShown
from .skipped_shown_state import SkippedShownState

__all__ = (
    "BusOverview",
    "CursorShown",
    "FieldProblem",
    "HeadShown",
    "ListParkedEventsStateType0",
    "MessageShown",
    "MessageShownState",
    "MessagesShown",
    "OutboxShown",
    "ParkedCount",
    "ParkedCountState",
    "ParkedPage",
    "ParkedShown",
    "ParkedShownState",
    "Problem",
    "Redrive",
    "Redriven",
    "Skip",
    "SkippedPage",
    "SkippedShown",
    "SkippedShownState",
)
