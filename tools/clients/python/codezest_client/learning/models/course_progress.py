from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="CourseProgress")


@_attrs_define
class CourseProgress:
    """How far a learner has come in a course; archived lessons do not count.

    Attributes:
        course_id (UUID):
        slug (str):
        title (str):
        enrolled_at (datetime.datetime):
        lessons_done (int):
        lessons_total (int):
    """

    course_id: UUID
    slug: str
    title: str
    enrolled_at: datetime.datetime
    lessons_done: int
    lessons_total: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        course_id = str(self.course_id)

        slug = self.slug

        title = self.title

        enrolled_at = self.enrolled_at.isoformat()

        lessons_done = self.lessons_done

        lessons_total = self.lessons_total

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "course_id": course_id,
                "slug": slug,
                "title": title,
                "enrolled_at": enrolled_at,
                "lessons_done": lessons_done,
                "lessons_total": lessons_total,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        course_id = UUID(d.pop("course_id"))

        slug = d.pop("slug")

        title = d.pop("title")

        enrolled_at = datetime.datetime.fromisoformat(d.pop("enrolled_at"))

        lessons_done = d.pop("lessons_done")

        lessons_total = d.pop("lessons_total")

        course_progress = cls(
            course_id=course_id,
            slug=slug,
            title=title,
            enrolled_at=enrolled_at,
            lessons_done=lessons_done,
            lessons_total=lessons_total,
        )

        course_progress.additional_properties = d
        return course_progress

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
