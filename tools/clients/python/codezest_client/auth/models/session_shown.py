from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.session_shown_client import SessionShownClient

T = TypeVar("T", bound="SessionShown")


@_attrs_define
class SessionShown:
    """A place where one is signed in. `device` is what the client said of itself; `current` is the one that asks.

    Attributes:
        id (UUID):
        device (None | str):
        client (SessionShownClient):
        created_at (datetime.datetime):
        last_used_at (datetime.datetime):
        current (bool):
    """

    id: UUID
    device: None | str
    client: SessionShownClient
    created_at: datetime.datetime
    last_used_at: datetime.datetime
    current: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        device: None | str
        device = self.device

        client = self.client.value

        created_at = self.created_at.isoformat()

        last_used_at = self.last_used_at.isoformat()

        current = self.current

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "device": device,
                "client": client,
                "created_at": created_at,
                "last_used_at": last_used_at,
                "current": current,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        def _parse_device(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        device = _parse_device(d.pop("device"))

        client = SessionShownClient(d.pop("client"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        last_used_at = datetime.datetime.fromisoformat(d.pop("last_used_at"))

        current = d.pop("current")

        session_shown = cls(
            id=id,
            device=device,
            client=client,
            created_at=created_at,
            last_used_at=last_used_at,
            current=current,
        )

        session_shown.additional_properties = d
        return session_shown

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
