from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.completion import Completion
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    lesson_id: UUID,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/learning/v1/lessons/{lesson_id}/completion".format(
            lesson_id=quote(str(lesson_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Completion | Problem | None:
    if response.status_code == 200:
        response_200 = Completion.from_dict(response.json())

        return response_200

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

    if response.status_code == 409:
        response_409 = Problem.from_dict(response.json())

        return response_409

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
) -> Response[Completion | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    lesson_id: UUID,
    *,
    client: AuthenticatedClient,
) -> Response[Completion | Problem]:
    """Complete Lesson

     Finish a lesson of a course one has joined. Finishing again changes nothing and answers the same.

    Args:
        lesson_id (UUID):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Completion | Problem]
    """

    kwargs = _get_kwargs(
        lesson_id=lesson_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    lesson_id: UUID,
    *,
    client: AuthenticatedClient,
) -> Completion | Problem | None:
    """Complete Lesson

     Finish a lesson of a course one has joined. Finishing again changes nothing and answers the same.

    Args:
        lesson_id (UUID):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Completion | Problem
    """

    return sync_detailed(
        lesson_id=lesson_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    lesson_id: UUID,
    *,
    client: AuthenticatedClient,
) -> Response[Completion | Problem]:
    """Complete Lesson

     Finish a lesson of a course one has joined. Finishing again changes nothing and answers the same.

    Args:
        lesson_id (UUID):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Completion | Problem]
    """

    kwargs = _get_kwargs(
        lesson_id=lesson_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    lesson_id: UUID,
    *,
    client: AuthenticatedClient,
) -> Completion | Problem | None:
    """Complete Lesson

     Finish a lesson of a course one has joined. Finishing again changes nothing and answers the same.

    Args:
        lesson_id (UUID):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Completion | Problem
    """

    return (
        await asyncio_detailed(
            lesson_id=lesson_id,
            client=client,
        )
    ).parsed
