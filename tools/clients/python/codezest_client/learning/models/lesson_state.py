from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.lesson_state_access import LessonStateAccess
from ..types import UNSET, Unset

T = TypeVar("T", bound="LessonState")


@_attrs_define
class LessonState:
    """A lesson after an edit; its ETag is that of the next one.

    Attributes:
        id (UUID):
        slug (str):
        title (str):
        access (LessonStateAccess):
        minutes (int):
        assignment_id (None | Unset | UUID):
    """

    id: UUID
    slug: str
    title: str
    access: LessonStateAccess
    minutes: int
    assignment_id: None | Unset | UUID = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        slug = self.slug

        title = self.title

        access = self.access.value

        minutes = self.minutes

        assignment_id: None | str | Unset
        if isinstance(self.assignment_id, Unset):
            assignment_id = UNSET
        elif isinstance(self.assignment_id, UUID):
            assignment_id = str(self.assignment_id)
        else:
            assignment_id = self.assignment_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "slug": slug,
                "title": title,
                "access": access,
                "minutes": minutes,
            }
        )
        if assignment_id is not UNSET:
            field_dict["assignment_id"] = assignment_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        slug = d.pop("slug")

        title = d.pop("title")

        access = LessonStateAccess(d.pop("access"))

        minutes = d.pop("minutes")

        def _parse_assignment_id(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                assignment_id_type_0 = UUID(data)

                return assignment_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        assignment_id = _parse_assignment_id(d.pop("assignment_id", UNSET))

        lesson_state = cls(
            id=id,
            slug=slug,
            title=title,
            access=access,
            minutes=minutes,
            assignment_id=assignment_id,
        )

        lesson_state.additional_properties = d
        return lesson_state

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
