from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Completion")


@_attrs_define
class Completion:
    """One person's finishing of one lesson.

    Attributes:
        user_id (UUID):
        lesson_id (UUID):
        course_id (UUID):
        completed_at (datetime.datetime):
    """

    user_id: UUID
    lesson_id: UUID
    course_id: UUID
    completed_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        user_id = str(self.user_id)

        lesson_id = str(self.lesson_id)

        course_id = str(self.course_id)

        completed_at = self.completed_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "user_id": user_id,
                "lesson_id": lesson_id,
                "course_id": course_id,
                "completed_at": completed_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        user_id = UUID(d.pop("user_id"))

        lesson_id = UUID(d.pop("lesson_id"))

        course_id = UUID(d.pop("course_id"))

        completed_at = datetime.datetime.fromisoformat(d.pop("completed_at"))

        completion = cls(
            user_id=user_id,
            lesson_id=lesson_id,
            course_id=course_id,
            completed_at=completed_at,
        )

        completion.additional_properties = d
        return completion

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
