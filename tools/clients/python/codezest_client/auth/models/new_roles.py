from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.new_roles_roles_item import NewRolesRolesItem

T = TypeVar("T", bound="NewRoles")


@_attrs_define
class NewRoles:
    """All the roles that somebody is to have, and why.

    Attributes:
        reason (str): Why; it is on record for ever
        roles (list[NewRolesRolesItem]):
    """

    reason: str
    roles: list[NewRolesRolesItem]

    def to_dict(self) -> dict[str, Any]:
        reason = self.reason

        roles = []
        for roles_item_data in self.roles:
            roles_item = roles_item_data.value
            roles.append(roles_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "reason": reason,
                "roles": roles,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        reason = d.pop("reason")

        roles = []
        _roles = d.pop("roles")
        for roles_item_data in _roles:
            roles_item = NewRolesRolesItem(roles_item_data)

            roles.append(roles_item)

        new_roles = cls(
            reason=reason,
            roles=roles,
        )

        return new_roles
