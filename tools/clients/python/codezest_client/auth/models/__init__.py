"""Contains all the data models used in inputs/outputs"""

from .accepted import Accepted
from .account_shown import AccountShown
from .account_shown_roles_item import AccountShownRolesItem
from .accounts_shown import AccountsShown
from .audit_page import AuditPage
from .audit_shown import AuditShown
from .audit_shown_action import AuditShownAction
from .audit_shown_details import AuditShownDetails
from .because import Because
from .bus_overview import BusOverview
from .changed import Changed
from .confirm_password_reset_data_new_password import (
    ConfirmPasswordResetDataNewPassword,
)
from .confirm_password_reset_json_new_password import (
    ConfirmPasswordResetJsonNewPassword,
)
from .cursor_shown import CursorShown
from .field_problem import FieldProblem
from .forgotten import Forgotten
from .head_shown import HeadShown
from .key_shown import KeyShown
from .keys_shown import KeysShown
from .list_parked_events_state_type_0 import ListParkedEventsStateType0
from .me import Me
from .me_edit import MeEdit
from .me_roles_item import MeRolesItem
from .new_roles import NewRoles
from .new_roles_roles_item import NewRolesRolesItem
from .new_user import NewUser
from .on_its_way import OnItsWay
from .outbox_shown import OutboxShown
from .parked_count import ParkedCount
from .parked_count_state import ParkedCountState
from .parked_page import ParkedPage
from .parked_shown import ParkedShown
from .parked_shown_state import ParkedShownState
from .password_change import PasswordChange
from .problem import Problem
from .redrive import Redrive
from .redriven import Redriven
from .refresh import Refresh
from .reset_accepted import ResetAccepted
from .rotation import Rotation
from .search_role_type_0 import SearchRoleType0
from .session_page import SessionPage
from .session_shown import SessionShown
from .session_shown_client import SessionShownClient
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
    "AccountShown",
    "AccountShownRolesItem",
    "AccountsShown",
    "AuditPage",
    "AuditShown",
    "AuditShownAction",
    "AuditShownDetails",
    "Because",
    "BusOverview",
    "Changed",
    "ConfirmPasswordResetDataNewPassword",
    "ConfirmPasswordResetJsonNewPassword",
    "CursorShown",
    "FieldProblem",
    "Forgotten",
    "HeadShown",
    "KeyShown",
    "KeysShown",
    "ListParkedEventsStateType0",
    "Me",
    "MeEdit",
    "MeRolesItem",
    "NewRoles",
    "NewRolesRolesItem",
    "NewUser",
    "OnItsWay",
    "OutboxShown",
    "ParkedCount",
    "ParkedCountState",
    "ParkedPage",
    "ParkedShown",
    "ParkedShownState",
    "PasswordChange",
    "Problem",
    "Redrive",
    "Redriven",
    "Refresh",
    "ResetAccepted",
    "Rotation",
    "SearchRoleType0",
    "SessionPage",
    "SessionShown",
    "SessionShownClient",
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
