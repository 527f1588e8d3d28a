"""The keys that access tokens are signed with, for admins: let a new one take over."""

from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from services.auth.api.deps import Needs
from services.auth.api.fields import Reason
from services.auth.domain.signing_keys import Order, RotationUnderWay, rotate
from shared.errors import Forbidden, Unauthenticated
from shared.http import problems
from shared.http.access import Admin

router = APIRouter(prefix="/signing-keys", tags=["signing keys"])


class Rotation(BaseModel):
    """`at_once` is for keys that leaked: all but the new one are gone, and everybody's access token is refused.

    Sessions stay: clients refresh and go on. The reason is put on record.
    """

    model_config = ConfigDict(extra="forbid")

    reason: Reason
    at_once: StrictBool = False


class KeyShown(BaseModel):
    """A key by its public id: when it begins to sign, and when it is forgotten (null: not before the next rotation)."""

    kid: str = Field(examples=["x3Vd1yq4lN0H0gq8mZ0c5m1m0Yx6dQ2nJ3s9m2YfU1o"])
    signs_from: datetime
    retires_at: datetime | None


class KeysShown(BaseModel):
    """Every key that is published now, the newest first."""

    items: list[KeyShown]


@router.post(
    "/rotation",
    status_code=HTTPStatus.CREATED,
    responses=problems.responses(Unauthenticated, Forbidden, RotationUnderWay),
)
async def rotate_keys(rotation: Rotation, caller: Admin, needs: Needs) -> KeysShown:
    """Make a new signing key. It is published at once and signs as soon as everybody who checks tokens knows it.

    The former key stays published until the last token that it signed has expired. Nobody notices, unless `at_once`.
    """
    order = Order(by=caller.user_id, reason=rotation.reason, at_once=rotation.at_once, wait=needs.key_wait)
    keys = await rotate(needs.uow(), order, seal=needs.seal, at=needs.now())
    await needs.access_tokens.follow()
    shown = [KeyShown(kid=key.kid, signs_from=key.signs_from, retires_at=key.retires_at) for key in keys]
    return KeysShown(items=shown)
