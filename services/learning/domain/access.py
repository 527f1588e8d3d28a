"""Who may see, open and edit what: the one place that knows."""

from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol
from uuid import UUID

from shared.errors import Conflict, Forbidden, NotFound

Access = Literal["free", "pro"]
Tier = Literal["free", "pro"]


class CourseNotFound(NotFound):
    """There is no such course, or not yet for the caller."""

    slug = "course-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such course. GET /api/learning/v1/courses lists those that are published.")


class LessonNotFound(NotFound):
    """There is no such lesson or assignment, or not yet for the caller."""

    slug = "lesson-not-found"

    def __init__(self, what: str = "lesson") -> None:
        super().__init__(f"There is no such {what}. GET /api/learning/v1/courses/{{slug}} lists what a course has.")


class UpgradeRequired(Forbidden):
    """The content is for people with Pro."""

    slug = "upgrade-required"

    def __init__(self) -> None:
        super().__init__(
            "This is Pro content. Open /api/payments/v1/entitlements: if it says free, buy Pro; "
            "if it says pro, your purchase is on its way here: retry in a second.",
            retry_after=1,
        )


class NotYourCourse(Forbidden):
    """Only a course's author and admins may change it."""

    slug = "not-your-course"

    def __init__(self) -> None:
        super().__init__("Only the author of this course and admins may do this. Ask its author.")


class NotEnrolled(Conflict):
    """The caller has not joined the course."""

    slug = "not-enrolled"

    def __init__(self, course_slug: str) -> None:
        super().__init__(f"Join the course first: POST /api/learning/v1/courses/{course_slug}/enrolment.")


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who is asking."""

    user_id: UUID
    is_admin: bool = False

    def edits(self, author_id: UUID | None) -> bool:
        """Whether the person may change what `author_id` wrote; None wrote what came with the platform."""
        return self.is_admin or self.user_id == author_id


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A course as one person meets it: what it is, and what they are to it."""

    course_id: UUID
    course_slug: str
    course_title: str
    author_id: UUID | None
    published: bool
    archived: bool
    enrolled: bool
    tier: Tier

    def visible_to(self, person: Person) -> bool:
        """Drafts are their author's; who joined a course keeps it when it is archived."""
        return person.edits(self.author_id) or (self.published and (self.enrolled or not self.archived))


@dataclass(frozen=True, kw_only=True)
class LessonStanding(Standing):
    """A lesson as one person meets it."""

    what: ClassVar[str] = "lesson"

    lesson_id: UUID
    lesson_title: str
    access: Access

    def admit(self, person: Person) -> None:
        """Let the person open the lesson. LessonNotFound, or UpgradeRequired for Pro content without Pro."""
        if not self.visible_to(person):
            raise LessonNotFound(self.what)
        if self.access == "pro" and self.tier != "pro" and not person.edits(self.author_id):
            raise UpgradeRequired


@dataclass(frozen=True, kw_only=True)
class AssignmentStanding(LessonStanding):
    """An assignment as one person meets it; it is as open as its lesson."""

    what = "assignment"

    assignment_id: UUID
    assignment_title: str


class Standings(Protocol):
    """What people are to courses, lessons and assignments. What is archived inside a course has no standing."""

    async def in_course(self, slug: str, user_id: UUID) -> Standing | None: ...

    async def in_starter(self, user_id: UUID) -> Standing | None:
        """As `in_course`, for the course that every new learner joins; None if the platform has none."""

    async def at_lesson(self, lesson_id: UUID, user_id: UUID) -> LessonStanding | None: ...

    async def at_assignment(self, assignment_id: UUID, user_id: UUID) -> AssignmentStanding | None: ...
