from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="Skip")


@_attrs_define
class Skip:
    """The one event to skip, and why that is right: the reason is kept for ever, with your name.

    Attributes:
        id (str): consumer/source/position
        reason (str):
    """

    id: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        reason = self.reason

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "reason": reason,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        reason = d.pop("reason")

        skip = cls(
            id=id,
            reason=reason,
        )

        return skip
