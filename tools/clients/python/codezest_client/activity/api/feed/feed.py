from http import HTTPStatus
from typing import Any
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.feed_shown import FeedShown
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    limit: int | Unset = 20,
    after: None | str | Unset = UNSET,
    user_id: None | Unset | UUID = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["limit"] = limit

    json_after: None | str | Unset
    if isinstance(after, Unset):
        json_after = UNSET
    else:
        json_after = after
    params["after"] = json_after

    json_user_id: None | str | Unset
    if isinstance(user_id, Unset):
        json_user_id = UNSET
    elif isinstance(user_id, UUID):
        json_user_id = str(user_id)
    else:
        json_user_id = user_id
    params["user_id"] = json_user_id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/activity/v1/feed",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> FeedShown | Problem | None:
    if response.status_code == 200:
        response_200 = FeedShown.from_dict(response.json())

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
) -> Response[FeedShown | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = 20,
    after: None | str | Unset = UNSET,
    user_id: None | Unset | UUID = UNSET,
) -> Response[FeedShown | Problem]:
    """Feed

     One's own feed, newest first; an admin may read anybody's.

    Args:
        limit (int | Unset):  Default: 20.
        after (None | str | Unset): `next` of the page before
        user_id (None | Unset | UUID): Whose feed; only admins may ask for somebody else's

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FeedShown | Problem]
    """

    kwargs = _get_kwargs(
        limit=limit,
        after=after,
        user_id=user_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = 20,
    after: None | str | Unset = UNSET,
    user_id: None | Unset | UUID = UNSET,
) -> FeedShown | Problem | None:
    """Feed

     One's own feed, newest first; an admin may read anybody's.

    Args:
        limit (int | Unset):  Default: 20.
        after (None | str | Unset): `next` of the page before
        user_id (None | Unset | UUID): Whose feed; only admins may ask for somebody else's

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FeedShown | Problem
    """

    return sync_detailed(
        client=client,
        limit=limit,
        after=after,
        user_id=user_id,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = 20,
    after: None | str | Unset = UNSET,
    user_id: None | Unset | UUID = UNSET,
) -> Response[FeedShown | Problem]:
    """Feed

     One's own feed, newest first; an admin may read anybody's.

    Args:
        limit (int | Unset):  Default: 20.
        after (None | str | Unset): `next` of the page before
        user_id (None | Unset | UUID): Whose feed; only admins may ask for somebody else's

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FeedShown | Problem]
    """

    kwargs = _get_kwargs(
        limit=limit,
        after=after,
        user_id=user_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = 20,
    after: None | str | Unset = UNSET,
    user_id: None | Unset | UUID = UNSET,
) -> FeedShown | Problem | None:
    """Feed

     One's own feed, newest first; an admin may read anybody's.

    Args:
        limit (int | Unset):  Default: 20.
        after (None | str | Unset): `next` of the page before
        user_id (None | Unset | UUID): Whose feed; only admins may ask for somebody else's

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FeedShown | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            limit=limit,
            after=after,
            user_id=user_id,
        )
    ).parsed
