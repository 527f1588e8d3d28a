from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.lesson_card_access import LessonCardAccess

if TYPE_CHECKING:
    from ..models.assignment_card import AssignmentCard


T = TypeVar("T", bound="LessonCard")


@_attrs_define
class LessonCard:
    """A lesson in its course's outline, without its text.

    Attributes:
        id (UUID):
        slug (str):
        title (str):
        access (LessonCardAccess):
        minutes (int):
        assignment (AssignmentCard | None):
    """

    id: UUID
    slug: str
    title: str
    access: LessonCardAccess
    minutes: int
    assignment: AssignmentCard | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.assignment_card import AssignmentCard  # noqa: PLC0415

        id = str(self.id)

        slug = self.slug

        title = self.title

        access = self.access.value

        minutes = self.minutes

        assignment: dict[str, Any] | None
        if isinstance(self.assignment, AssignmentCard):
            assignment = self.assignment.to_dict()
        else:
            assignment = self.assignment

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "slug": slug,
                "title": title,
                "access": access,
                "minutes": minutes,
                "assignment": assignment,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.assignment_card import AssignmentCard  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        slug = d.pop("slug")

        title = d.pop("title")

        access = LessonCardAccess(d.pop("access"))

        minutes = d.pop("minutes")

        def _parse_assignment(data: object) -> AssignmentCard | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                assignment_type_0 = AssignmentCard.from_dict(data)

                return assignment_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(AssignmentCard | None, data)

        assignment = _parse_assignment(d.pop("assignment"))

        lesson_card = cls(
            id=id,
            slug=slug,
            title=title,
            access=access,
            minutes=minutes,
            assignment=assignment,
        )

        lesson_card.additional_properties = d
        return lesson_card

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
