from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.account_shown_roles_item import AccountShownRolesItem

T = TypeVar("T", bound="AccountShown")


@_attrs_define
class AccountShown:
    """A person as admins see them. `suspended_at` is null for who may use the platform.

    Attributes:
        id (UUID):
        email (str):
        name (str):
        locale (str):
        timezone (str):
        roles (list[AccountShownRolesItem]):
        email_verified (bool):
        suspended_at (datetime.datetime | None):
        created_at (datetime.datetime):
    """

    id: UUID
    email: str
    name: str
    locale: str
    timezone: str
    roles: list[AccountShownRolesItem]
    email_verified: bool
    suspended_at: datetime.datetime | None
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

        suspended_at: None | str
        if isinstance(self.suspended_at, datetime.datetime):
            suspended_at = self.suspended_at.isoformat()
        else:
            suspended_at = self.suspended_at

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
                "suspended_at": suspended_at,
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
            roles_item = AccountShownRolesItem(roles_item_data)

            roles.append(roles_item)

        email_verified = d.pop("email_verified")

        def _parse_suspended_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                suspended_at_type_0 = datetime.datetime.fromisoformat(data)

                return suspended_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        suspended_at = _parse_suspended_at(d.pop("suspended_at"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        account_shown = cls(
            id=id,
            email=email,
            name=name,
            locale=locale,
            timezone=timezone,
            roles=roles,
            email_verified=email_verified,
            suspended_at=suspended_at,
            created_at=created_at,
        )

        account_shown.additional_properties = d
        return account_shown

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
