from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.submission_receipt import SubmissionReceipt
from ...models.submission_request import SubmissionRequest
from ...types import Response


def _get_kwargs(
    assignment_id: UUID,
    *,
    body: SubmissionRequest,
    idempotency_key: str,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["idempotency-key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/learning/v1/assignments/{assignment_id}/submissions".format(
            assignment_id=quote(str(assignment_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | SubmissionReceipt | None:
    if response.status_code == 201:
        response_201 = SubmissionReceipt.from_dict(response.json())

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
) -> Response[Problem | SubmissionReceipt]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    assignment_id: UUID,
    *,
    client: AuthenticatedClient,
    body: SubmissionRequest,
    idempotency_key: str,
) -> Response[Problem | SubmissionReceipt]:
    """Submit

     Hand in a solution. The same request under the same key is answered the same, another one is refused
    (422).

    Args:
        assignment_id (UUID):
        idempotency_key (str): Made by the client, new for each request: 1 to 255 printable ASCII
            characters. A request repeated under its key is answered the same and done once.
        body (SubmissionRequest): A solution to hand in: the content of the assignment's starter
            file, finished.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SubmissionReceipt]
    """

    kwargs = _get_kwargs(
        assignment_id=assignment_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    assignment_id: UUID,
    *,
    client: AuthenticatedClient,
    body: SubmissionRequest,
    idempotency_key: str,
) -> Problem | SubmissionReceipt | None:
    """Submit

     Hand in a solution. The same request under the same key is answered the same, another one is refused
    (422).

    Args:
        assignment_id (UUID):
        idempotency_key (str): Made by the client, new for each request: 1 to 255 printable ASCII
            characters. A request repeated under its key is answered the same and done once.
        body (SubmissionRequest): A solution to hand in: the content of the assignment's starter
            file, finished.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SubmissionReceipt
    """

    return sync_detailed(
        assignment_id=assignment_id,
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    assignment_id: UUID,
    *,
    client: AuthenticatedClient,
    body: SubmissionRequest,
    idempotency_key: str,
) -> Response[Problem | SubmissionReceipt]:
    """Submit

     Hand in a solution. The same request under the same key is answered the same, another one is refused
    (422).

    Args:
        assignment_id (UUID):
        idempotency_key (str): Made by the client, new for each request: 1 to 255 printable ASCII
            characters. A request repeated under its key is answered the same and done once.
        body (SubmissionRequest): A solution to hand in: the content of the assignment's starter
            file, finished.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SubmissionReceipt]
    """

    kwargs = _get_kwargs(
        assignment_id=assignment_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    assignment_id: UUID,
    *,
    client: AuthenticatedClient,
    body: SubmissionRequest,
    idempotency_key: str,
) -> Problem | SubmissionReceipt | None:
    """Submit

     Hand in a solution. The same request under the same key is answered the same, another one is refused
    (422).

    Args:
        assignment_id (UUID):
        idempotency_key (str): Made by the client, new for each request: 1 to 255 printable ASCII
            characters. A request repeated under its key is answered the same and done once.
        body (SubmissionRequest): A solution to hand in: the content of the assignment's starter
            file, finished.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SubmissionReceipt
    """

    return (
        await asyncio_detailed(
            assignment_id=assignment_id,
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
