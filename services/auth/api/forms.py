"""Bodies that a page's form posts, or a program as JSON."""

from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

FORM, JSON = "application/x-www-form-urlencoded", "application/json"

Posted = TypeVar("Posted", bound=BaseModel)


async def posted(request: Request, model: type[Posted]) -> Posted:
    """What was posted, as `model`. RequestValidationError, which quotes nothing of it, for anything else."""
    try:
        if request.headers.get("content-type", "").startswith(FORM):
            return model.model_validate(dict(await request.form()))
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        found = error.errors(include_input=False, include_context=False)  # the input is, or nearly is, a secret
        raise RequestValidationError([{**entry, "loc": ("body", *entry["loc"])} for entry in found]) from None


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """The part of a route's OpenAPI that says so."""
    schema = model.model_json_schema()
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema} for kind in (JSON, FORM)}}}
