from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="KeyShown")


@_attrs_define
class KeyShown:
    """A key by its public id: when it begins to sign, and when it is forgotten (null: not before the next rotation).

    Attributes:
        kid (str):
        signs_from (datetime.datetime):
        retires_at (datetime.datetime | None):
    """

    kid: str
    signs_from: datetime.datetime
    retires_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kid = self.kid

        signs_from = self.signs_from.isoformat()

        retires_at: None | str
        if isinstance(self.retires_at, datetime.datetime):
            retires_at = self.retires_at.isoformat()
        else:
            retires_at = self.retires_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kid": kid,
                "signs_from": signs_from,
                "retires_at": retires_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        kid = d.pop("kid")

        signs_from = datetime.datetime.fromisoformat(d.pop("signs_from"))

        def _parse_retires_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                retires_at_type_0 = datetime.datetime.fromisoformat(data)

                return retires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        retires_at = _parse_retires_at(d.pop("retires_at"))

        key_shown = cls(
            kid=kid,
            signs_from=signs_from,
            retires_at=retires_at,
        )

        key_shown.additional_properties = d
        return key_shown

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
