from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.changed import Changed
from ...models.password_change import PasswordChange
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: PasswordChange,
    codezest_device: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    cookies = {}
    if codezest_device is not UNSET:
        cookies["codezest_device"] = codezest_device

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/auth/v1/me/password",
        "cookies": cookies,
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Changed | Problem | None:
    if response.status_code == 200:
        response_200 = Changed.from_dict(response.json())

        return response_200

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

    if response.status_code == 422:
        response_422 = Problem.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = Problem.from_dict(response.json())

        return response_429

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Changed | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: PasswordChange,
    codezest_device: None | str | Unset = UNSET,
) -> Response[Changed | Problem]:
    """Change Own Password

     Change the password. Every session ends, this one too: sign in again. Wrong ones count like failed
    sign-ins.

    Args:
        codezest_device (None | str | Unset): Set by signing in as a browser: what strangers fail
            does not keep this device out
        body (PasswordChange): The present password and the one to be.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Changed | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        codezest_device=codezest_device,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: PasswordChange,
    codezest_device: None | str | Unset = UNSET,
) -> Changed | Problem | None:
    """Change Own Password

     Change the password. Every session ends, this one too: sign in again. Wrong ones count like failed
    sign-ins.

    Args:
        codezest_device (None | str | Unset): Set by signing in as a browser: what strangers fail
            does not keep this device out
        body (PasswordChange): The present password and the one to be.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Changed | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
        codezest_device=codezest_device,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: PasswordChange,
    codezest_device: None | str | Unset = UNSET,
) -> Response[Changed | Problem]:
    """Change Own Password

     Change the password. Every session ends, this one too: sign in again. Wrong ones count like failed
    sign-ins.

    Args:
        codezest_device (None | str | Unset): Set by signing in as a browser: what strangers fail
            does not keep this device out
        body (PasswordChange): The present password and the one to be.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Changed | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        codezest_device=codezest_device,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: PasswordChange,
    codezest_device: None | str | Unset = UNSET,
) -> Changed | Problem | None:
    """Change Own Password

     Change the password. Every session ends, this one too: sign in again. Wrong ones count like failed
    sign-ins.

    Args:
        codezest_device (None | str | Unset): Set by signing in as a browser: what strangers fail
            does not keep this device out
        body (PasswordChange): The present password and the one to be.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Changed | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            codezest_device=codezest_device,
        )
    ).parsed
