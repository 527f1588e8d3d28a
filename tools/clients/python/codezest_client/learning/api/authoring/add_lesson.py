from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.lesson_request import LessonRequest
from ...models.lesson_state import LessonState
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    module_id: UUID,
    *,
    body: LessonRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/learning/v1/modules/{module_id}/lessons".format(
            module_id=quote(str(module_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> LessonState | Problem | None:
    if response.status_code == 201:
        response_201 = LessonState.from_dict(response.json())

        return response_201

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
) -> Response[LessonState | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    module_id: UUID,
    *,
    client: AuthenticatedClient,
    body: LessonRequest,
) -> Response[LessonState | Problem]:
    """Add Lesson

     Append a lesson to a module.

    Args:
        module_id (UUID):
        body (LessonRequest): A lesson, to come after those of its module.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[LessonState | Problem]
    """

    kwargs = _get_kwargs(
        module_id=module_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    module_id: UUID,
    *,
    client: AuthenticatedClient,
    body: LessonRequest,
) -> LessonState | Problem | None:
    """Add Lesson

     Append a lesson to a module.

    Args:
        module_id (UUID):
        body (LessonRequest): A lesson, to come after those of its module.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        LessonState | Problem
    """

    return sync_detailed(
        module_id=module_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    module_id: UUID,
    *,
    client: AuthenticatedClient,
    body: LessonRequest,
) -> Response[LessonState | Problem]:
    """Add Lesson

     Append a lesson to a module.

    Args:
        module_id (UUID):
        body (LessonRequest): A lesson, to come after those of its module.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[LessonState | Problem]
    """

    kwargs = _get_kwargs(
        module_id=module_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    module_id: UUID,
    *,
    client: AuthenticatedClient,
    body: LessonRequest,
) -> LessonState | Problem | None:
    """Add Lesson

     Append a lesson to a module.

    Args:
        module_id (UUID):
        body (LessonRequest): A lesson, to come after those of its module.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        LessonState | Problem
    """

    return (
        await asyncio_detailed(
            module_id=module_id,
            client=client,
            body=body,
        )
    ).parsed
