from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.skipped_shown_state import SkippedShownState

T = TypeVar("T", bound="SkippedShown")


@_attrs_define
class SkippedShown:
    """An event that a person took out of the parked ones: with what it was parked, who skipped it, why and when.

    Attributes:
        id (str):
        type_ (str):
        key (str):
        state (SkippedShownState):
        tries (int):
        reason (str):
        skipped_by (UUID):
        why (str):
        skipped_at (datetime.datetime):
    """

    id: str
    type_: str
    key: str
    state: SkippedShownState
    tries: int
    reason: str
    skipped_by: UUID
    why: str
    skipped_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        type_ = self.type_

        key = self.key

        state = self.state.value

        tries = self.tries

        reason = self.reason

        skipped_by = str(self.skipped_by)

        why = self.why

        skipped_at = self.skipped_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "type": type_,
                "key": key,
                "state": state,
                "tries": tries,
                "reason": reason,
                "skipped_by": skipped_by,
                "why": why,
                "skipped_at": skipped_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        type_ = d.pop("type")

        key = d.pop("key")

        state = SkippedShownState(d.pop("state"))

        tries = d.pop("tries")

        reason = d.pop("reason")

        skipped_by = UUID(d.pop("skipped_by"))

        why = d.pop("why")

        skipped_at = datetime.datetime.fromisoformat(d.pop("skipped_at"))

        skipped_shown = cls(
            id=id,
            type_=type_,
            key=key,
            state=state,
            tries=tries,
            reason=reason,
            skipped_by=skipped_by,
            why=why,
            skipped_at=skipped_at,
        )

        skipped_shown.additional_properties = d
        return skipped_shown

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
