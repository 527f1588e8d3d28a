from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Enrolment")


@_attrs_define
class Enrolment:
    """One person's membership in one course.

    Attributes:
        user_id (UUID):
        course_id (UUID):
        enrolled_at (datetime.datetime):
    """

    user_id: UUID
    course_id: UUID
    enrolled_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        user_id = str(self.user_id)

        course_id = str(self.course_id)

        enrolled_at = self.enrolled_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "user_id": user_id,
                "course_id": course_id,
                "enrolled_at": enrolled_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        user_id = UUID(d.pop("user_id"))

        course_id = UUID(d.pop("course_id"))

        enrolled_at = datetime.datetime.fromisoformat(d.pop("enrolled_at"))

        enrolment = cls(
            user_id=user_id,
            course_id=course_id,
            enrolled_at=enrolled_at,
        )

        enrolment.additional_properties = d
        return enrolment

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
