"""Contains all the data models used in inputs/outputs"""

from .accepted import Accepted
from .cursor_shown import CursorShown
from .field_problem import FieldProblem
from .head_shown import HeadShown
from .list_parked_events_state_type_0 import ListParkedEventsStateType0
from .me import Me
from .me_roles_item import MeRolesItem
from .new_user import NewUser
from .outbox_shown import OutboxShown
from .overview import Overview
from .parked_count import ParkedCount
from .parked_count_state import ParkedCountState
from .parked_page import ParkedPage
from .parked_shown import ParkedShown
from .parked_shown_state import ParkedShownState
from .problem import Problem
from .redrive import Redrive
from .redriven import Redriven
from .refresh import Refresh
from .sign_in import SignIn
from .sign_in_client import SignInClient
from .skip import Skip
from .skipped_page import SkippedPage
from .skipped_shown import SkippedShown
from .skipped_shown_state import SkippedShownState
from .tokens import Tokens
from .verified import Verified
from .verify_data_token import VerifyDataToken
from .verify_json_token import VerifyJsonToken

__all__ = (
    "Accepted",
    "CursorShown",
    "FieldProblem",
    "HeadShown",
    "ListParkedEventsStateType0",
    "Me",
    "MeRolesItem",
    "NewUser",
    "OutboxShown",
    "Overview",
    "ParkedCount",
    "ParkedCountState",
    "ParkedPage",
    "ParkedShown",
    "ParkedShownState",
    "Problem",
    "Redrive",
    "Redriven",
    "Refresh",
    "SignIn",
    "SignInClient",
    "Skip",
    "SkippedPage",
    "SkippedShown",
    "SkippedShownState",
    "Tokens",
    "Verified",
    "VerifyDataToken",
    "VerifyJsonToken",
)
