from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="HeadShown")


@_attrs_define
class HeadShown:
    """The end of the service's own log. `epoch` names its database's past, which began for us at `epoch_start`.

    Attributes:
        position (int):
        epoch (str):
        epoch_start (int):
    """

    position: int
    epoch: str
    epoch_start: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        position = self.position

        epoch = self.epoch

        epoch_start = self.epoch_start

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "position": position,
                "epoch": epoch,
                "epoch_start": epoch_start,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        position = d.pop("position")

        epoch = d.pop("epoch")

        epoch_start = d.pop("epoch_start")

        head_shown = cls(
            position=position,
            epoch=epoch,
            epoch_start=epoch_start,
        )

        head_shown.additional_properties = d
        return head_shown

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
