from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="NewUser")


@_attrs_define
class NewUser:
    """Somebody who registers. Any characters may be in a password; known and predictable ones are refused.

    Attributes:
        email (str):
        password (str):
        name (str):
        locale (str | Unset): BCP 47 Default: 'en'.
        timezone (str | Unset): IANA time zone Default: 'UTC'.
    """

    email: str
    password: str
    name: str
    locale: str | Unset = "en"
    timezone: str | Unset = "UTC"

    def to_dict(self) -> dict[str, Any]:
        email = self.email

        password = self.password

        name = self.name

        locale = self.locale

        timezone = self.timezone

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "email": email,
                "password": password,
                "name": name,
            }
        )
        if locale is not UNSET:
            field_dict["locale"] = locale
        if timezone is not UNSET:
            field_dict["timezone"] = timezone

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        email = d.pop("email")

        password = d.pop("password")

        name = d.pop("name")

        locale = d.pop("locale", UNSET)

        timezone = d.pop("timezone", UNSET)

        new_user = cls(
            email=email,
            password=password,
            name=name,
            locale=locale,
            timezone=timezone,
        )

        return new_user
