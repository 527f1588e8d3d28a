from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.checkout_request import CheckoutRequest
from ...models.opened_checkout import OpenedCheckout
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    *,
    body: CheckoutRequest,
    idempotency_key: str,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["idempotency-key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/payments/v1/checkouts",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> OpenedCheckout | Problem | None:
    if response.status_code == 201:
        response_201 = OpenedCheckout.from_dict(response.json())

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
) -> Response[OpenedCheckout | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: CheckoutRequest,
    idempotency_key: str,
) -> Response[OpenedCheckout | Problem]:
    """Open Checkout

     Open a payment page for a plan. A person has one page at a time.

    A new key for the plan of an open page is answered with that page, as it is; for the other plan it
    is closed and
    another one opened. 409 also for somebody who has Pro already (`already-subscribed`) or is paying
    (`payment-under-way`).

    Args:
        idempotency_key (str): Made by the client, new for each request: 1 to 255 printable ASCII
            characters. A request repeated under its key is answered the same and done once.
        body (CheckoutRequest): What to buy. The addresses, where the browser goes afterwards,
            must be on the platform's own origin.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OpenedCheckout | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: CheckoutRequest,
    idempotency_key: str,
) -> OpenedCheckout | Problem | None:
    """Open Checkout

     Open a payment page for a plan. A person has one page at a time.

    A new key for the plan of an open page is answered with that page, as it is; for the other plan it
    is closed and
    another one opened. 409 also for somebody who has Pro already (`already-subscribed`) or is paying
    (`payment-under-way`).

    Args:
        idempotency_key (str): Made by the client, new for each request: 1 to 255 printable ASCII
            characters. A request repeated under its key is answered the same and done once.
        body (CheckoutRequest): What to buy. The addresses, where the browser goes afterwards,
            must be on the platform's own origin.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OpenedCheckout | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: CheckoutRequest,
    idempotency_key: str,
) -> Response[OpenedCheckout | Problem]:
    """Open Checkout

     Open a payment page for a plan. A person has one page at a time.

    A new key for the plan of an open page is answered with that page, as it is; for the other plan it
    is closed and
    another one opened. 409 also for somebody who has Pro already (`already-subscribed`) or is paying
    (`payment-under-way`).

    Args:
        idempotency_key (str): Made by the client, new for each request: 1 to 255 printable ASCII
            characters. A request repeated under its key is answered the same and done once.
        body (CheckoutRequest): What to buy. The addresses, where the browser goes afterwards,
            must be on the platform's own origin.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OpenedCheckout | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: CheckoutRequest,
    idempotency_key: str,
) -> OpenedCheckout | Problem | None:
    """Open Checkout

     Open a payment page for a plan. A person has one page at a time.

    A new key for the plan of an open page is answered with that page, as it is; for the other plan it
    is closed and
    another one opened. 409 also for somebody who has Pro already (`already-subscribed`) or is paying
    (`payment-under-way`).

    Args:
        idempotency_key (str): Made by the client, new for each request: 1 to 255 printable ASCII
            characters. A request repeated under its key is answered the same and done once.
        body (CheckoutRequest): What to buy. The addresses, where the browser goes afterwards,
            must be on the platform's own origin.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OpenedCheckout | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
