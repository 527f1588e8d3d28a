"""Errors in the shape the official libraries parse."""

from __future__ import annotations

from typing import Any


class StripeError(Exception):
    """An answer that is not 2xx. `status` is the HTTP status, the rest are fields of Stripe's error object."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        type_: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status = status
        self._fields = {"code": code, "message": message, "param": param, "type": type_}

    def body(self) -> dict[str, Any]:
        """`{"error": {...}}`, without the fields that do not apply."""
        return {"error": {name: value for name, value in self._fields.items() if value is not None}}


def missing_resource(kind: str, id_: str, *, param: str = "id") -> StripeError:
    """Stripe's answer to an unknown id: 404 when the id is in the path, 400 when it is a parameter."""
    name = "checkout session" if kind == "checkout.session" else kind
    status = 404 if param == "id" else 400
    return StripeError(status, f"No such {name}: '{id_}'", code="resource_missing", param=param)


def missing_param(param: str) -> StripeError:
    """Stripe's answer when a parameter is not there."""
    return StripeError(400, f"Missing required param: {param}.", code="parameter_missing", param=param)


def invalid_param(param: str, message: str) -> StripeError:
    """Stripe's answer to a value that is none; the message says which values are."""
    return StripeError(400, message, code="parameter_invalid", param=param)
