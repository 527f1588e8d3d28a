"""The learning service's ports in memory. What the SQL ones do with them is tested through the API."""

from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from uuid import UUID

from uuid_utils.compat import uuid7

from services.learning.domain.access import AssignmentStanding, LessonStanding, Standing, Tier
from services.learning.domain.courses import Course, Module
from services.learning.domain.enrolments import Completion, Enrolment
from services.learning.domain.lessons import Assignment, Lesson
from services.learning.domain.submissions import Submission
from shared.events.event import Event

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class FakeCourses:
    def __init__(self) -> None:
        self.kept: dict[UUID, Course] = {}
        self.kept_modules: dict[UUID, Module] = {}
        self.readable: set[UUID] = set()

    async def add(self, course: Course) -> None:
        self.kept[course.id] = course

    async def lock(self, slug: str) -> Course | None:
        return next((course for course in self.kept.values() if course.slug == slug), None)

    async def lock_by_id(self, course_id: UUID) -> Course | None:
        return self.kept.get(course_id)

    async def add_module(self, module: Module) -> None:
        self.kept_modules[module.id] = module

    async def module(self, module_id: UUID) -> Module | None:
        return self.kept_modules.get(module_id)

    async def modules(self, course_id: UUID) -> Sequence[Module]:
        return [module for module in self.kept_modules.values() if module.course_id == course_id]

    async def has_lessons(self, course_id: UUID) -> bool:
        return course_id in self.readable


class FakeLessons:
    def __init__(self) -> None:
        self.kept: dict[UUID, Lesson] = {}
        self.kept_assignments: dict[UUID, Assignment] = {}

    async def add(self, lesson: Lesson) -> None:
        self.kept[lesson.id] = lesson

    async def get(self, lesson_id: UUID) -> Lesson | None:
        return self.kept.get(lesson_id)

    async def course_id(self, lesson_id: UUID) -> UUID | None:
        lesson = self.kept.get(lesson_id)
        return lesson.course_id if lesson else None

    async def of_course(self, course_id: UUID) -> Sequence[Lesson]:
        return [lesson for lesson in self.kept.values() if lesson.course_id == course_id]

    async def add_assignment(self, assignment: Assignment) -> None:
        self.kept_assignments[assignment.id] = assignment

    async def assignment(self, lesson_id: UUID) -> Assignment | None:
        live = (one for one in self.kept_assignments.values() if one.lesson_id == lesson_id and not one.archived_at)
        return next(live, None)

    async def assignments(self, course_id: UUID) -> Sequence[Assignment]:
        return [one for one in self.kept_assignments.values() if one.course_id == course_id]


class FakeStandings:
    """Everybody stands to the one course, lesson and assignment as `assignment` says."""

    def __init__(self, assignment: AssignmentStanding, *, starter: bool = True) -> None:
        self.assignment = assignment
        self.starter = starter

    async def in_course(self, slug: str, user_id: UUID) -> Standing | None:
        return self.assignment if slug == self.assignment.course_slug else None

    async def in_starter(self, user_id: UUID) -> Standing | None:
        return self.assignment if self.starter else None

    async def at_lesson(self, lesson_id: UUID, user_id: UUID) -> LessonStanding | None:
        return self.assignment if lesson_id == self.assignment.lesson_id else None

    async def at_assignment(self, assignment_id: UUID, user_id: UUID) -> AssignmentStanding | None:
        return self.assignment if assignment_id == self.assignment.assignment_id else None


class FakeProgress:
    def __init__(self) -> None:
        self.learners: dict[UUID, datetime] = {}
        self.enrolments: dict[tuple[UUID, UUID], Enrolment] = {}
        self.completions: dict[tuple[UUID, UUID], Completion] = {}
        self.tiers: dict[UUID, Tier] = {}

    async def start(self, user_id: UUID, at: datetime) -> None:
        self.learners.setdefault(user_id, at)

    async def enrol(self, enrolment: Enrolment) -> tuple[Enrolment, bool]:
        kept = self.enrolments.setdefault((enrolment.user_id, enrolment.course_id), enrolment)
        return kept, kept is enrolment

    async def complete(self, completion: Completion) -> tuple[Completion, bool]:
        kept = self.completions.setdefault((completion.user_id, completion.lesson_id), completion)
        return kept, kept is completion

    async def entitle(self, user_id: UUID, tier: Tier, at: datetime) -> None:
        self.tiers[user_id] = tier


class FakeSubmissions:
    def __init__(self) -> None:
        self.kept: dict[tuple[UUID, str], Submission] = {}

    async def of_key(self, user_id: UUID, idempotency_key: str) -> Submission | None:
        return self.kept.get((user_id, idempotency_key))

    async def add(self, submission: Submission) -> tuple[Submission, bool]:
        kept = self.kept.setdefault((submission.user_id, submission.idempotency_key), submission)
        return kept, kept is submission


class FakeUow:
    """Commits nothing, but counts: `emitted` holds the events of blocks that ended well."""

    def __init__(self, assignment: AssignmentStanding | None = None, *, starter: bool = True) -> None:
        self.courses = FakeCourses()
        self.lessons = FakeLessons()
        self.standings = FakeStandings(assignment or standing(), starter=starter)
        self.progress = FakeProgress()
        self.submissions = FakeSubmissions()
        self.emitted: list[Event] = []
        self._pending: list[Event] = []

    def emit(self, event: Event) -> None:
        self._pending.append(event)

    async def __aenter__(self) -> Self:
        self._pending = []
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self.emitted += self._pending


def standing(**changes: object) -> AssignmentStanding:
    """A person without Pro, joined to a published course with a free lesson and its assignment."""
    values: dict[str, object] = {
        "course_id": uuid7(),
        "course_slug": "loops",
        "course_title": "Loops",
        "author_id": uuid7(),
        "published": True,
        "archived": False,
        "enrolled": True,
        "tier": "free",
        "lesson_id": uuid7(),
        "lesson_title": "For",
        "access": "free",
        "assignment_id": uuid7(),
        "assignment_title": "Count",
    }
    return AssignmentStanding(**(values | changes))  # type: ignore[arg-type]  # tests name the fields they change
