from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.sign_in_client import SignInClient
from ..types import UNSET, Unset

T = TypeVar("T", bound="SignIn")


@_attrs_define
class SignIn:
    """`client` says where the refresh token goes: into the answer (api) or into a cookie that no script can read
    (browser).

        Attributes:
            email (str):
            password (str):
            client (SignInClient | Unset):  Default: SignInClient.API.
            device_token (None | str | Unset): Of an API client, from its last sign-in: what strangers fail then does not
                keep it out
    """

    email: str
    password: str
    client: SignInClient | Unset = SignInClient.API
    device_token: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        email = self.email

        password = self.password

        client: str | Unset = UNSET
        if not isinstance(self.client, Unset):
            client = self.client.value

        device_token: None | str | Unset
        if isinstance(self.device_token, Unset):
            device_token = UNSET
        else:
            device_token = self.device_token

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "email": email,
                "password": password,
            }
        )
        if client is not UNSET:
            field_dict["client"] = client
        if device_token is not UNSET:
            field_dict["device_token"] = device_token

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        email = d.pop("email")

        password = d.pop("password")

        _client = d.pop("client", UNSET)
        client: SignInClient | Unset
        if isinstance(_client, Unset):
            client = UNSET
        else:
            client = SignInClient(_client)

        def _parse_device_token(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        device_token = _parse_device_token(d.pop("device_token", UNSET))

        sign_in = cls(
            email=email,
            password=password,
            client=client,
            device_token=device_token,
        )

        return sign_in
