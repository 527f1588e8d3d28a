from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.me_roles_item import MeRolesItem

T = TypeVar("T", bound="Me")


@_attrs_define
class Me:
    """One's own account.

    Attributes:
        id (UUID):
        email (str):
        name (str):
        locale (str):
        timezone (str):
        roles (list[MeRolesItem]):
        email_verified (bool):
        created_at (datetime.datetime):
    """

    id: UUID
    email: str
    name: str
    locale: str
    timezone: str
    roles: list[MeRolesItem]
    email_verified: bool
    created_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        email = self.email

        name = self.name

        locale = self.locale

        timezone = self.timezone

        roles = []
        for roles_item_data in self.roles:
            roles_item = roles_item_data.value
            roles.append(roles_item)

        email_verified = self.email_verified

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "email": email,
                "name": name,
                "locale": locale,
                "timezone": timezone,
                "roles": roles,
                "email_verified": email_verified,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        email = d.pop("email")

        name = d.pop("name")

        locale = d.pop("locale")

        timezone = d.pop("timezone")

        roles = []
        _roles = d.pop("roles")
        for roles_item_data in _roles:
            roles_item = MeRolesItem(roles_item_data)

            roles.append(roles_item)

        email_verified = d.pop("email_verified")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        me = cls(
            id=id,
            email=email,
            name=name,
            locale=locale,
            timezone=timezone,
            roles=roles,
            email_verified=email_verified,
            created_at=created_at,
        )

        me.additional_properties = d
        return me

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
