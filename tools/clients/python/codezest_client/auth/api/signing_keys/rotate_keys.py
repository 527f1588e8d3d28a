from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.keys_shown import KeysShown
from ...models.problem import Problem
from ...models.rotation import Rotation
from ...types import Response


def _get_kwargs(
    *,
    body: Rotation,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/auth/v1/signing-keys/rotation",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> KeysShown | Problem | None:
    if response.status_code == 201:
        response_201 = KeysShown.from_dict(response.json())

        return response_201

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 409:
        response_409 = Problem.from_dict(response.json())

        return response_409

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

    if response.status_code == 422:
        response_422 = Problem.from_dict(response.json())

        return response_422

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[KeysShown | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: Rotation,
) -> Response[KeysShown | Problem]:
    """Rotate Keys

     Make a new signing key. It is published at once and signs as soon as everybody who checks tokens
    knows it.

    The former key stays published until the last token that it signed has expired. Nobody notices,
    unless `at_once`.

    Args:
        body (Rotation): `at_once` is for keys that leaked: all but the new one are gone, and
            everybody's access token is refused.

            Sessions stay: clients refresh and go on. The reason is put on record.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[KeysShown | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: Rotation,
) -> KeysShown | Problem | None:
    """Rotate Keys

     Make a new signing key. It is published at once and signs as soon as everybody who checks tokens
    knows it.

    The former key stays published until the last token that it signed has expired. Nobody notices,
    unless `at_once`.

    Args:
        body (Rotation): `at_once` is for keys that leaked: all but the new one are gone, and
            everybody's access token is refused.

            Sessions stay: clients refresh and go on. The reason is put on record.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        KeysShown | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: Rotation,
) -> Response[KeysShown | Problem]:
    """Rotate Keys

     Make a new signing key. It is published at once and signs as soon as everybody who checks tokens
    knows it.

    The former key stays published until the last token that it signed has expired. Nobody notices,
    unless `at_once`.

    Args:
        body (Rotation): `at_once` is for keys that leaked: all but the new one are gone, and
            everybody's access token is refused.

            Sessions stay: clients refresh and go on. The reason is put on record.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[KeysShown | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: Rotation,
) -> KeysShown | Problem | None:
    """Rotate Keys

     Make a new signing key. It is published at once and signs as soon as everybody who checks tokens
    knows it.

    The former key stays published until the last token that it signed has expired. Nobody notices,
    unless `at_once`.

    Args:
        body (Rotation): `at_once` is for keys that leaked: all but the new one are gone, and
            everybody's access token is refused.

            Sessions stay: clients refresh and go on. The reason is put on record.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        KeysShown | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
