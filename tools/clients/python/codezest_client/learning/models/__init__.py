"""Contains all the data models used in inputs/outputs"""

from .assignment_card import AssignmentCard
from .assignment_request import AssignmentRequest
from .assignment_sheet import AssignmentSheet
from .authored_course import AuthoredCourse
from .authored_page import AuthoredPage
from .bus_overview import BusOverview
from .completion import Completion
from .course_card import CourseCard
from .course_edit import CourseEdit
from .course_outline import CourseOutline
from .course_page import CoursePage
from .course_progress import CourseProgress
from .course_request import CourseRequest
from .course_state import CourseState
from .cursor_shown import CursorShown
from .enrolment import Enrolment
from .field_problem import FieldProblem
from .head_shown import HeadShown
from .lesson_answer import LessonAnswer
from .lesson_answer_access import LessonAnswerAccess
from .lesson_card import LessonCard
from .lesson_card_access import LessonCardAccess
from .lesson_edit import LessonEdit
from .lesson_edit_access_type_0 import LessonEditAccessType0
from .lesson_request import LessonRequest
from .lesson_request_access import LessonRequestAccess
from .lesson_state import LessonState
from .lesson_state_access import LessonStateAccess
from .list_parked_events_state_type_0 import ListParkedEventsStateType0
from .module_card import ModuleCard
from .module_request import ModuleRequest
from .module_state import ModuleState
from .outbox_shown import OutboxShown
from .parked_count import ParkedCount
from .parked_count_state import ParkedCountState
from .parked_page import ParkedPage
from .parked_shown import ParkedShown
from .parked_shown_state import ParkedShownState
from .problem import Problem
from .progress_page import ProgressPage
from .redrive import Redrive
from .redriven import Redriven
from .skip import Skip
from .skipped_page import SkippedPage
from .skipped_shown import SkippedShown
from .skipped_shown_state import SkippedShownState
from .source_file import SourceFile
from .source_file_request import SourceFileRequest
from .submission_receipt import SubmissionReceipt
from .submission_request import SubmissionRequest
from .submission_sheet import SubmissionSheet

__all__ = (
    "AssignmentCard",
    "AssignmentRequest",
    "AssignmentSheet",
    "AuthoredCourse",
    "AuthoredPage",
    "BusOverview",
    "Completion",
    "CourseCard",
    "CourseEdit",
    "CourseOutline",
    "CoursePage",
    "CourseProgress",
    "CourseRequest",
    "CourseState",
    "CursorShown",
    "Enrolment",
    "FieldProblem",
    "HeadShown",
    "LessonAnswer",
    "LessonAnswerAccess",
    "LessonCard",
    "LessonCardAccess",
    "LessonEdit",
    "LessonEditAccessType0",
    "LessonRequest",
    "LessonRequestAccess",
    "LessonState",
    "LessonStateAccess",
    "ListParkedEventsStateType0",
    "ModuleCard",
    "ModuleRequest",
    "ModuleState",
    "OutboxShown",
    "ParkedCount",
    "ParkedCountState",
    "ParkedPage",
    "ParkedShown",
    "ParkedShownState",
    "Problem",
    "ProgressPage",
    "Redrive",
    "Redriven",
    "Skip",
    "SkippedPage",
    "SkippedShown",
    "SkippedShownState",
    "SourceFile",
    "SourceFileRequest",
    "SubmissionReceipt",
    "SubmissionRequest",
    "SubmissionSheet",
)
