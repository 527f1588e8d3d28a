from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.accounts_shown import AccountsShown
from ...models.problem import Problem
from ...models.search_role_type_0 import SearchRoleType0
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    q: None | str | Unset = UNSET,
    role: None | SearchRoleType0 | Unset = UNSET,
    suspended: bool | None | Unset = UNSET,
    limit: int | Unset = 20,
    after: None | str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_q: None | str | Unset
    if isinstance(q, Unset):
        json_q = UNSET
    else:
        json_q = q
    params["q"] = json_q

    json_role: None | str | Unset
    if isinstance(role, Unset):
        json_role = UNSET
    elif isinstance(role, SearchRoleType0):
        json_role = role.value
    else:
        json_role = role
    params["role"] = json_role

    json_suspended: bool | None | Unset
    if isinstance(suspended, Unset):
        json_suspended = UNSET
    else:
        json_suspended = suspended
    params["suspended"] = json_suspended

    params["limit"] = limit

    json_after: None | str | Unset
    if isinstance(after, Unset):
        json_after = UNSET
    else:
        json_after = after
    params["after"] = json_after

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/auth/v1/users",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AccountsShown | Problem | None:
    if response.status_code == 200:
        response_200 = AccountsShown.from_dict(response.json())

        return response_200

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

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
) -> Response[AccountsShown | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    q: None | str | Unset = UNSET,
    role: None | SearchRoleType0 | Unset = UNSET,
    suspended: bool | None | Unset = UNSET,
    limit: int | Unset = 20,
    after: None | str | Unset = UNSET,
) -> Response[AccountsShown | Problem]:
    """Search

     People, newest first: all, or those that match.

    Args:
        q (None | str | Unset): A part of the address or name, in any letter case
        role (None | SearchRoleType0 | Unset):
        suspended (bool | None | Unset):
        limit (int | Unset): At most so many in one page Default: 20.
        after (None | str | Unset): `next` of the page before

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AccountsShown | Problem]
    """

    kwargs = _get_kwargs(
        q=q,
        role=role,
        suspended=suspended,
        limit=limit,
        after=after,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    q: None | str | Unset = UNSET,
    role: None | SearchRoleType0 | Unset = UNSET,
    suspended: bool | None | Unset = UNSET,
    limit: int | Unset = 20,
    after: None | str | Unset = UNSET,
) -> AccountsShown | Problem | None:
    """Search

     People, newest first: all, or those that match.

    Args:
        q (None | str | Unset): A part of the address or name, in any letter case
        role (None | SearchRoleType0 | Unset):
        suspended (bool | None | Unset):
        limit (int | Unset): At most so many in one page Default: 20.
        after (None | str | Unset): `next` of the page before

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AccountsShown | Problem
    """

    return sync_detailed(
        client=client,
        q=q,
        role=role,
        suspended=suspended,
        limit=limit,
        after=after,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    q: None | str | Unset = UNSET,
    role: None | SearchRoleType0 | Unset = UNSET,
    suspended: bool | None | Unset = UNSET,
    limit: int | Unset = 20,
    after: None | str | Unset = UNSET,
) -> Response[AccountsShown | Problem]:
    """Search

     People, newest first: all, or those that match.

    Args:
        q (None | str | Unset): A part of the address or name, in any letter case
        role (None | SearchRoleType0 | Unset):
        suspended (bool | None | Unset):
        limit (int | Unset): At most so many in one page Default: 20.
        after (None | str | Unset): `next` of the page before

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AccountsShown | Problem]
    """

    kwargs = _get_kwargs(
        q=q,
        role=role,
        suspended=suspended,
        limit=limit,
        after=after,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    q: None | str | Unset = UNSET,
    role: None | SearchRoleType0 | Unset = UNSET,
    suspended: bool | None | Unset = UNSET,
    limit: int | Unset = 20,
    after: None | str | Unset = UNSET,
) -> AccountsShown | Problem | None:
    """Search

     People, newest first: all, or those that match.

    Args:
        q (None | str | Unset): A part of the address or name, in any letter case
        role (None | SearchRoleType0 | Unset):
        suspended (bool | None | Unset):
        limit (int | Unset): At most so many in one page Default: 20.
        after (None | str | Unset): `next` of the page before

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AccountsShown | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            q=q,
            role=role,
            suspended=suspended,
            limit=limit,
            after=after,
        )
    ).parsed
