"""Contains all the data models used in inputs/outputs"""

from .bus_overview import BusOverview
from .cursor_shown import CursorShown
from .entry_shown import EntryShown
from .entry_shown_params import EntryShownParams
from .feed_shown import FeedShown
from .field_problem import FieldProblem
from .head_shown import HeadShown
from .list_parked_events_state_type_0 import ListParkedEventsStateType0
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
    "EntryShown",
    "EntryShownParams",
    "FeedShown",
    "FieldProblem",
    "HeadShown",
    "ListParkedEventsStateType0",
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
