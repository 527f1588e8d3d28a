from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Rotation")


@_attrs_define
class Rotation:
    """`at_once` is for keys that leaked: all but the new one are gone, and everybody's access token is refused.

    Sessions stay: clients refresh and go on. The reason is put on record.

        Attributes:
            reason (str): Why; it is on record for ever
            at_once (bool | Unset):  Default: False.
    """

    reason: str
    at_once: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        reason = self.reason

        at_once = self.at_once

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "reason": reason,
            }
        )
        if at_once is not UNSET:
            field_dict["at_once"] = at_once

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        reason = d.pop("reason")

        at_once = d.pop("at_once", UNSET)

        rotation = cls(
            reason=reason,
            at_once=at_once,
        )

        return rotation
