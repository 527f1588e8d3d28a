from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.parked_shown_state import ParkedShownState

T = TypeVar("T", bound="ParkedShown")


@_attrs_define
class ParkedShown:
    """An event that failed or waits. `behind` counts the parked events of its key that go before it.

    Attributes:
        id (str):
        type_ (str):
        key (str):
        state (ParkedShownState):
        tries (int):
        next_try_at (datetime.datetime):
        reason (str):
        behind (int):
    """

    id: str
    type_: str
    key: str
    state: ParkedShownState
    tries: int
    next_try_at: datetime.datetime
    reason: str
    behind: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        type_ = self.type_

        key = self.key

        state = self.state.value

        tries = self.tries

        next_try_at = self.next_try_at.isoformat()

        reason = self.reason

        behind = self.behind

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "type": type_,
                "key": key,
                "state": state,
                "tries": tries,
                "next_try_at": next_try_at,
                "reason": reason,
                "behind": behind,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        type_ = d.pop("type")

        key = d.pop("key")

        state = ParkedShownState(d.pop("state"))

        tries = d.pop("tries")

        next_try_at = datetime.datetime.fromisoformat(d.pop("next_try_at"))

        reason = d.pop("reason")

        behind = d.pop("behind")

        parked_shown = cls(
            id=id,
            type_=type_,
            key=key,
            state=state,
            tries=tries,
            next_try_at=next_try_at,
            reason=reason,
            behind=behind,
        )

        parked_shown.additional_properties = d
        return parked_shown

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
