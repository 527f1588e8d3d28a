from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.lesson_answer_access import LessonAnswerAccess

T = TypeVar("T", bound="LessonAnswer")


@_attrs_define
class LessonAnswer:
    """A lesson: `body` is the Markdown that was written, `html` the same, safe to show.

    Attributes:
        id (UUID):
        course_slug (str):
        slug (str):
        title (str):
        access (LessonAnswerAccess):
        minutes (int):
        body (str):
        html (str):
        assignment_id (None | UUID):
        completed_at (datetime.datetime | None):
    """

    id: UUID
    course_slug: str
    slug: str
    title: str
    access: LessonAnswerAccess
    minutes: int
    body: str
    html: str
    assignment_id: None | UUID
    completed_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        course_slug = self.course_slug

        slug = self.slug

        title = self.title

        access = self.access.value

        minutes = self.minutes

        body = self.body

        html = self.html

        assignment_id: None | str
        if isinstance(self.assignment_id, UUID):
            assignment_id = str(self.assignment_id)
        else:
            assignment_id = self.assignment_id

        completed_at: None | str
        if isinstance(self.completed_at, datetime.datetime):
            completed_at = self.completed_at.isoformat()
        else:
            completed_at = self.completed_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "course_slug": course_slug,
                "slug": slug,
                "title": title,
                "access": access,
                "minutes": minutes,
                "body": body,
                "html": html,
                "assignment_id": assignment_id,
                "completed_at": completed_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        course_slug = d.pop("course_slug")

        slug = d.pop("slug")

        title = d.pop("title")

        access = LessonAnswerAccess(d.pop("access"))

        minutes = d.pop("minutes")

        body = d.pop("body")

        html = d.pop("html")

        def _parse_assignment_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                assignment_id_type_0 = UUID(data)

                return assignment_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        assignment_id = _parse_assignment_id(d.pop("assignment_id"))

        def _parse_completed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                completed_at_type_0 = datetime.datetime.fromisoformat(data)

                return completed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        completed_at = _parse_completed_at(d.pop("completed_at"))

        lesson_answer = cls(
            id=id,
            course_slug=course_slug,
            slug=slug,
            title=title,
            access=access,
            minutes=minutes,
            body=body,
            html=html,
            assignment_id=assignment_id,
            completed_at=completed_at,
        )

        lesson_answer.additional_properties = d
        return lesson_answer

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
