from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import (
    Any,
    Literal,
    TypeVar,
    cast,
)
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="SubmissionSheet")


@_attrs_define
class SubmissionSheet:
    """What was handed in.

    Attributes:
        id (UUID):
        user_id (UUID):
        assignment_id (UUID):
        code (str):
        state (Literal['received']):
        submitted_at (datetime.datetime):
    """

    id: UUID
    user_id: UUID
    assignment_id: UUID
    code: str
    state: Literal["received"]
    submitted_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        user_id = str(self.user_id)

        assignment_id = str(self.assignment_id)

        code = self.code

        state = self.state

        submitted_at = self.submitted_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "user_id": user_id,
                "assignment_id": assignment_id,
                "code": code,
                "state": state,
                "submitted_at": submitted_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        user_id = UUID(d.pop("user_id"))

        assignment_id = UUID(d.pop("assignment_id"))

        code = d.pop("code")

        state = cast(Literal["received"], d.pop("state"))
        if state != "received":
            raise ValueError(f"state must match const 'received', got '{state}'")

        submitted_at = datetime.datetime.fromisoformat(d.pop("submitted_at"))

        submission_sheet = cls(
            id=id,
            user_id=user_id,
            assignment_id=assignment_id,
            code=code,
            state=state,
            submitted_at=submitted_at,
        )

        submission_sheet.additional_properties = d
        return submission_sheet

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
