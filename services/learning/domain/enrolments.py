"""Learners, the courses they joined, and the lessons they finished."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.learning.domain.access import (
    CourseNotFound,
    LessonNotFound,
    LessonStanding,
    NotEnrolled,
    Person,
    Standing,
    Standings,
    Tier,
)
from shared.errors import Conflict
from shared.events.learning import Enrolled, LessonCompleted
from shared.uow import UnitOfWork


class NotOpen(Conflict):
    """Nobody can join the course now."""

    slug = "course-not-open"

    def __init__(self) -> None:
        super().__init__("This course is a draft or archived, so nobody can join it. Publish it first.")


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """One person's membership in one course."""

    user_id: UUID
    course_id: UUID
    enrolled_at: datetime


@dataclass(frozen=True, kw_only=True)
class Completion:
    """One person's finishing of one lesson."""

    user_id: UUID
    lesson_id: UUID
    course_id: UUID
    completed_at: datetime


class Progress(Protocol):
    """What is known of learners. Every write may be repeated."""

    async def start(self, user_id: UUID, at: datetime) -> None:
        """Know the person as a learner."""

    async def enrol(self, enrolment: Enrolment) -> tuple[Enrolment, bool]:
        """The enrolment that is kept, the given one or an earlier one, and whether it is new."""

    async def complete(self, completion: Completion) -> tuple[Completion, bool]:
        """The completion that is kept, the given one or an earlier one, and whether it is new."""

    async def entitle(self, user_id: UUID, tier: Tier, at: datetime) -> None:
        """Keep what the person may open, in place of what was known before."""


class Uow(UnitOfWork, Protocol):
    """What these use cases need."""

    @property
    def standings(self) -> Standings: ...

    @property
    def progress(self) -> Progress: ...


async def start_learner(uow: Uow, *, user_id: UUID, at: datetime) -> None:
    """Initialise a new person's progress: they are a learner, in the starter course if the platform has one."""
    async with uow:
        await uow.progress.start(user_id, at)
        starter = await uow.standings.in_starter(user_id)
        if starter is not None and starter.published and not starter.archived:
            await _join(uow, starter, user_id, at)


async def enrol(uow: Uow, *, course_slug: str, person: Person, at: datetime) -> Enrolment:
    """Join a course; joining again changes nothing. CourseNotFound, NotOpen."""
    async with uow:
        course = await uow.standings.in_course(course_slug, person.user_id)
        if course is None or not course.visible_to(person):
            raise CourseNotFound
        if not course.enrolled and (not course.published or course.archived):
            raise NotOpen
        return await _join(uow, course, person.user_id, at)


async def complete_lesson(uow: Uow, *, lesson_id: UUID, person: Person, at: datetime) -> Completion:
    """Finish a lesson; finishing again changes nothing. LessonNotFound, UpgradeRequired, NotEnrolled."""
    async with uow:
        lesson = await uow.standings.at_lesson(lesson_id, person.user_id)
        if lesson is None:
            raise LessonNotFound
        lesson.admit(person)
        if not lesson.enrolled:
            raise NotEnrolled(lesson.course_slug)
        completion, is_new = await uow.progress.complete(
            Completion(user_id=person.user_id, lesson_id=lesson_id, course_id=lesson.course_id, completed_at=at)
        )
        if is_new:
            uow.emit(_completed(completion, lesson))
    return completion


async def entitle(uow: Uow, *, user_id: UUID, tier: Tier, at: datetime) -> None:
    """Know what the person may open from now on."""
    async with uow:
        await uow.progress.entitle(user_id, tier, at)


async def _join(uow: Uow, course: Standing, user_id: UUID, at: datetime) -> Enrolment:
    enrolment, is_new = await uow.progress.enrol(Enrolment(user_id=user_id, course_id=course.course_id, enrolled_at=at))
    if is_new:
        uow.emit(Enrolled(user_id=user_id, course_id=course.course_id, course_title=course.course_title))
    return enrolment


def _completed(completion: Completion, lesson: LessonStanding) -> LessonCompleted:
    return LessonCompleted(
        user_id=completion.user_id,
        course_id=completion.course_id,
        lesson_id=completion.lesson_id,
        lesson_title=lesson.lesson_title,
    )
