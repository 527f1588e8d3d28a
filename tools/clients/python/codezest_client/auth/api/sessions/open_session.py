from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.sign_in import SignIn
from ...models.tokens import Tokens
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: SignIn,
    codezest_device: None | str | Unset = UNSET,
    codezest_refresh: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    cookies = {}
    if codezest_device is not UNSET:
        cookies["codezest_device"] = codezest_device

    if codezest_refresh is not UNSET:
        cookies["codezest_refresh"] = codezest_refresh

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/auth/v1/sessions",
        "cookies": cookies,
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | Tokens | None:
    if response.status_code == 200:
        response_200 = Tokens.from_dict(response.json())

        return response_200

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

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
) -> Response[Problem | Tokens]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: SignIn,
    codezest_device: None | str | Unset = UNSET,
    codezest_refresh: None | str | Unset = UNSET,
) -> Response[Problem | Tokens]:
    """Open Session

     Sign in. Unknown addresses and wrong passwords are answered alike; after ten failures an address
    waits up to an hour.

    A device that has signed in before has ten failures of its own: nobody else's keep it out. The
    session that a browser
    had before ends.

    Args:
        codezest_device (None | str | Unset): Set by signing in as a browser: what strangers fail
            does not keep this device out
        codezest_refresh (None | str | Unset): Set by signing in as a browser; no script can read
            it
        body (SignIn): `client` says where the refresh token goes: into the answer (api) or into a
            cookie that no script can read (browser).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Tokens]
    """

    kwargs = _get_kwargs(
        body=body,
        codezest_device=codezest_device,
        codezest_refresh=codezest_refresh,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: SignIn,
    codezest_device: None | str | Unset = UNSET,
    codezest_refresh: None | str | Unset = UNSET,
) -> Problem | Tokens | None:
    """Open Session

     Sign in. Unknown addresses and wrong passwords are answered alike; after ten failures an address
    waits up to an hour.

    A device that has signed in before has ten failures of its own: nobody else's keep it out. The
    session that a browser
    had before ends.

    Args:
        codezest_device (None | str | Unset): Set by signing in as a browser: what strangers fail
            does not keep this device out
        codezest_refresh (None | str | Unset): Set by signing in as a browser; no script can read
            it
        body (SignIn): `client` says where the refresh token goes: into the answer (api) or into a
            cookie that no script can read (browser).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Tokens
    """

    return sync_detailed(
        client=client,
        body=body,
        codezest_device=codezest_device,
        codezest_refresh=codezest_refresh,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: SignIn,
    codezest_device: None | str | Unset = UNSET,
    codezest_refresh: None | str | Unset = UNSET,
) -> Response[Problem | Tokens]:
    """Open Session

     Sign in. Unknown addresses and wrong passwords are answered alike; after ten failures an address
    waits up to an hour.

    A device that has signed in before has ten failures of its own: nobody else's keep it out. The
    session that a browser
    had before ends.

    Args:
        codezest_device (None | str | Unset): Set by signing in as a browser: what strangers fail
            does not keep this device out
        codezest_refresh (None | str | Unset): Set by signing in as a browser; no script can read
            it
        body (SignIn): `client` says where the refresh token goes: into the answer (api) or into a
            cookie that no script can read (browser).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Tokens]
    """

    kwargs = _get_kwargs(
        body=body,
        codezest_device=codezest_device,
        codezest_refresh=codezest_refresh,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: SignIn,
    codezest_device: None | str | Unset = UNSET,
    codezest_refresh: None | str | Unset = UNSET,
) -> Problem | Tokens | None:
    """Open Session

     Sign in. Unknown addresses and wrong passwords are answered alike; after ten failures an address
    waits up to an hour.

    A device that has signed in before has ten failures of its own: nobody else's keep it out. The
    session that a browser
    had before ends.

    Args:
        codezest_device (None | str | Unset): Set by signing in as a browser: what strangers fail
            does not keep this device out
        codezest_refresh (None | str | Unset): Set by signing in as a browser; no script can read
            it
        body (SignIn): `client` says where the refresh token goes: into the answer (api) or into a
            cookie that no script can read (browser).

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Tokens
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            codezest_device=codezest_device,
            codezest_refresh=codezest_refresh,
        )
    ).parsed
