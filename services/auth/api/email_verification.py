"""The page behind the link in the welcome mail, and its button."""

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from services.auth.api.deps import Needs
from services.auth.api.pages import page, prefers_html
from services.auth.domain.links import LONGEST_TOKEN, LinkNotValid, verify_email
from shared.http import problems
from shared.http.access import public

router = APIRouter(tags=["users"], dependencies=[Depends(public)])

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


class Token(BaseModel):
    """The token of the link."""

    model_config = ConfigDict(extra="forbid")

    token: SecretStr = Field(min_length=1, max_length=LONGEST_TOKEN, examples=["the-token-of-the-link"])


class Verified(BaseModel):
    """The address is verified, now or since earlier."""

    status: Literal["verified"] = "verified"


_SCHEMA = Token.model_json_schema()
_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {kind: {"schema": _SCHEMA} for kind in (JSON, FORM)}}
}


async def posted_token(request: Request) -> str:
    """The token in the posted form or JSON. RequestValidationError for anything else."""
    try:
        if request.headers.get("content-type", "").startswith(FORM):
            given = Token.model_validate(dict(await request.form()))
        else:
            given = Token.model_validate_json(await request.body())
    except ValidationError as error:
        found = error.errors(include_input=False)  # the input is, or nearly is, a token
        raise RequestValidationError([{**entry, "loc": ("body", *entry["loc"])} for entry in found]) from None
    return given.token.get_secret_value()


@router.get("/email-verification", response_class=HTMLResponse)
async def show_verification(token: Annotated[str, Query(max_length=LONGEST_TOKEN)] = "") -> HTMLResponse:
    """A page with a button. Opening it changes nothing, for mail scanners open links too."""
    return page("confirm", token=token)


@router.post(
    "/email-verification", response_model=Verified, responses=problems.responses(LinkNotValid), openapi_extra=_BODY
)
async def verify(request: Request, token: Annotated[str, Depends(posted_token)], needs: Needs) -> Response:
    """Verify the address that the link was mailed to. Doing it again is fine. A browser is answered with a page."""
    html = prefers_html(request)
    try:
        await verify_email(needs.uow(), token=token, at=needs.now())
    except LinkNotValid as error:
        if not html:
            raise
        return page("not-valid", status=HTTPStatus.NOT_FOUND, detail=error.detail)
    return page("confirmed") if html else Response(Verified().model_dump_json(), media_type=JSON)
