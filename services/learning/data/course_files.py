"""Reads courses from their folders, in the format of services/learning/courses/README.md."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal
from uuid import UUID

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from services.learning.domain.imports import AssignmentFile, CourseFile, LessonFile, ModuleFile
from services.learning.domain.lessons import AssignmentText

MANIFEST = "course.yaml"
SOLUTIONS = "solutions"

Slug = Annotated[str, StringConstraints(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class BrokenCourse(ValueError):
    """A course's files are not as the README says; the message names the file and what to mend."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    slug: Slug
    title: Title


class _Tests(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    visible: list[str] = Field(min_length=1)
    hidden: list[str]


class _Assignment(_Entry):
    prompt: str
    starter: str
    tests: _Tests
    points: int = Field(ge=1, le=1000)


class _Lesson(_Entry):
    file: str
    access: Literal["free", "pro"]
    minutes: int = Field(ge=1, le=240)
    assignment: _Assignment | None = None


class _Module(_Entry):
    lessons: list[_Lesson] = Field(min_length=1)


class _Course(_Entry):
    summary: str = Field(max_length=400)
    language: str = Field(pattern="^[a-z]{2,3}(-[A-Z]{2})?$")
    modules: list[_Module] = Field(min_length=1)


def read_courses(folder: Path) -> Iterator[CourseFile]:
    """Every course in `folder`, by the name of its subfolder. BrokenCourse names the file that is wrong."""
    for manifest in sorted(folder.glob(f"*/{MANIFEST}")):
        yield _CourseReader(manifest.parent).read()


class _CourseReader:
    """Reads one course's folder and remembers every byte of it that counts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._digest = sha256()

    def read(self) -> CourseFile:
        try:
            course = _Course.model_validate(yaml.safe_load(self._text(MANIFEST)))
        except (yaml.YAMLError, ValidationError) as error:
            raise BrokenCourse(f"{self._folder / MANIFEST}: {error}") from error
        modules = tuple(self._module(module) for module in course.modules)
        return CourseFile(
            id=course.id,
            slug=course.slug,
            title=course.title,
            summary=course.summary.strip(),
            language=course.language,
            modules=modules,
            content_hash=self._digest.hexdigest(),
        )

    def _module(self, module: _Module) -> ModuleFile:
        lessons = tuple(self._lesson(lesson) for lesson in module.lessons)
        return ModuleFile(id=module.id, slug=module.slug, title=module.title, lessons=lessons)

    def _lesson(self, lesson: _Lesson) -> LessonFile:
        return LessonFile(
            id=lesson.id,
            slug=lesson.slug,
            title=lesson.title,
            body=self._text(lesson.file),
            access=lesson.access,
            minutes=lesson.minutes,
            assignment=self._assignment(lesson.assignment) if lesson.assignment else None,
        )

    def _assignment(self, assignment: _Assignment) -> AssignmentFile:
        text = AssignmentText(
            slug=assignment.slug,
            title=assignment.title,
            prompt=self._text(assignment.prompt),
            starter_file=PurePosixPath(assignment.starter).name,
            starter_code=self._text(assignment.starter),
            visible_tests=[self._source(name) for name in assignment.tests.visible],
            hidden_tests=[self._source(name) for name in assignment.tests.hidden],
            points=assignment.points,
        )
        return AssignmentFile(id=assignment.id, text=text)

    def _source(self, name: str) -> dict[str, str]:
        return {"name": PurePosixPath(name).name, "code": self._text(name)}

    def _text(self, name: str) -> str:
        path = (self._folder / name).resolve()
        inside = path.relative_to(self._folder).parts if path.is_relative_to(self._folder) else ()
        if not inside or inside[0] == SOLUTIONS:
            raise BrokenCourse(
                f"{self._folder / MANIFEST} names {name!r}: name files of the course's own folder, never of solutions/"
            )
        try:
            content = path.read_bytes()
            text = content.decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BrokenCourse(f"{path} cannot be read as UTF-8 text: {error}") from error
        self._digest.update(len(content).to_bytes(8, "big") + content)
        return text
