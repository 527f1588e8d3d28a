from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.verified import Verified
from ...models.verify_data_token import VerifyDataToken
from ...models.verify_json_token import VerifyJsonToken
from ...types import UNSET, Response


def _get_kwargs(
    *,
    body: VerifyJsonToken | VerifyDataToken | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/auth/v1/email-verification",
    }

    if isinstance(body, VerifyJsonToken):
        _kwargs["json"] = body.to_dict()

        headers["Content-Type"] = "application/json"
    if isinstance(body, VerifyDataToken):
        _kwargs["data"] = body.to_dict()
        headers["Content-Type"] = "application/x-www-form-urlencoded"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | Verified | None:
    if response.status_code == 200:
        response_200 = Verified.from_dict(response.json())

        return response_200

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

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
) -> Response[Problem | Verified]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: VerifyJsonToken | VerifyDataToken | Unset = UNSET,
) -> Response[Problem | Verified]:
    """Verify

     Verify the address that the link was mailed to. Doing it again is fine. A browser is answered with a
    page.

    Args:
        body (VerifyJsonToken): The token of the link.
        body (VerifyDataToken): The token of the link.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Verified]
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
    client: AuthenticatedClient | Client,
    body: VerifyJsonToken | VerifyDataToken | Unset = UNSET,
) -> Problem | Verified | None:
    """Verify

     Verify the address that the link was mailed to. Doing it again is fine. A browser is answered with a
    page.

    Args:
        body (VerifyJsonToken): The token of the link.
        body (VerifyDataToken): The token of the link.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Verified
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: VerifyJsonToken | VerifyDataToken | Unset = UNSET,
) -> Response[Problem | Verified]:
    """Verify

     Verify the address that the link was mailed to. Doing it again is fine. A browser is answered with a
    page.

    Args:
        body (VerifyJsonToken): The token of the link.
        body (VerifyDataToken): The token of the link.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Verified]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: VerifyJsonToken | VerifyDataToken | Unset = UNSET,
) -> Problem | Verified | None:
    """Verify

     Verify the address that the link was mailed to. Doing it again is fine. A browser is answered with a
    page.

    Args:
        body (VerifyJsonToken): The token of the link.
        body (VerifyDataToken): The token of the link.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Verified
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
