"""Facts the learning service states."""

from uuid import UUID

from pydantic import Field

from shared.events.event import Event


class Enrolled(Event, type="learning.enrolled.v1", key="user_id"):
    """A learner joined a course."""

    user_id: UUID
    course_id: UUID
    course_title: str = Field(examples=["First steps in Python"])


class LessonCompleted(Event, type="learning.lesson-completed.v1", key="user_id"):
    """A learner finished a lesson, for the first time."""

    user_id: UUID
    course_id: UUID
    lesson_id: UUID
    lesson_title: str = Field(examples=["Values and names"])


class AssignmentSubmitted(Event, type="learning.assignment-submitted.v1", key="user_id"):
    """A learner handed in a solution. The code is not here: who grades it fetches it."""

    user_id: UUID
    course_id: UUID
    assignment_id: UUID
    assignment_title: str = Field(examples=["Rain diary"])
    submission_id: UUID
